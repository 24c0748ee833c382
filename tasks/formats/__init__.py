"""The formats of imports and exports, one file each; a new one is a file, a test and a line here.

PURE: nothing here knows of databases, and memory never grows with the size of a file.
"""

import itertools
from collections.abc import Iterable, Iterator
from types import ModuleType
from typing import BinaryIO, TypeVar

from tasks.formats import (
    coco,
    coco_archive,
    coco_reading,
    conll,
    conll_reading,
    csv_labels,
    csv_raw,
    csv_rows,
    cvat_reading,
    json_array,
    jsonl,
    label_studio,
    label_studio_reading,
    labels_archive,
    parquet,
    parquet_reading,
    table_items,
    voc,
    voc_reading,
    yolo,
    yolo_reading,
    zip_images,
)
from tasks.formats.items import Reader
from tasks.formats.problems import Problem, RowRefused
from tasks.formats.records import LabelRecord, Row, label_record
from tasks.formats.sniffing import detect

# Re-exported: where everybody begins with a file.
__all__ = ["READERS", "WRITERS", "chunks", "detect", "read_labels"]

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
TABLE_ITEMS = ("text", "image")
READERS: dict[str, Reader] = {
    "csv": Reader("CSV", TABLE_ITEMS, table_items.read_csv),
    "jsonl": Reader("JSONL", TABLE_ITEMS, table_items.read_jsonl),
    "json": Reader("JSON", TABLE_ITEMS, table_items.read_json),
    **({"parquet": parquet_reading.reader} if parquet.is_available() else {}),
    "label-studio": label_studio_reading.reader,
    "coco": coco_reading.reader,
    "coco-zip": coco_archive.reader,
    "labels-zip": labels_archive.reader,
    "conll": conll_reading.reader,
    "cvat": cvat_reading.reader,
    "voc": voc_reading.reader,
    "yolo": yolo_reading.reader,
    "zip": zip_images.reader,
}


def read_labels(
    format_name: str, stream: BinaryIO, *, after: int = 0
) -> Iterator[LabelRecord | Problem]:
    """The judgements of a CSV (item, annotator, label) or JSONL (item, annotator, answer)."""
    if format_name == "jsonl":
        return _labels(jsonl.read_rows(stream, after=after))
    needs = [("item",), ("annotator",), ("label",)]
    return _labels(csv_rows.read_rows(stream, needs=needs, after=after))


def _labels(rows: Iterable[Row | Problem]) -> Iterator[LabelRecord | Problem]:
    for row in rows:
        if isinstance(row, Problem):
            yield row
            continue
        try:
            yield label_record(row)
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
