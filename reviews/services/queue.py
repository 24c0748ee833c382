"""The review queue: whose look is worth most, and one look in five where chance points.

Offered work, adjudication, rework and the samples of lots come first. Then the label that is most
likely wrong, times what a mistake costs, in review or already accepted. Every fifth pick follows
the random order of the batches instead, so that the error rate that pages show does not depend on
the model.
"""

import random
from collections.abc import Iterator
from datetime import datetime
from itertools import chain

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import (
    Case,
    Exists,
    F,
    IntegerField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
    When,
)
from django.db.models.functions import Now
from django.utils import timezone

from labelops.accounts.models import User
from labelops.audit.services import record
from reviews import access
from reviews.models import Consensus
from reviews.services import lot_samples
from tasks.access import reviewable_batches
from tasks.models import (
    Annotation,
    Assignment,
    Batch,
    InstructionVersion,
    Project,
    Stage,
    Task,
)
from tasks.services import leases, slots

CANDIDATES = 20
Standing = Consensus.Standing


def waiting(user: User) -> QuerySet[Assignment]:
    """Open review and adjudication slots this person may take: first what cannot wait."""
    own = Annotation.objects.filter(task=OuterRef("task"), author=user)
    decided = Assignment.objects.filter(
        task=OuterRef("task"),
        round=OuterRef("round"),
        stage=Stage.REVIEW,
        state=Assignment.State.SUBMITTED,
        annotator=user,
    )
    is_for_them = Q(offered_to=None) | Q(offered_to=user) | Q(offered_until__lte=Now())
    return (
        access.review_slots(user)
        .filter(is_for_them, state=Assignment.State.OPEN)
        .exclude(Exists(own))
        # A second look is somebody else's.
        .exclude(Exists(decided), slot__gt=1)
        .exclude(Exists(lot_samples.barred(user)))
        .annotate(
            sample_place=Subquery(lot_samples.unseen().order_by("place").values("place")[:1]),
            urgency=Case(
                When(offered_to=user, then=Value(-1)),
                When(stage=Stage.ADJUDICATE, then=Value(0)),
                When(Q(round__gt=1) | Q(slot__gt=1), then=Value(1)),
                When(sample_place__isnull=False, then=Value(1)),
                default=Value(2),
                output_field=IntegerField(),
            ),
        )
        # A sample in the order it was drawn in: wherever a lot ends, what was seen is random.
        .order_by(
            "urgency",
            F("sample_place").asc(nulls_first=True),
            "-task__consensus__risk",
            "task",
        )
    )


def undecided(user: User) -> QuerySet[Consensus]:
    """What the annotators of others' work stand for and no expert has decided yet."""
    own = Annotation.objects.filter(task=OuterRef("task"), author=user)
    taken = Assignment.objects.filter(
        task=OuterRef("task"),
        stage=Stage.REVIEW,
        state__in=[Assignment.State.LEASED, Assignment.State.PARKED],
    )
    return (
        Consensus.objects.filter(
            batch__in=reviewable_batches(user),
            standing=Standing.UNDECIDED,
            task__state__in=[Task.State.IN_REVIEW, Task.State.ACCEPTED],
        )
        .exclude(Exists(own))
        .exclude(Exists(taken))
        .exclude(Exists(lot_samples.barred(user)))
    )


def next_review(
    user: User,
    *,
    batch: Batch | None = None,
    project: Project | None = None,
    is_required: bool = False,
    rng: random.Random | None = None,
    now: datetime | None = None,
) -> Assignment | None:
    """Lease the task that most needs this person's decision; a lease still held comes first.

    `is_required`: only while something waits for a decision; labels that were accepted without
    one are not gone through for their risk then.
    """
    now = now or timezone.now()
    with transaction.atomic():
        leases.expire_leases(now=now)
        held = _within(access.review_slots(user), batch, project).filter(
            state=Assignment.State.LEASED, annotator=user
        )
        first = held.order_by("leased_at").first()
        if first:
            return first
        slots_waiting = _within(waiting(user), batch, project)
        if is_required and not slots_waiting.exists():
            return None
        looks = _within(undecided(user), batch, project)
        dice = rng or random.SystemRandom()
        is_random = dice.random() * 100 < settings.RANDOM_REVIEW_PERCENT
        for slot in _candidates(slots_waiting, looks, is_required, is_random):
            taken = _take(slot, user, now=now)
            if taken:
                return taken
    return None


def _candidates(
    slots_waiting: QuerySet[Assignment],
    looks: QuerySet[Consensus],
    is_required: bool,
    is_random: bool,
) -> Iterator[Assignment]:
    urgent = slots_waiting.filter(urgency__lt=2)[:CANDIDATES]
    by_chance = looks.order_by("draw")[:CANDIDATES] if is_random else looks.none()
    risky = looks.filter(task__state=Task.State.IN_REVIEW) if is_required else looks
    by_risk = risky.order_by("-risk", "task")[:CANDIDATES]
    # What has a slot though nothing was inferred of it.
    rest = slots_waiting.filter(urgency=2)[:CANDIDATES]
    return chain(urgent, _slots_of(by_chance), _slots_of(by_risk), rest)


def _slots_of(looks: QuerySet[Consensus]) -> Iterator[Assignment]:
    """The review slot of each task, opened where an accepted one has none."""
    for consensus in looks:
        task = Task.objects.select_related("batch").get(pk=consensus.task_id)
        slot = Assignment.objects.filter(
            task=task, stage=Stage.REVIEW, state=Assignment.State.OPEN
        ).first()
        slot = slot or open_look(task)
        if slot:
            yield slot


def open_look(task: Task) -> Assignment | None:
    """A review slot on an accepted task; it stays accepted until somebody decides otherwise."""
    if task.state != Task.State.ACCEPTED:
        return None
    try:
        with transaction.atomic():
            [slot] = slots.open_slots(task, stage=Stage.REVIEW, round=task.round)
    except IntegrityError:
        # Somebody else is at it, at this very moment.
        return None
    return slot


def _take(slot: Assignment, user: User, *, now: datetime) -> Assignment | None:
    version = decided_version(slot.task)
    is_mine = slots.claim(
        slot.pk, user, now=now, lease_time=slot.task.batch.lease_time, version_id=version.pk
    )
    if not is_mine:
        return None
    record(user, "review.leased", slot)
    return Assignment.objects.select_related("task__item", "batch").get(pk=slot.pk)


def _within(rows: QuerySet, batch: Batch | None, project: Project | None) -> QuerySet:
    if batch:
        rows = rows.filter(batch=batch)
    if project:
        rows = rows.filter(batch__project=project)
    return rows


def decided_version(task: Task) -> InstructionVersion:
    """The version a decision is made under: that of the newest answer, else the published one."""
    newest = (
        Annotation.objects.filter(task=task)
        .select_related("instruction_version")
        .order_by("-id")
        .first()
    )
    if newest:
        return newest.instruction_version
    return InstructionVersion.objects.get(
        project=task.batch.project_id, state=InstructionVersion.State.PUBLISHED
    )
