"""A confirmed page of crops is taken back, with the reviews that it asked for."""

import uuid
from collections.abc import Collection, Sequence
from datetime import datetime

from django.db import transaction
from django.utils import timezone

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import DomainError
from reviews import access
from reviews.models import ObjectCheck
from reviews.services import attention, undo
from reviews.services.object_checks import CropFate, Mark, Problem, not_found
from tasks.models import Assignment, LabelClass, Project, Task
from tasks.services import results, reversals


def take_back_page(
    user: User,
    project: Project,
    crops: Sequence[str],
    *,
    value: str,
    now: datetime | None = None,
) -> list[CropFate]:
    """Withdraw what this person said of these objects on a page of that class, within ten minutes.

    A check whose review somebody has taken stays, and does not hold up the others. Repeating it
    changes nothing.
    """
    now = now or timezone.now()
    planted = attention.own_crop_checks(user, set(crops), value)
    problems: dict[str, Problem] = {}
    for crop, check in planted.items():
        try:
            attention.ask_crop_again(check, now=now)
        except DomainError as error:
            problems[crop] = error.as_dict()
    work = [Mark(crop, "") for crop in crops if crop not in planted]
    problems |= _take_back_tasks(user, project, work, now)
    return [CropFate(crop, problems.get(crop, {})) for crop in crops]


def _take_back_tasks(
    user: User, project: Project, marks: Sequence[Mark], now: datetime
) -> dict[str, Problem]:
    found = access.crop_tasks(user, project).filter(public_id__in={mark.task for mark in marks})
    ids = dict(found.values_list("public_id", "pk"))
    by_task: dict[uuid.UUID, dict[str, str]] = {}
    for mark in marks:
        by_task.setdefault(mark.task, {})[mark.fingerprint] = mark.crop
    problems: dict[str, Problem] = {}
    for public_id, own in by_task.items():
        if public_id not in ids:
            problems |= {crop: not_found() for crop in own.values()}
        else:
            refused = _take_back(user, ids[public_id], own, now)
            problems |= {own[fingerprint]: problem for fingerprint, problem in refused.items()}
    return problems


@transaction.atomic
def _take_back(
    user: User, task_id: int, fingerprints: Collection[str], now: datetime
) -> dict[str, Problem]:
    """Those of the objects whose check stays, and why."""
    own = ObjectCheck.objects.filter(task=task_id, reviewer=user, fingerprint__in=fingerprints)
    # Slots are locked before their task, as everywhere.
    looks = Assignment.objects.filter(pk__in=own.standing().values("look"))
    free = {
        look.pk
        for look in looks.order_by("pk").select_for_update()
        if look.state == Assignment.State.OPEN
    }
    task = results.lock_task(task_id)
    taken, problems = [], {}
    for check in own.standing():
        is_begun = check.look_id is not None and check.look_id not in free
        if is_begun or now - check.checked_at > undo.WINDOW:
            problems[check.fingerprint] = undo.too_late().as_dict()
        else:
            taken.append(check)
    if taken:
        _withdraw(user, task, taken, now)
    return problems


def _withdraw(user: User, task: Task, checks: list[ObjectCheck], now: datetime) -> None:
    ids = [check.pk for check in checks]
    ObjectCheck.objects.filter(pk__in=ids).update(withdrawn_at=now)
    for control, value in {(check.control, check.shown_as) for check in checks}:
        rows = LabelClass.objects.filter(task=task, control=control, value=value)
        rows.update(is_looked_through=False)
    record(
        user,
        "task.object_checks_withdrawn",
        task,
        before={"objects": sorted(check.object_id for check in checks)},
    )
    looks = {check.look_id for check in checks} - {None}
    if looks and not task.object_checks.standing().filter(look__in=looks).exists():
        # Nobody asks for the review any more, and nobody has begun it.
        before = reversals.picture_of(task) | {"state": Task.State.ACCEPTED.value}
        reversals.restore(task, before, by=user, reason="object checks taken back")
