"""What the review desk shows of a task: the answers side by side, their authors hidden."""

import hashlib
import string
import uuid
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from labelops.accounts.models import User
from reviews.models import Consensus, RejectReason
from reviews.reports.reasons import sentences
from reviews.services import desk, queue
from tasks.kinds.answer import summary
from tasks.models import Annotation, Assignment, Project, Stage
from tasks.reports.editor import editor_item
from tasks.reports.editor_strings import editor_strings
from tasks.reports.label_guide import question_of

COUNTED = 1_000


@dataclass(frozen=True)
class Option:
    """An answer that can be accepted as it is."""

    name: str
    summary: str
    answer: dict[str, Any]
    is_stored: bool


@dataclass(frozen=True)
class DeskPage:
    """Everything the page of one task needs."""

    assignment: Assignment
    is_adjudication: bool
    is_tie: bool
    why: list[str]
    agreement: int | None
    annotation_count: int
    options: list[Option]
    view: dict[str, Any]
    editor: dict[str, Any]
    reject_reasons: list[tuple[str, str]]
    request_id: uuid.UUID
    # What this reviewer asked of the task, with the answer.
    question: dict[str, Any] | None


@dataclass(frozen=True)
class Waiting:
    """How much of a project waits; counted up to a bound."""

    project: Project
    count: int
    is_more: bool


def waiting_by_project(user: User) -> list[Waiting]:
    counts: dict[Project, int] = {}
    rows = queue.waiting(user)[:COUNTED]
    for assignment in rows:
        project = assignment.batch.project
        counts[project] = counts.get(project, 0) + 1
    is_more = sum(counts.values()) == COUNTED
    return [Waiting(project, count, is_more) for project, count in counts.items()]


def desk_page(assignment: Assignment) -> DeskPage:
    task = assignment.task
    schema = assignment.instruction_version.label_schema
    consensus = Consensus.objects.filter(task=task).first()
    found = _shuffled(desk.round_annotations(task, assignment.round))
    named = [
        {"name": name, "answer": annotation.answer}
        for name, annotation in zip(string.ascii_uppercase, found, strict=False)
    ]
    item = editor_item(task.item)
    return DeskPage(
        assignment=assignment,
        is_adjudication=assignment.stage == Stage.ADJUDICATE,
        is_tie=bool(consensus and consensus.is_tie),
        why=sentences(consensus.reasons) if consensus else [_("labelled by nobody")],
        agreement=_percent(consensus),
        annotation_count=len(found),
        options=_options(schema, named, consensus),
        view={
            "item": item,
            "label_schema": schema,
            "answers": named,
            "strings": editor_strings(),
        },
        editor={
            "item": item,
            "label_schema": schema,
            "answer": consensus.answer if consensus else {},
            "editable": True,
            "strings": editor_strings(),
        },
        reject_reasons=RejectReason.choices,
        request_id=uuid.uuid4(),
        question=question_of(assignment),
    )


def _percent(consensus: Consensus | None) -> int | None:
    if consensus is None or consensus.agreement is None:
        return None
    return round(100 * consensus.agreement)


def _shuffled(found: list[Annotation]) -> list[Annotation]:
    """A fixed order that tells nothing about who answered first."""
    return sorted(
        found, key=lambda row: hashlib.sha256(f"{row.task_id} {row.pk}".encode()).digest()
    )


def _options(
    schema: dict[str, Any], named: list[dict[str, Any]], consensus: Consensus | None
) -> list[Option]:
    """Each different answer once; the stored one stands first and is preselected."""
    options: list[Option] = []
    if consensus:
        same = [entry["name"] for entry in named if entry["answer"] == consensus.answer]
        name = ", ".join(same) or _("consensus")
        options.append(Option(name, summary(schema, consensus.answer), consensus.answer, True))
    for entry in named:
        if not any(option.answer == entry["answer"] for option in options):
            same = [other["name"] for other in named if other["answer"] == entry["answer"]]
            options.append(
                Option(", ".join(same), summary(schema, entry["answer"]), entry["answer"], False)
            )
    return options
