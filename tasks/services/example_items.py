"""The items behind the examples of a text: they belong to the project, or they are not shown."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from labelops.errors import DomainError
from tasks.blocks import Block
from tasks.models import Item, Project


def example_items(project: Project, blocks: Iterable[Block]) -> dict[str, Item]:
    """The items that the examples of these blocks name, by public id, in one query."""
    ids = {example["item"] for block in blocks for example in block.get("examples", [])}
    if not ids:
        return {}
    found = Item.objects.filter(project=project, public_id__in=ids)
    return {str(item.public_id): item for item in found}


def require_own_items(project: Project, blocks: Iterable[Block]) -> None:
    """Raise DomainError when an example names an item that the project does not have."""
    blocks = list(blocks)
    known = example_items(project, blocks)
    for block in blocks:
        for example in block.get("examples", []):
            if example["item"] not in known:
                raise DomainError(
                    _("An example names an item that this project does not have."),
                    code="no_such_item",
                    field=f"blocks.{block['id']}.examples",
                )
