"""The items behind a comparison of two teams: those that both had, as the figures read them."""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.errors import DomainError
from reviews.quality.paired_comparison import SharedItem
from reviews.reports.dashboard_filters import unknown
from reviews.reports.vendor_comparison import (
    Wanted,
    people_of_both,
    shared_items,
    tasks_of_both,
)
from tasks.models import Item, Project, Task

FILTERS = ("first", "second", "of", "show", "expected", "page")
CHECKS, LABELS = "checks", "labels"
SIZE = 50
PAGES_MOST = 120


@dataclass(frozen=True)
class Filters:
    """Items of checked answers or of labels; `show`: only those on which the teams differ."""

    of: str
    show: str
    expected: str | None
    number: int


@dataclass(frozen=True)
class Row:
    """`agreement` in percent, of items of labels; `shared` of items of checked answers."""

    item: Item
    shared: SharedItem | None = None
    agreement: int | None = None


@dataclass(frozen=True)
class SharedPage:
    rows: list[Row]
    count: int
    has_next: bool


def read_filters(given: Mapping[str, str]) -> Filters:
    """Raises DomainError for a value that is not in the list."""
    of, show, number = given.get("of", CHECKS), given.get("show", ""), given.get("page", "1")
    if of not in {CHECKS, LABELS}:
        raise unknown("of")
    if show not in {"", "differ"}:
        raise unknown("show")
    if not (number.isascii() and number.isdecimal() and len(number) <= 3):
        raise unknown("page")
    if not 1 <= int(number) <= PAGES_MOST:
        raise unknown("page")
    if of == LABELS and "expected" in given:
        raise DomainError(
            _("Labels are not listed by class here."), code="filters_exclude", field="expected"
        )
    return Filters(of, show, given.get("expected"), int(number))


def shared_page(project: Project, wanted: Wanted, filters: Filters, *, viewer: User) -> SharedPage:
    people = people_of_both(project, wanted.first, wanted.second, viewer)
    first = (filters.number - 1) * SIZE
    if filters.of == LABELS:
        tasks = tasks_of_both(project, people, wanted.first, wanted.second)
        wanted_tasks = [pk for pk, same in tasks.items() if same < 1 or not filters.show]
        shown = wanted_tasks[first : first + SIZE]
        found = Task.objects.select_related("item").in_bulk(shown)
        rows = [Row(found[pk].item, agreement=round(100 * tasks[pk])) for pk in shown]
        return SharedPage(rows, len(wanted_tasks), first + SIZE < len(wanted_tasks))
    shared = shared_items(project, people, wanted.first)
    fitting = [
        pk
        for pk, item in shared.items.items()
        if filters.expected in (None, shared.classes[pk]) and (item.gap or not filters.show)
    ]
    shown = fitting[first : first + SIZE]
    items = Item.objects.in_bulk(shown)
    rows = [Row(items[pk], shared=shared.items[pk]) for pk in shown]
    return SharedPage(rows, len(fitting), first + SIZE < len(fitting))
