"""Items that somebody named one by one."""

import uuid
from collections.abc import Mapping

from django.utils.translation import gettext as _

from datasets.services.item_sets import QueriedItems, SetKind
from labelops.errors import DomainError
from tasks.models import Item, Project

NAMED_MOST = 100


def read_items(project: Project, given: Mapping[str, str]) -> QueriedItems:
    """`ids`: public ids with commas between them."""
    try:
        ids = {uuid.UUID(text) for text in given.get("ids", "").split(",", NAMED_MOST)}
    except ValueError as error:
        raise DomainError(
            _("Name up to %(most)d items by their ids, with commas between them.")
            % {"most": NAMED_MOST},
            code="unknown_value",
            field="ids",
        ) from error
    rows = Item.objects.filter(project=project, public_id__in=ids)
    return QueriedItems(project, _("Chosen items"), rows, known_count=rows.count())


ITEMS = SetKind(("ids",), read_items)
