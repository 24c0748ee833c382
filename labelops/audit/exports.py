"""The audit log as CSV: all rows that were asked for, some hundred at a time."""

from collections.abc import Iterator
from typing import Any

from django.utils import translation

from labelops.audit.access import Reader
from labelops.audit.filters import Chosen
from labelops.audit.reading import Found, search
from labelops.audit.reports import Row, rows_of

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


def rows_for_csv(reader: Reader, chosen: Chosen) -> Iterator[list[Any]]:
    """Read while they are sent, in the language they were asked in."""
    language = translation.get_language()
    wanted, before = search(reader, chosen), None
    while found := (wanted.newest(CHUNK, before) if wanted else []):
        before = found[-1].event.pk
        with translation.override(language):
            rows = rows_of(reader, found)
        yield from (_values(one, row) for one, row in zip(found, rows, strict=True))


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
