"""The items of a campaign: its seeds, and what was said of its candidates."""

from collections.abc import Mapping

from django.utils.translation import gettext_lazy

from datasets.models import Campaign
from datasets.services.item_sets import QueriedItems, SetKind
from datasets.services.sets.reading import refused, whole_number
from tasks.models import Item, Project

TITLES = {
    "accepted": gettext_lazy("Accepted for “%(campaign)s”"),
    "discarded": gettext_lazy("Discarded for “%(campaign)s”"),
    "seeds": gettext_lazy("Seeds of “%(campaign)s”"),
}


def read_campaign(project: Project, given: Mapping[str, str]) -> QueriedItems:
    """`campaign` by its id, and `decision`: accepted, discarded or seeds."""
    campaign = project.campaigns.filter(pk=whole_number(given, "campaign")).first()
    if campaign is None:
        raise refused("campaign")
    decision = given.get("decision", "accepted")
    if decision not in TITLES:
        raise refused("decision")
    rows = Item.objects.filter(project=project, pk__in=_named(campaign, decision))
    title = TITLES[decision] % {"campaign": campaign.name}
    return QueriedItems(project, title, rows, campaign.evaluation, rows.count())


def _named(campaign: Campaign, decision: str) -> object:
    if decision == "seeds":
        return campaign.seeds.values("item")
    return campaign.candidates.filter(is_accepted=decision == "accepted").values("item")


CAMPAIGN = SetKind(("campaign", "decision"), read_campaign)
