"""One question to the experts about all the items."""

from collections.abc import Mapping
from typing import Any

from datasets.models import BulkEdit
from datasets.services.edit_acts.kinds import Act, Rows, State
from datasets.services.edit_facts import Facts, Why
from labelops.accounts.models import User
from labelops.errors import Conflict
from tasks.models import Project, Question
from tasks.models.questions import QUESTION_LENGTH
from tasks.services import questions
from tasks.services.checks import check_words


def check(_project: Project, wishes: Mapping[str, str]) -> dict[str, Any]:
    return {"text": check_words(wishes.get("text", ""), QUESTION_LENGTH, field="text")}


def why_left(_edit: BulkEdit, facts: Facts, _objects: list[str]) -> str:
    return "" if facts.tasks else Why.NO_BATCH


def _ask(edit: BulkEdit, rows: Rows, facts: dict[int, Facts]) -> None:
    asked = []
    for row in rows:
        found = facts.get(row.item_id)
        row.note = why_left(edit, found, []) if found else Why.GONE
        row.state = State.LEFT if row.note else State.DONE
        if found and not row.note:
            asked.append((row, found.item))
    if not asked:
        return
    items = [item for _row, item in asked]
    question = questions.ask_about(
        edit.project, items, text=edit.parameters["text"], by=edit.job.created_by
    )
    for row, _item in asked:
        row.before = {"question": question.pk}


def _take_back(_edit: BulkEdit, rows: Rows, by: User) -> None:
    """An open question is closed; an answer stands."""
    asked = Question.objects.in_bulk({row.before["question"] for row in rows})
    closed = {pk for pk, question in asked.items() if _is_closed(question, by=by)}
    for row in rows:
        is_closed = row.before["question"] in closed
        row.state = State.UNDONE if is_closed else State.KEPT
        row.note = "" if is_closed else Why.ANSWERED


def _is_closed(question: Question, *, by: User) -> bool:
    try:
        questions.close(question, reason="a bulk edit was taken back", by=by)
    except Conflict:
        return False
    return True


ASK = Act(check, why_left, _ask, _take_back, chunk=questions.ITEMS_MOST)
