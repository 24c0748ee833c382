"""Small files of each format, with labels, and with rows that are wrong in every way."""

import csv
import io
import json
from dataclasses import dataclass, field
from typing import Any

from tests.factories import make_image_bytes, make_zip_bytes

ANNOTATIONS = {"labels": "annotations", "annotator": "Field team"}
PREDICTIONS = {"labels": "predictions", "model": "birdnet", "model_version": "3"}
SPECIES = ("robin", "wren")


@dataclass(frozen=True)
class SmallFile:
    """A file, the project that takes it, and what is wanted of its import."""

    content: bytes
    # How many it has that are good.
    items: int
    labels: int
    item_type: str = "text"
    wanted: dict[str, Any] = field(default_factory=dict)


def good_rows(count: int) -> list[dict[str, str]]:
    return [
        {"id": f"i{n}", "text": f"text {n}", "species": SPECIES[n % 2], "annotator": f"ana{n % 3}"}
        for n in range(count)
    ]


def mixed_rows() -> list[dict[str, str]]:
    """Good rows among one with no text, an unknown label, known ids, and a text that is there."""
    made = good_rows(14)
    made[3]["text"] = ""
    made[5]["species"] = "eagle"
    made[8] |= {"id": "i1", "text": "text 1", "annotator": "bo"}
    made[10] |= {"id": "i2", "text": "another text"}
    made[11] |= {"text": "text 0"}
    made[12] |= {"id": "i0", "text": "text 0", "species": "wren", "annotator": "ana0"}
    return made


def as_csv(rows: list[dict[str, str]]) -> bytes:
    stream = io.StringIO()
    writer = csv.DictWriter(stream, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue().encode()


def as_objects(rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {name: row[name] for name in ("id", "text", "annotator")}
        | {"answer": {"species": row["species"]}}
        for row in rows
    ]


def as_jsonl(rows: list[dict[str, str]]) -> bytes:
    return "".join(json.dumps(one) + "\n" for one in as_objects(rows)).encode()


def images() -> bytes:
    """Among the images one that is none, one that is there, and some that look alike."""
    entries = {f"{n}.png": make_image_bytes((8 + n, 9), color=(20 * n, 99, 0)) for n in range(6)}
    return make_zip_bytes(entries | {"4.png": b"no image", "again.png": entries["1.png"]})


FILES = {
    "csv": SmallFile(as_csv(mixed_rows()), items=10, labels=10, wanted=ANNOTATIONS),
    "jsonl": SmallFile(as_jsonl(mixed_rows()), items=10, labels=9, wanted=PREDICTIONS),
    "json": SmallFile(
        json.dumps(as_objects(good_rows(12))).encode(),
        items=12,
        labels=12,
        wanted=ANNOTATIONS | {"mode": "whole"},
    ),
    "zip": SmallFile(images(), items=6, labels=0, item_type="image"),
}
