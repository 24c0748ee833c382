"""Which items of the project the records of a file stand for."""

from collections.abc import Iterable

from django.db.models import QuerySet

from tasks.formats.items import Content, ItemRecord
from tasks.formats.problems import RowRefused
from tasks.models import Item, Transfer
from tasks.services.item_intake import content_digest


def find_items(
    transfer: Transfer, records: Iterable[ItemRecord], items: QuerySet[Item]
) -> dict[int, Item]:
    """The items by the rows of their records, of those that `items` has; others are missing.

    An item is that of a record when its id is, and its content, as far as the file gives one.
    """
    records = list(records)
    ids = [name for record in records for name in record.ids]
    named = items.filter(project=transfer.project_id, external_id__in=ids)
    known = {item.external_id: item for item in named}
    found = {}
    for record in records:
        item = next((known[name] for name in record.ids if name in known), None)
        if item and _is_same(transfer, record, item):
            found[record.row] = item
    return found


def _is_same(transfer: Transfer, record: ItemRecord, item: Item) -> bool:
    if record.content != Content.GIVEN:
        return True
    if (item.transfer_id, item.import_row) == (transfer.pk, record.row):
        return True
    try:
        return content_digest(record) == item.sha256
    except RowRefused:
        return False
