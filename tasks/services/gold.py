"""Serves items whose answer is known, among the work and like it.

A gold task is a second task of the item in the batch, in the state `gold`, which it never leaves.
Each slot of it is leased to one person at once: nobody else ever sees it open.
"""

import random
from collections import Counter
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Exists, F, OuterRef, QuerySet

from labelops.accounts.models import User
from labelops.audit.services import record
from tasks.models import (
    Assignment,
    Batch,
    GoldItem,
    GoldServing,
    Item,
    Precedence,
    ReservedItem,
    Stage,
    Task,
)
from tasks.services.slots import UNANSWERED

# Share of gold among the work, in percent, by level; people without a level get the batch's.
RATE_OF_LEVEL = (20, 20, 10, 4, 2, 2)
# Beginners learn from half of it: they are told at once what is right.
TEACHING_LEVELS = (0, 1, 2)
TEACHING_SHARE = 0.5
# Then too many have seen it.
SERVINGS_MOST = 30
CANDIDATES = 60
State = GoldItem.State


def due(batch: Batch, level: int | None, count: int, rng: random.Random) -> int:
    """How many of the next `count` tasks of a person are to be gold."""
    percent = rate(batch, level)
    return sum(rng.random() * 100 < percent for _place in range(count)) if percent else 0


def rate(batch: Batch, level: int | None) -> int:
    """The larger of the batch's share and the level's, in percent."""
    return max(batch.gold_percent, 0 if level is None else RATE_OF_LEVEL[level])


def serve(
    user: User,
    batch: Batch,
    *,
    version_id: int,
    level: int | None,
    now: datetime,
    rng: random.Random,
) -> int | None:
    """Lease one gold task of the batch to a person. None when the pool has none for them."""
    gold = _pick(user, batch, rng)
    if gold is None:
        return None
    # Among what is handed out with it, it stands first or last.
    moment = now + timedelta(microseconds=rng.choice([-1, 1]))
    try:
        with transaction.atomic():
            assignment = _lease(user, batch, gold, version_id, moment, now + batch.lease_time)
            GoldServing.objects.create(
                gold=gold,
                person=user,
                assignment=assignment,
                is_teaching=level in TEACHING_LEVELS and rng.random() < TEACHING_SHARE,
                served_at=now,
            )
    except IntegrityError:
        # Another tab of the same person, or another person's slot of the same number.
        return None
    served = GoldItem.objects.filter(pk=gold.pk)
    served.update(served_count=F("served_count") + 1)
    served.filter(served_count__gte=SERVINGS_MOST).update(state=State.RETIRED)
    return assignment.pk


def _pick(user: User, batch: Batch, rng: random.Random) -> GoldItem | None:
    """Least used first, at random among equals, of the class the person has met least."""
    found = list(_unseen(user, batch).order_by("served_count", "?")[:CANDIDATES])
    if not found:
        return None
    met = Counter(
        GoldServing.objects.filter(person=user, gold__project=batch.project_id).values_list(
            "gold__label_class", flat=True
        )
    )
    fewest = min(met[gold.label_class] for gold in found)
    rare = [gold for gold in found if met[gold.label_class] == fewest]
    least = min(gold.served_count for gold in rare)
    return rng.choice([gold for gold in rare if gold.served_count == least])


def _unseen(user: User, batch: Batch) -> QuerySet[GoldItem]:
    """The pool without what the person has had before them in any form."""
    had = Assignment.objects.filter(task__item=OuterRef("item"), annotator=user)
    in_work = Task.objects.filter(item=OuterRef("item"), state__in=UNANSWERED)
    shown = ReservedItem.objects.filter(item=OuterRef("item"))
    return GoldItem.objects.filter(
        ~Exists(had), ~Exists(in_work), ~Exists(shown), project=batch.project_id, state=State.ACTIVE
    )


def _lease(
    user: User, batch: Batch, gold: GoldItem, version_id: int, now: datetime, until: datetime
) -> Assignment:
    task, _is_new = Task.objects.get_or_create(
        batch=batch, item_id=gold.item_id, state=Task.State.GOLD
    )
    slot = Assignment.objects.filter(task=task).count() + 1
    return Assignment.objects.create(
        task=task,
        batch=batch,
        stage=Stage.ANNOTATE,
        slot=slot,
        # Fresh slots mark how far a person has come in the queue; this one says nothing of that.
        precedence=Precedence.BEGUN,
        state=Assignment.State.LEASED,
        annotator=user,
        leased_at=now,
        leased_until=until,
        instruction_version_id=version_id,
    )


def add(item: Item, *, label_class: str, by: User, state: State) -> GoldItem:
    """Put an item into the pool, or back into it. The caller knows what is right about it."""
    gold, is_new = GoldItem.objects.get_or_create(
        project_id=item.project_id,
        item=item,
        defaults={"label_class": label_class, "state": state},
    )
    if not is_new:
        move(gold, state, by=by)
    else:
        record(by, "gold.added", gold, after={"state": state})
    return gold


def move(gold: GoldItem, state: State, *, by: User | None, reason: str = "") -> None:
    """Suspend, retire or use an item of the pool. Doing it again changes nothing."""
    before = gold.state
    if before == state:
        return
    gold.state = state
    gold.save(update_fields=["state"])
    record(
        by, f"gold.{state}", gold, before={"state": before}, after={"state": state}, reason=reason
    )
