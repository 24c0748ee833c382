"""What a bulk edit would do, and what it did."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from datasets.models import BulkEdit, BulkEditRow
from datasets.reports.tiles import Tile, tiles_of
from datasets.services.bulk_edits import ACTS, Meant
from datasets.services.edit_facts import Why, facts_of
from datasets.services.item_sets import CHUNK, Member
from labelops.lists import Page, keyset_page
from tasks.formats import chunks
from tasks.models import Task

SHOWN = 20
State = BulkEditRow.State


@dataclass(frozen=True)
class Reason:
    label: str
    count: int


@dataclass(frozen=True)
class Preview:
    """`left` says how many are left alone and why; `tiles` are the first of all items."""

    item_count: int
    change_count: int
    task_count: int
    left: list[Reason]
    tiles: list[Tile]


def preview(edit: BulkEdit, meant: Meant, members: Sequence[Member]) -> Preview:
    """Of an edit that is not stored: counted over all items, a chunk at a time."""
    act, why_left = ACTS[edit.act], {}
    task_count = 0
    for ids in chunks(meant, CHUNK):
        facts = facts_of(edit.project, ids, by=edit.created_by)
        for item_id in ids:
            found = facts.get(item_id)
            why = act.why_left(edit, found, list(meant[item_id])) if found else Why.GONE
            why_left[item_id] = str(why)
            if not why and edit.act == BulkEdit.Act.EXCLUDE:
                task_count += sum(task.state != Task.State.EXCLUDED for task in found.tasks)
    counts = Counter(why_left.values())
    changed = counts.pop("", 0)
    return Preview(
        item_count=len(meant),
        change_count=changed,
        task_count=task_count or changed,
        left=[Reason(_words(why), count) for why, count in counts.most_common()],
        tiles=_first_tiles(edit, members, why_left),
    )


def _first_tiles(edit: BulkEdit, members: Sequence[Member], why_left: dict[int, str]) -> list[Tile]:
    becomes = _becomes(edit)
    noted = []
    for member in members[:SHOWN]:
        why = why_left[member.item_id]
        note = _("left alone: %(why)s") % {"why": _words(why)} if why else becomes
        noted.append(replace(member, predicted_id="", note=note))
    return tiles_of(edit.project, None, noted)


def _becomes(edit: BulkEdit) -> str:
    """What the label of a changed item will be; empty where labels stay or are not known yet."""
    if "control" not in edit.parameters:
        return ""
    return _("becomes: %(label)s") % {"label": edit.parameters["title"]}


def _words(note: str) -> str:
    return str(Why(note).label) if note in Why.values else note


@dataclass(frozen=True)
class Became:
    """How many items an edit left in one state."""

    state: str
    label: str
    count: int


@dataclass(frozen=True)
class LeftRow:
    row: BulkEditRow
    why: str


@dataclass(frozen=True)
class Outcome:
    became: list[Became]
    reasons: list[Reason]


def outcome(edit: BulkEdit) -> Outcome:
    """Two statements over the rows of one edit, of which there are only so many."""
    counted = edit.rows.order_by().values("state", "note").annotate(count=Count("pk"))
    states: Counter[str] = Counter()
    notes: Counter[str] = Counter()
    for found in counted:
        states[found["state"]] += found["count"]
        if found["note"]:
            notes[found["note"]] += found["count"]
    return Outcome(
        [Became(state, str(State(state).label), states[state]) for state in State if states[state]],
        [Reason(_words(note), count) for note, count in notes.most_common()],
    )


def left_page(edit: BulkEdit, cursor: str) -> Page:
    """The items that were left alone or could not be taken back, with the reason of each."""
    rows: QuerySet[BulkEditRow] = edit.rows.filter(state__in=[State.LEFT, State.KEPT])
    page = keyset_page(rows.select_related("item"), cursor)
    return replace(page, rows=[LeftRow(row, _words(row.note)) for row in page.rows])
