"""Expert decisions made elsewhere, from a table: each row is a review like any other."""

import uuid
from collections import Counter
from collections.abc import Iterable
from typing import Any, BinaryIO

from django.contrib.auth.hashers import make_password
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import Membership, Role, User
from labelops.errors import DomainError
from labelops.hints import Hint
from reviews.models import Consensus, RejectReason, Review
from reviews.services import desk, inference, queue
from tasks.formats import chunks, csv_rows
from tasks.formats.problems import Problem
from tasks.formats.records import Row
from tasks.kinds.answer import equal, value_of
from tasks.models import Annotation, Assignment, Project, Stage, Task
from tasks.services import slots
from tasks.services.checks import problem_of
from tasks.services.transfers import described

CHUNK = 100
COLUMNS = [("item",), ("label",)]
Standing = Consensus.Standing


def review_file(
    project: Project, control: dict[str, Any], *, stream: BinaryIO, file_name: str, by: User
) -> dict[str, Any]:
    """Decide the tasks of a CSV (item, label). Good rows count; bad ones are named.

    The same decision again changes nothing; another one replaces it, as an adjudication.
    """
    counts: Counter[str] = Counter()
    problems: list[dict[str, Any]] = []
    for rows in chunks(csv_rows.read_rows(stream, needs=COLUMNS), CHUNK):
        for row in rows:
            found = row if isinstance(row, Problem) else _review_row(project, control, row, by)
            if isinstance(found, Problem):
                problems.append(described(found, file_name))
            else:
                counts[found] += 1
    if counts:
        inference.refit(project)
    return {
        "accepted": counts[Review.Decision.ACCEPT],
        "fixed": counts[Review.Decision.FIX],
        "unchanged": counts["unchanged"],
        "error_count": len(problems),
        "errors": problems,
    }


def reviewer_named(project: Project, name: str) -> User:
    """The account of a name; an unknown one becomes an expert who cannot log in."""
    found = User.objects.filter(username__iexact=name).first()
    if found:
        return found
    with transaction.atomic():
        made = User.objects.create(username=name, is_active=False, password=make_password(None))
        for team in project.teams.filter(kind="in_house")[:1]:
            Membership.objects.create(user=made, team=team, role=Role.EXPERT)
    return made


def _review_row(project: Project, control: dict[str, Any], row: Row, by: User) -> str | Problem:
    place: dict[str, Any] = {"row": row.number}
    name, label = str(row.fields["item"]), str(row.fields["label"])
    task = _task(project, name)
    if task is None:
        return Problem(
            "unknown_item",
            "No item “{item}” of the project has labels to review.",
            field="item",
            value=name,
            hint=Hint(
                "Items without labels, or whose labels are not complete, have no review yet."
            ),
            params={"item": name},
            **place,
        )
    if Annotation.everything.filter(task=task, author=by).exists():
        return Problem("own_work", "Nobody reviews what they labelled.", field="item", **place)
    try:
        with transaction.atomic():
            return _decide(task, {control["name"]: label}, control, by)
    except DomainError as error:
        return problem_of(error, field="label", value=label, **place)


def _task(project: Project, name: str) -> Task | None:
    """The newest task of an item that has been assessed."""
    tasks = Task.objects.filter(
        batch__project=project, item__external_id=name, consensus__isnull=False
    )
    return tasks.select_related("consensus", "batch").order_by("-pk").first()


def _decide(task: Task, answer: dict[str, Any], control: dict[str, Any], by: User) -> str:
    version = queue.decided_version(task)
    schema = version.label_schema
    is_decided = task.consensus.standing != Standing.UNDECIDED
    if is_decided and task.result_answer and _same(control, task.result_answer, answer):
        return "unchanged"
    slot = _slot(task, is_decided=is_decided)
    lease_time = task.batch.lease_time
    if slot is None or not slots.claim(
        slot.pk, by, now=timezone.now(), lease_time=lease_time, version_id=version.pk
    ):
        raise DomainError(
            _("Somebody is reviewing this item at this moment."), code="being_reviewed"
        )
    held = Assignment.objects.get(pk=slot.pk)
    stands = task.consensus.answer
    whole = {**stands, **answer} if "_undecidable" not in stands else answer
    is_accepted = not task.consensus.is_tie and equal(schema, whole, stands)
    verdict: dict[str, Any] = (
        {"decision": Review.Decision.ACCEPT}
        if is_accepted
        else {
            "decision": Review.Decision.FIX,
            "answer": whole,
            "reason": RejectReason.WRONG_CLASS,
        }
    )
    desk.decide(held, by=by, request_id=uuid.uuid4(), **verdict)
    return str(verdict["decision"])


def _same(control: dict[str, Any], first: dict[str, Any], second: dict[str, Any]) -> bool:
    return value_of(control, first) == value_of(control, second)


def _slot(task: Task, *, is_decided: bool) -> Assignment | None:
    """The open slot of the task; one more adjudication where somebody has decided before."""
    stages: Iterable[str] = (Stage.REVIEW, Stage.ADJUDICATE)
    open_rows = Assignment.objects.filter(task=task, stage__in=stages, state=Assignment.State.OPEN)
    # A further review slot is a blind second look, handed out by the desk alone.
    found = open_rows.exclude(stage=Stage.REVIEW, slot__gt=1).first()
    if found:
        return found
    if not is_decided:
        return queue.open_look(task)
    last = slots.last_number(task, stage=Stage.ADJUDICATE, round=task.round)
    [slot] = slots.open_slots(task, stage=Stage.ADJUDICATE, round=task.round, after=last)
    return slot
