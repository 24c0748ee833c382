"""What a page of crops is confirmed as: each object is noted by itself, and decides nothing.

Who marks an object as wrong asks for a review of its task. Of one task all is one transaction.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from reviews import access
from reviews.models import ObjectCheck, RejectReason
from reviews.services import attention, crop_objects
from tasks.kinds.shapes import classes
from tasks.models import Assignment, LabelClass, Project, Stage, Task
from tasks.services import results

Verdict = ObjectCheck.Verdict
# What can be seen of one object alone.
REASONS = (RejectReason.WRONG_CLASS, RejectReason.EXTRA_OBJECT, RejectReason.POOR_GEOMETRY)
# Where the label that was looked at may still stand, or waits for the review that was asked for.
LOOKED_AT = (Task.State.ACCEPTED, Task.State.IN_REVIEW, Task.State.IN_ADJUDICATION)
Problem = dict[str, Any]


@dataclass(frozen=True)
class Mark:
    """What the reviewer says of one crop; `should_be` is the class that it should have."""

    crop: str
    verdict: str
    should_be: str = ""
    reason: str = ""

    @property
    def task(self) -> uuid.UUID:
        return uuid.UUID(self.crop.partition(":")[0])

    @property
    def fingerprint(self) -> str:
        return self.crop.partition(":")[2]


@dataclass(frozen=True)
class CropFate:
    """What became of one crop of a page; `error` is empty when it was noted."""

    crop: str
    error: Problem


def confirm_page(
    user: User,
    project: Project,
    marks: Sequence[Mark],
    *,
    value: str,
    request_id: uuid.UUID,
    now: datetime | None = None,
) -> list[CropFate]:
    """Note each object by itself; of what somebody has checked before, the first check counts.

    `value` is the class that the page was shown as. The same page again, with the same key,
    changes nothing.
    """
    now = now or timezone.now()
    planted = attention.own_crop_checks(user, {mark.crop for mark in marks}, value)
    work = []
    for mark in marks:
        if check := planted.get(mark.crop):
            is_caught = mark.verdict == Verdict.WRONG
            attention.answer_check(check, is_caught=is_caught, now=now)
        else:
            work.append(mark)
    page = _Page(user, project, value, request_id, now)
    problems = _check_page(page, work)
    return [CropFate(mark.crop, problems.get(mark.crop, {})) for mark in marks]


@dataclass(frozen=True)
class _Page:
    user: User
    project: Project
    value: str
    request_id: uuid.UUID
    now: datetime


def _check_page(page: _Page, marks: Sequence[Mark]) -> dict[str, Problem]:
    """Those of the marks that were refused, and why."""
    control = crop_objects.control_of(page.project)
    allowed = access.crop_tasks(page.user, page.project)
    found = allowed.filter(public_id__in={mark.task for mark in marks})
    ids = dict(found.values_list("public_id", "pk"))
    by_task: dict[uuid.UUID, list[Mark]] = {}
    for mark in marks:
        by_task.setdefault(mark.task, []).append(mark)
    problems: dict[str, Problem] = {}
    for public_id, own in by_task.items():
        if control is None or public_id not in ids:
            problems |= {mark.crop: not_found() for mark in own}
        else:
            problems |= _check_task(page, control, ids[public_id], own)
    return problems


@transaction.atomic
def _check_task(
    page: _Page, control: dict[str, Any], task_id: int, marks: list[Mark]
) -> dict[str, Problem]:
    task = results.lock_task(task_id)
    if task.object_checks.filter(request_id=page.request_id, withdrawn_at__isnull=False).exists():
        return {mark.crop: _withdrawn().as_dict() for mark in marks}
    standing = set(task.object_checks.standing().values_list("fingerprint", flat=True))
    objects = crop_objects.objects_of(task, control["name"]) if task.state in LOOKED_AT else {}
    checks: dict[str, ObjectCheck] = {}
    problems: dict[str, Problem] = {}
    for mark in marks:
        if mark.fingerprint in standing or mark.fingerprint in checks:
            continue
        try:
            entry = objects.get(mark.fingerprint)
            checks[mark.fingerprint] = _checked(page, control, task, mark, entry)
        except DomainError as error:
            problems[mark.crop] = error.as_dict()
    if checks:
        _store(page, task, list(checks.values()))
        _note_looked_through(task, control["name"], objects, standing | set(checks))
    return problems


def _checked(
    page: _Page,
    control: dict[str, Any],
    task: Task,
    mark: Mark,
    entry: dict[str, Any] | None,
) -> ObjectCheck:
    if entry is None or entry["label"] != page.value:
        raise _label_changed()
    is_wrong = mark.verdict == Verdict.WRONG
    if is_wrong and mark.should_be and mark.should_be not in classes(control):
        raise DomainError(_("This class is not in the schema."), field="should_be")
    if is_wrong and mark.should_be == page.value:
        raise DomainError(_("It has this class already."), field="should_be")
    reason = RejectReason.WRONG_CLASS if mark.should_be else mark.reason
    if is_wrong and reason not in REASONS:
        raise DomainError(_("Say what is wrong with it."), code="reason_needed", field="reason")
    return ObjectCheck(
        task=task,
        control=control["name"],
        object_id=entry["id"],
        fingerprint=mark.fingerprint,
        shown_as=page.value,
        reviewer=page.user,
        verdict=mark.verdict,
        should_be=mark.should_be if is_wrong else "",
        reason=reason if is_wrong else "",
        request_id=page.request_id,
        checked_at=page.now,
    )


def _store(page: _Page, task: Task, checks: list[ObjectCheck]) -> None:
    wrong = [check for check in checks if check.verdict == Verdict.WRONG]
    if wrong:
        look = _ask_for_a_look(task, by=page.user)
        for check in wrong:
            check.look = look
    ObjectCheck.objects.bulk_create(checks)
    said = {check.object_id: check.should_be or check.reason or Verdict.RIGHT for check in checks}
    record(
        page.user,
        "task.objects_checked",
        task,
        after={"objects": said},
        request_key=page.request_id,
    )


def _ask_for_a_look(task: Task, *, by: User) -> Assignment | None:
    """The slot on which the task waits because of its objects; None where it waits anyway."""
    if task.state == Task.State.ACCEPTED:
        results.open_review(task, by=by, reason="an object was marked as wrong")
        waiting = Assignment.objects.filter(
            task=task,
            stage__in=[Stage.REVIEW, Stage.ADJUDICATE],
            round=task.round,
            state__in=[Assignment.State.OPEN, Assignment.State.LEASED],
        )
        return waiting.order_by("-pk").first()
    earlier = task.object_checks.standing().exclude(look=None).select_related("look")
    last = earlier.order_by("-pk").first()
    return last.look if last else None


def _note_looked_through(
    task: Task, control: str, objects: dict[str, Any], checked: set[str]
) -> None:
    """Classes of which every object is checked are not asked for any more."""
    left = {entry["label"] for mark, entry in objects.items() if mark not in checked}
    done = {entry["label"] for entry in objects.values()} - left
    rows = LabelClass.objects.filter(task=task, control=control, value__in=done)
    rows.update(is_looked_through=True)


def not_found() -> Problem:
    return {"code": "not_found", "message": _("There is no such task.")}


def _label_changed() -> Conflict:
    return Conflict(
        _("The label has changed meanwhile."),
        code="label_changed",
        hint=_("It comes again, as what it is now."),
    )


def _withdrawn() -> Conflict:
    return Conflict(
        _("You took this page back. It was not sent again."),
        code="withdrawn",
        hint=_("Confirm the page anew."),
    )
