"""What a statement is asked for: the month, whose work, and which of its lines."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import urlencode

from django.http import QueryDict
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.errors import DomainError
from labelops.lists import check_parameters
from reviews.models import Basis
from reviews.quality.pay import Key, month_of, plain
from reviews.services.pay_rates import EARLIEST
from tasks.models.batches import LEVEL_MAX

WHOSE = ("team", "person")
LINE = ("project", "batch", "basis", "level", "rate", "of")
VIEW = ("month", "page", "as", "table")
CSV, PRINT = "csv", "print"
NO_RATE = "none"
DIGITS_MOST = 18


@dataclass(frozen=True)
class Chosen:
    """A month, and a line of its statement where one is opened; `of` is that of a correction."""

    month: date
    team: int | None = None
    person: int | None = None
    project: int | None = None
    batch: int | None = None
    basis: str = ""
    level: int | None = None
    rate: str = ""
    of: date | None = None
    page: int = 1
    form: str = ""
    table: str = ""

    def takes(self, key: Key) -> bool:
        """Whether a line is the one that is opened."""
        wanted = (
            (self.project, key.project),
            (self.batch, key.batch),
            (self.level, key.level),
            (self.rate or None, rate_code(key.rate)),
        )
        is_of_month = key.month == (self.of or self.month)
        is_same = all(value in (None, own) for value, own in wanted)
        return is_of_month and key.basis == self.basis and is_same

    def query(self, **over: object) -> str:
        """The query string of the same statement, with other or further parameters."""
        given = {"month": f"{self.month:%Y-%m}", "team": self.team, "person": self.person} | over
        return urlencode({name: value for name, value in given.items() if value is not None})

    def line_query(self, key: Key, **over: object) -> str:
        """The query string that opens a line."""
        of = f"{key.month:%Y-%m}" if key.month != self.month else None
        return self.query(
            project=key.project,
            batch=key.batch,
            basis=key.basis,
            level=key.level,
            rate=rate_code(key.rate),
            of=of,
            **over,
        )

    @property
    def own_query(self) -> str:
        """The query string of what is shown, without its form."""
        of = f"{self.of:%Y-%m}" if self.of else None
        line = {name: getattr(self, name) or None for name in ("project", "batch", "basis", "rate")}
        return self.query(**line, level=self.level, of=of)


def rate_code(rate: Decimal | None) -> str:
    return NO_RATE if rate is None else plain(rate)


def read_chosen(given: QueryDict, *whose: str) -> Chosen:
    """Raises DomainError for a parameter that there is not, or a value that it cannot have."""
    check_parameters(given, *whose, *LINE, *VIEW)
    month = _month(given, "month") or month_of(timezone.now().date())
    return Chosen(
        month=month,
        team=_number(given, "team"),
        person=_number(given, "person"),
        project=_number(given, "project"),
        batch=_number(given, "batch"),
        basis=_one_of(given, "basis", Basis.values),
        level=_number(given, "level", most=LEVEL_MAX),
        rate=given.get("rate", ""),
        of=_month(given, "of"),
        page=_number(given, "page") or 1,
        form=_one_of(given, "as", (CSV, PRINT)),
        table=given.get("table", ""),
    )


def _number(given: QueryDict, name: str, *, most: int | None = None) -> int | None:
    text = given.get(name, "")
    if not text:
        return None
    is_number = text.isascii() and text.isdecimal() and len(text) <= DIGITS_MOST
    if not is_number or (most is not None and int(text) > most):
        raise _no_such(name)
    return int(text)


def _one_of(given: QueryDict, name: str, values: tuple[str, ...] | list[str]) -> str:
    text = given.get(name, "")
    if text and text not in values:
        raise _no_such(name)
    return text


def _month(given: QueryDict, name: str) -> date | None:
    text = given.get(name, "")
    if not text:
        return None
    try:
        month = date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise _no_such(name) from error
    if len(text) != len("2026-01") or not EARLIEST <= month <= timezone.now().date():
        raise _no_such(name)
    return month


def _no_such(name: str) -> DomainError:
    return DomainError(
        _("“%(name)s” has no such value here.") % {"name": name},
        field=name,
        code="unknown_value",
        hint=_("Open the statement of this month and choose from there."),
    )
