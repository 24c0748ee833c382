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
from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Now
from django.utils import timezone

from labelops.accounts.models import Role, User
from labelops.audit.services import record
from reviews import access
from reviews.models import Consensus, Pick
from reviews.services import lot_samples, second_reviewers
from reviews.services.narrowing import EVERYTHING, Narrowing
from tasks.access import EXPERTS, REVIEWERS, batches_to_review
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
BY_RISK = ("-task__consensus__risk", "task")
Standing = Consensus.Standing
Way = Pick.Way
Candidate = tuple[Assignment, Way]
# What the way of a pick adds to the reasons of doubt. A second look looks like any other.
ADDED = {
    Way.OFFERED: "offered",
    Way.ADJUDICATION: "adjudication",
    Way.RANDOM: "random",
}


def waiting(
    user: User, *, batch: Batch | None = None, project: Project | None = None
) -> QuerySet[Assignment]:
    """Open review and adjudication slots this person may take, in no order."""
    return _open_to(user, _theirs(_all_batches(user, batch, project)))


def _open_to(user: User, theirs: Q) -> QuerySet[Assignment]:
    own = Annotation.everything.filter(task=OuterRef("task"), author=user)
    is_for_them = Q(offered_to=None) | Q(offered_to=user) | Q(offered_until__lte=Now())
    return (
        Assignment.objects.filter(theirs, is_for_them, state=Assignment.State.OPEN)
        .exclude(Exists(own))
        .exclude(second_reviewers.somebody_elses(user))
        .exclude(Exists(lot_samples.barred(user)))
        .select_related("task__batch", "task__consensus")
    )


def _theirs(batches: dict[tuple[Role, ...], list[int]]) -> Q:
    return access.to_review(batches.__getitem__)


def _all_batches(
    user: User, batch: Batch | None, project: Project | None
) -> dict[tuple[Role, ...], list[int]]:
    """Where the person reviews, and where they adjudicate."""
    return {roles: _batches(user, roles, batch, project) for roles in (REVIEWERS, EXPERTS)}


def _batches(
    user: User, roles: tuple[Role, ...], batch: Batch | None, project: Project | None
) -> list[int]:
    """Read first: with the ids at hand the database walks one index, and in its order."""
    batches = batches_to_review(user, roles)
    if batch:
        batches = batches.filter(pk=batch.pk)
    if project:
        batches = batches.filter(project=project)
    return list(batches.values_list("pk", flat=True))


