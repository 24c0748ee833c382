"""Review at a glance: tiles of what is stored as one class, leased together, decided one by one.

A tile that is left alone is accepted, a marked one fixed, rejected, or left to the single view.
"""

import random
import uuid
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import chain
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record_each
from labelops.errors import DomainError
from reviews import access
from reviews.models import Consensus, Pick
from reviews.services import attention, hidden_authors, queue
from tasks.kinds.choice import classes
from tasks.models import Annotation, Assignment, Item, Precedence, Project, Stage, Task
from tasks.services import grid, handout, leases, slots
from tasks.services.grid import Fate
from tasks.services.instructions import current_version, published_content

SIZES = (12, 30, 60)
PAGE = max(SIZES)
# The page before the reviewer, the one that is fetched ahead, and the one whose decisions are
# under way.
LEASES = 3 * PAGE
# Others may take what was picked in the same moment: it is picked anew so many times.
ROUNDS = 3
Way = Pick.Way


@dataclass(frozen=True)
class Tile:
    """One task to look at; nothing tells a check of attention from work."""

    public_id: uuid.UUID
    item: Item
    reasons: list[dict[str, Any]]


def control_of(project: Project) -> dict[str, Any] | None:
    """The question whose answers can be reviewed at a glance, or None."""
    version = current_version(project)
    return grid.grid_control(version.label_schema) if version else None


def next_page(
    user: User,
    project: Project,
    *,
    value: str,
    size: int = PAGE,
    by: str = "",
    known: Collection[uuid.UUID] = (),
    rng: random.Random | None = None,
    now: datetime | None = None,
) -> list[Tile]:
    """Lease up to a page of tasks stored as the class, beside those that the page knows of.

    `by` is the code of one author or vendor. Raises DomainError for a class that the project does
    not ask for, and for a code that is not known in it.
    """
    rng = rng or random.SystemRandom()
    now = now or timezone.now()
    control = control_of(project)
    if control is None or value not in classes(control):
        raise DomainError(_("This class is not in the schema."), field="value")
    people = hidden_authors.people_of(user, project, by) if by else None
    wanted = _Wanted(user, project, control, value, people, now)
    for _race in range(handout.TAB_RACES):
        # The same person took one of the tasks at this moment, in another tab: look again.
        with suppress(IntegrityError):
            return _next_page(wanted, size, set(known), rng)
    return _next_page(wanted, size, set(known), rng)


@dataclass(frozen=True)
class _Wanted:
    user: User
    project: Project
    control: dict[str, Any]
    value: str
    people: QuerySet[User] | None
    now: datetime


@transaction.atomic
def _next_page(wanted: _Wanted, size: int, known: set[uuid.UUID], rng: random.Random) -> list[Tile]:
    leases.expire_leases(now=wanted.now)
    held = list(held_reviews(wanted.user, wanted.project))
    rows = [row for row in held if row.public_id not in known and is_stored_as(row, wanted.value)]
    checks = attention.draw_checks(
        wanted.user,
        wanted.project,
        wanted.control,
        wanted.value,
        size=size,
        rng=rng,
        now=wanted.now,
    )
    room = max(0, min(size - len(checks) - len(rows), LEASES - len(held)))
    rows = [*rows[: size - len(checks)], *_lease(wanted, room)]
    if not rows:
        attention.forget_checks(checks)
        return []
    tiles = [Tile(row.public_id, row.task.item, row.pick.reasons) for row in rows]
    for check in checks:
        reasons = queue.reasons_of(check.task, Way.FILTER, check.task.round)
        tile = Tile(check.public_id, check.task.item, reasons)
        tiles.insert(rng.randrange(len(tiles) + 1), tile)
    return tiles


def held_reviews(user: User, project: Project) -> QuerySet[Assignment]:
    """What is leased to this person for review, in the order in which it was taken."""
    return (
        access.review_slots(user)
        .filter(
            annotator=user,
            stage=Stage.REVIEW,
            state=Assignment.State.LEASED,
            batch__project=project,
        )
        .select_related("task__item", "task__consensus", "batch", "pick")
        .order_by("leased_at", "pk")
    )


def is_stored_as(row: Assignment, value: str) -> bool:
    """Whether the label that the task of a review has is the class."""
    consensus = getattr(row.task, "consensus", None)
    return consensus is not None and consensus.label == value


def _lease(wanted: _Wanted, most: int) -> list[Assignment]:
    """Take the most doubtful tasks of the class, and for a share of them those next by chance."""
    looks = queue.undecided(wanted.user).filter(project=wanted.project, label=wanted.value)
    if wanted.people is not None:
        theirs = Annotation.objects.filter(task=OuterRef("task"), author__in=wanted.people)
        looks = looks.filter(Exists(theirs))
    seen: dict[int, Way] = {}
    taken: dict[int, int] = {}
    for _round in range(ROUNDS):
        picked = _picked(looks.exclude(task__in=seen), most - len(taken))
        if not picked:
            break
        taken |= _claim(wanted, picked)
        seen |= picked
    rows = {
        row.task_id: row
        for row in held_reviews(wanted.user, wanted.project).filter(pk__in=taken.values())
    }
    return [rows[task] for task in taken]


