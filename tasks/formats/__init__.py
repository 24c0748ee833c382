"""The formats of imports and exports, one file each; a new one is a file, a test and a line here.

PURE: nothing here knows of databases, and memory never grows with the size of a file.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from types import ModuleType
from typing import BinaryIO, TypeVar

from tasks.formats import (
    coco,
    conll,
    csv_labels,
    csv_raw,
    csv_rows,
    json_array,
    jsonl,
    label_studio,
    parquet,
    voc,
    yolo,
    zip_images,
)
from tasks.formats.problems import Problem, RowRefused
from tasks.formats.records import (
    ID_NAMES,
    ItemRecord,
    LabelRecord,
    Row,
    item_record,
    label_record,
)
from tasks.formats.sniffing import detect

# Re-exported: where everybody begins with a file.
__all__ = ["ITEM_TYPE_OF", "WRITERS", "chunks", "detect", "measure", "read_items", "read_labels"]

Record = TypeVar("Record")
WRITERS: dict[str, ModuleType] = {
    "jsonl": jsonl,
    "json": json_array,
    "csv": csv_labels,
    "csv-raw": csv_raw,
    "coco": coco,
    "yolo": yolo,
    "voc": voc,
    "conll": conll,
    "label-studio": label_studio,
    **({"parquet": parquet} if parquet.is_available() else {}),
}
ITEM_TYPE_OF = {"csv": "text", "jsonl": "text", "zip": "image"}


def measure(format_name: str, stream: BinaryIO) -> int:
    """How much there is to read: entries of a ZIP, bytes of anything else."""
    if format_name == "zip":
        return zip_images.count(stream)
    size = stream.seek(0, 2)
    stream.seek(0)
    return size


def read_items(
    format_name: str, stream: BinaryIO, *, after: int = 0
) -> Iterator[ItemRecord | Problem]:
    """The items of a file whose format was detected, from the row after `after` on."""
    if format_name == "zip":
        return zip_images.read_items(stream, after=after)
    if format_name == "jsonl":
        return _records(jsonl.read_rows(stream, after=after), item_record)
    needs = [ID_NAMES, ("text",)]
    return _records(csv_rows.read_rows(stream, needs=needs, after=after), item_record)


def read_labels(
    format_name: str, stream: BinaryIO, *, after: int = 0
) -> Iterator[LabelRecord | Problem]:
    """The judgements of a CSV (item, annotator, label) or JSONL (item, annotator, answer)."""
    if format_name == "jsonl":
        return _records(jsonl.read_rows(stream, after=after), label_record)
    needs = [("item",), ("annotator",), ("label",)]
    return _records(csv_rows.read_rows(stream, needs=needs, after=after), label_record)


def _records(
    rows: Iterable[Row | Problem], make: Callable[[Row], Record]
) -> Iterator[Record | Problem]:
    for row in rows:
        if isinstance(row, Problem):
            yield row
            continue
        try:
            yield make(row)
        except RowRefused as error:
            yield error.problem


def chunks(records: Iterable[Record], size: int) -> Iterator[list[Record]]:
    """Lists of at most `size`.

    >>> list(chunks("abcde", 2))
    [['a', 'b'], ['c', 'd'], ['e']]
    """
    iterator = iter(records)
    while chunk := list(itertools.islice(iterator, size)):
        yield chunk
