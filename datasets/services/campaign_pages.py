"""What a campaign shows to whom: pages of candidates, and what people say of them.

A page is one person's for a while, so that two at one campaign never see the same item. All of
it is decided at once: what is not accepted is discarded. It may be sent twice, and be undone.
"""

import uuid
from collections.abc import Collection
from datetime import datetime, timedelta

import numpy as np
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from datasets.analysis import selection
from datasets.models import Campaign, CampaignItem
from datasets.services.campaign_candidates import rows_of, still_unlabeled
from datasets.services.campaigns import lock, settle
from datasets.services.vectors import ABSENT, VectorTable, table_of
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from tasks.services.archiving import require_live

PAGE_SIZE = 60
BY_CHANCE = round(selection.RANDOM_SHARE * PAGE_SIZE)
# Longer than anybody looks at a page; whoever comes back later keeps it unless others need it.
HELD_FOR = timedelta(minutes=15)
State = Campaign.State
SHOWN = ("page", "place", "shown_to", "shown_at")
DECIDED = ("is_accepted", "decided_by", "decided_at")


def held_page(campaign: Campaign, person: User) -> QuerySet[CampaignItem]:
    """What the person has before them, in its order."""
    rows = campaign.candidates.filter(
        shown_to=person, is_accepted=None, page__isnull=False, item__deletion=None
    )
    return rows.select_related("item").order_by("page", "place")


def next_page(campaign: Campaign, *, by: User, now: datetime | None = None) -> int:
    """Give the person a page, or the one they have; its number, 0 when nothing is left.

    Raises Conflict when the campaign is not collecting.
    """
    now = now or timezone.now()
    table = table_of(campaign.vector_set)
    with transaction.atomic():
        campaign = lock(campaign)
        require_live(campaign.project)
        if campaign.state != State.OPEN:
            raise Conflict(_("This campaign is not collecting."), code="wrong_state")
        held = held_page(campaign, by)
        if number := held.values_list("page", flat=True).first():
            held.update(shown_at=now)
            return number
        # What they had may all lie in the bin by now.
        _take_back(campaign.candidates.filter(Q(shown_at__lt=now - HELD_FOR) | Q(shown_to=by)))
        chosen = _chosen(campaign, table)
        if not chosen:
            return 0
        campaign.page_count += 1
        campaign.save(update_fields=["page_count"])
        for place, candidate in enumerate(chosen):
            candidate.page, candidate.place = campaign.page_count, place
            candidate.shown_to, candidate.shown_at = by, now
        CampaignItem.objects.bulk_update(chosen, SHOWN)
    return campaign.page_count


def decide(
    campaign: Campaign,
    page: int,
    accepted: Collection[uuid.UUID],
    *,
    by: User,
    now: datetime | None = None,
) -> Campaign:
    """Accept some of a page, by their public ids, and discard the others.

    Raises Conflict for a page that went to somebody else, or was decided differently before.
    """
    with transaction.atomic():
        campaign = lock(campaign)
        require_live(campaign.project)
        if campaign.state == State.BATCHED:
            raise Conflict(_("This campaign has become a batch."), code="wrong_state")
        rows = _rows_of_page(campaign, page, by)
        fits = {row.pk for row in rows if row.item.public_id in accepted}
        if len(fits) < len(set(accepted)):
            raise DomainError(_("An item is not on this page."), code="unknown_item", field="item")
        if rows[0].is_accepted is not None:
            _require_same(rows, fits)
            return campaign
        for row in rows:
            row.is_accepted, row.decided_by = row.pk in fits, by
            row.decided_at = now or timezone.now()
        CampaignItem.objects.bulk_update(rows, DECIDED)
        campaign.decided_count += len(rows)
        campaign.accepted_count += len(fits)
        after = {"page": page, "accepted": len(fits), "discarded": len(rows) - len(fits)}
        record(by, "campaign.decided", campaign, after=after)
        settle(campaign)
        campaign.save(update_fields=["decided_count", "accepted_count", "state"])
    return campaign


def _rows_of_page(campaign: Campaign, page: int, person: User) -> list[CampaignItem]:
    shown = campaign.candidates.filter(page=page, shown_to=person, item__deletion=None)
    rows = list(shown.select_related("item"))
    if not rows:
        raise Conflict(
            _("This page waited too long and went to somebody else. Here is another one."),
            code="not_yours",
        )
    return rows