def _picked(looks: QuerySet[Consensus], count: int) -> dict[int, Way]:
    """Ids of tasks by risk; a fixed share of the places goes to the next in the random order."""
    percent = settings.RANDOM_REVIEW_PERCENT
    tasks = looks.values_list("task", flat=True)
    by_risk = iter(tasks.order_by("-risk", "task")[:count])
    by_chance = iter(tasks.order_by("draw")[:count] if percent else [])
    found: dict[int, Way] = {}
    for place in range(count):
        is_by_chance = (place + 1) * percent // 100 > place * percent // 100
        order = chain(by_chance, by_risk) if is_by_chance else by_risk
        task = next((task for task in order if task not in found), None)
        if task is None:
            break
        found[task] = Way.RANDOM if is_by_chance else Way.FILTER
    return found


def _claim(wanted: _Wanted, picked: dict[int, Way]) -> dict[int, int]:
    """Lease those of the tasks that are still free: their ids, each with that of its slot."""
    task_ids = list(picked)
    _open_looks(task_ids)
    newest = Annotation.objects.filter(task=OuterRef("task")).order_by("-id")
    open_slots = queue.waiting(wanted.user).filter(
        task__in=task_ids, stage=Stage.REVIEW, slot=1, task__consensus__label=wanted.value
    )
    free = list(
        slots.still_open(list(open_slots.values_list("pk", flat=True)))
        .annotate(version=Subquery(newest.values("instruction_version")[:1]))
        .select_related("batch", "task__consensus")
    )
    mine = [row for row in free if _asks_the_same(row.version, wanted.control)]
    groups: dict[tuple[int, timedelta], list[int]] = {}
    for row in mine:
        groups.setdefault((row.version, row.batch.lease_time), []).append(row.pk)
    for (version, lease_time), ids in groups.items():
        Assignment.objects.filter(pk__in=ids).update(
            state=Assignment.State.LEASED,
            annotator=wanted.user,
            leased_at=wanted.now,
            leased_until=wanted.now + lease_time,
            instruction_version=version,
        )
    if mine:
        Pick.objects.bulk_create(_pick(row, picked[row.task_id]) for row in mine)
        record_each(wanted.user, "review.leased", mine)
    of_task = {row.task_id: row.pk for row in mine}
    return {task: of_task[task] for task in task_ids if task in of_task}


def _pick(row: Assignment, way: Way) -> Pick:
    return Pick(assignment=row, way=way, reasons=queue.reasons_of(row.task, way, row.round))


def _asks_the_same(version_id: int, control: dict[str, Any]) -> bool:
    """Whether the version that decides asks this question: it may be older than the page's."""
    asked = grid.grid_control(published_content(version_id).label_schema)
    return asked is not None and asked["name"] == control["name"]


def _open_looks(task_ids: list[int]) -> None:
    """A review slot for each accepted task that has none; it stays accepted meanwhile.

    Their precedence tells them from slots that somebody asked for: they end with the page.
    """
    live = Assignment.objects.filter(
        task=OuterRef("pk"), stage=Stage.REVIEW, round=OuterRef("round"), state__in=slots.LIVE
    )
    without = Task.objects.filter(~Exists(live), pk__in=task_ids, state=Task.State.ACCEPTED)
    Assignment.objects.bulk_create(
        [
            Assignment(
                task=task,
                batch_id=task.batch_id,
                stage=Stage.REVIEW,
                round=task.round,
                slot=1,
                precedence=Precedence.FRESH,
            )
            for task in without
        ],
        # Somebody else is at it, at this very moment.
        ignore_conflicts=True,
    )


def release_page(user: User, ids: Sequence[uuid.UUID]) -> list[Fate]:
    """Give back what was leased for a page that is being left."""
    checks = attention.own_checks(user, ids)
    attention.forget_checks(checks.values())
    work = [id for id in ids if id not in checks]
    fates = {fate.assignment: fate for fate in grid.release_page(user, work, stage=Stage.REVIEW)}
    _close_looks(user, [id for id, fate in fates.items() if not fate.error])
    return [fates.get(id, Fate(id)) for id in ids]


def _close_looks(user: User, released: Sequence[uuid.UUID]) -> None:
    """End the slots that were opened for the page alone: nobody asked for these looks."""
    opened = Assignment.objects.filter(
        annotator=user, public_id__in=released, precedence=Precedence.FRESH
    )
    Assignment.objects.filter(
        task__in=opened.values("task"),
        task__state=Task.State.ACCEPTED,
        stage=Stage.REVIEW,
        slot=1,
        state=Assignment.State.OPEN,
    ).update(state=Assignment.State.REVOKED, ended_at=timezone.now())


def beat_page(user: User, ids: Sequence[uuid.UUID], *, now: datetime | None = None) -> list[Fate]:
    """Move the ends of these leases on while the reviewer is at work."""
    checks = attention.own_checks(user, ids)
    work = [id for id in ids if id not in checks]
    beaten = grid.beat_page(user, work, stage=Stage.REVIEW, now=now)
    fates = {fate.assignment: fate for fate in beaten}
    return [fates.get(id, Fate(id)) for id in ids]
