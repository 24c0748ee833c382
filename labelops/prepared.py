"""Querysets of the hot paths, compiled once per process instead of at every call.

Django builds and compiles a queryset anew each time, which costs several times what PostgreSQL
needs to answer (bench/README.md). A prepared query is an ordinary queryset, written by a function
of named values; it is compiled with stand-ins for the values, which are replaced at each call.
"""

import uuid
from collections.abc import Callable
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import connection, models
from django.db.models.query import get_related_populators

from labelops.prepared_cursor import prepared_cursor

Row = TypeVar("Row", bound=models.Model)
FIRST_NUMBER = 7_100_000_000_000
Values = dict[str, Any]


class PreparedQuery(Generic[Row]):
    """`build(**values)` must filter by each value as it is: no arithmetic, no branching on it.

    Values are whole numbers, texts, UUIDs, datetimes, None, or lists of texts; what depends on
    whether a value is None, or on the length of a list, is compiled apart.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Row]]) -> None:
        self.build = build
        self.compiled: dict[tuple[Any, ...], _Compiled] = {}

    def fetch(self, **values: Any) -> list[Row]:
        shape = tuple((name, _shape(value)) for name, value in values.items())
        key = (connection.alias, connection.vendor, *shape)
        if key not in self.compiled:
            self.compiled[key] = _Compiled(self.build, values)
        return self.compiled[key].fetch(values)


class _Compiled:
    """The SQL of one shape, where its values go, and how its rows become model instances."""

    def __init__(self, build: Callable[..., models.QuerySet[Any]], values: Values) -> None:
        stand_ins = _stand_ins(values)
        query = build(**stand_ins).query
        compiler = query.get_compiler(connection=connection)
        self.sql, parameters = compiler.as_sql()
        places = {_adapted(stand_in): place for place, stand_in in _flat(stand_ins).items()}
        self.parameters = [
            (places[parameter], None)
            if isinstance(parameter, str | int | uuid.UUID | datetime) and parameter in places
            else (None, parameter)
            for parameter in parameters
        ]
        columns = [expression for expression, _sql, _alias in compiler.select]
        self.compiler = compiler
        self.converters = compiler.get_converters(columns)
        info = compiler.klass_info
        self.model = info["model"]
        self.first, self.last = info["select_fields"][0], info["select_fields"][-1] + 1
        self.names = [column.target.attname for column in columns[self.first : self.last]]
        self.populators = get_related_populators(info, compiler.select, connection.alias)
        self.annotations = compiler.annotation_col_map

    def fetch(self, values: Values) -> list[Any]:
        given = {place: _adapted(value) for place, value in _flat(values).items()}
        parameters = [
            constant if place is None else given[place] for place, constant in self.parameters
        ]
        with prepared_cursor() as cursor:
            cursor.execute(self.sql, parameters)
            rows = cursor.fetchall()
        converted = self.compiler.apply_converters(rows, self.converters)
        return [self._instance(row) for row in (converted if self.converters else rows)]

    def _instance(self, row: Any) -> Any:
        made = self.model.from_db(connection.alias, self.names, row[self.first : self.last])
        for populator in self.populators:
            populator.populate(row, made)
        for name, position in self.annotations.items():
            setattr(made, name, row[position])
        return made


def _shape(value: Any) -> Any:
    return len(value) if isinstance(value, list) else value is None


def _flat(values: Values) -> dict[tuple[str, int], Any]:
    flat: dict[tuple[str, int], Any] = {}
    for name, value in values.items():
        items = value if isinstance(value, list) else [value]
        flat |= {(name, position): item for position, item in enumerate(items)}
    return flat


def _stand_ins(values: Values) -> Values:
    number = FIRST_NUMBER

    def stand_in(value: Any) -> Any:
        nonlocal number
        number += 1
        if isinstance(value, uuid.UUID):
            return uuid.UUID(int=number)
        if isinstance(value, datetime):
            return datetime(1901, 1, 1, microsecond=number - FIRST_NUMBER, tzinfo=value.tzinfo)
        return f"stand-in {number}" if isinstance(value, str) else number

    return {
        name: [stand_in(item) for item in value]
        if isinstance(value, list)
        else (None if value is None else stand_in(value))
        for name, value in values.items()
    }


def _adapted(value: Any) -> Any:
    """The value as a compiled query holds it."""
    if isinstance(value, uuid.UUID):
        return value if connection.features.has_native_uuid_field else value.hex
    if isinstance(value, datetime):
        return connection.ops.adapt_datetimefield_value(value)
    return value
