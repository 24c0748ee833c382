"""Parquet, written by DuckDB where that is installed: the columns of the CSV, and the answer.

DuckDB is an optional dependency (`pip install duckdb`). The rows go through temporary files of
JSON lines, in slices: a few thousand long rows at once would not fit into memory.
"""

import importlib
import importlib.util
import itertools
import json
import shutil
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import Any, BinaryIO

from tasks.formats.carrying import Carries, control_types
from tasks.formats.csv_labels import columns, values
from tasks.formats.records import ExportContext, ExportRecord, Written

title = "Parquet"
media_type = "application/vnd.apache.parquet"
extension = "parquet"
carries = Carries(item_data=False)
TYPES = {
    "confidence": "DOUBLE",
    "instruction_version": "BIGINT",
    "stale_since_version": "BIGINT",
    "annotations": "BIGINT",
}
# Together they bound the memory: DuckDB holds what it reads and one group of rows.
SLICE_BYTES = 4 * 1024 * 1024
GROUP_ROWS, GROUP_BYTES = 2_048, "8MB"
SHORTEST_LIMIT = 1024 * 1024
BASE_MEMORY = 128 * 1024 * 1024
LINES_IN_MEMORY = 12


def is_available() -> bool:
    """Whether DuckDB is installed; it is loaded only when a file is written."""
    return importlib.util.find_spec("duckdb") is not None


def refusal(context: ExportContext) -> str | None:
    """Why this project cannot be written in this format."""
    return None


def write(records: Iterable[ExportRecord], stream: BinaryIO, context: ExportContext) -> Written:
    """A row for each stored label; objects, several choices and the whole answer are JSON texts."""
    types = column_types(context)
    with tempfile.TemporaryDirectory(prefix="labelops-parquet-") as folder:
        table = Path(folder, "table.parquet")
        rows = (_line(record, context, types) for record in records)
        longest = _write_slices(rows, Path(folder))
        _convert(Path(folder), table, types, max(longest + 1, SHORTEST_LIMIT))
        with table.open("rb") as finished:
            shutil.copyfileobj(finished, stream)
    return Written()


def _line(record: ExportRecord, context: ExportContext, types: dict[str, str]) -> bytes:
    cells = [*values(record, context), record.answer]
    row = dict(zip(types, map(_cell, cells), strict=True))
    return json.dumps(row, ensure_ascii=False).encode() + b"\n"


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def _write_slices(lines: Iterable[bytes], folder: Path) -> int:
    """Files of a few megabytes, in the order of their names; returns the longest line's length."""
    longest, rest = 0, iter(lines)
    for number in itertools.count():
        with (folder / f"{number:09}.jsonl").open("wb") as rows:
            for line in rest:
                longest = max(longest, len(line))
                rows.write(line)
                if rows.tell() >= SLICE_BYTES:
                    break
            else:
                break
    return longest


def column_types(context: ExportContext) -> dict[str, str]:
    """The columns in order: numbers as numbers, all else as text.

    >>> stars = {"name": "stars", "type": "rating"}
    >>> list(column_types(ExportContext("p", "image", [{"controls": [stars]}])).items())[:3]
    [('item', 'VARCHAR'), ('batch', 'VARCHAR'), ('stars', 'BIGINT')]
    """
    ratings = {name for name, types in control_types(context).items() if set(types) == {"rating"}}
    numbers = dict.fromkeys(ratings, "BIGINT") | TYPES
    names = columns(context, "answer")
    return {name: numbers.get(name, "VARCHAR") for name in names} | {"answer": "VARCHAR"}


def _convert(folder: Path, table: Path, types: dict[str, str], line_limit: int) -> None:
    """The slices as one table. A single thread keeps them in order, though none is promised."""
    duckdb: Any = importlib.import_module("duckdb")
    settings = {
        "threads": 1,
        "memory_limit": f"{BASE_MEMORY + LINES_IN_MEMORY * line_limit}B",
        "temp_directory": str(folder),
        # Only without this promise does it look at the bytes of a group.
        "preserve_insertion_order": False,
    }
    with duckdb.connect(":memory:", config=settings) as connection:
        rows = connection.read_json(
            str(folder / "*.jsonl"),
            columns=types,
            format="newline_delimited",
            maximum_object_size=line_limit,
        )
        rows.write_parquet(
            str(table),
            compression="zstd",
            row_group_size=GROUP_ROWS,
            row_group_size_bytes=GROUP_BYTES,
        )
