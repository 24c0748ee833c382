"""Sends the tasks that nobody has begun where they belong, chunk by chunk, in running batches.

A walk goes through a batch by key and remembers how far it came; once it is through, it begins
anew when the model's levels, certificates or predictions have changed. Each chunk is a transaction
under the lock of the model version: whoever takes a level away waits for the chunk, and the next
one knows of it.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from labelops.audit.models import Event
from reviews.models import BatchRouting, TaskRoute
from reviews.quality.model_audit import (
    AUDITS_PER_WEEK,
    FIRST_ANSWERS,
    LEAST_SHARE,
    audit_share,
)
from reviews.quality.routing import Route, Said, Way, route
from reviews.services import routing_figures
from reviews.services.model_allowances import Allowances, allowances_of, model_of
from tasks.models import Batch, ModelVersion, Prediction, Task
from tasks.services import model_answers
from tasks.services.instructions import current_version

CHUNK = 200
# So many in one call for each batch; the next call goes on.
CHUNKS_AT_ONCE = 50
WEEK = timedelta(days=7)
# From so many a week on the share that is audited falls no further: there is no need to count on.
WEEK_MOST = round(AUDITS_PER_WEEK / LEAST_SHARE)
UNLIKE_ALL = "unlike all that the model learned from"
REPLACED = ["batch", "model_version", "way", "label", "score", "reason", "reasons"]
MOMENTS = ["routed_at", "answered_at", "taken_back_at"]


@dataclass(frozen=True)
class _Waiting:
    """A task that nobody has begun, and what the model says of it."""

    pk: int
    public_id: UUID
    is_audited: bool
    prediction: Prediction | None
    former: str


@dataclass(frozen=True)
class _Walk:
    """What one chunk goes by."""

    batch: Batch
    bar_percent: int
    model_version: ModelVersion
    routing: BatchRouting
    allowances: Allowances
    now: datetime
    # By class, the share that is audited: counted once a chunk.
    shares: dict[str, float] = field(default_factory=dict)


def route_waiting(*, now: datetime | None = None) -> int:
    """Route what waits in every running batch of a project with a model; returns how many."""
    models = ModelVersion.objects.filter(project=OuterRef("project"), stopped_at=None)
    batches = Batch.objects.filter(Exists(models), state=Batch.State.RUNNING, filling=None)
    return sum(route_batch(batch, now=now) for batch in batches.order_by("pk"))


def route_batch(batch: Batch, *, now: datetime | None = None) -> int:
    """Route what waits in one batch, and keep the figures of its page; returns how many."""
    now = now or timezone.now()
    model_version = model_of(batch)
    if model_version is None:
        return 0
    routing_figures.count_scores_if_old(batch, model_version, now)
    count, is_through = 0, False
    for _chunk in range(CHUNKS_AT_ONCE):
        with transaction.atomic():
            routed = _route_chunk(batch, model_version, now)
        count += routed
        is_through = routed < CHUNK
        if is_through:
            break
    if count:
        routing_figures.count_again(batch, now=now, is_through=is_through)
    return count


def _route_chunk(batch: Batch, model_version: ModelVersion, now: datetime) -> int:
    walk = _locked_walk(batch, model_version, now)
    version = current_version(batch.project)
    if walk is None or version is None:
        return 0
    waiting = _waiting(walk)
    if not waiting:
        return 0
    found = {task.pk: _route(walk, task) for task in waiting}
    answering = model_answers.Answering(walk.model_version, batch.pk, version, now)
    answered, rest = _act(answering, found, waiting)
    _store(walk, waiting, found, answered, rest)
    walk.routing.reached = waiting[-1].pk
    walk.routing.save(update_fields=["reached", "terms"])
    return len(waiting)


def _locked_walk(batch: Batch, model_version: ModelVersion, now: datetime) -> _Walk | None:
    """None where nothing is asked of the model, or the batch or model has stopped meanwhile."""
    # Rows that point to it may be written meanwhile.
    locked = ModelVersion.objects.select_for_update(of=("self",), no_key=True)
    model_version = locked.select_related("user", "parent").get(pk=model_version.pk)
    routing = BatchRouting.objects.select_for_update().get(batch=batch)
    fresh = Batch.objects.filter(pk=batch.pk, state=Batch.State.RUNNING, filling=None).first()
    if fresh is None or fresh.model_bar_percent is None or model_version.stopped_at is not None:
        return None
    if routing.model_version_id != model_version.pk:
        return None
    allowances = allowances_of(model_version)
    return _Walk(fresh, fresh.model_bar_percent, model_version, routing, allowances, now)


def _waiting(walk: _Walk) -> list[_Waiting]:
    """The next tasks of the walk; from the first again where it is through and things changed."""
    terms = _terms(walk)
    if walk.routing.reached == 0:
        walk.routing.terms = terms
    rows = _rows(walk)
    if not rows and walk.routing.terms != terms:
        walk.routing.reached, walk.routing.terms = 0, terms
        walk.routing.save(update_fields=["reached", "terms"])
        rows = _rows(walk)
    items = [item_id for _pk, _public_id, item_id, _is_hidden in rows]
    said = Prediction.objects.filter(model_version=walk.model_version, item__in=items)
    by_item = {prediction.item_id: prediction for prediction in said}
    former = _former(walk.model_version.parent, items)
    return [
        _Waiting(pk, public_id, is_hidden, by_item.get(item_id), former.get(item_id, ""))
        for pk, public_id, item_id, is_hidden in rows
    ]


def _rows(walk: _Walk) -> list[tuple[int, UUID, int, bool]]:
    tasks = Task.objects.filter(
        batch=walk.batch, batch__filling=None, pk__gt=walk.routing.reached
    ).order_by("pk")
    columns = ("pk", "public_id", "item", "is_suggestion_hidden")
    return list(model_answers.untouched(tasks).values_list(*columns)[:CHUNK])


def _former(parent: ModelVersion | None, items: Collection[int]) -> dict[int, str]:
    """What the version before says of the items, unless somebody stopped it."""
    if parent is None or parent.stopped_at is not None:
        return {}
    rows = Prediction.objects.filter(model_version=parent, item__in=items)
    return dict(rows.values_list("item", "label"))


def _terms(walk: _Walk) -> str:
    """What a change of would send tasks elsewhere."""
    brought = Event.objects.about(walk.model_version).order_by("-pk").values_list("pk", flat=True)
    batch = walk.batch
    return walk.allowances.digest(
        walk.model_version.pk, walk.bar_percent, batch.overlap, brought.first()
    )


def _route(walk: _Walk, task: _Waiting) -> Route:
    found = task.prediction
    if found is None:
        return route(None, walk.allowances.of("", walk.batch, walk.bar_percent, 1.0), 1.0)
    said = Said(found.label, found.score, found.novelty, task.former, _taught(walk, found))
    # What once was an audit stays one: chance chose it.
    dice = 0.0 if task.is_audited else dice_of(task.public_id)
    cut = walk.allowances.cut(found.label, walk.bar_percent)
    share = 1.0 if cut is None else share_of(walk, found.label, cut)
    allowed = walk.allowances.of(found.label, walk.batch, walk.bar_percent, share)
    return route(said, allowed, dice)


def _taught(walk: _Walk, prediction: Prediction) -> bool:
    """The built-in model answers for what taught it as if it had not: by folds."""
    is_built_in = walk.model_version.origin == ModelVersion.Origin.BUILT_IN
    return prediction.is_trained_on and not is_built_in


def dice_of(public_id: UUID) -> float:
    """A number in [0, 1) that goes with the task: neither guessed nor changed by a later routing.

    It has nothing to do with the one by which suggestions are kept back.
    """
    digest = hashlib.sha256(b"audit" + public_id.bytes).digest()
    return int.from_bytes(digest[:6]) / 2**48


def share_of(walk: _Walk, label: str, cut: float) -> float:
    """The share of a class that is audited, from the rows of the model's answers so far."""
    if label not in walk.shares:
        walk.shares[label] = _share(walk, label, cut)
    return walk.shares[label]


