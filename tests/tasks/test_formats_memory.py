"""No writer keeps what it has written: ten times the labels take no more memory."""

import io
import tracemalloc

import pytest

from tasks.formats import WRITERS, coco, parquet, zip_writing
from tests.tasks.formats import image, image_context, record, text_context

FEW, MANY = 500, 5_000
# A record of Python's own ZIP writer alone takes more than this in the many.
ALLOWED = 300_000
SPANS = {"name": "entities", "type": "spans", "labels": [{"value": "PER"}]}


class Nowhere(io.RawIOBase):
    def writable(self):
        return True

    def write(self, block):
        return len(block)


def peak_of(name, count):
    if WRITERS[name].carries.item_types == ("text",):
        context = text_context(SPANS)
        span = {"id": "a", "label": "PER", "start": 0, "end": 5, "text": "Hello"}
        records = (record(f"item {n}", {"entities": [span]}) for n in range(count))
    else:
        context = image_context("box")
        records = (image(f"images/{n}.jpg", [{"box": [0, 0, 9, 9]}]) for n in range(count))
    tracemalloc.start()
    try:
        WRITERS[name].write(records, Nowhere(), context)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", WRITERS)
def test_memory_does_not_grow_with_the_number_of_labels(name, monkeypatch):
    for module in (coco, zip_writing):
        monkeypatch.setattr(module, "SPOOL_BYTES", 4_096)
    monkeypatch.setattr(zip_writing, "BLOCK", 4_096)
    monkeypatch.setattr(parquet, "SLICE_BYTES", 65_536)
    peak_of(name, 1)
    assert peak_of(name, MANY) - peak_of(name, FEW) < ALLOWED
