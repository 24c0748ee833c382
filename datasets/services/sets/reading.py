"""What the kinds of sets share in reading an address."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from labelops.errors import DomainError
from labelops.lists import number_or_none


def refused(field: str) -> DomainError:
    return DomainError(
        _("There is no such set of items."),
        code="unknown_value",
        field=field,
        hint=_("What it is of may have been deleted. “Datasets” leads to what is there."),
    )


def whole_number(given: Mapping[str, str], name: str) -> int:
    """Raises DomainError for what is none."""
    number = number_or_none(given.get(name, ""))
    if number is None:
        raise refused(name)
    return number


def short_text(given: Mapping[str, str], name: str, limit: int) -> str:
    """Empty where it is not given. Raises DomainError for what no such text can be."""
    text = given.get(name, "")
    if len(text) > limit or "\x00" in text:
        raise refused(name)
    return text
