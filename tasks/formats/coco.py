"""COCO detection JSON (cocodataset.org/#format-data): boxes out."""

import json
import math
import tempfile
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from tasks.formats.records import ExportContext, ExportRecord

title = "COCO"
media_type = "application/json"
extension = "json"

SPOOL_BYTES = 8 * 1024 * 1024


def refusal(context: ExportContext) -> str | None:
    """Why this project cannot be written in this format.

    >>> refusal(ExportContext("birds", "text", [{"controls": []}]))
    'COCO describes boxes on images, and this project has no control for them.'
    """
    if context.item_type == "image" and list(_shapes_controls(context)):
        return None
    return "COCO describes boxes on images, and this project has no control for them."


def write(records: Iterable[ExportRecord], stream: BinaryIO, context: ExportContext) -> None:
    """Images, categories and boxes; memory does not grow with their number.

    The annotations wait in a temporary file, since all images come first in the document.
    """
    categories = _categories(context)
    controls = [control["name"] for control in _shapes_controls(context)]
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as annotations:
        stream.write(b'{"info": ' + _json({"description": context.project}) + b', "images": [')
        annotation_id = 0
        for image_id, record in enumerate(records, start=1):
            stream.write((b"\n" if image_id == 1 else b",\n") + _json(_image(image_id, record)))
            for name in dict.fromkeys(controls):
                for shape in record.answer.get(name) or []:
                    annotation_id += 1
                    category = categories.setdefault((name, shape["label"]), len(categories) + 1)
                    line = _json(_annotation(annotation_id, image_id, category, shape))
                    annotations.write((b"\n" if annotation_id == 1 else b",\n") + line)
        stream.write(b'\n], "annotations": [')
        annotations.seek(0)
        stream.writelines(iter(lambda: annotations.read(SPOOL_BYTES), b""))
        named = [
            {"id": number, "name": label, "supercategory": control}
            for (control, label), number in categories.items()
        ]
        stream.write(b'\n], "categories": ' + _json(named) + b"}\n")


def _shapes_controls(context: ExportContext) -> Iterator[dict[str, Any]]:
    for schema in context.schemas:
        yield from (control for control in schema["controls"] if control["type"] == "shapes")


def _categories(context: ExportContext) -> dict[tuple[str, str], int]:
    """Numbered from 1 in the order of the schema; labels of older versions follow."""
    names = dict.fromkeys(
        (control["name"], label["value"])
        for control in _shapes_controls(context)
        for label in control["labels"]
    )
    return {name: number for number, name in enumerate(names, start=1)}


def _image(image_id: int, record: ExportRecord) -> dict[str, Any]:
    return {
        "id": image_id,
        "file_name": record.item,
        "width": record.width,
        "height": record.height,
    }


def _annotation(
    annotation_id: int, image_id: int, category: int, shape: dict[str, Any]
) -> dict[str, Any]:
    rotation = shape.get("rotation") or 0
    box = shape["box"]
    attributes = {
        **shape.get("attributes", {}),
        **({"rotation": rotation} if rotation else {}),
    }
    return {
        "id": annotation_id,
        "image_id": image_id,
        "category_id": category,
        "bbox": hull(box, rotation),
        "area": box[2] * box[3],
        "iscrowd": 0,
        **({"attributes": attributes} if attributes else {}),
    }


def hull(box: list[float], rotation: float) -> list[float]:
    """The upright box around a box turned about its centre, since COCO knows no rotation.

    >>> hull([0, 0, 4, 2], 0), [round(edge, 6) for edge in hull([0, 0, 4, 2], 90)]
    ([0, 0, 4, 2], [1.0, -1.0, 2.0, 4.0])
    """
    if not rotation:
        return box
    x, y, width, height = box
    sine, cosine = (
        abs(math.sin(math.radians(rotation))),
        abs(math.cos(math.radians(rotation))),
    )
    wide, high = width * cosine + height * sine, width * sine + height * cosine
    return [x + (width - wide) / 2, y + (height - high) / 2, wide, high]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