def _require_same(rows: list[CampaignItem], fits: set[int]) -> None:
    if {row.pk for row in rows if row.is_accepted} != fits:
        raise Conflict(
            _("This page was decided already. Undo it to decide anew."), code="already_decided"
        )


def undo(campaign: Campaign, *, by: User, now: datetime | None = None) -> int:
    """Take back the last page that the person decided; it lies before them again.

    Returns its number. Raises Conflict when there is none.
    """
    with transaction.atomic():
        campaign = lock(campaign)
        require_live(campaign.project)
        own = campaign.candidates.filter(decided_by=by).order_by("-decided_at", "-page")
        number = own.values_list("page", flat=True).first()
        if number is None or campaign.state in {State.BATCHED, State.STOPPED}:
            raise Conflict(_("There is no page to take back."), code="nothing_to_undo")
        _take_back(campaign.candidates.filter(shown_to=by))
        rows = campaign.candidates.filter(page=number)
        fates = list(rows.values_list("is_accepted", flat=True))
        rows.update(
            is_accepted=None, decided_by=None, decided_at=None, shown_at=now or timezone.now()
        )
        campaign.decided_count -= len(fates)
        campaign.accepted_count -= sum(fates)
        campaign.rule_from = min(campaign.rule_from, campaign.decided_count)
        campaign.state = State.OPEN
        campaign.save(update_fields=["decided_count", "accepted_count", "rule_from", "state"])
        record(by, "campaign.undone", campaign, after={"page": number})
    return number


def _take_back(rows: QuerySet[CampaignItem]) -> None:
    """What was shown and not decided may be shown to others."""
    waiting = rows.filter(is_accepted=None, page__isnull=False)
    waiting.update(page=None, place=None, shown_to=None, shown_at=None)


def _chosen(campaign: Campaign, table: VectorTable) -> list[CampaignItem]:
    """The next ones that are still unlabeled, those by chance among the likest in no order."""
    waiting = still_unlabeled(campaign.project, campaign.candidates.filter(page=None))
    found = list(waiting.order_by("pk"))
    places = table.places_of([candidate.item_id for candidate in found])
    likest = [
        (candidate, place)
        for candidate, place in zip(found, places.tolist(), strict=True)
        if not candidate.is_random and place != ABSENT
    ]
    drawn = [candidate for candidate in found if candidate.is_random]
    picked = [likest[place][0] for place in _picked(campaign, table, likest)]
    chosen = [*picked, *drawn[: PAGE_SIZE - len(picked)]]
    dice = np.random.default_rng([campaign.pk, campaign.page_count])
    return [chosen[place] for place in dice.permutation(len(chosen))]


def _picked(
    campaign: Campaign, table: VectorTable, likest: list[tuple[CampaignItem, int]]
) -> list[int]:
    """Ranked by a classifier from enough accepted and discarded on, by the seeds before."""
    if not likest:
        return []
    rows = np.asarray(table.matrix[[place for _candidate, place in likest]])
    shown = campaign.candidates.filter(page__isnull=False)
    fates = dict(shown.values_list("item", "is_accepted"))
    accepted = [item for item, fate in fates.items() if fate]
    discarded = [item for item, fate in fates.items() if fate is False]
    alike = np.array([candidate.similarity for candidate, _place in likest])
    if min(len(accepted), len(discarded)) >= selection.TAUGHT_LEAST:
        seeds = campaign.seeds.values_list("item", flat=True)
        wanted = rows_of(table, [*seeds, *accepted])
        alike = selection.learned_likeness(rows, wanted, rows_of(table, discarded))
    doubts = [candidate.doubt for candidate, _place in likest]
    # A model that says nothing of an item is no less sure of it than of the others.
    known = [doubt for doubt in doubts if doubt is not None]
    usual = sum(known) / len(known) if known else 0.0
    return selection.pick(
        rows,
        alike,
        count=PAGE_SIZE - BY_CHANCE,
        doubt=np.array([usual if doubt is None else doubt for doubt in doubts]),
        known=rows_of(table, list(fates)),
    )
