"""Removes rows with all that hangs on them, in the order of the foreign keys.

The order is read from the models, so that a new one is never forgotten: what points at a row goes
before it, in chunks. Killed anywhere, it finds the rest when it is called again.
"""

from collections.abc import Iterator, Sequence

from django.db import models
from django.db.models.fields.related import ForeignObjectRel

CHUNK = 500
# What is never removed, and what it points at with it: apps above say so here.
kept_models: set[type[models.Model]] = set()


def remove(model: type[models.Model], ids: Sequence[int]) -> None:
    """Remove some rows of a model. The caller bounds their number."""
    remove_below(model, ids)
    for relation in pointing_at(model):
        if relation.related_model in kept_models:
            name = relation.field.name
            kept = relation.related_model._base_manager.filter(**{f"{name}__in": ids})
            ids = sorted({*ids} - {*kept.values_list(name, flat=True)})
    # Whatever was added meanwhile ends this with an error, and the next run takes it along.
    model._base_manager.filter(pk__in=ids).delete()


def remove_below(model: type[models.Model], ids: Sequence[int]) -> None:
    """Remove what points at the rows, not the rows themselves."""
    for relation in pointing_at(model):
        child = relation.related_model
        if child in kept_models:
            continue
        rows = child._base_manager.filter(**{f"{relation.field.name}__in": ids})
        if relation.on_delete is models.SET_NULL:
            rows.update(**{relation.field.name: None})
            continue
        last, ids_of = 0, rows.order_by("pk").values_list("pk", flat=True)
        # By key, since some of them may stay.
        while chunk := list(ids_of.filter(pk__gt=last)[:CHUNK]):
            remove(child, chunk)
            last = chunk[-1]


def pointing_at(model: type[models.Model]) -> Iterator[ForeignObjectRel]:
    """The foreign keys of other rows to rows of this model, hidden ones and those of lists too."""
    for relation in model._meta.get_fields(include_hidden=True):
        is_key = relation.auto_created and (relation.one_to_many or relation.one_to_one)
        # A note of a change has no key in the database: whoever reads it finds no row, and goes on.
        if is_key and relation.on_delete is not models.DO_NOTHING:
            yield relation
