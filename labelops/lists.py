"""Lists that stay quick however long they are: pages by key, filters from a closed list."""

from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from django.core import signing
from django.db.models import IntegerField, Model, QuerySet, Subquery
from django.http import QueryDict
from django.utils.translation import gettext as _

from labelops.errors import DomainError

CURSOR = "cursor"
SALT = "labelops.lists"
PAGE_SIZE = 50
SHOWN_LENGTH = 80


class BoundedCount(Subquery):
    """How many rows a sliced query has, as a column."""

    template = "(SELECT COUNT(*) FROM (%(subquery)s) AS bounded)"
    output_field = IntegerField()


@dataclass(frozen=True)
class Page:
    """One page of rows; `next_cursor` is empty on the last one."""

    rows: list[Any]
    next_cursor: str = ""
    is_first: bool = True
    # It ended before it was full, as enough had been looked at; others may follow.
    is_cut: bool = False


def check_parameters(given: QueryDict, *known: str) -> None:
    """Raises DomainError for a parameter that is unknown or given twice."""
    allowed = {CURSOR, *known}
    for name, values in given.lists():
        if name not in allowed:
            near = get_close_matches(name, allowed, n=1)
            raise DomainError(
                _("There is no filter “%(name)s” here.") % {"name": name[:SHOWN_LENGTH]},
                code="unknown_parameter",
                field=name[:SHOWN_LENGTH],
                hint=_("Did you mean “%(name)s”?") % {"name": near[0]} if near else None,
            )
        if len(values) > 1:
            raise DomainError(
                _("“%(name)s” is given twice.") % {"name": name},
                code="repeated_parameter",
                field=name,
            )


def number_or_none(text: str, *, digits: int = 18) -> int | None:
    """A whole number as an address names it; None for what is none, or no database could hold."""
    is_number = text.isascii() and text.isdecimal() and len(text) <= digits
    return int(text) if is_number else None


def keyset_page(
    rows: QuerySet[Model],
    cursor: str = "",
    *,
    size: int = PAGE_SIZE,
    newest_first: bool = False,
    key: str = "pk",
) -> Page:
    """The rows after the cursor, by a number that no two have. DomainError for a forged cursor."""
    rows = rows.order_by(f"-{key}" if newest_first else key)
    if cursor:
        rows = rows.filter(**{f"{key}__{'lt' if newest_first else 'gt'}": read_cursor(cursor)})
    found = list(rows[: size + 1])
    shown = found[:size]
    following = cursor_after(getattr(shown[-1], key)) if len(found) > size else ""
    return Page(shown, following, is_first=not cursor)


def cursor_after(number: int) -> str:
    return signing.dumps(number, salt=SALT)


def read_cursor(cursor: str) -> int:
    """The number that the page before ended with. DomainError for a forged cursor."""
    try:
        return int(signing.loads(cursor, salt=SALT))
    except (signing.BadSignature, ValueError, TypeError) as error:
        raise forged_cursor() from error


def forged_cursor() -> DomainError:
    return DomainError(
        _("This page marker is not one that was handed out here."),
        code="bad_cursor",
        field=CURSOR,
        hint=_("Begin at the first page again."),
    )
