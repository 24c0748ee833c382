"""Makes what a campaign accepted a batch whose purpose names the failure."""

from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from datasets.models import Campaign
from datasets.services.campaign_candidates import still_unlabeled
from datasets.services.campaigns import lock
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict
from reviews.reports.dashboard_figures import rounded
from tasks.models import Batch
from tasks.services.archiving import lock_project
from tasks.services.batch_items import add_items
from tasks.services.batches import create_batch

PURPOSE_LENGTH = 500
NAME_LENGTH = 120
State = Campaign.State


def proposal(campaign: Campaign) -> dict[str, Any]:
    """What the batch is to be, for somebody to look over."""
    return {
        "name": campaign.name[:NAME_LENGTH],
        "purpose": purpose_of(campaign)[:PURPOSE_LENGTH],
        "purpose_kind": Batch.PurposeKind.MODEL,
        "target_metric": campaign.target_metric,
        "target_baseline": campaign.target_baseline,
    }


def purpose_of(campaign: Campaign) -> str:
    """“Night trucks are missed. (recall of truck is 69 % now; campaign “night”)”."""
    origin = _("campaign “%(name)s”") % {"name": campaign.name}
    figure = figure_of(campaign)
    return (
        f"{campaign.purpose} ({figure}; {origin})" if figure else f"{campaign.purpose} ({origin})"
    )


def figure_of(campaign: Campaign) -> str:
    """What is to get better, and where it stands; empty where nothing was measured."""
    if campaign.target_baseline is None:
        return campaign.target_metric
    percent = rounded(float(100 * campaign.target_baseline), 0)
    words = {"metric": campaign.target_metric, "percent": percent}
    return _("%(metric)s is %(percent)s %% now") % words


def to_batch(campaign: Campaign, *, by: User, **values: Any) -> Batch:
    """A draft batch of the accepted items that nobody has labeled or taken meanwhile.

    `values` are those of `create_batch`. Raises Conflict when nothing is left to label.
    """
    with transaction.atomic():
        # As whoever fills another batch with the same items holds it too.
        lock_project(campaign.project_id)
        campaign = lock(campaign)
        if campaign.state in {State.PREPARING, State.BATCHED}:
            raise Conflict(_("This campaign has nothing to label."), code="wrong_state")
        accepted = campaign.candidates.filter(is_accepted=True)
        left = still_unlabeled(campaign.project, accepted).order_by("item")
        ids = list(left.values_list("item", flat=True))
        if not ids:
            raise Conflict(
                _("None of the accepted items is left to label."),
                code="no_items",
                hint=_("Go through the candidates, and tick what belongs."),
            )
        batch = create_batch(campaign.project, by=by, **values)
        add_items(batch, ids, by=by)
        campaign.batch, campaign.state = batch, State.BATCHED
        campaign.save(update_fields=["batch", "state"])
        record(by, "campaign.batched", campaign, after={"batch": batch.pk, "items": len(ids)})
    return batch
