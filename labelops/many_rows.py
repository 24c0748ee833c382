"""Many rows in and out, the fastest way that the database has: PostgreSQL's COPY.

No models are made and no signals are sent.
"""

import functools
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import orjson
from django.db import connection, connections, models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.sql.compiler import SQLCompiler

from labelops.prepared_cursor import prepared_cursor

Converter = Callable[[Any], Any]


def insert_rows(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Each row has a value for each of the fields; a foreign key is given as its id.

    Other fields get their defaults; what is set when a row is saved has none, and must be named.
    Raises IntegrityError, after which the transaction is of no more use.
    """
    named = [model._meta.get_field(name) for name in names]
    others = [field for field in model._meta.concrete_fields if _has_default(field, named)]
    fields = [*named, *others]
    table = connection.ops.quote_name(model._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(field.column) for field in fields)
    converters = [(place, made) for place, field in enumerate(fields) if (made := _made(field))]
    whole = ([*row, *(field.get_default() for field in others)] for row in rows)
    values = (_converted(row, converters) for row in whole)
    with connection.cursor() as cursor:
        if connection.vendor != "postgresql":
            marks = ", ".join(["%s"] * len(fields))
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", values)
            return
        statement = f"COPY {table} ({columns}) FROM STDIN"
        # The driver's own cursor, whose errors Django knows only here.
        with connection.wrap_database_errors, cursor.cursor.copy(statement) as copy:
            for row in values:
                copy.write_row(row)


def update_rows(
    model: type[models.Model], names: Sequence[str], rows: Iterable[Sequence[Any]]
) -> None:
    """Each row has a value for each of the fields, and at its end the id of the row it changes."""
    fields = [model._meta.get_field(name) for name in names]
    quoted = connection.ops.quote_name
    changes = ", ".join(f"{quoted(field.column)} = %s" for field in fields)
    converters = [(place, made) for place, field in enumerate(fields) if (made := _made(field))]
    statement = f"UPDATE {quoted(model._meta.db_table)} SET {changes} WHERE id = %s"
    values = [_converted(list(row), converters) for row in rows]
    if values:
        with prepared_cursor() as cursor:
            cursor.executemany(statement, values)


class Among(models.Lookup):
    """`in` for very many texts or whole numbers: one parameter, where each would be one of its own.

    Django and the driver look at each parameter for longer than the database looks for its row.
    """

    prepare_rhs = False

    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        values = orjson.dumps(self.rhs).decode()
        return f"{column} IN (SELECT value FROM json_each(%s))", [*parameters, values]

    def as_postgresql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, list[Any]]:
        column, parameters = self.process_lhs(compiler, connection)
        # Named, as an index is of no use for the smaller type that the driver would choose.
        is_text = isinstance(self.lhs.output_field, models.CharField | models.TextField)
        kind = "text" if is_text else "bigint"
        return f"{column} = ANY(%s::{kind}[])", [*parameters, self.rhs]


def _has_default(field: models.Field, named: Sequence[models.Field]) -> bool:
    is_set_by_database = field.primary_key or (field.null and not field.has_default())
    return field not in named and not is_set_by_database


def _made(field: models.Field) -> Converter | None:
    """What the database's driver does not know how to send by itself."""
    if isinstance(field, models.JSONField):
        return _as_json
    if connection.vendor == "postgresql":
        return None
    if isinstance(field, models.UUIDField):
        return _as_hex
    if isinstance(field, models.DateTimeField):
        # Rows that come together were often made at the same time.
        return functools.lru_cache(maxsize=16)(
            functools.partial(field.get_db_prep_save, connection=connection)
        )
    return None


def _as_json(value: Any) -> str | None:
    return None if value is None else orjson.dumps(value).decode()


def _as_hex(value: uuid.UUID) -> str:
    return value.hex


def _converted(row: list[Any], converters: list[tuple[int, Converter]]) -> list[Any]:
    for place, convert in converters:
        row[place] = convert(row[place])
    return row


def reserve_ids(model: type[models.Model], count: int) -> list[int]:
    """The ids of so many new rows, which others will point at. Call it in a transaction.

    Insert the rows before asking again: on SQLite, where nobody else writes meanwhile, an id is
    taken only by its row.
    """
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # Materialized: the sequence is looked up once and not for each row.
            cursor.execute(
                "WITH known AS MATERIALIZED "
                "(SELECT pg_get_serial_sequence(%s, %s)::regclass AS ids) "
                "SELECT nextval(ids) FROM known, generate_series(1, %s)",
                [connection.ops.quote_name(table), model._meta.pk.column, count],
            )
            return [row[0] for row in cursor]
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        [last] = cursor.fetchone() or [0]
        return list(range(last + 1, last + 1 + count))


# The types of PostgreSQL that come as something else than text.
LOADED = {"integer": "int8", "bigint": "int8", "smallint": "int8", "double precision": "float8"}


def read_rows(rows: models.QuerySet[Any, Any], *, using: str) -> Iterator[tuple[Any, ...]]:
    """What a queryset of `values_list` gives, while the database still looks for the rest.

    Columns are texts, whole numbers or floats; anything else is cast to text by the caller. Until
    the last row nothing else can be asked of the connection.
    """
    reading = connections[using]
    if reading.vendor != "postgresql":
        yield from rows.iterator(chunk_size=2_000)
        return
    compiler = rows.query.get_compiler(using)
    statement, parameters = compiler.as_sql()
    kinds = [column.output_field.db_type(reading) for column, *_rest in compiler.select]
    with reading.cursor() as wrapped:
        cursor = wrapped.cursor
        text = cursor.mogrify(statement, parameters)
        with reading.wrap_database_errors, cursor.copy(f"COPY ({text}) TO STDOUT") as copy:
            copy.set_types([LOADED.get(kind, "text") for kind in kinds])
            yield from copy.rows()
