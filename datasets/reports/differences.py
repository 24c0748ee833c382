"""What the page of a difference shows: counts, and a page of items of one kind."""

from dataclasses import dataclass, replace
from typing import Any

from datasets.models import DatasetEntry, DatasetVersion
from datasets.reports.versions import KindRow, PairRow, kind_rows, pair_rows
from datasets.services.differences import (
    ADDED,
    KINDS,
    MOVED,
    REINSTRUCTED,
    RELABELLED,
    REMOVED,
    count_differences,
    differing,
)
from labelops.lists import Page, cursor_after, keyset_page, read_cursor

NOTHING = "–"
# No index finds what differs: a page looks at so many entries, and no more of them are counted.
LOOKED_MOST = 100_000


@dataclass(frozen=True)
class Row:
    """An item, and what was said of it before and after."""

    item: str
    external_id: str
    before: str
    after: str


@dataclass(frozen=True)
class DifferencePage:
    kind: str
    kinds: list[KindRow]
    relabelled: list[PairRow]
    page: Page
    rows: list[Row]


def changes_between(before: DatasetVersion, after: DatasetVersion) -> dict[str, Any]:
    """Those against the parent were counted when the version was frozen.

    Of two other versions nothing is told where that would take longer than a request may.
    """
    if after.parent_id == before.pk:
        return after.changes
    if max(before.entry_count, after.entry_count) > LOOKED_MOST:
        return {}
    return count_differences(before, after)


def difference_page(
    before: DatasetVersion, after: DatasetVersion, kind: str, cursor: str = ""
) -> DifferencePage:
    """The items of a kind, else of the first kind that there is."""
    changes = changes_between(before, after)
    kinds = kind_rows(changes)
    if not kind:
        kind = next((row.name for row in kinds if row.count), KINDS[0])
    page = entries_page(before, after, kind, cursor)
    return DifferencePage(
        kind=kind,
        kinds=kinds,
        relabelled=pair_rows(after, changes),
        page=page,
        rows=[_row(entry, kind) for entry in page.rows],
    )


def entries_page(before: DatasetVersion, after: DatasetVersion, kind: str, cursor: str) -> Page:
    """One statement; without the answers, which may be large."""
    entries = differing(before, after, kind).select_related("item")
    last = (read_cursor(cursor) if cursor else 0) + LOOKED_MOST
    rows = entries.filter(position__lte=last).defer("answer", "item__data")
    page = keyset_page(rows, cursor, key="position")
    # Positions count from 1 without a gap.
    of = before if kind == REMOVED else after
    if page.next_cursor or last >= of.entry_count:
        return page
    return replace(page, next_cursor=cursor_after(last), is_cut=True)


def _row(entry: DatasetEntry, kind: str) -> Row:
    before, after = said(entry, kind)
    return Row(
        str(entry.item.public_id), entry.item.external_id, before or NOTHING, after or NOTHING
    )


def said(entry: DatasetEntry, kind: str) -> tuple[str, str]:
    """What stood before and what stands now, as far as a word can say it."""
    if kind == REMOVED:
        return entry.label or entry.split, ""
    if kind == ADDED:
        return "", entry.label or entry.split
    if kind == MOVED:
        return entry.beside_split, entry.split
    if kind == REINSTRUCTED:
        return _version(entry.beside_instruction), _version(entry.own_instruction)
    assert kind == RELABELLED
    return entry.beside_label, entry.label


def _version(number: int) -> str:
    return f"v{number}" if number else ""
