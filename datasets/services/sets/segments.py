"""The items of a segment."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from datasets.models import Segment
from datasets.services.item_sets import QueriedItems, SetKind
from datasets.services.segments import items_of
from datasets.services.sets.reading import number_or_none
from labelops.errors import DomainError
from tasks.models import Project


def read_segment(project: Project, given: Mapping[str, str]) -> QueriedItems:
    """`segment`: its number."""
    segment = Segment.objects.filter(
        project=project, pk=number_or_none(given.get("segment", ""))
    ).first()
    if segment is None:
        raise DomainError(_("There is no such segment."), code="unknown_value", field="segment")
    # Counting a live one may cost more than all else on a page.
    return QueriedItems(project, segment.name, items_of(segment), known_count=segment.item_count)


SEGMENT = SetKind(("segment",), read_segment)
