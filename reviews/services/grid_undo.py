"""A confirmed page of tiles is taken back: each decision under the rules of the desk."""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from labelops.accounts.models import User
from reviews import access
from reviews.models import Consensus, Lot, LotItem
from reviews.services import attention, sampling, undo
from tasks.models import Assignment, Stage, Task
from tasks.services import grid
from tasks.services.grid import Fate


@dataclass(frozen=True)
class Returned(Fate):
    """What became of one tile: the id under which it is the person's again, or why it stays."""

    again: uuid.UUID | None = None


@transaction.atomic
def take_back_page(
    user: User, ids: Sequence[uuid.UUID], *, now: datetime | None = None
) -> list[Returned]:
    """Withdraw the person's own decisions on these tiles, and lease them to the person again.

    One that cannot be taken back stays, and does not hold up the others. Repeating it gives the
    same ids and changes nothing.
    """
    now = now or timezone.now()
    own = _locked(user, ids)
    checks = attention.own_checks(user, [*ids, *map(attention.id_after, ids)])
    again: dict[uuid.UUID, uuid.UUID] = {}

    def take_back(id: uuid.UUID) -> None:
        check = checks.get(id) or checks.get(attention.id_after(id))
        if check:
            again[id] = attention.ask_again(check, id, now=now)
        elif id in own:
            again[id] = undo.take_back(id, by=user, now=now).public_id
        else:
            raise Assignment.DoesNotExist

    fates = [grid.fate_of(id, lambda id=id: take_back(id)) for id in ids]
    return [Returned(fate.assignment, fate.error, again.get(fate.assignment)) for fate in fates]


def _locked(user: User, ids: Sequence[uuid.UUID]) -> set[uuid.UUID]:
    """Those of the ids that are reviews of this person, with all that is to change locked.

    First all slots, then all tasks, and so on: others lock one of each in this order, so that
    nobody waits in a circle.
    """
    mine = access.review_slots(user).filter(annotator=user, stage=Stage.REVIEW, public_id__in=ids)
    task_of = dict(mine.values_list("public_id", "task"))
    tasks = set(task_of.values())
    lots = LotItem.objects.filter(task__in=tasks).values("lot")
    slots = Assignment.objects.filter(
        annotator=user, task__in=tasks, stage__in=[Stage.REVIEW, Stage.ADJUDICATE]
    )
    changing: list[QuerySet[Any]] = [
        slots,
        Task.objects.filter(pk__in=tasks),
        Lot.objects.filter(pk__in=lots),
    ]
    for rows in changing:
        _lock(rows)
    batches = Task.objects.filter(pk__in=tasks).order_by("batch").values_list("batch", flat=True)
    for batch in batches.distinct():
        sampling.hold(batch)
    _lock(Consensus.objects.filter(task__in=tasks))
    return set(task_of)


def _lock(rows: QuerySet[Any]) -> None:
    list(rows.order_by("pk").select_for_update().values_list("pk"))
