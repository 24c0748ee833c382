"""Answers known from elsewhere, from a file: each becomes gold that is in use at once."""

from collections import Counter
from collections.abc import Iterator
from typing import Any, BinaryIO

from labelops.accounts.models import User
from labelops.errors import DomainError
from labelops.hints import Hint
from reviews.services import gold
from tasks.formats import chunks, csv_rows, jsonl
from tasks.formats.problems import FileRefused, Problem, RowRefused
from tasks.formats.records import Row
from tasks.formats.sniffing import detect
from tasks.kinds.schema import single_choice
from tasks.models import InstructionVersion, Item, Project
from tasks.services.checks import problem_of
from tasks.services.instructions import current_version
from tasks.services.transfers import described

CHUNK = 500
ERRORS_KEPT = 1_000
FIELDS = {"csv": ("item", "label"), "jsonl": ("item", "answer")}
REASON = "Known from an import."


def take_file(project: Project, *, stream: BinaryIO, file_name: str, by: User) -> dict[str, Any]:
    """Take in a CSV (item, label) or JSONL (item, answer). Good rows count; bad ones are named.

    The same row again changes nothing; another answer becomes a new version.
    """
    version = _version(project)
    counts: Counter[str] = Counter(added=0, revised=0, unchanged=0, error_count=0)
    errors: list[dict[str, Any]] = []
    try:
        for found in _outcomes(project, version, stream, by):
            if isinstance(found, str):
                counts[found] += 1
                continue
            counts["error_count"] += 1
            if len(errors) < ERRORS_KEPT:
                errors.append(described(found, file_name))
    except FileRefused as error:
        counts["error_count"] += 1
        errors.append(described(error.problem, file_name))
    return {**counts, "errors": errors}


def _version(project: Project) -> InstructionVersion:
    version = current_version(project)
    if version is None:
        raise DomainError(
            "Publish the instructions first: answers are checked against them.",
            code="no_instructions",
        )
    return version


def _outcomes(
    project: Project, version: InstructionVersion, stream: BinaryIO, by: User
) -> Iterator[str | Problem]:
    """What became of each row, in the order of the file."""
    format_name = detect(stream)
    if format_name not in FIELDS:
        raise FileRefused(Problem("wrong_format", "The file is neither CSV nor JSONL."))
    needs = [(name,) for name in FIELDS["csv"]]
    rows = (
        jsonl.read_rows(stream)
        if format_name == "jsonl"
        else csv_rows.read_rows(stream, needs=needs)
    )
    for chunk in chunks(rows, CHUNK):
        good = [row for row in chunk if isinstance(row, Row)]
        items = _items(project, good)
        for row in chunk:
            if isinstance(row, Problem):
                yield row
                continue
            try:
                yield _take(row, format_name, version, items, by)
            except RowRefused as error:
                yield error.problem.at(row=row.number)


def _items(project: Project, rows: list[Row]) -> dict[str, Item]:
    names = {row.fields["item"] for row in rows if isinstance(row.fields.get("item"), str)}
    found = Item.objects.filter(project=project, external_id__in=names)
    return {item.external_id: item for item in found}


def _take(
    row: Row, format_name: str, version: InstructionVersion, items: dict[str, Item], by: User
) -> str:
    name, field = FIELDS[format_name]
    for wanted in (name, field):
        if wanted not in row.fields:
            raise _refused("missing_field", wanted, "The field {name} is missing.", name=wanted)
    item = items.get(row.fields[name]) if isinstance(row.fields[name], str) else None
    if item is None:
        shown = str(row.fields[name])[:80]
        raise _refused("unknown_item", name, "The project has no item “{item}”.", item=shown)
    answer = row.fields[field]
    if format_name == "csv":
        answer = {_control(version)["name"]: answer}
    try:
        return gold.add_known(item, version, answer, reason=REASON, by=by)
    except DomainError as error:
        # Without a field it is the item that cannot be gold.
        place = error.field if format_name == "jsonl" else error.field and field
        place = place or name
        raise RowRefused(problem_of(error, field=place)) from error


def _control(version: InstructionVersion) -> dict[str, Any]:
    control = single_choice(version.label_schema)
    if control is None:
        raise FileRefused(
            Problem(
                "no_single_choice",
                "The project has no single choice question, or several: a label is no answer.",
                hint=Hint("Send JSONL with whole answers instead."),
            )
        )
    return control


def _refused(code: str, field: str, template: str, **params: Any) -> RowRefused:
    return RowRefused(Problem(code, template, field=field, params=params))
