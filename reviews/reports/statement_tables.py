"""Tables of a statement: the same rows for the page, for print and as CSV."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils.formats import number_format
from django.utils.translation import gettext as _

from reviews.quality.pay import EXACT, HOUR_MS
from reviews.reports.money import shown_amount, shown_exact, shown_hours, shown_rate


@dataclass(frozen=True)
class Cell:
    """A value as it is shown, and as a program reads it; `query` is what it opens."""

    text: str
    raw: Any
    is_number: bool = False
    query: str = ""


@dataclass(frozen=True)
class Column:
    title: str
    is_number: bool = False


@dataclass(frozen=True)
class Table:
    """`rows` are all of them: the file has them, the page shows `size` at a time."""

    key: str
    title: str
    columns: list[Column]
    rows: list[list[Cell]]
    note: str = ""
    page: int = 1
    size: int = 50

    @property
    def shown_rows(self) -> list[list[Cell]]:
        return self.rows[(self.page - 1) * self.size : self.page * self.size]

    @property
    def pages(self) -> list[int]:
        """The numbers of its pages, where there are several."""
        last = -(-len(self.rows) // self.size)
        return list(range(1, last + 1)) if last > 1 else []


def words(text: str, query: str = "") -> Cell:
    return Cell(text, text, query=query)


def count(number: int, query: str = "") -> Cell:
    return Cell(number_format(number, force_grouping=True), number, True, query)


def hours(time_ms: int, query: str = "") -> Cell:
    return Cell(shown_hours(time_ms), (time_ms / HOUR_MS).quantize(EXACT), True, query)


def rate(amount: Decimal | None, query: str = "") -> Cell:
    return Cell(shown_rate(amount), amount, True, query)


def exact(amount: Decimal, query: str = "") -> Cell:
    return Cell(shown_exact(amount), amount, True, query)


def total(amount: Decimal, query: str = "") -> Cell:
    """A sum, rounded as it is paid on the page; whole in the file."""
    return Cell(shown_amount(amount), amount, True, query)


def nothing() -> Cell:
    return Cell("–", None, True)


def texts(*titles: str) -> list[Column]:
    return [Column(title) for title in titles]


def numbers(*titles: str) -> list[Column]:
    return [Column(title, is_number=True) for title in titles]


def money(title: str) -> str:
    """The title of a column of amounts."""
    return _("%(title)s (%(currency)s)") % {"title": title, "currency": settings.CURRENCY}
