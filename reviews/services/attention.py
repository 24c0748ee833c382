"""Known-wrong tiles among those of a page: whoever confirms them has not looked.

Three in two hundred tiles are tasks that experts decided as another class than the page's, or
objects of another class in such a task. They are never leased, and what is said of them is no
decision: only whether it was noticed is kept.
"""

import random
import uuid
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.crypto import salted_hmac

from labelops.accounts.models import User
from labelops.json_member import Member
from reviews.models import AttentionCheck, Consensus, Review
from reviews.services import undo
from reviews.services.crop_objects import name_of, objects_of
from reviews.services.references import BY_EXPERTS
from tasks.access import reviewable_batches
from tasks.kinds.choice import classes
from tasks.models import Annotation, Item, LabelClass, Project, Task

SHARE = 3 / 200
# A page that nobody confirmed shows no more pictures after so long.
SHOWN_TIME = timedelta(hours=2)
DECIDED = (Consensus.Standing.DECIDED, Consensus.Standing.SAMPLED)


def draw_checks(
    user: User,
    project: Project,
    control: dict[str, Any],
    value: str,
    *,
    size: int,
    rng: random.Random,
    now: datetime,
) -> list[AttentionCheck]:
    """The checks of a page of that many tiles; fewer where experts have decided too little."""
    wanted = sum(rng.random() < SHARE for _tile in range(size))
    tasks: dict[int, Task] = {}
    for rows in _pool(user, project, control, value, rng) if wanted else ():
        tasks |= {row.task_id: row.task for row in rows[: wanted - len(tasks)]}
        if len(tasks) == wanted:
            break
    return AttentionCheck.objects.bulk_create(
        AttentionCheck(reviewer=user, project=project, task=task, shown_as=value, shown_at=now)
        for task in tasks.values()
    )


def draw_crop_checks(
    user: User,
    project: Project,
    control: dict[str, Any],
    value: str,
    *,
    count: int,
    rng: random.Random,
    now: datetime,
) -> list[AttentionCheck]:
    """The checks among so many crops: objects of other classes in labels that experts decided.

    Nobody says when a page of crops is left: what was shown long ago was not answered.
    """
    wanted = sum(rng.random() < SHARE for _tile in range(count))
    if not wanted:
        return []
    AttentionCheck.objects.filter(
        reviewer=user, project=project, answered_at=None, shown_at__lt=now - SHOWN_TIME
    ).exclude(fingerprint="").delete()
    others = LabelClass.objects.filter(task=OuterRef("task"), control=control["name"])
    known = _decided(user, project).filter(Exists(others.exclude(value=value)))
    start = rng.random()
    found = list(known.filter(draw__gte=start)[:wanted])
    found += known.filter(draw__lt=start)[: wanted - len(found)]
    checks = []
    for row in found:
        objects = objects_of(row.task, control["name"])
        marks = [mark for mark, entry in objects.items() if entry["label"] != value]
        checks += [
            AttentionCheck(
                reviewer=user,
                project=project,
                task=row.task,
                fingerprint=mark,
                shown_as=value,
                shown_at=now,
            )
            for mark in rng.sample(marks, min(1, len(marks)))
        ]
    return AttentionCheck.objects.bulk_create(checks)


def _pool(
    user: User, project: Project, control: dict[str, Any], value: str, rng: random.Random
) -> Iterator[QuerySet[Consensus]]:
    """What was taken for the class by mistake; then what is plainly another one."""
    others = [other for other in classes(control) if other != value]
    start = rng.random()
    for label in [value, *rng.sample(others, min(1, len(others)))]:
        rows = _known_wrong(user, project, control, value).filter(label=label)
        # From a place by chance, so that reviewers cannot tell each other what to expect.
        yield rows.filter(draw__gte=start)
        yield rows.filter(draw__lt=start)


def _known_wrong(
    user: User, project: Project, control: dict[str, Any], value: str
) -> QuerySet[Consensus]:
    named = _decided(user, project).annotate(decided=Member("task__result_answer", control["name"]))
    return named.exclude(decided=value)


