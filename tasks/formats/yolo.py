"""YOLO (docs.ultralytics.com/datasets): boxes for detection, or outlines for segmentation.

A text file for each image, a line for each object, all in shares of the image's width and height:
`class x y width height` from the middle of a box, or `class x1 y1 x2 y2 ...` around an outline. A
reader takes every line of a dataset for the same kind, so that a project with polygons has its
boxes as outlines, too; these keep their turn.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, BinaryIO

from labelops.hints import marked
from tasks.formats.carrying import Carries, carried, has_place, tools_of
from tasks.formats.dataset_archive import ITEMS, NO_SPLIT, SPLITS, DatasetArchive
from tasks.formats.outlines import around, decimal, hull, with_slits
from tasks.formats.records import ExportContext, ExportRecord, Written

title = "YOLO"
media_type = "application/zip"
extension = "zip"
carries = Carries(
    item_types=("image",),
    controls=("shapes",),
    tools=("box", "polygon"),
    attributes=False,
    undecidable=False,
    several_labels=False,
    annotators=False,
    origin=False,
    item_data=False,
    path=False,
    notes={
        "polygon": marked("All objects are outlines, boxes too: a reader takes them for one kind."),
        "box": marked(
            "Without polygons in the project, a turned box becomes the upright box around it."
        ),
    },
)
Shape = dict[str, Any]


def refusal(context: ExportContext) -> str | None:
    """Why this project cannot be written in this format.

    >>> refusal(ExportContext("birds", "text", []))
    'YOLO describes boxes and polygons, and this project has no control for them.'
    """
    if has_place(carries, context):
        return None
    return marked("YOLO describes boxes and polygons, and this project has no control for them.")


def write(records: Iterable[ExportRecord], stream: BinaryIO, context: ExportContext) -> Written:
    """`data.yaml`, a list of images and the labels of each split, and `items.jsonl`."""
    left_out: Counter[str] = Counter()
    classes, with_outlines = _classes(context), _has_outlines(context)
    with DatasetArchive(stream) as archive:
        for record in carried(records, carries, context, left_out):
            if not record.width or not record.height:
                left_out["unknown_size"] += 1
                continue
            lines = []
            for control, shapes in record.answer.items():
                for shape in shapes:
                    number = classes.setdefault((control, shape["label"]), len(classes))
                    left_out["rotation"] += bool(shape.get("rotation")) and not with_outlines
                    write_line = outline_line if with_outlines else box_line
                    lines.append(write_line(number, shape, record.width, record.height))
            place = archive.place(record)
            image = f"images/{place.split}/{place.image}"
            archive.add_image(image, record, left_out)
            archive.add_line(f"{place.split}.txt", f"./{image}")
            file_name = f"labels/{place.split}/{place.name}.txt"
            archive.add_item(file_name, "".join(f"{line}\n" for line in lines), record, place)
        archive.add("data.yaml", _data_yaml(archive.list_names, _names(classes)))
    return Written(left_out, {"names": ITEMS, "task": "segment" if with_outlines else "detect"})


def box_line(number: int, shape: Shape, width: int, height: int) -> str:
    """A box by its middle, in shares of the image; a turned one by the upright box around it.

    >>> box_line(0, {"box": [10, 20, 20, 40]}, 100, 100)
    '0 0.2 0.4 0.2 0.4'
    """
    left, top, wide, high = hull(shape["box"], shape.get("rotation") or 0)
    left, right = _share(left, width), _share(left + wide, width)
    top, bottom = _share(top, height), _share(top + high, height)
    middle = [(left + right) / 2, (top + bottom) / 2, right - left, bottom - top]
    return " ".join([str(number), *map(decimal, middle)])


def outline_line(number: int, shape: Shape, width: int, height: int) -> str:
    """The corners of a box or a polygon, in shares of the image; holes are joined by slits.

    >>> outline_line(2, {"polygon": [[0, 0], [50, 0], [50, 25]]}, 100, 100)
    '2 0 0 0.5 0 0.5 0.25'
    """
    ring = with_slits(around(shape), shape.get("holes") or [])
    shares = (_share(value, side) for x, y in ring for value, side in ((x, width), (y, height)))
    return " ".join([str(number), *map(decimal, shares)])


def _share(value: float, side: int) -> float:
    """Within 0 and 1: a reader refuses the hair by which an answer may lie outside."""
    return min(max(value / side, 0), 1)


def _has_outlines(context: ExportContext) -> bool:
    return any(
        "polygon" in tools_of(control)
        for schema in context.schemas
        for control in schema["controls"]
        if control["type"] == "shapes"
    )


def _classes(context: ExportContext) -> dict[tuple[str, str], int]:
    """Numbered from 0 in the order of the schema; labels of older versions follow."""
    pairs = dict.fromkeys(
        (control["name"], label["value"])
        for schema in context.schemas
        for control in schema["controls"]
        if control["type"] == "shapes"
        for label in control["labels"]
    )
    return {pair: number for number, pair in enumerate(pairs)}


def _names(classes: dict[tuple[str, str], int]) -> list[str]:
    """The names by number; a label of two controls is told apart by the control.

    >>> _names({("cars", "red"): 0, ("cars", "blue"): 1, ("birds", "red"): 2})
    ['cars.red', 'blue', 'birds.red']
    """
    counts = Counter(label for _control, label in classes)
    return [f"{control}.{label}" if counts[label] > 1 else label for control, label in classes]


def _data_yaml(lists: Sequence[str], names: Sequence[str]) -> str:
    """The file that Ultralytics begins with. It has to name images to validate with.

    >>> print(_data_yaml(["all.txt", "items.jsonl"], ["car"]))
    # Nobody has split these images: training and validation name the same ones.
    train: all.txt
    val: all.txt
    names:
      0: "car"
    <BLANKLINE>
    """
    splits = [name for name in (*SPLITS, NO_SPLIT) if f"{name}.txt" in lists] or [NO_SPLIT]
    train = "train" if "train" in splits else splits[-1]
    val = "val" if "val" in splits else train
    note = "# Nobody has split these images: training and validation name the same ones."
    lines = [note] if train == val else []
    lines += [f"train: {train}.txt", f"val: {val}.txt"]
    lines += ["test: test.txt"] if "test" in splits else []
    lines += ["names:" if names else "names: {}"]
    lines += [f"  {number}: {_quoted(name)}" for number, name in enumerate(names)]
    return "".join(f"{line}\n" for line in lines)


def _quoted(text: str) -> str:
    """A text as YAML 1.2 and JSON both quote it; what a reader of YAML refuses is escaped.

    >>> print(_quoted('a "b"'), _quoted("\\u2028"), _quoted("👍"))
    "a \\"b\\"" "\\U00002028" "👍"
    """
    quoted = json.dumps(text, ensure_ascii=False)
    return "".join(char if char.isprintable() else f"\\U{ord(char):08X}" for char in quoted)
