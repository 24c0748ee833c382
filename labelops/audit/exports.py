"""The audit log as CSV: all rows that were asked for, some hundred at a time."""

import csv
import io
from collections.abc import Iterator
from typing import Any

from django.utils import translation

from labelops.audit.access import Reader
from labelops.audit.filters import Chosen
from labelops.audit.reading import Found, search
from labelops.audit.reports import Row, rows_of
from labelops.csv_cells import cell

CHUNK = 500
COLUMNS = (
    "event",
    "at",
    "account",
    "name",
    "verb",
    "action",
    "object",
    "object_name",
    "project",
    "reason",
    "before",
    "after",
    "seal",
    "sha256",
)


def csv_lines(reader: Reader, chosen: Chosen) -> Iterator[bytes]:
    """Safe to open in a spreadsheet. Written while it is sent, in the language it was asked in."""
    language = translation.get_language()
    yield _lines([COLUMNS])
    wanted, before = search(reader, chosen), None
    while found := (wanted.newest(CHUNK, before) if wanted else []):
        before = found[-1].event.pk
        with translation.override(language):
            rows = rows_of(reader, found)
        yield _lines(_values(one, row) for one, row in zip(found, rows, strict=True))


def _values(found: Found, row: Row) -> list[Any]:
    event = found.event
    return [
        row.number,
        row.at.isoformat(),
        event.actor.username if event.actor else "",
        row.who,
        row.verb,
        row.what,
        row.about.mark,
        row.about.name,
        row.project.slug if row.project else "",
        row.reason,
        event.before,
        event.after,
        row.seal.sequence if row.seal else "",
        row.seal.sha256 if row.seal else "",
    ]


def _lines(rows: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerows([cell(value) for value in row] for row in rows)
    return text.getvalue().encode(errors="replace")
