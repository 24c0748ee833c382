"""The items of a segment."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from datasets.models import Segment
from datasets.services.item_sets import QueriedItems, SetKind
from datasets.services.segments import items_of
from labelops.errors import DomainError
from tasks.models import Project

DIGITS_MOST = 18


def read_segment(project: Project, given: Mapping[str, str]) -> QueriedItems:
    """`segment`: its number."""
    segment = Segment.objects.filter(project=project, pk=number_of(given, "segment")).first()
    if segment is None:
        raise DomainError(_("There is no such segment."), code="unknown_value", field="segment")
    # Counting a live one may cost more than all else on a page.
    return QueriedItems(project, segment.name, items_of(segment), known_count=segment.item_count)


def number_of(given: Mapping[str, str], name: str) -> int | None:
    text = given.get(name, "")
    is_number = text.isascii() and text.isdecimal() and len(text) <= DIGITS_MOST
    return int(text) if is_number else None


SEGMENT = SetKind(("segment",), read_segment)
