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
from typing import Any

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
from reviews.models import Consensus, Pick
from reviews.services import lot_samples, second_reviewers
from reviews.services.narrowing import EVERYTHING, Narrowing
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
Way = Pick.Way
Candidate = tuple[Assignment, Way]
# What the way of a pick adds to the reasons of doubt. A second look looks like any other.
ADDED = {
    Way.OFFERED: "offered",
    Way.ADJUDICATION: "adjudication",
    Way.RANDOM: "random",
}


def waiting(user: User) -> QuerySet[Assignment]:
    """Open review and adjudication slots this person may take: first what cannot wait."""
    own = Annotation.objects.filter(task=OuterRef("task"), author=user)
    is_for_them = Q(offered_to=None) | Q(offered_to=user) | Q(offered_until__lte=Now())
    return (
        access.review_slots(user)
        .filter(is_for_them, state=Assignment.State.OPEN)
        .exclude(Exists(own))
        .exclude(second_reviewers.somebody_elses(user))
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
        .select_related("task__consensus")
    )


def undecided(
    user: User, *, batch: Batch | None = None, project: Project | None = None
) -> QuerySet[Consensus]:
    """What the annotators of others' work stand for and no expert has decided yet.

    The batches are read first: with their ids at hand the database walks one index in order.
    """
    batches = reviewable_batches(user)
    if batch:
        batches = batches.filter(pk=batch.pk)
    if project:
        batches = batches.filter(project=project)
    own = Annotation.objects.filter(task=OuterRef("task"), author=user)
    taken = Assignment.objects.filter(
        task=OuterRef("task"),
        stage=Stage.REVIEW,
        state__in=[Assignment.State.LEASED, Assignment.State.PARKED],
    )
    return (
        Consensus.objects.filter(
            batch__in=list(batches.values_list("pk", flat=True)),
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
    narrowing: Narrowing = EVERYTHING,
    beyond: Assignment | None = None,
    rng: random.Random | None = None,
    now: datetime | None = None,
) -> Assignment | None:
    """Lease the task that most needs this person's decision; a lease still held comes first.

    `is_required`: only while something waits for a decision; labels that were accepted without
    one are not gone through for their risk then. `beyond`: the task that the person looks at, for
    having the one after it ready. A narrowed queue goes by risk alone and never counts as chance.
    """
    now = now or timezone.now()
    with transaction.atomic():
        leases.expire_leases(now=now)
        held = _within(access.review_slots(user), batch, project).filter(
            state=Assignment.State.LEASED, annotator=user
        )
        if beyond:
            held = held.exclude(pk=beyond.pk)
        first = held.order_by("leased_at").first()
        if first:
            return first
        slots_waiting = narrowing.of_slots(_within(waiting(user), batch, project))
        if is_required and not narrowing.is_any and not slots_waiting.exists():
            return None
        looks = narrowing.of_looks(undecided(user, batch=batch, project=project))
        if narrowing.is_any:
            found = _narrowed_candidates(slots_waiting, looks)
        else:
            dice = rng or random.SystemRandom()
            is_random = dice.random() * 100 < settings.RANDOM_REVIEW_PERCENT
            found = _candidates(slots_waiting, looks, is_required, is_random)
        for slot, way in found:
            taken = _take(slot, user, way, now=now)
            if taken:
                return taken
    return None


def _candidates(
    slots_waiting: QuerySet[Assignment],
    looks: QuerySet[Consensus],
    is_required: bool,
    is_random: bool,
) -> Iterator[Candidate]:
    by_chance = looks.order_by("draw")[:CANDIDATES] if is_random else looks.none()
    risky = looks.filter(task__state=Task.State.IN_REVIEW) if is_required else looks
    by_risk = risky.order_by("-risk", "task")[:CANDIDATES]
    # What has a slot though nothing was inferred of it.
    rest = slots_waiting.filter(urgency=2)[:CANDIDATES]
    return chain(
        _urgent(slots_waiting),
        _slots_of(by_chance, Way.RANDOM),
        _slots_of(by_risk, Way.RISK),
        ((slot, Way.RISK) for slot in rest),
    )


def _narrowed_candidates(
    slots_waiting: QuerySet[Assignment], looks: QuerySet[Consensus]
) -> Iterator[Candidate]:
    by_risk = looks.order_by("-risk", "task")[:CANDIDATES]
    return chain(_urgent(slots_waiting), _slots_of(by_risk, Way.FILTER))


def _urgent(slots_waiting: QuerySet[Assignment]) -> Iterator[Candidate]:
    ways = {-1: Way.OFFERED, 0: Way.ADJUDICATION, 1: Way.AGAIN}
    for slot in slots_waiting.filter(urgency__lt=2)[:CANDIDATES]:
        yield slot, ways[slot.urgency]


def _slots_of(looks: QuerySet[Consensus], way: Way) -> Iterator[Candidate]:
    """The review slot of each task, opened where an accepted one has none."""
    for consensus in looks.select_related("task__batch"):
        task = consensus.task
        slot = Assignment.objects.filter(
            task=task, stage=Stage.REVIEW, slot=1, state=Assignment.State.OPEN
        ).first()
        slot = slot or open_look(task)
        if slot:
            slot.task = task
            yield slot, way


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


def _take(slot: Assignment, user: User, way: Way, *, now: datetime) -> Assignment | None:
    version = decided_version(slot.task)
    is_mine = slots.claim(
        slot.pk, user, now=now, lease_time=slot.task.batch.lease_time, version_id=version.pk
    )
    if not is_mine:
        return None
    reasons = _reasons(slot, way)
    Pick.objects.create(assignment=slot, way=way, reasons=reasons)
    record(user, "review.leased", slot, after={"way": way, "reasons": reasons})
    return Assignment.objects.select_related("task__item", "batch").get(pk=slot.pk)


def _reasons(slot: Assignment, way: Way) -> list[dict[str, Any]]:
    """Why this task: how it was picked, then what is doubtful about it."""
    consensus = getattr(slot.task, "consensus", None)
    doubts = list(consensus.reasons) if consensus else []
    if way in ADDED:
        return [{"code": ADDED[way], "params": {}}, *doubts]
    if way == Way.AGAIN and slot.round > 1:
        return [{"code": "rework", "params": {}}, *doubts]
    if not doubts and consensus:
        return [{"code": "risk", "params": {"p_wrong": consensus.p_wrong}}]
    return doubts or [{"code": "no_label", "params": {}}]


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
