"""Sets of items: what a grid shows, a bulk action takes, and a segment is saved from.

Each kind of set (services/sets) is read from the parameters of an address, so that a set can be
linked to, kept with a job, and read again. `item_set_kinds` lists them.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from datasets.models import Evaluation
from labelops.errors import DomainError
from labelops.lists import Page, cursor_after, keyset_page, read_cursor
from tasks.models import Item, Project

# So many are read at once by what goes through a whole set.
CHUNK = 500
# Where each item has to be asked whether it belongs to a set, a page asks no more of them: by the
# dearest condition that takes a tenth of a second. A whole set asks as many as 25 such pages.
ASKED_MOST = 20_000
CUT_MOST = 25


@dataclass(frozen=True)
class Member:
    """An item of a set. The ids name the objects of its label and prediction that it is in for."""

    item_id: int
    truth_id: str = ""
    predicted_id: str = ""
    # What the set says of this one, as how alike it is; shown with it.
    note: str = ""


class ItemSet(Protocol):
    """Items of a project in one order. One of them may come several times, for several objects."""

    project: Project
    title: str
    # Whose predictions are shown beside the labels, and by which thresholds.
    evaluation: Evaluation | None

    def count(self) -> int | None:
        """How many members there are; None where counting would cost too much."""

    def page(self, cursor: str, size: int) -> Page:
        """Rows of `Member`. Raises DomainError for a forged cursor."""


@dataclass(frozen=True)
class SetKind:
    """How a set is read from an address: by which parameters, all optional to the address."""

    parameters: tuple[str, ...]
    read: Callable[[Project, Mapping[str, str]], ItemSet]


@dataclass(frozen=True)
class QueriedItems:
    """The items of a queryset, the oldest first."""

    project: Project
    title: str
    rows: QuerySet[Item]
    evaluation: Evaluation | None = None
    known_count: int | None = None

    def count(self) -> int | None:
        return self.known_count

    def page(self, cursor: str, size: int) -> Page:
        page = keyset_page(self.rows.only("pk"), cursor, size=size)
        return Page([Member(item.pk) for item in page.rows], page.next_cursor, page.is_first)


@dataclass(frozen=True)
class AskedItems(QueriedItems):
    """Items that no index finds: so each of the project has to be asked.

    A page has few rows, or none, where it has asked as many as it may.
    """

    def page(self, cursor: str, size: int) -> Page:
        after = read_cursor(cursor) if cursor else 0
        last = self._last_asked(after)
        rows = self.rows.filter(pk__gt=after)
        rows = rows.filter(pk__lte=last) if last else rows
        found = list(rows.order_by("pk").values_list("pk", flat=True)[: size + 1])
        members = [Member(pk) for pk in found[:size]]
        if len(found) > size:
            return Page(members, cursor_after(members[-1].item_id), is_first=not cursor)
        following = cursor_after(last) if last else ""
        return Page(members, following, is_first=not cursor, is_cut=bool(last))

    def _last_asked(self, after: int) -> int | None:
        """None where all that are left can be asked."""
        rows = Item.objects.filter(project=self.project, pk__gt=after).order_by("pk")
        edge = list(rows.values_list("pk", flat=True)[ASKED_MOST - 1 : ASKED_MOST + 1])
        return edge[0] if len(edge) > 1 else None


@dataclass(frozen=True)
class RankedItems:
    """Members in the order of a list at hand, without those whose items have gone."""

    project: Project
    title: str
    members: Sequence[Member] = field(repr=False)
    evaluation: Evaluation | None = None

    def count(self) -> int | None:
        return len(self.members)

    def page(self, cursor: str, size: int) -> Page:
        first = read_cursor(cursor) if cursor else 0
        following = first + size
        return Page(
            standing(self.project, self.members[first:following]),
            cursor_after(following) if following < len(self.members) else "",
            is_first=not cursor,
        )


def standing(project: Project, members: Sequence[Member]) -> list[Member]:
    """Those of the members whose items have not gone meanwhile."""
    rows = Item.objects.filter(project=project, pk__in={member.item_id for member in members})
    found = set(rows.values_list("pk", flat=True))
    return [member for member in members if member.item_id in found]


def members_of(item_set: ItemSet) -> Iterator[list[Member]]:
    """All of a set, a chunk at a time. Raises DomainError when too many items had to be asked."""
    cursor, cut_count = "", 0
    while True:
        page = item_set.page(cursor, CHUNK)
        yield page.rows
        if not (cursor := page.next_cursor):
            return
        cut_count += page.is_cut
        if cut_count == CUT_MOST:
            raise DomainError(
                _("Which items are in this set has to be asked of each, and there are too many."),
                code="too_many_asked",
                hint=_("Tag what you find page by page, and take the items of the tag."),
            )


def first_ids(item_set: ItemSet, most: int) -> list[int]:
    """Its first items, each once; no more of it is read than that takes."""
    found: dict[int, None] = {}
    for members in members_of(item_set):
        found |= dict.fromkeys(member.item_id for member in members)
        if len(found) >= most:
            break
    return list(found)[:most]
