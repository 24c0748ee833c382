"""Single-row writes of the hot paths, their SQL made once per process: see `prepared`.

No signals are sent and no `save()` is called: for models that have neither.
"""

from functools import lru_cache
from typing import Any

from django.db import connection, models

from labelops.prepared_cursor import prepared_cursor


def insert(instance: models.Model) -> None:
    """Store a new row, and give the instance its id."""
    statement, fields = _insert(type(instance), connection.vendor)
    with prepared_cursor() as cursor:
        cursor.execute(statement, [_stored(field, instance, add=True) for field in fields])
        [instance.pk] = cursor.fetchone()
    instance._state.adding = False
    instance._state.db = connection.alias


def save_fields(instance: models.Model, *names: str) -> None:
    """Store these fields of a row that exists."""
    statement, fields = _update(type(instance), names, connection.vendor)
    with prepared_cursor() as cursor:
        values = [_stored(field, instance, add=False) for field in fields]
        cursor.execute(statement, [*values, instance.pk])


def add_to(model: type[models.Model], where: dict[str, int], **changes: int) -> int:
    """Add to the numbers of the rows whose columns are as `where` says. Returns how many."""
    statement = _addition(model, tuple(where), tuple(changes), connection.vendor)
    with prepared_cursor() as cursor:
        cursor.execute(statement, [*changes.values(), *where.values()])
        return int(cursor.rowcount)


def _stored(field: models.Field, instance: models.Model, *, add: bool) -> Any:
    return field.get_db_prep_save(field.pre_save(instance, add), connection)


Statement = tuple[str, tuple[models.Field, ...]]


@lru_cache(maxsize=256)
def _insert(model: type[models.Model], vendor: str) -> Statement:
    fields = tuple(field for field in model._meta.concrete_fields if not field.primary_key)
    columns = ", ".join(_quoted(field.column) for field in fields)
    marks = ", ".join(["%s"] * len(fields))
    key = _quoted(model._meta.pk.column)
    table = _quoted(model._meta.db_table)
    return f"INSERT INTO {table} ({columns}) VALUES ({marks}) RETURNING {key}", fields


@lru_cache(maxsize=256)
def _update(model: type[models.Model], names: tuple[str, ...], vendor: str) -> Statement:
    fields = tuple(model._meta.get_field(name) for name in names)
    changes = ", ".join(f"{_quoted(field.column)} = %s" for field in fields)
    key = _quoted(model._meta.pk.column)
    return f"UPDATE {_quoted(model._meta.db_table)} SET {changes} WHERE {key} = %s", fields


@lru_cache(maxsize=256)
def _addition(
    model: type[models.Model], where: tuple[str, ...], names: tuple[str, ...], vendor: str
) -> str:
    columns = [_quoted(model._meta.get_field(name).column) for name in names]
    changes = ", ".join(f"{column} = {column} + %s" for column in columns)
    conditions = " AND ".join(
        f"{_quoted(model._meta.get_field(name).column)} = %s" for name in where
    )
    return f"UPDATE {_quoted(model._meta.db_table)} SET {changes} WHERE {conditions}"


def _quoted(name: str) -> str:
    return connection.ops.quote_name(name)
