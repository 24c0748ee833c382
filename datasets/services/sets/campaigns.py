"""The items of a campaign: its seeds, and what was said of its candidates."""

from collections.abc import Mapping

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datasets.models import Campaign
from datasets.services.item_sets import QueriedItems, SetKind
from labelops.errors import DomainError
from tasks.models import Item, Project

DIGITS_MOST = 18
TITLES = {
    "accepted": gettext_lazy("Accepted for “%(campaign)s”"),
    "discarded": gettext_lazy("Discarded for “%(campaign)s”"),
    "seeds": gettext_lazy("Seeds of “%(campaign)s”"),
}


def read_campaign(project: Project, given: Mapping[str, str]) -> QueriedItems:
    """`campaign` by its id, and `decision`: accepted, discarded or seeds."""
    number, decision = given.get("campaign", ""), given.get("decision", "accepted")
    is_number = number.isascii() and number.isdecimal() and len(number) <= DIGITS_MOST
    campaign = project.campaigns.filter(pk=int(number)).first() if is_number else None
    if campaign is None:
        raise DomainError(_("There is no such campaign."), code="unknown_value", field="campaign")
    if decision not in TITLES:
        raise DomainError(
            _("The decision is one of: %(known)s.") % {"known": ", ".join(TITLES)},
            code="unknown_value",
            field="decision",
        )
    rows = Item.objects.filter(project=project, pk__in=_named(campaign, decision))
    title = TITLES[decision] % {"campaign": campaign.name}
    return QueriedItems(project, title, rows, campaign.evaluation, rows.count())


def _named(campaign: Campaign, decision: str) -> object:
    if decision == "seeds":
        return campaign.seeds.values("item")
    return campaign.candidates.filter(is_accepted=decision == "accepted").values("item")


CAMPAIGN = SetKind(("campaign", "decision"), read_campaign)
