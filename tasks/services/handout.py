"""Hands out work: whose turn it is, in which order, and the reason when there is nothing.

The usual call is four statements, whatever the number of tasks: the batches, the claim, what was
claimed, the events. Only when the queue gives less than was asked for, overdue leases are ended
and the queue is walked again from its start.
"""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from django.db import IntegrityError, transaction
from django.db.models import (
    BigIntegerField,
    Count,
    Exists,
    F,
    IntegerField,
    JSONField,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils import timezone

from labelops.accounts.models import User
from labelops.audit.services import record_each
from labelops.prepared import PreparedQuery
from tasks.access import batches_to_work_on
from tasks.models import (
    Annotation,
    Assignment,
    Batch,
    BatchTally,
    Draft,
    InstructionVersion,
    Precedence,
    Qualification,
    Stage,
)
from tasks.services import caps, claiming, gold_serving, leases, refusals, slots, suggestions
from tasks.services.instructions import published_content

LEASES_PER_PERSON = 10
BATCHES_AT_ONCE = 4
TAB_RACES = 2


@dataclass(frozen=True)
class Handout:
    """The assignments a person holds now; `reason` says why there are none."""

    assignments: list[Assignment]
    reason: str = ""


def next_assignments(
    user: User,
    *,
    project: str | None = None,
    batch: int | None = None,
    count: int = 1,
    most: int = LEASES_PER_PERSON,
    teaches: bool = True,
    rng: random.Random | None = None,
    now: datetime | None = None,
) -> Handout:
    """Lease up to `count` tasks for labeling, of one project or batch when it is named.

    Leases the person still holds come first, so that a reloaded page goes on where it was. Each
    assignment carries its `draft_answer` and, for rework, the `former_answer`. Where nothing can
    be explained after an answer, `teaches` is false: all gold is hidden then.
    """
    now = now or timezone.now()
    count = max(1, min(count, most))
    rng = rng or random.SystemRandom()
    for _race in range(TAB_RACES):
        # The same person took another slot of a task at this moment, in another tab: look again.
        with suppress(IntegrityError):
            return _next(user, project, batch, count, teaches, rng, now)
    return _next(user, project, batch, count, teaches, rng, now)


@transaction.atomic
def _next(
    user: User,
    project: str | None,
    batch: int | None,
    count: int,
    teaches: bool,
    rng: random.Random,
    now: datetime,
) -> Handout:
    running = _running(user, project, batch, now)
    held_count = sum(batch.held_count for batch in running)
    wanted = count - held_count
    claimed = _serve_gold(user, running, wanted, teaches, rng, now)
    claimed += _claim(user, running, wanted - len(claimed), now)
    assignments = _held(user, running, count) if held_count or claimed else []
    if claimed:
        new = set(claimed)
        record_each(user, "assignment.leased", [row for row in assignments if row.pk in new])
    if assignments:
        return Handout(assignments)
    return Handout([], refusals.reason(user, running, project=project, batch=batch, now=now))


def open_batches(user: User, *, now: datetime | None = None) -> list[Batch]:
    """The batches that have something for a person now, in the order in which they hand out;

    those first in which they have begun.
    """
    now = now or timezone.now()
    running = [
        batch
        for batch in _running(user, None, None, now)
        if batch.held_count or (batch.version_id and batch.has_open and _most(batch, 1) > 0)
    ]
    return sorted(running, key=lambda batch: (not batch.held_count, not batch.has_own))


def _running(user: User, project: str | None, batch: int | None, now: datetime) -> list[Batch]:
    """The batches open to a person, in the order in which they hand out."""
    found = fetch_running(user, project=project, batch=batch, now=now)
    return sorted(found, key=lambda batch: queue_order(batch, now))


def fetch_running(
    user: User, *, project: str | None = None, batch: int | None = None, now: datetime
) -> list[Batch]:
    """The same in no order: with what each may give to the person."""
    return running_batches.fetch(
        user_id=user.pk,
        reads=user.reads,
        project=project,
        batch=batch,
        now=now,
        day=caps.day_of(now),
    )


def _running_query(
    user_id: int,
    reads: list[str],
    project: str | None,
    batch: int | None,
    now: datetime,
    day: datetime,
) -> QuerySet[Batch]:
    """With the published version of each, and how far this person is in it."""
    batches = batches_to_work_on(user_id, reads, project=project, batch=batch)
    version = InstructionVersion.objects.filter(
        project=OuterRef("project"), state=InstructionVersion.State.PUBLISHED
    )
    held = (
        Assignment.objects.filter(
            annotator=user_id,
            batch=OuterRef("pk"),
            stage=Stage.ANNOTATE,
            state=Assignment.State.LEASED,
            leased_until__gte=now,
        )
        .order_by()
        .values("batch")
        .annotate(count=Count("pk"))
    )
    level = Qualification.objects.filter(project=OuterRef("project"), person=user_id)
    own = BatchTally.objects.filter(batch=OuterRef("pk"), person=user_id)
    # What is kept for somebody else without an end is nobody's work.
    is_for_them = Q(offered_to=None) | Q(offered_to=user_id) | Q(offered_until__isnull=False)
    is_open = Assignment.objects.filter(
        is_for_them, batch=OuterRef("pk"), stage=Stage.ANNOTATE, state=Assignment.State.OPEN
    )
    # Each of the two is one stretch of the queue's index.
    below = Coalesce(OuterRef("fresh_below"), Value(slots.ALL, BigIntegerField()))
    fresh = is_open.filter(precedence=Precedence.FRESH, pk__lt=below)
    return caps.with_day(batches, user_id, now, day).annotate(
        version_id=Subquery(version.values("pk")[:1]),
        held_count=Coalesce(Subquery(held.values("count")), 0, output_field=IntegerField()),
        own_count=Coalesce(Subquery(own.values("annotation_count")), 0),
        has_open=Exists(is_open.filter(precedence=Precedence.BEGUN)) | Exists(fresh),
        has_own=Exists(is_open.filter(offered_to=user_id)),
        own_level=Subquery(level.values("level")[:1]),
        # Of somebody in doubt as much is checked as of somebody on a lower level.
        checked_level=Subquery(level.values_list(F("level") - F("gold_notch"))[:1]),
    )


running_batches = PreparedQuery(_running_query)


def queue_order(batch: Batch, now: datetime) -> tuple[int, timedelta, int]:
    """Lane, then the slack that is left when the remaining work is done, then age."""
    slack = batch.due_at - now - batch.work_left if batch.due_at else timedelta.max
    return batch.priority, slack, batch.pk


def _serve_gold(
    user: User,
    running: Sequence[Batch],
    wanted: int,
    teaches: bool,
    rng: random.Random,
    now: datetime,
) -> list[int]:
    """Gold that is due among the next tasks, in the batch that they come from.

    What came back to the person is first in any case.
    """
    sources = _sources(running, wanted, now) if wanted > 0 else []
    if not sources or any(batch.has_own for batch in running):
        return []
    first = sources[0]
    batch = next(batch for batch in running if batch.pk == first.batch_id)
    count = gold_serving.due(batch, batch.checked_level, min(wanted, first.most), rng)
    served = gold_serving.serve(
        user,
        batch,
        count,
        version_id=batch.version_id,
        level=batch.own_level,
        teaches=teaches,
        now=now,
        rng=rng,
    )
    batch.held_count += len(served)
    for other in running:
        if other.project_id == batch.project_id:
            other.day_count += len(served)
    return served


def _claim(user: User, running: Sequence[Batch], wanted: int, now: datetime) -> list[int]:
    if wanted <= 0 or not running:
        return []
    sources = _sources(running, wanted, now)[:BATCHES_AT_ONCE]
    claimed = claiming.claim(user, sources, count=wanted, now=now, from_the_start=False)
    if len(claimed) == wanted:
        return claimed
    leases.expire_leases(now=now, batch_ids=[batch.pk for batch in running])
    # What was just freed, and what the first claim took, changes what each batch may give.
    fresh = {batch.pk: batch for batch in _running(user, None, None, now)}
    again = [fresh[batch.pk] for batch in running if batch.pk in fresh]
    taken: Counter[int] = Counter()
    for group in _groups(_sources(again, wanted, now)):
        rest = [source.after(taken[source.project_id]) for source in group]
        got = claiming.claim(user, rest, count=wanted - len(claimed), now=now, from_the_start=True)
        taken.update(dict.fromkeys({source.project_id for source in group}, len(got)))
        claimed += got
    return claimed


def _sources(running: Sequence[Batch], wanted: int, now: datetime) -> list[claiming.Source]:
    """The batches that may give something, with what is left of the person's share."""
    return [
        claiming.Source(
            batch.pk,
            batch.version_id,
            now + batch.lease_time,
            most,
            batch.project_id,
            caps.day_left(batch),
        )
        for batch in running
        if batch.version_id and batch.has_open and (most := _most(batch, wanted)) > 0
    ]


def _most(batch: Batch, wanted: int) -> int:
    room = caps.left(batch)
    return wanted if room is None else min(wanted, room)


def _groups(sources: list[claiming.Source]) -> Iterator[list[claiming.Source]]:
    rest = iter(sources)
    while group := list(islice(rest, BATCHES_AT_ONCE)):
        yield group


def for_work(own: QuerySet[Assignment]) -> QuerySet[Assignment]:
    """The rows of a person with what the labeling page needs of each."""
    draft = Draft.objects.filter(
        task=OuterRef("task"), annotator=OuterRef("annotator"), stage=OuterRef("stage")
    )
    former = Annotation.objects.filter(
        task=OuterRef("task"), author=OuterRef("annotator")
    ).order_by("-id")
    rows = own.select_related("task__item__project", "batch", "instruction_version")
    return suggestions.with_prediction(rows).annotate(
        draft_answer=Subquery(draft.values("answer")[:1], output_field=JSONField()),
        former_answer=Subquery(former.values("answer")[:1], output_field=JSONField()),
    )


def _held_query(user_id: int) -> QuerySet[Assignment]:
    own = Assignment.objects.filter(
        annotator=user_id, stage=Stage.ANNOTATE, state=Assignment.State.LEASED
    )
    return for_work(own).select_related(None).select_related("task__item__project")


held_by_person = PreparedQuery(_held_query)


def _held(user: User, running: Sequence[Batch], count: int) -> list[Assignment]:
    """What the person holds, in the order in which it was handed out."""
    rank = {batch.pk: place for place, batch in enumerate(running)}
    rows = [row for row in held_by_person.fetch(user_id=user.pk) if row.batch_id in rank]
    held = sorted(
        rows,
        key=lambda row: (
            row.leased_at,
            row.offered_to_id is None,
            rank[row.batch_id],
            row.precedence,
            row.pk,
        ),
    )[:count]
    for assignment in held:
        assignment.batch = running[rank[assignment.batch_id]]
        assignment.instruction_version = published_content(assignment.instruction_version_id)
    return held
