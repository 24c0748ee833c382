"""Which objects of one class wait to be looked at by themselves, from accepted labels.

Tasks are found by the index of classes, a stretch at a time: what a page costs does not depend on
how many there are.
"""

import random
import uuid
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Exists, F, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.errors import DomainError
from reviews.models import ObjectCheck
from reviews.services import attention, hidden_authors, lot_samples
from reviews.services.crop_objects import control_of, name_of, objects_of
from reviews.services.grid_review import PAGE
from tasks.access import batches_to_review
from tasks.kinds.shapes import classes
from tasks.models import Annotation, LabelClass, Project, Task

# Labels that one request looks at; what is left is for the next one, as cheap as the first.
STRETCH = 2_000
# Of a consensus only the reasons are told; its answers can be large.
UNTOLD = ("answer", "voted", "sources", "disputes", "votes")


@dataclass(frozen=True)
class Crop:
    """One object of a stored label; `name` changes with how it is drawn and named."""

    name: str
    # Why the label that it is from is doubtful.
    reasons: list[dict[str, Any]]


@dataclass(frozen=True)
class CropPage:
    """`go_on_after`: this is not all, the next request looks on behind that task."""

    crops: list[Crop]
    go_on_after: uuid.UUID | None = None


def next_page(
    user: User,
    project: Project,
    *,
    value: str,
    size: int = PAGE,
    by: str = "",
    known: Collection[str] = (),
    after: uuid.UUID | None = None,
    rng: random.Random | None = None,
    now: datetime | None = None,
) -> CropPage:
    """Up to a page of objects of the class that nobody has checked, beside those that are known.

    Of each stretch the most doubtful labels come first; among them stand some that are known to be
    of another class. Raises DomainError for a class that the project does not ask for, and for the
    code of nobody.
    """
    rng = rng or random.SystemRandom()
    control = control_of(project)
    if control is None or value not in classes(control):
        raise DomainError(_("This class is not in the schema."), field="value")
    people = hidden_authors.people_of(user, project, by) if by else None
    waiting = LabelClass.objects.filter(
        project=project, control=control["name"], value=value, is_looked_through=False
    )
    stretch = _stretch(waiting, after)
    rows = _by_risk(user, project, waiting.filter(task__in=stretch), people)
    crops = _free(rows, control["name"], value, set(known), size)
    is_more = len(crops) < size and len(stretch) == STRETCH
    checks = attention.draw_crop_checks(
        user, project, control, value, count=len(crops), rng=rng, now=now or timezone.now()
    )
    crops = crops[: size - len(checks)]
    for check in checks:
        crops.insert(rng.randrange(len(crops) + 1), _crop(check.task, check.fingerprint))
    return CropPage(crops, Task.objects.get(pk=stretch[-1]).public_id if is_more else None)


def _free(
    rows: list[tuple[int, int]], control: str, value: str, known: set[str], size: int
) -> list[Crop]:
    crops: list[Crop] = []
    for start in range(0, len(rows), PAGE):
        for task, marks in _unchecked(rows[start : start + PAGE], control, value):
            found = [_crop(task, mark) for mark in marks]
            crops += [crop for crop in found if crop.name not in known]
        if len(crops) >= size:
            break
    return crops[:size]


def _crop(task: Task, mark: str) -> Crop:
    consensus = getattr(task, "consensus", None)
    return Crop(name_of(task, mark), consensus.reasons if consensus else [])


def _stretch(waiting: QuerySet[LabelClass], after: uuid.UUID | None) -> list[int]:
    """The next tasks of the class, whosever they are: a piece of its index."""
    reached = Task.objects.filter(public_id=after).first() if after else None
    if reached:
        waiting = waiting.filter(task__gt=reached.pk)
    return list(waiting.order_by("task").values_list("task", flat=True)[:STRETCH])


def _by_risk(
    user: User, project: Project, waiting: QuerySet[LabelClass], people: QuerySet[User] | None
) -> list[tuple[int, int]]:
    """Those that this person may look at, as (row, task): never what they labeled themselves."""
    made = Annotation.objects.filter(task=OuterRef("task"))
    batches = batches_to_review(user).filter(project=project).values_list("pk", flat=True)
    rows = (
        waiting.filter(task__batch__in=list(batches), task__stale_version=None)
        .exclude(Exists(made.filter(author=user)))
        .exclude(Exists(lot_samples.barred(user)))
    )
    if people is not None:
        rows = rows.filter(Exists(made.filter(author__in=people)))
    doubtful = F("task__consensus__risk").desc(nulls_last=True)
    return list(rows.order_by(doubtful, "task").values_list("pk", "task"))


def _unchecked(
    rows: Collection[tuple[int, int]], control: str, value: str
) -> Iterator[tuple[Task, list[str]]]:
    """Each task with the objects of the class that nobody has checked as they are now."""
    untold = [f"consensus__{name}" for name in UNTOLD]
    full = Task.objects.select_related("consensus").defer(*untold)
    tasks = full.in_bulk([task for _row, task in rows])
    standing = ObjectCheck.objects.standing().filter(task__in=tasks)
    checked = set(standing.values_list("task", "fingerprint"))
    through = []
    for row, pk in rows:
        named = [
            mark
            for mark, entry in objects_of(tasks[pk], control).items()
            if entry.get("label") == value
        ]
        free = [mark for mark in named if (pk, mark) not in checked]
        if free:
            yield tasks[pk], free
        else:
            through.append(row)
    # The row belongs to the label that was read: another label would have another one.
    LabelClass.objects.filter(pk__in=through).update(is_looked_through=True)
