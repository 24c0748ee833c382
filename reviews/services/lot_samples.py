"""The samples of lots: what experts' decisions come to, and when a lot is decided.

Called within the transaction of a decision. Which tasks are in a sample is nobody's business
while it goes on: reviewers get them like any others, only sooner, in the order of the draw.
"""

from collections import Counter
from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from django.db.models import OuterRef, QuerySet
from django.utils import timezone

from labelops.accounts.models import Team, User
from labelops.audit.services import record
from labelops.notices.kinds import Kind
from reviews.models import Lot, LotItem
from reviews.quality.acceptance import verdict
from reviews.services import lot_returns
from reviews.services.lot_notices import tell_managers
from tasks.access import REVIEWERS
from tasks.models import Assignment, Stage, Task

FINAL_AFTER = timedelta(days=1)
State = Lot.State
Outcome = LotItem.Outcome
Margins = dict[str, list[list[Any]]]


def unseen() -> QuerySet[LotItem]:
    """Of the task of a row: its places in samples whose look at it is still to come."""
    return LotItem.objects.filter(task=OuterRef("task"), outcome="", lot__state=State.SAMPLING)


def unseen_tasks(batch_ids: Iterable[int]) -> QuerySet[LotItem, int]:
    """What samples of these batches still wait for: few tasks, as a sample ends with its lot."""
    waiting = LotItem.objects.filter(
        outcome="", lot__state=State.SAMPLING, lot__batch__in=batch_ids
    )
    return waiting.order_by().values_list("task", flat=True)


def barred(user: User) -> QuerySet[LotItem]:
    """The same where it is not theirs to look: nobody inspects their own vendor."""
    own_houses = user.memberships.filter(
        role__in=REVIEWERS, team__is_active=True, team__kind=Team.Kind.IN_HOUSE
    )
    return unseen().exclude(lot__batch__project__teams__in=own_houses.values("team"))


def note(task: Task, *, was_wrong: bool) -> None:
    """An expert has decided the task: its stored label was right or wrong."""
    waiting = LotItem.objects.filter(task=task, outcome="", lot__state=State.SAMPLING)
    lot_ids = list(waiting.values_list("lot", flat=True))
    for lot in locked(lot_ids):
        if lot.state == State.SAMPLING:
            outcome = Outcome.WRONG if was_wrong else Outcome.RIGHT
            lot.items.filter(task=task).update(outcome=outcome, decided_at=timezone.now())
            conclude(lot)


def forget(task: Task) -> None:
    """The decision on the task was taken back or overturned: it is as if nobody had looked.

    A lot that it ended goes on, unless its end is a day old or something was built on it: a later
    lot, or labels that were sent back. Then both stay on record.
    """
    seen = LotItem.objects.filter(task=task, outcome__in=[Outcome.RIGHT, Outcome.WRONG])
    lot_ids = list(seen.exclude(lot__state=State.CANCELLED).values_list("lot", flat=True))
    for lot in locked(lot_ids):
        if lot.state != State.SAMPLING and not _can_go_on(lot):
            record(None, "lot.decision_taken_back", lot)
            continue
        lot.items.filter(task=task).update(outcome="", decided_at=None)
        if lot.state != State.SAMPLING:
            before = lot.state
            lot.state, lot.ended_at = State.SAMPLING, None
            lot.reason, lot.failing = "", {}
            record(None, "lot.reopened", lot, before={"state": before})
        conclude(lot)


def locked(lot_ids: Iterable[int]) -> list[Lot]:
    """Lots under their row locks, in order, so that two decisions never wait for each other."""
    rows = Lot.objects.select_for_update(of=("self",)).select_related("batch__project", "team")
    return list(rows.defer("packed_members").filter(pk__in=lot_ids).order_by("pk"))


def conclude(lot: Lot) -> None:
    """Count what was found, and end the lot once the rest cannot change it."""
    counts = Counter(lot.items.order_by().values_list("outcome", flat=True))
    lot.right_count, lot.wrong_count = counts[Outcome.RIGHT], counts[Outcome.WRONG]
    lot.gone_count = counts[Outcome.GONE]
    found = verdict(lot.plan, wrong=lot.wrong_count, unseen=lot.unseen_count)
    if lot.gone_count == lot.sample_count:
        end(lot, State.CANCELLED, by=None, reason="the whole sample was taken out of the work")
    elif found == State.REJECTED:
        lot.failing = _failing(lot)
        reason = f"{lot.wrong_count} wrong, {lot.allowed_count} allowed"
        end(lot, State.REJECTED, by=None, reason=reason)
    elif found == State.ACCEPTED:
        end(lot, State.ACCEPTED, by=None)
    else:
        lot.save(update_fields=_CHANGING)


_CHANGING = [
    "state",
    "right_count",
    "wrong_count",
    "gone_count",
    "failing",
    "reason",
    "ended_at",
]


def end(lot: Lot, state: Lot.State, *, by: User | None, reason: str = "") -> None:
    """Store the end of a locked lot, and withdraw what nobody has looked at."""
    lot.state, lot.reason, lot.ended_at = state, reason, timezone.now()
    lot.save(update_fields=_CHANGING)
    _withdraw(lot)
    after = {"right": lot.right_count, "wrong": lot.wrong_count, "unseen": lot.unseen_count}
    record(by, f"lot.{state}", lot, after=after, reason=reason)
    if state == State.REJECTED:
        tell_managers(lot, Kind.LOT_REJECTED)


def _withdraw(lot: Lot) -> None:
    """End the open looks of the sample. What went to review for other reasons stays there."""
    rest = lot.items.filter(outcome="").values("task")
    elsewhere = LotItem.objects.filter(outcome="", lot__state=State.SAMPLING).exclude(lot=lot)
    Assignment.objects.filter(
        task__in=rest,
        task__state=Task.State.ACCEPTED,
        stage=Stage.REVIEW,
        state=Assignment.State.OPEN,
    ).exclude(task__in=elsewhere.values("task")).update(
        state=Assignment.State.REVOKED, ended_at=timezone.now()
    )


def margins(lot: Lot) -> Margins:
    """By class and by person how many of the sample were looked at, and how many were wrong:
    {"classes": [[control, value, seen, wrong], ...], "people": [[user, seen, wrong], ...]}.
    """
    seen: Counter[tuple[Any, ...]] = Counter()
    wrong: Counter[tuple[Any, ...]] = Counter()
    rows = lot.items.filter(outcome__in=[Outcome.RIGHT, Outcome.WRONG])
    for stratum, outcome in rows.order_by("place").values_list("stratum", "outcome"):
        keys = [*map(tuple, stratum["classes"]), *((user,) for user in stratum["people"])]
        seen.update(keys)
        if outcome == Outcome.WRONG:
            wrong.update(keys)
    table = [[*key, count, wrong[key]] for key, count in sorted(seen.items(), key=str)]
    return {
        "classes": [row for row in table if len(row) == 4],
        "people": [row for row in table if len(row) == 3],
    }


def _failing(lot: Lot) -> Margins:
    """The classes and people with wrong labels, the worst first."""
    return {
        name: sorted((row for row in rows if row[-1]), key=lambda row: (-row[-1], row[-2]))
        for name, rows in margins(lot).items()
    }


def _can_go_on(lot: Lot) -> bool:
    """Decisions are taken back soon; a later one about the same task is not the lot's business."""
    if lot.ended_at is None or lot.ended_at < timezone.now() - FINAL_AFTER:
        return False
    later = Lot.objects.filter(batch=lot.batch_id, team=lot.team_id, pk__gt=lot.pk)
    return not later.exists() and not lot_returns.jobs_of(lot).exists()
