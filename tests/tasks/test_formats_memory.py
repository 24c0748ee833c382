"""Nothing keeps what was written or read: ten times the labels take no more memory."""

import io
import tracemalloc

import pytest

from tasks.formats import (
    READERS,
    WRITERS,
    coco,
    coco_grouping,
    encoding,
    json_elements,
    parquet,
    zip_writing,
)
from tasks.formats.items import ImportContext, ItemRecord
from tests.tasks.formats import image, image_context, record, text_context

pytestmark = pytest.mark.usefixtures("without_collection")
FEW, MANY = 500, 5_000
# A record of Python's own ZIP writer alone takes more than this in the many.
ALLOWED = 100_000
SPANS = {"name": "entities", "type": "spans", "labels": [{"value": "PER"}]}


class Nowhere(io.RawIOBase):
    def writable(self):
        return True

    def write(self, block):
        return len(block)


def labels_of(name, count):
    if WRITERS[name].carries.item_types == ("text",):
        span = {"id": "a", "label": "PER", "start": 0, "end": 5, "text": "Hello"}
        records = (record(f"item {n}", {"entities": [span]}) for n in range(count))
        return records, text_context(SPANS)
    records = (image(f"images/{n}.jpg", [{"box": [0, 0, 9, 9]}]) for n in range(count))
    return records, image_context("box")


def peak_of(name, count):
    records, context = labels_of(name, count)
    tracemalloc.start()
    try:
        WRITERS[name].write(records, Nowhere(), context)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def reading_peak_of(name, count, folder):
    records, context = labels_of(name, count)
    path = folder / f"{name}.{count}"
    with path.open("wb") as file:
        WRITERS[name].write(records, file, context)
    known = ImportContext(context.item_type, schema=context.schemas[0])
    with path.open("rb") as stream:
        tracemalloc.start()
        try:
            rows = READERS[name].read(stream, known, 0)
            found = sum(len(row.labels) for row in rows if isinstance(row, ItemRecord))
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    assert found == count
    return peak


@pytest.mark.parametrize("name", WRITERS)
def test_memory_does_not_grow_with_the_number_of_labels(name, monkeypatch):
    for module in (coco, zip_writing):
        monkeypatch.setattr(module, "SPOOL_BYTES", 4_096)
    monkeypatch.setattr(zip_writing, "BLOCK", 4_096)
    monkeypatch.setattr(parquet, "SLICE_BYTES", 65_536)
    records, context = labels_of(name, MANY)
    WRITERS[name].write(records, Nowhere(), context)
    assert peak_of(name, MANY) - peak_of(name, FEW) < ALLOWED


@pytest.mark.parametrize("name", ["csv", "jsonl", "json", "parquet", "label-studio", "coco"])
def test_memory_does_not_grow_with_the_number_of_rows(name, monkeypatch, tmp_path):
    for module in (encoding, json_elements):
        monkeypatch.setattr(module, "BLOCK", 4_096)
    monkeypatch.setattr(coco_grouping, "ROWS_AT_ONCE", 50)
    reading_peak_of(name, 2 * FEW, tmp_path)
    few, many = (reading_peak_of(name, count, tmp_path) for count in (FEW // 5, 2 * FEW))
    assert many - few < ALLOWED
