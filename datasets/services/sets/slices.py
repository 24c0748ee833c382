"""The items of a slice that was found."""

from collections.abc import Mapping

import numpy as np
from django.utils.translation import gettext as _

from datasets.models import SliceFinding
from datasets.reports.slice_words import title_of
from datasets.services.item_sets import Member, RankedItems, SetKind
from datasets.services.sets.reading import number_or_none
from labelops.errors import DomainError
from tasks.models import Project


def find_slice(project: Project, given: Mapping[str, str]) -> SliceFinding:
    """`finding`: its number. Raises DomainError."""
    rows = SliceFinding.objects.filter(search__evaluation__project=project)
    found = rows.select_related("search__evaluation__project").filter(
        pk=number_or_none(given.get("finding", ""))
    )
    if (finding := found.first()) is None:
        raise DomainError(_("There is no such slice."), code="unknown_value", field="finding")
    return finding


def read_slice(project: Project, given: Mapping[str, str]) -> RankedItems:
    finding = find_slice(project, given)
    evaluation = finding.search.evaluation
    ids = np.frombuffer(finding.packed_items, dtype="<i8").tolist()
    members = [Member(item_id) for item_id in ids]
    return RankedItems(project, title_of(evaluation, finding), members, evaluation)


SLICE = SetKind(("finding",), read_slice)