def _decided(user: User, project: Project) -> QuerySet[Consensus]:
    """What experts decided, and the person has neither labeled, decided nor been checked with."""
    of_task = {"task": OuterRef("task")}
    return (
        Consensus.objects.filter(
            ~Exists(Annotation.everything.filter(author=user, **of_task)),
            ~Exists(Review.objects.filter(reviewer=user, **of_task)),
            ~Exists(AttentionCheck.objects.filter(reviewer=user, **of_task)),
            project=project,
            batch__in=reviewable_batches(user).values("pk"),
            standing__in=DECIDED,
            task__state=Task.State.ACCEPTED,
            task__stale_version=None,
            task__result_source__in=BY_EXPERTS,
        )
        .select_related("task__item", "task__consensus")
        .order_by("draw")
    )


def own_checks(user: User, ids: Collection[uuid.UUID]) -> dict[uuid.UUID, AttentionCheck]:
    """Those of the ids that are checks of this person."""
    found = AttentionCheck.objects.filter(reviewer=user, public_id__in=ids)
    return {check.public_id: check for check in found}


def own_crop_checks(user: User, names: Collection[str], value: str) -> dict[str, AttentionCheck]:
    """Those of the crops on a page of that class that are checks of this person."""
    tasks = {name.partition(":")[0] for name in names}
    found = AttentionCheck.objects.filter(
        reviewer=user, task__public_id__in=tasks, shown_as=value
    ).exclude(fingerprint="")
    named = {
        name_of(check.task, check.fingerprint): check for check in found.select_related("task")
    }
    return {name: check for name, check in named.items() if name in names}


def answer_check(check: AttentionCheck, *, is_caught: bool, now: datetime) -> None:
    """Keep whether it was noticed; said again, the first time counts."""
    AttentionCheck.objects.filter(pk=check.pk, answered_at=None).update(
        is_caught=is_caught, answered_at=now
    )


def ask_again(check: AttentionCheck, asked: uuid.UUID, *, now: datetime) -> uuid.UUID:
    """Its page was taken back: it is before the person again, and measured when that is confirmed.

    Other tiles get another id then, and so does this one, made of the one `asked` for: repeating
    it gives the same. Raises Conflict as `undo.take_back` does.
    """
    again = id_after(asked)
    if check.public_id == again and check.answered_at is None:
        return again
    if check.public_id == again or check.answered_at is None:
        raise undo.nothing_to_undo()
    if now - check.answered_at > undo.WINDOW:
        raise undo.too_late()
    AttentionCheck.objects.filter(pk=check.pk).update(
        public_id=again, is_caught=None, answered_at=None, shown_at=now
    )
    return again


def ask_crop_again(check: AttentionCheck, *, now: datetime) -> None:
    """The same for a crop, which keeps its name as the others do."""
    if check.answered_at and now - check.answered_at > undo.WINDOW:
        raise undo.too_late()
    AttentionCheck.objects.filter(pk=check.pk).update(
        is_caught=None, answered_at=None, shown_at=now
    )


def id_after(public_id: uuid.UUID) -> uuid.UUID:
    """Nobody else can tell it from a random one."""
    digest = salted_hmac("reviews.AttentionCheck", str(public_id), algorithm="sha256").digest()
    return uuid.UUID(bytes=digest[:16], version=4)


def forget_checks(checks: Collection[AttentionCheck]) -> None:
    """The page was left unconfirmed: nothing was measured."""
    AttentionCheck.objects.filter(pk__in=[check.pk for check in checks], answered_at=None).delete()


def is_checked_with(user: User, item: Item) -> bool:
    """Whether the item is among the tiles before the person."""
    return AttentionCheck.objects.filter(
        reviewer=user,
        task__item=item,
        answered_at=None,
        shown_at__gt=timezone.now() - SHOWN_TIME,
    ).exists()