def undecided(
    user: User, *, batch: Batch | None = None, project: Project | None = None
) -> QuerySet[Consensus]:
    """What the annotators of others' work stand for and no expert has decided yet."""
    own = Annotation.everything.filter(task=OuterRef("task"), author=user)
    taken = Assignment.objects.filter(
        task=OuterRef("task"),
        stage=Stage.REVIEW,
        state__in=[Assignment.State.LEASED, Assignment.State.PARKED],
    )
    return (
        Consensus.objects.filter(
            batch__in=_batches(user, REVIEWERS, batch, project),
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
        batches = _all_batches(user, batch, project)
        theirs = _theirs(batches)
        held = Assignment.objects.filter(theirs, state=Assignment.State.LEASED, annotator=user)
        if beyond:
            held = held.exclude(pk=beyond.pk)
        first = held.select_related("task__item", "batch__project").order_by("leased_at").first()
        if first:
            return first
        slots_waiting = narrowing.of_slots(_open_to(user, theirs))
        sampled = list(lot_samples.unseen_tasks(batches[REVIEWERS]))
        urgent = _urgent(user, theirs, slots_waiting, sampled)
        looks = narrowing.of_looks(undecided(user, batch=batch, project=project))
        if narrowing.is_any:
            by_risk = looks.order_by("-risk", "task")[:CANDIDATES]
            found = chain(urgent, _slots_of(by_risk, Way.FILTER))
        else:
            dice = rng or random.SystemRandom()
            is_random = dice.random() * 100 < settings.RANDOM_REVIEW_PERCENT
            found = chain(urgent, _candidates(slots_waiting, looks, is_required, is_random))
        for slot, way in found:
            taken = take(slot, user, way, now=now)
            if taken:
                return taken
    return None


def _candidates(
    slots_waiting: QuerySet[Assignment],
    looks: QuerySet[Consensus],
    is_required: bool,
    is_random: bool,
) -> Iterator[Candidate]:
    by_chance, risky = looks.order_by("draw")[:CANDIDATES], looks
    if is_required:
        risky = looks.filter(task__state=Task.State.IN_REVIEW)
        is_random = is_random and slots_waiting.exists()
    if is_random:
        yield from _slots_of(by_chance, Way.RANDOM)
    yield from _slots_of(risky.order_by("-risk", "task")[:CANDIDATES], Way.RISK)
    # What has a slot though nothing was inferred of it, or it was decided before.
    rest = slots_waiting.filter(stage=Stage.REVIEW).order_by(*BY_RISK)[:CANDIDATES]
    yield from _each(rest, Way.RISK)


def _urgent(
    user: User, theirs: Q, slots_waiting: QuerySet[Assignment], sampled: list[int]
) -> Iterator[Candidate]:
    """What comes before all doubt. Each kind is few and has an index, which is asked first.

    `sampled` are the tasks that samples of lots wait for. They go in the order of the draw:
    wherever a lot ends, what was seen of it is random.
    """
    is_again = Q(round__gt=1) | Q(slot__gt=1)
    kinds = (
        (Way.OFFERED, Q(offered_to=user)),
        (Way.ADJUDICATION, Q(stage=Stage.ADJUDICATE)),
        (Way.AGAIN, Q(is_again, ~Q(task__in=sampled), stage=Stage.REVIEW)),
    )
    open_slots = Assignment.objects.filter(theirs, state=Assignment.State.OPEN)
    for way, kind in kinds:
        if open_slots.filter(kind).exists():
            yield from _each(slots_waiting.filter(kind).order_by(*BY_RISK)[:CANDIDATES], way)
    if sampled:
        places = lot_samples.unseen().order_by("place").values("place")[:1]
        drawn = slots_waiting.filter(task__in=sampled, stage=Stage.REVIEW)
        in_order = drawn.annotate(place=Subquery(places)).order_by("place", *BY_RISK)
        yield from _each(in_order[:CANDIDATES], Way.AGAIN)


def _each(found: QuerySet[Assignment], way: Way) -> Iterator[Candidate]:
    for slot in found:
        yield slot, way


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


def take(slot: Assignment, user: User, way: Way, *, now: datetime) -> Assignment | None:
    """Lease an open slot; None where somebody was faster."""
    version = decided_version(slot.task)
    is_mine = slots.claim(
        slot.pk, user, now=now, lease_time=slot.task.batch.lease_time, version_id=version.pk
    )
    if not is_mine:
        return None
    reasons = reasons_of(slot.task, way, slot.round)
    Pick.objects.create(assignment=slot, way=way, reasons=reasons)
    record(user, "review.leased", slot, after={"way": way, "reasons": reasons})
    return Assignment.objects.select_related("task__item", "batch").get(pk=slot.pk)


def reasons_of(task: Task, way: Way, round: int) -> list[dict[str, Any]]:
    """Why this task: how it was picked, then what is doubtful about it."""
    consensus = getattr(task, "consensus", None)
    doubts = list(consensus.reasons) if consensus else []
    if way in ADDED:
        return [{"code": ADDED[way], "params": {}}, *doubts]
    if way == Way.AGAIN and round > 1:
        return [{"code": "rework", "params": {}}, *doubts]
    if not doubts and consensus:
        return [{"code": "risk", "params": {"p_wrong": consensus.p_wrong}}]
    return doubts or [{"code": "no_label", "params": {}}]


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
