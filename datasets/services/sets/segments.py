"""The items of a segment."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from datasets.models import Segment
from datasets.services.item_sets import AskedItems, ItemSet, QueriedItems, SetKind
from datasets.services.segments import items_of
from datasets.services.sets.reading import number_or_none
from labelops.errors import DomainError
from tasks.models import Project


def read_segment(project: Project, given: Mapping[str, str]) -> ItemSet:
    """`segment`: its number. Raises DomainError."""
    return set_of(find_segment(project, given))


def find_segment(project: Project, given: Mapping[str, str]) -> Segment:
    segment = Segment.objects.filter(
        project=project, pk=number_or_none(given.get("segment", ""))
    ).first()
    if segment is None:
        raise DomainError(
            _("There is no such segment."),
            code="unknown_value",
            field="segment",
            hint=_("It may have been deleted. “Segments” lists those that are there."),
        )
    segment.project = project
    return segment


def segment_of(project: Project, given: Mapping[str, str]) -> Segment | None:
    """What an address names, if it names a segment; whose set has been read, so it is there."""
    return find_segment(project, given) if given.get("set") == "segment" else None


def set_of(segment: Segment) -> ItemSet:
    """How many a live one has nobody knows: its conditions have to be asked of each item."""
    of_kind = AskedItems if segment.is_live else QueriedItems
    rows = items_of(segment)
    return of_kind(segment.project, segment.name, rows, known_count=segment.item_count)


SEGMENT = SetKind(("segment",), read_segment)