def _share(walk: _Walk, label: str, cut: float) -> float:
    alone = TaskRoute.objects.filter(
        model_version=walk.model_version,
        label=label,
        way=TaskRoute.Way.MODEL,
        answered_at__isnull=False,
        taken_back_at=None,
    )
    lately = alone.filter(answered_at__gt=walk.now - WEEK)
    waiting = routing_figures.certain(walk.routing.scores, label, cut)
    per_week = lately[:WEEK_MOST].count() + waiting
    return audit_share(alone[:FIRST_ANSWERS].count(), per_week)


def _act(
    answering: model_answers.Answering, found: dict[int, Route], waiting: list[_Waiting]
) -> tuple[set[int], set[int]]:
    """Do what the routes ask for. Returns what the model answered, and what was not to be had."""
    said = {task.pk: task.prediction for task in waiting if task.prediction is not None}

    def of(way: Way) -> list[int]:
        return [pk for pk, route in found.items() if route.way == way]

    alone = {pk: said[pk] for pk in of(Way.MODEL)}
    second = {pk: said[pk] for pk in of(Way.SECOND)}
    answered = model_answers.answer_alone(answering, alone)
    answered |= model_answers.answer_as_second(answering, second)
    done = answered | model_answers.hide_suggestions(of(Way.AUDIT))
    done |= model_answers.ask_expert(of(Way.EXPERT), reason=UNLIKE_ALL)
    wanted = {pk for pk, route in found.items() if route.way != Way.PEOPLE}
    return answered, wanted - done


def _store(
    walk: _Walk,
    waiting: list[_Waiting],
    found: dict[int, Route],
    answered: set[int],
    rest: set[int],
) -> None:
    TaskRoute.objects.bulk_create(
        [
            _row(walk, task, found[task.pk], task.pk in answered, task.pk in rest)
            for task in waiting
        ],
        update_conflicts=True,
        unique_fields=["task"],
        update_fields=[*REPLACED, *MOMENTS],
    )


def _row(walk: _Walk, task: _Waiting, route: Route, is_answered: bool, is_rest: bool) -> TaskRoute:
    said = task.prediction
    reasons = [{"code": reason.code, "params": reason.params} for reason in route.reasons]
    way = route.way
    if is_rest:
        way, reasons = Way.PEOPLE, [{"code": "not_free", "params": {}}]
    return TaskRoute(
        task_id=task.pk,
        batch=walk.batch,
        model_version=walk.model_version,
        way=way.value,
        label=said.label if said else "",
        score=said.score if said else None,
        reason=reasons[0]["code"],
        reasons=reasons,
        routed_at=walk.now,
        answered_at=walk.now if is_answered else None,
    )
