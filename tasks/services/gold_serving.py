"""Serves items whose answer is known, among the work and like it.

A gold task is a second task of the item in the batch, in the state `gold`, which it never leaves.
Each slot of it is leased to one person at once; freed, it waits for that person alone: nobody
else ever sees it open.
"""

import random
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Count, Exists, OuterRef, QuerySet

from labelops.accounts.models import User
from tasks.models import (
    Assignment,
    Batch,
    GoldItem,
    GoldServing,
    Precedence,
    ReservedItem,
    Stage,
    Task,
)
from tasks.services.gold import State, move
from tasks.services.reservations import OPEN

# Share of gold among the work, in percent, by level; people without a level get the batch's.
RATE_OF_LEVEL = (20, 20, 10, 4, 2, 2)
# Beginners learn from half of it: they are told at once what is right.
TEACHING_LEVELS = (0, 1, 2)
TEACHING_SHARE = 0.5
# Then too many have seen it.
SERVINGS_MOST = 30
# The pick is made among so many of those that were served least.
CANDIDATES = 60


def rate(batch: Batch, level: int | None) -> int:
    """The larger of the batch's share and the level's, in percent."""
    return max(batch.gold_percent, 0 if level is None else level_rate(level))


def level_rate(level: int) -> int:
    """The share of gold at a level, which may be less a notch, in percent."""
    return RATE_OF_LEVEL[max(level, 0)]


def due(batch: Batch, level: int | None, count: int, rng: random.Random) -> int:
    """How many of the next `count` tasks of a person are to be gold."""
    percent = rate(batch, level)
    return sum(rng.random() * 100 < percent for _place in range(count)) if percent else 0


def is_explained(task: Task, person_id: int) -> bool:
    """Whether a person is told what is right about a gold task, once they have answered."""
    return GoldServing.objects.filter(task=task, person=person_id, is_teaching=True).exists()


def serve(
    user: User,
    batch: Batch,
    count: int,
    *,
    version_id: int,
    level: int | None,
    teaches: bool = True,
    now: datetime,
    rng: random.Random,
) -> list[int]:
    """Lease up to `count` gold tasks of the batch to a person; fewer where the pool is out.

    A handful of statements, whatever the count and the size of the pool.
    """
    if count <= 0:
        return []
    try:
        with transaction.atomic():
            picked = _lock(_pick(user, batch, count, rng))
            share = TEACHING_SHARE if teaches and level in TEACHING_LEVELS else 0.0
            return _lease(user, batch, picked, version_id, share, now, rng) if picked else []
    except IntegrityError:
        # Another tab of the same person took one of them at this moment: there is work instead.
        return []


def _pick(user: User, batch: Batch, count: int, rng: random.Random) -> list[int]:
    """Of the class that the person has met least, what was served least, at random among equals."""
    found = list(_unmet(user, batch.project_id).order_by("served_count", "shuffle")[:CANDIDATES])
    if not found:
        return []
    rng.shuffle(found)
    met = Counter(
        dict(
            GoldServing.objects.filter(person=user, gold__project=batch.project_id)
            .order_by()
            .values_list("gold__label_class")
            .annotate(count=Count("pk"))
        )
    )
    picked: list[int] = []
    while found and len(picked) < count:
        best = min(found, key=lambda gold: (met[gold.label_class], gold.served_count))
        found.remove(best)
        met[best.label_class] += 1
        picked.append(best.pk)
    return picked


def _unmet(user: User, project_id: int) -> QuerySet[GoldItem]:
    """The pool without what the person has met in any form, what teaches, and what is in doubt."""
    item = OuterRef("item")
    had = Assignment.objects.filter(task__item=item, annotator=user)
    served = GoldServing.objects.filter(gold=OuterRef("pk"), person=user)
    knows = GoldItem.known_to.through.objects.filter(golditem=OuterRef("pk"), user=user)
    in_work = Task.objects.filter(item=item, state__in=OPEN)
    in_doubt = Task.objects.filter(item=item, stale_version__isnull=False)
    shown = ReservedItem.objects.filter(item=item).exclude(purpose=ReservedItem.Purpose.GOLD)
    return GoldItem.objects.filter(
        ~Exists(had),
        ~Exists(served),
        ~Exists(knows),
        ~Exists(in_work),
        ~Exists(in_doubt),
        ~Exists(shown),
        project=project_id,
        state=State.ACTIVE,
    )


def _lock(ids: list[int]) -> list[GoldItem]:
    """Those that nobody else is being served at this very moment: slot numbers stay their own."""
    rows = GoldItem.objects.filter(pk__in=ids, state=State.ACTIVE).order_by("pk")
    return list(
        rows.select_for_update(
            of=("self",), skip_locked=connection.features.has_select_for_update_skip_locked
        )
    )


def _lease(
    user: User,
    batch: Batch,
    picked: Sequence[GoldItem],
    version_id: int,
    teaching_share: float,
    now: datetime,
    rng: random.Random,
) -> list[int]:
    tasks = _gold_tasks(batch, picked)
    rows = Assignment.objects.bulk_create(
        _slot(user, tasks[gold.item_id], version_id, now, batch.lease_time, rng) for gold in picked
    )
    GoldServing.objects.bulk_create(
        GoldServing(
            gold=gold,
            person=user,
            task=tasks[gold.item_id],
            is_teaching=rng.random() < teaching_share,
            earlier_count=gold.served_count,
            served_at=now,
        )
        for gold in picked
    )
    _note_servings(picked, rng)
    return [row.pk for row in rows]


def _gold_tasks(batch: Batch, picked: Sequence[GoldItem]) -> dict[int, Task]:
    """The gold task of each item in this batch, with how many slots it had, by item."""
    Task.objects.bulk_create(
        (Task(batch=batch, item_id=gold.item_id, state=Task.State.GOLD) for gold in picked),
        ignore_conflicts=True,
    )
    tasks = Task.objects.filter(
        batch=batch, item__in=[gold.item_id for gold in picked], state=Task.State.GOLD
    )
    return {task.item_id: task for task in tasks.annotate(slot_count=Count("assignments"))}


def _slot(
    user: User,
    task: Task,
    version_id: int,
    now: datetime,
    lease_time: timedelta,
    rng: random.Random,
) -> Assignment:
    return Assignment(
        task=task,
        batch_id=task.batch_id,
        stage=Stage.ANNOTATE,
        slot=task.slot_count + 1,
        # Fresh slots mark how far a person has come in the queue; this one says nothing of that.
        precedence=Precedence.BEGUN,
        state=Assignment.State.LEASED,
        annotator=user,
        # Among what is handed out with it, it stands first or last.
        leased_at=now + timedelta(microseconds=rng.choice([-1, 1])),
        leased_until=now + lease_time,
        instruction_version_id=version_id,
    )


def _note_servings(picked: Sequence[GoldItem], rng: random.Random) -> None:
    for gold in picked:
        gold.served_count += 1
        gold.shuffle = rng.random()
    GoldItem.objects.bulk_update(picked, ["served_count", "shuffle"])
    for gold in picked:
        if gold.served_count >= SERVINGS_MOST:
            move(gold, State.RETIRED, by=None, reason=f"served to {SERVINGS_MOST} people")
