"""COCO JSON (cocodataset.org/#format-data): boxes, polygons, masks and keypoints out."""

import json
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any, BinaryIO

from labelops.hints import marked
from tasks.formats.carrying import Carries, carried, has_place
from tasks.formats.outlines import Points, hull, with_slits
from tasks.formats.records import ExportContext, ExportRecord, Written
from tasks.kinds.keypoints import present
from tasks.kinds.outlines import covered_area
from tasks.kinds.polygons import rings
from tasks.kinds.rle import area, frame

title = "COCO"
media_type = "application/json"
extension = "json"

# By it, a reader knows that boxes are those around turned ones, and controls are supercategories.
CONTRIBUTOR = "LabelOps"
SPOOL_BYTES = 8 * 1024 * 1024
carries = Carries(
    item_types=("image",),
    controls=("shapes",),
    tools=("box", "polygon", "keypoint", "mask"),
    turned_boxes=False,
    undecidable=False,
    several_labels=False,
    annotators=False,
    origin=False,
    item_data=False,
    path=False,
)


def refusal(context: ExportContext) -> str | None:
    """Why this project cannot be written in this format.

    >>> refusal(ExportContext("birds", "text", [{"controls": []}]))[:40]
    'COCO describes boxes, polygons, masks an'
    """
    if has_place(carries, context):
        return None
    return marked(
        "COCO describes boxes, polygons, masks and keypoints, and this project has no control "
        "for them."
    )


def write(records: Iterable[ExportRecord], stream: BinaryIO, context: ExportContext) -> Written:
    """Images, categories and shapes; memory does not grow with their number.

    The annotations wait in a temporary file, since all images come first in the document. What
    COCO cannot hold is counted in `info.left_out`, too.
    """
    categories = _categories(context)
    left_out: Counter[str] = Counter()
    annotation_id = 0
    with tempfile.SpooledTemporaryFile(max_size=SPOOL_BYTES) as annotations:
        stream.write(b'{"images": [')
        found = carried(records, carries, context, left_out)
        for image_id, record in enumerate(found, start=1):
            stream.write((b"\n" if image_id == 1 else b",\n") + _json(_image(image_id, record)))
            for name, shapes in record.answer.items():
                for shape in shapes:
                    annotation_id += 1
                    category = categories.setdefault((name, shape["label"]), len(categories) + 1)
                    line = _json(_annotation(annotation_id, image_id, category, shape))
                    annotations.write((b"\n" if annotation_id == 1 else b",\n") + line)
        stream.write(b'\n], "annotations": [')
        annotations.seek(0)
        stream.writelines(iter(lambda: annotations.read(SPOOL_BYTES), b""))
    named = [
        {"id": number, "name": label, "supercategory": control, **_points(control, context)}
        for (control, label), number in categories.items()
    ]
    info = {"description": context.project, "contributor": CONTRIBUTOR}
    info |= {"left_out": left_out} if left_out else {}
    stream.write(b'\n], "categories": ' + _json(named) + b', "info": ' + _json(info) + b"}\n")
    return Written(left_out)


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
        "file_name": record.file or record.item,
        "width": record.width,
        "height": record.height,
    }


def _points(control: str, context: ExportContext) -> dict[str, Any]:
    """The skeleton of a category as COCO writes it: edges count from 1."""
    for known in _shapes_controls(context):
        if known["name"] == control and "skeleton" in known:
            skeleton = known["skeleton"]
            edges = [[start + 1, end + 1] for start, end in skeleton["edges"]]
            return {"keypoints": skeleton["names"], "skeleton": edges}
    return {}


def _annotation(
    annotation_id: int, image_id: int, category: int, shape: dict[str, Any]
) -> dict[str, Any]:
    rotation = shape.get("rotation") or 0
    attributes = {
        **shape.get("attributes", {}),
        **({"rotation": rotation} if rotation else {}),
    }
    return {
        "id": annotation_id,
        "image_id": image_id,
        "category_id": category,
        **_geometry(shape, rotation),
        "iscrowd": 0,
        **({"attributes": attributes} if attributes else {}),
    }


def _geometry(shape: dict[str, Any], rotation: float) -> dict[str, Any]:
    if "polygon" in shape:
        ring, holes = shape["polygon"], shape.get("holes", [])
        return {
            "bbox": _bounds(ring),
            "area": covered_area(rings(shape)),
            "segmentation": [_flat(with_slits(ring, holes))],
        }
    if "mask" in shape:
        left, top, right, bottom = frame(shape["mask"]) or (0, 0, 0, 0)
        return {
            "bbox": [left, top, right - left, bottom - top],
            "area": area(shape["mask"]),
            "segmentation": shape["mask"],
        }
    if "keypoints" in shape:
        points = present(shape["keypoints"])
        box = _bounds(points)
        return {
            "bbox": box,
            "area": box[2] * box[3],
            "keypoints": _flat(shape["keypoints"]),
            "num_keypoints": len(points),
        }
    box = shape["box"]
    return {"bbox": hull(box, rotation), "area": box[2] * box[3]}


def _bounds(points: Points) -> list[float]:
    across, down = [point[0] for point in points], [point[1] for point in points]
    return [min(across), min(down), max(across) - min(across), max(down) - min(down)]


def _flat(points: Points) -> list[float]:
    return [number for point in points for number in point]


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode()
