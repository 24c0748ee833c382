"""Reads Parquet by DuckDB, where that is installed: a table whose cells have types.

The row is the number of the row, from 1. DuckDB reads files only: what comes is first copied to a
temporary one. What it holds in memory is bounded, so that groups of very long rows are refused.
"""

import contextlib
import datetime
import decimal
import importlib
import io
import tempfile
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

from labelops.hints import Hint
from labelops.strict_json import StrictJSONError, check
from tasks.formats.csv_rows import header_of
from tasks.formats.items import ImportContext, ItemRecord, Reader, Working
from tasks.formats.parquet import title
from tasks.formats.problems import FileRefused, Problem, RowRefused
from tasks.formats.records import Row
from tasks.formats.table_items import items, needed_columns

BLOCK = 16 * 1024**2
MEMORY = 192 * 1024**2
NUMBER_BYTES = 40
UNREADABLE = Problem("parquet_unreadable", "The Parquet file is damaged or incomplete.")
TOO_LARGE = Problem(
    "parquet_too_large",
    "The row groups of the Parquet file are too large to be read in bounded memory.",
    hint=Hint("Write it with smaller row groups, of 2,000 rows, and without pictures in it."),
)


def read_items(
    stream: BinaryIO, context: ImportContext, after: int
) -> Iterator[ItemRecord | Problem | Working]:
    """The items after that row; bad ones as a Problem. Raises FileRefused."""
    return items(read_rows(stream, context, after=after), context)


def read_rows(
    stream: BinaryIO, context: ImportContext, *, after: int = 0
) -> Iterator[Row | Problem | Working]:
    """The rows after that number; bad ones as a Problem. Raises FileRefused."""
    with tempfile.TemporaryDirectory(prefix="labelops-parquet-") as folder:
        table = Path(folder, "table.parquet")
        for _block in _copy(stream, table):
            yield Working(after)
        with _reading(folder) as connection:
            found = connection.execute(
                "SELECT * FROM read_parquet(?) OFFSET ?", [str(table), after]
            )
            header = header_of([column[0] for column in found.description], needed_columns(context))
            number = after
            while cells := found.fetchone():
                number += 1
                # Who reads in chunks sees by the place in the file how large they become.
                stream.seek(_weight(cells), io.SEEK_CUR)
                yield _row(number, dict(zip(header, cells, strict=True)))
        if not number:
            raise FileRefused(Problem("no_rows", "The table has no rows."))


def _weight(value: Any) -> int:
    """About the bytes that a value takes in memory.

    >>> _weight(["abc", 1, {"a": None}])
    83
    """
    if isinstance(value, str | bytes):
        return len(value)
    if isinstance(value, dict):
        value = value.values()
    elif not isinstance(value, list | tuple):
        return NUMBER_BYTES
    return sum(map(_weight, value))


def count(stream: BinaryIO) -> int:
    """The number of rows, as the file says it; 0 for one that cannot be read."""
    stream.seek(0)
    with (
        contextlib.suppress(FileRefused),
        tempfile.TemporaryDirectory(prefix="labelops-parquet-") as folder,
    ):
        table = Path(folder, "table.parquet")
        for _block in _copy(stream, table):
            continue
        with _reading(folder) as connection:
            query = "SELECT sum(num_rows)::BIGINT FROM parquet_file_metadata(?)"
            [[found]] = connection.execute(query, [str(table)]).fetchall()
            return int(found)
    return 0


def _copy(stream: BinaryIO, table: Path) -> Iterator[None]:
    stream.seek(0)
    with table.open("wb") as copy:
        while block := stream.read(BLOCK):
            copy.write(block)
            yield


@contextlib.contextmanager
def _reading(folder: str) -> Iterator[Any]:
    """A connection of bounded memory that loads nothing from elsewhere. Raises FileRefused."""
    duckdb: Any = importlib.import_module("duckdb")
    settings = {
        # A single thread gives the rows in their order, from one group at a time.
        "threads": 1,
        "memory_limit": f"{MEMORY}B",
        "temp_directory": folder,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    try:
        with duckdb.connect(":memory:", config=settings) as connection:
            yield connection
    except duckdb.OutOfMemoryException as error:
        raise FileRefused(TOO_LARGE) from error
    except (duckdb.Error, UnicodeDecodeError, ValueError, OverflowError) as error:
        raise FileRefused(UNREADABLE) from error


def _row(number: int, cells: dict[str, Any]) -> Row | Problem:
    fields = {}
    for name, cell in cells.items():
        try:
            value = _plain(cell)
            check(value)
        except StrictJSONError as error:
            problem = Problem(error.code, "{reason}", params={"reason": error.message})
            return problem.at(row=number, field=name)
        except RowRefused as error:
            return error.problem.at(row=number, field=name)
        # As in a CSV, where nothing is an empty cell.
        fields[name] = "" if value is None else value
    return Row(number, fields)


def _plain(cell: Any) -> Any:
    """A cell as JSON has it. Raises RowRefused for bytes.

    >>> _plain([decimal.Decimal("1.50"), datetime.date(2026, 1, 2), None])
    [1.5, '2026-01-02', None]
    """
    match cell:
        case None | bool() | int() | float() | str():
            return cell
        case decimal.Decimal():
            return int(cell) if cell == cell.to_integral_value() else float(cell)
        case datetime.date() | datetime.time():
            return cell.isoformat()
        case datetime.timedelta() | uuid.UUID():
            return str(cell)
        case list() | tuple():
            return [_plain(entry) for entry in cell]
        case dict():
            return {str(key): _plain(entry) for key, entry in cell.items()}
    raise RowRefused(
        Problem(
            "binary_cell",
            "The cell holds bytes, or what JSON has no place for.",
            hint=Hint("Send pictures in a ZIP, and name them in the table."),
        )
    )


reader = Reader(title, ("text", "image"), read_items, measure=count, counts_rows=True)
