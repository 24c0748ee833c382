"""Expert decisions made elsewhere, from a table: each row is a review like any other."""

from collections import Counter
from typing import Any, BinaryIO

from django.contrib.auth.hashers import make_password
from django.db import transaction

from labelops.accounts.models import Membership, Role, User
from labelops.errors import DomainError
from labelops.hints import Hint
from reviews.models import Review
from reviews.services import chosen_reviews, inference
from tasks.formats import chunks, csv_rows
from tasks.formats.problems import Problem
from tasks.formats.records import Row
from tasks.models import Project, Task
from tasks.services.checks import problem_of
from tasks.services.transfers import described

CHUNK = 100
COLUMNS = [("item",), ("label",)]


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
    if chosen_reviews.has_worked_on(task, by):
        return Problem("own_work", "Nobody reviews what they labelled.", field="item", **place)
    changes = {control["name"]: label}
    if chosen_reviews.is_decided_as(task, changes):
        return "unchanged"
    try:
        with transaction.atomic():
            slot = chosen_reviews.slot_of(task)
            return chosen_reviews.decide_as(slot, task, changes, by=by).decision
    except DomainError as error:
        return problem_of(error, field="label", value=label, **place)


def _task(project: Project, name: str) -> Task | None:
    """The newest task of an item that has been assessed."""
    tasks = Task.objects.filter(
        batch__project=project, item__external_id=name, consensus__isnull=False
    )
    return tasks.select_related("consensus", "batch").order_by("-pk").first()
