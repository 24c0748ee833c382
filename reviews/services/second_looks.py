"""Second looks: drawn with a decision, opened as a review slot, kept open until they are taken.

Who gets one sees a review like any other. Callers hold the task's row lock.
"""

import random
from datetime import datetime

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict
from reviews.models import Consensus, Feedback, Review, SecondLook
from reviews.services import second_reviewers
from tasks.models import Assignment, Stage, Task
from tasks.services import results, slots

# Sooner after the first paint nobody has looked.
FAST_MS = 800
CHUNK = 200
Kind = SecondLook.Kind
State = SecondLook.State
UNSETTLED = SecondLook.UNSETTLED


def draw(task: Task, review: Review, *, dice: random.Random | None = None) -> SecondLook | None:
    """Have a decision made again if chance says so, or its haste, and there is somebody to do it.

    What was looked at twice in its round is not looked at once more.
    """
    looked_at = SecondLook.objects.filter(task=task, round=review.assignment.round)
    if review.decision == Review.Decision.ESCALATE or looked_at.exists():
        return None
    percent = settings.SECOND_REVIEW_PERCENT
    if (dice or random.SystemRandom()).random() * 100 < percent:
        look = _look_at(review, Kind.AUDIT, sampling_percent=percent)
    elif review.dwell_ms is not None and review.dwell_ms < FAST_MS:
        look = _look_at(review, Kind.FAST)
    else:
        return None
    return _open(look) if second_reviewers.eligible(look).exists() else None


def open_contest(entry: Feedback, *, words: str, now: datetime) -> SecondLook:
    """The second look that an author asks for; it waits when nobody is there to take it."""
    look = _look_at(entry.review, Kind.CONTEST, feedback=entry, words=words)
    look.opened_at = now
    return _open(look)


def _look_at(
    review: Review,
    kind: Kind,
    *,
    sampling_percent: float | None = None,
    feedback: Feedback | None = None,
    words: str = "",
) -> SecondLook:
    consensus = Consensus.objects.filter(task=review.task_id).first()
    return SecondLook(
        first=review,
        kind=kind,
        sampling_percent=sampling_percent,
        feedback=feedback,
        words=words,
        task=review.task,
        round=review.assignment.round,
        slot=_next_slot(review.task, review.assignment.round),
        stood=consensus.answer if consensus else None,
        opened_at=timezone.now(),
    )


def _next_slot(task: Task, number: int) -> int:
    """Never the first: that is the review's own."""
    return max(1, slots.last_number(task, stage=Stage.REVIEW, round=number)) + 1


def _open(look: SecondLook) -> SecondLook:
    look.save()
    _open_slot(look)
    record(None, "second_look.opened", look, after={"kind": look.kind, "slot": look.slot})
    return look


def _open_slot(look: SecondLook) -> None:
    slots.open_slots(look.task, stage=Stage.REVIEW, round=look.round, after=look.slot - 1)


def ask_another(look: SecondLook) -> None:
    """Whoever had it could not say: one more slot, for somebody else."""
    look.slot, look.second = _next_slot(look.task, look.round), None
    look.save(update_fields=["slot", "second"])
    _open_slot(look)
    record(None, "second_look.passed_on", look, after={"slot": look.slot})


def close(look: SecondLook, state: State, *, by: User | None) -> None:
    """End a look, for good. Its slot must not be decided any more."""
    before, look.state = look.state, state
    look.closed_at = timezone.now()
    if state != State.OVERTURNED and look.kind != Kind.CONTEST:
        look.told_at = look.closed_at
    look.save(update_fields=["state", "second", "closed_at", "told_at"])
    _live_slots(look).update(state=Assignment.State.REVOKED, ended_at=look.closed_at)
    record(by, f"second_look.{state}", look, before={"state": before}, after={"state": state})


def _live_slots(look: SecondLook) -> QuerySet[Assignment]:
    return Assignment.objects.filter(
        task=look.task_id,
        stage=Stage.REVIEW,
        round=look.round,
        slot=look.slot,
        state__in=slots.UNFINISHED,
    )


def forget(review: Review, *, by: User) -> None:
    """A decision is taken back: nobody needs to look at it again, contests of it are void, and
    two whom it decided between differ again.

    Raises Conflict where somebody else has decided since, or the decision was a second look
    itself: others go by it already. The caller holds the task's row lock.
    """
    looks = list(SecondLook.objects.filter(first=review).select_related("task"))
    is_second = SecondLook.objects.filter(second=review).exists()
    if is_second or any(look.second_id for look in looks):
        raise Conflict(
            _("Somebody else has decided this task, too: it cannot be taken back any more."),
            code="second_look_decided",
        )
    for look in looks:
        if look.state == State.WAITING:
            close(look, State.CANCELLED, by=by)
    if review.assignment.stage == Stage.ADJUDICATE:
        _reopen_disputes(review, by=by)


def _reopen_disputes(review: Review, *, by: User) -> None:
    settled = SecondLook.objects.filter(
        task=review.task_id,
        second__isnull=False,
        state__in=[State.UPHELD, State.OVERTURNED],
        # Nobody has decided the task since: what ended after that, ended with it.
        closed_at__gte=review.decided_at,
    )
    for look in settled.exclude(kind=Kind.CONTEST):
        before, look.state = look.state, State.DISPUTED
        look.closed_at = look.told_at = None
        look.save(update_fields=["state", "closed_at", "told_at"])
        record(by, "second_look.disputed", look, before={"state": before})


def tend() -> int:
    """Reopen lost slots, and end what cannot be decided any more; returns how many changed.

    Slots are lost when the task moves on or a lease of a former round runs out. A contest is
    kept until it is decided; an audit of what moved on, or that nobody is left for, is given up.
    """
    changed, after = 0, 0
    while True:
        unsettled = SecondLook.objects.filter(state__in=UNSETTLED, pk__gt=after).order_by("pk")
        found = list(unsettled.values_list("pk", "task")[:CHUNK])
        for look_id, task_id in found:
            with transaction.atomic():
                task = results.lock_task(task_id)
                look = SecondLook.objects.select_related("first").get(pk=look_id)
                look.task = task
                changed += look.state in UNSETTLED and _tend(look)
        if len(found) < CHUNK:
            return changed
        after = found[-1][0]


def _tend(look: SecondLook) -> bool:
    if _is_void(look):
        close(look, State.CANCELLED, by=None)
        return True
    if look.state == State.DISPUTED or _live_slots(look).exists():
        return False
    if look.task.state == Task.State.ON_HOLD:
        return False
    _open_slot(look)
    record(None, "second_look.reopened", look, after={"slot": look.slot})
    return True


def _is_void(look: SecondLook) -> bool:
    if look.task.state == Task.State.EXCLUDED:
        return True
    if look.state == State.DISPUTED:
        moved_on = look.task.state not in {Task.State.IN_ADJUDICATION, Task.State.ON_HOLD}
        # Whoever is left may adjudicate then, the two among them.
        return moved_on or not second_reviewers.third_people(look).exists()
    if look.kind == Kind.CONTEST:
        return False
    slot = Assignment.objects.filter(
        task=look.task_id, stage=Stage.REVIEW, round=look.round, slot=look.slot
    )
    newest = slot.order_by("pk").last()
    moved_on = newest is not None and newest.state == Assignment.State.REVOKED
    held = _live_slots(look).filter(state=Assignment.State.LEASED)
    return moved_on or not (held.exists() or second_reviewers.eligible(look).exists())
