"""Small files of each format, with labels, and with rows that are wrong in every way."""

import csv
import io
import json
from dataclasses import dataclass, field
from typing import Any

from PIL import Image

from tests.factories import CHOICE_SCHEMA, make_image_bytes, make_zip_bytes
from tests.tasks.formats import shapes_schema

ANNOTATIONS = {"labels": "annotations", "annotator": "Field team"}
PREDICTIONS = {"labels": "predictions", "model": "birdnet", "model_version": "3"}
SPECIES = ("robin", "wren")
BOXES = shapes_schema("box", labels=("car", "bus"))
NAMES = {"controls": [{"name": "entities", "type": "spans", "labels": [{"value": "PER"}]}]}
# The last of them is not in the schema.
CLASSES = ("car", "bus", "tram")
IMAGES = 5


@dataclass(frozen=True)
class SmallFile:
    """A file, the project that takes it, and what is wanted of its import."""

    content: bytes
    # How many it has that are good.
    items: int
    labels: int
    item_type: str = "text"
    schema: dict[str, Any] = field(default_factory=lambda: CHOICE_SCHEMA)
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


def as_tasks() -> bytes:
    """As Label Studio says it: of most items a person and a model."""

    def said(species: str) -> list[dict[str, Any]]:
        place = {"from_name": "species", "to_name": "text", "type": "choices"}
        return [{**place, "value": {"choices": [species]}}]

    tasks = [
        {
            "id": n,
            "data": {"text": row["text"]},
            "annotations": [{"completed_by": n % 2, "result": said(row["species"])}],
            "predictions": [
                {"model_version": "birdnet", "score": n / 10, "result": said(SPECIES[0])}
            ][: n % 3],
        }
        for n, row in enumerate(good_rows(6))
    ]
    tasks[4]["annotations"][0]["result"] = said("eagle")
    return json.dumps(tasks).encode()


def as_conll() -> bytes:
    words = "".join(f"-DOCSTART-\n\nAna B-PER\nhas O\n{n} O\n\n" for n in range(5))
    return (words + "-DOCSTART-\n\nHi O\nParis B-LOC\n\n").encode()


def pictures() -> dict[str, bytes]:
    sizes = [(20 + n, 10) for n in range(IMAGES)]
    return {f"images/{n}.png": make_image_bytes(size) for n, size in enumerate(sizes)}


def coco_archive() -> bytes:
    """Boxes beside the images; one image is not in the ZIP."""
    images = [
        {"id": n, "file_name": f"{n}.png", "width": 20 + n, "height": 10} for n in range(IMAGES + 1)
    ]
    marks = [
        {"id": n, "image_id": n % IMAGES, "category_id": n % 3, "bbox": [1, 1, 5 + n, 5]}
        for n in range(2 * IMAGES)
    ]
    categories = [{"id": n, "name": name} for n, name in enumerate(CLASSES)]
    file = {"images": images, "annotations": marks, "categories": categories}
    return make_zip_bytes({"instances.json": json.dumps(file).encode(), **pictures()})


def yolo_archive() -> bytes:
    labels = {f"labels/{n}.txt": f"{n % 3} 0.2 0.3 0.2 0.4\n".encode() for n in range(IMAGES)}
    names = f"names: [{', '.join(CLASSES)}]".encode()
    return make_zip_bytes({"data.yaml": names, **pictures(), **labels})


def images() -> bytes:
    """One that is no image, one that is there under another name, and two that look alike."""
    entries = {
        "0.png": gradient((32, 32)),
        "1.png": make_image_bytes((9, 9)),
        "2.png": b"no image",
        "3.png": gradient((40, 32)),
    }
    return make_zip_bytes(entries | {"again.png": entries["1.png"]})


def gradient(size: tuple[int, int]) -> bytes:
    stream = io.BytesIO()
    Image.radial_gradient("L").resize(size).save(stream, "PNG")
    return stream.getvalue()


FILES = {
    "csv": SmallFile(as_csv(mixed_rows()), items=10, labels=10, wanted=ANNOTATIONS),
    "jsonl": SmallFile(as_jsonl(mixed_rows()), items=10, labels=9, wanted=PREDICTIONS),
    "json": SmallFile(
        json.dumps(as_objects(good_rows(12))).encode(),
        items=12,
        labels=12,
        wanted=ANNOTATIONS | {"mode": "whole"},
    ),
    "label-studio": SmallFile(as_tasks(), items=6, labels=9, wanted=ANNOTATIONS),
    "conll": SmallFile(as_conll(), items=6, labels=5, schema=NAMES, wanted=ANNOTATIONS),
    "zip": SmallFile(images(), items=4, labels=0, item_type="image"),
    "coco-zip": SmallFile(
        coco_archive(), items=5, labels=2, item_type="image", schema=BOXES, wanted=ANNOTATIONS
    ),
    "yolo": SmallFile(
        yolo_archive(), items=5, labels=4, item_type="image", schema=BOXES, wanted=ANNOTATIONS
    ),
}
