"""Locking a row that somebody may have deleted since it was looked at."""

from typing import TypeVar

from django.db.models import Model, QuerySet
from django.utils.translation import gettext as _

from labelops.errors import Conflict

Row = TypeVar("Row", bound=Model)


def locked(rows: QuerySet[Row], pk: int) -> Row:
    """The row, until the transaction ends. Raises Conflict when it is gone."""
    found = rows.select_for_update(of=("self",)).filter(pk=pk).first()
    if found is None:
        raise Conflict(_("Somebody has deleted this meanwhile."), code="gone")
    return found
