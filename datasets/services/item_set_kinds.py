"""All kinds of item sets, and how one is read from an address."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from datasets.services.item_sets import ItemSet, SetKind
from datasets.services.sets.campaigns import CAMPAIGN
from datasets.services.sets.causes import CAUSE, CAUSE_NEIGHBOURS
from datasets.services.sets.cells import CELL
from datasets.services.sets.compared import COMPARED
from datasets.services.sets.entries import ENTRIES
from datasets.services.sets.evaluated import EVALUATED
from datasets.services.sets.items import ITEMS
from datasets.services.sets.marked import EDIT, QUESTION, TAG
from datasets.services.sets.scenarios import SCENARIO
from datasets.services.sets.segments import SEGMENT
from datasets.services.sets.slices import SLICE
from datasets.services.sets.vectors import CLUSTER, DUPLICATES, OUTLIERS, SELECTION, SIMILAR
from labelops.errors import DomainError
from tasks.models import Project

# The parameter of the address that names the kind.
SET = "set"
KINDS: dict[str, SetKind] = {
    "items": ITEMS,
    "cell": CELL,
    "compared": COMPARED,
    "split": ENTRIES,
    "tag": TAG,
    "question": QUESTION,
    "edit": EDIT,
    "similar": SIMILAR,
    "outliers": OUTLIERS,
    "duplicates": DUPLICATES,
    "cluster": CLUSTER,
    "selection": SELECTION,
    "segment": SEGMENT,
    "slice": SLICE,
    "scenario": SCENARIO,
    "evaluated": EVALUATED,
    "cause": CAUSE,
    "cause_neighbours": CAUSE_NEIGHBOURS,
    "campaign": CAMPAIGN,
}


def read_item_set(project: Project, given: Mapping[str, str]) -> ItemSet:
    """The set that an address names. Raises DomainError for one that cannot be."""
    return _kind(given).read(project, query_of(given))


def query_of(given: Mapping[str, str]) -> dict[str, str]:
    """The part of an address that names a set: it can be kept, and read again later."""
    return {name: given[name] for name in parameters_of(given) if given.get(name)}


def parameters_of(given: Mapping[str, str]) -> tuple[str, ...]:
    """The names by which a set of this kind is addressed. Raises DomainError for no such kind."""
    return (SET, *_kind(given).parameters)


def _kind(given: Mapping[str, str]) -> SetKind:
    kind = KINDS.get(given.get(SET, ""))
    if kind is None:
        raise DomainError(_("There is no such set of items."), code="unknown_value", field=SET)
    return kind
