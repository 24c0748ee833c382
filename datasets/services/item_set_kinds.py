"""All kinds of item sets, and how one is read from an address."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from datasets.services.item_sets import ItemSet, SetKind
from datasets.services.sets.campaigns import CAMPAIGN
from datasets.services.sets.items import ITEMS
from labelops.errors import DomainError
from tasks.models import Project

# The parameter of the address that names the kind.
SET = "set"
KINDS: dict[str, SetKind] = {
    "items": ITEMS,
    "campaign": CAMPAIGN,
}


def read_item_set(project: Project, given: Mapping[str, str]) -> ItemSet:
    """The set that an address names. Raises DomainError for one that cannot be."""
    return _kind(given).read(project, query_of(given))


def query_of(given: Mapping[str, str]) -> dict[str, str]:
    """The part of an address that names a set: it can be kept, and read again later."""
    names = (SET, *_kind(given).parameters)
    return {name: given[name] for name in names if given.get(name)}


def _kind(given: Mapping[str, str]) -> SetKind:
    kind = KINDS.get(given.get(SET, ""))
    if kind is None:
        raise DomainError(_("There is no such set of items."), code="unknown_value", field=SET)
    return kind
