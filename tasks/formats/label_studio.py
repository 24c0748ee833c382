"""Label Studio (labelstud.io/guide/export): an array of tasks, each with its annotations.

Geometry is in percent of the image. A box turns about its upper left corner there, about its centre
here; offsets in texts count code points in both. What we say of a label besides stands in the
`meta` of its task. The manifest holds the labeling configuration that the names refer to.
"""

import itertools
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, BinaryIO

from labelops.hints import marked
from tasks.formats.carrying import Carries, carried, control_types, has_place, type_of
from tasks.formats.label_studio_config import (
    Control,
    attribute_name,
    attribute_types,
    is_taxonomy,
    labeling_config,
    merged_controls,
    names_of,
    shape_name,
)
from tasks.formats.outlines import with_slits
from tasks.formats.records import ExportContext, ExportRecord, Written
from tasks.kinds.answer import PATH, UNDECIDABLE
from tasks.kinds.geometry import corners
from tasks.kinds.keypoints import ABSENT, OCCLUDED

title = "Label Studio"
media_type = "application/json"
extension = "json"
carries = Carries(
    tools=("box", "polygon", "keypoint"),
    notes={
        "keypoint": marked("Keypoints become single points that name their place in the skeleton.")
    },
)
POINT_WIDTH = 0.5
Result = dict[str, Any]


def refusal(context: ExportContext) -> str | None:
    """Why this project cannot be written in this format.

    >>> refusal(ExportContext("birds", "image", []))
    'Label Studio has no place for lines and masks, and this project has nothing else.'
    """
    if has_place(carries, context):
        return None
    return marked(
        "Label Studio has no place for lines and masks, and this project has nothing else."
    )


def write(records: Iterable[ExportRecord], stream: BinaryIO, context: ExportContext) -> Written:
    """A task for each stored label, or for the annotations of one; masks and lines are counted
    as left out.
    """
    left_out: Counter[str] = Counter()
    results = _Results(context, left_out)
    separator = b"[\n"
    for labels in _by_task(carried(records, carries, context, left_out), context):
        task = _task(labels, [results.of(label) for label in labels], context)
        stream.write(separator + json.dumps(task, ensure_ascii=False).encode())
        separator = b",\n"
    stream.write(b"[]\n" if separator == b"[\n" else b"\n]\n")
    return Written(left_out, {"labeling_config": labeling_config(context)})


def _by_task(
    records: Iterable[ExportRecord], context: ExportContext
) -> Iterator[list[ExportRecord]]:
    """Stored labels one by one, annotations as many as there are of a task."""
    if not context.has_annotators:
        yield from ([record] for record in records)
        return
    for _place, labels in itertools.groupby(records, key=lambda label: (label.item, label.batch)):
        yield list(labels)


def _task(
    labels: list[ExportRecord], results: list[list[Result]], context: ExportContext
) -> dict[str, Any]:
    first = labels[0]
    if context.has_annotators:
        said = {"annotators": [_said_of_annotation(label) for label in labels]}
    else:
        said = _said_of_label(first)
    image = {"image": first.file or first.item} if context.item_type == "image" else {}
    return {
        "data": {**first.data, **image},
        "meta": {
            "item": first.item,
            "batch": first.batch,
            "annotations": first.annotation_count,
            **said,
        },
        "annotations": [
            {"result": result, "was_cancelled": UNDECIDABLE in label.answer}
            for label, result in zip(labels, results, strict=True)
        ],
    }


def _said_of_label(label: ExportRecord) -> dict[str, Any]:
    return {
        "source": label.source,
        "confidence": label.confidence,
        "instruction_version": label.instruction_version,
        "stale_since_version": label.stale_since_version,
        **_said_in_answer(label),
    }


def _said_of_annotation(label: ExportRecord) -> dict[str, Any]:
    return {
        "annotator": label.annotator,
        "state": label.state,
        "instruction_version": label.instruction_version,
        **_said_in_answer(label),
    }


def _said_in_answer(label: ExportRecord) -> dict[str, Any]:
    names = {UNDECIDABLE: "undecidable", PATH: "path"}
    return {name: label.answer[key] for key, name in names.items() if key in label.answer}


class _Results:
    """Makes the results of an answer, in the names of the labeling configuration."""

    def __init__(self, context: ExportContext, left_out: Counter[str]) -> None:
        self.to_name = context.item_type
        self.types = control_types(context)
        self.controls = merged_controls(context)
        self.names = names_of(self.controls)
        self.attribute_types = attribute_types(self.controls, self.names)
        self.paths = {
            key: _paths(control["options"])
            for key, control in self.controls.items()
            if key[1] == "choice" and is_taxonomy(control)
        }
        self.left_out = left_out

    def of(self, record: ExportRecord) -> list[Result]:
        results: list[Result] = []
        for name, value in record.answer.items():
            type_ = type_of(self.types, name, value)
            if type_ is None or (name, type_) not in self.controls:
                continue
            from_name, control = self.names[name, type_], self.controls[name, type_]
            if type_ == "shapes":
                results += self._shapes(from_name, control, value, record)
            elif type_ == "spans":
                results += (self._span(from_name, span) for span in value)
            elif value not in ("", []):
                results.append(self._whole(from_name, control, value))
        return results

    def _result(self, region: str, type_: str, from_name: str, value: dict[str, Any]) -> Result:
        places = {"from_name": from_name, "to_name": self.to_name}
        return {"id": region, "type": type_, **places, "value": value}

    def _whole(self, name: str, control: Control, value: Any) -> Result:
        """What is said of the item as a whole."""
        if control["type"] == "rating":
            scale = "rating" if control["min"] == 1 else "number"
            return self._result(name, scale, name, {scale: value})
        if control["type"] == "text":
            return self._result(name, "textarea", name, {"text": [value]})
        chosen = value if isinstance(value, list) else [value]
        paths = self.paths.get((control["name"], "choice"))
        if paths is None:
            return self._result(name, "choices", name, {"choices": chosen})
        trails = [paths.get(option, [option]) for option in chosen]
        return self._result(name, "taxonomy", name, {"taxonomy": trails})

    def _span(self, name: str, span: dict[str, Any]) -> Result:
        value = {key: span[key] for key in ("start", "end", "text") if key in span}
        return self._result(
            f"{name}.{span['id']}", "labels", name, {**value, "labels": [span["label"]]}
        )

    def _shapes(
        self, name: str, control: Control, shapes: list[dict[str, Any]], record: ExportRecord
    ) -> Iterator[Result]:
        if not record.width or not record.height:
            self.left_out["unsized_objects"] += len(shapes)
            return
        size = record.width, record.height
        frame = {"original_width": size[0], "original_height": size[1], "image_rotation": 0}
        points = control.get("skeleton", {}).get("names", [])
        for shape in shapes:
            if "keypoints" in shape:
                found = self._points(name, shape, size, points)
            else:
                found = self._outline(name, shape, size)
            for result in found:
                yield {**result, **frame}

    def _outline(self, name: str, shape: dict[str, Any], size: tuple[int, int]) -> Iterator[Result]:
        region, label = f"{name}.{shape['id']}", [shape["label"]]
        tool, tag = ("box", "rectanglelabels") if "box" in shape else ("polygon", "polygonlabels")
        value = percent_box(shape, *size) if "box" in shape else percent_ring(shape, *size)
        yield self._result(region, tag, shape_name(name, tool), {**value, tag: label})
        yield from self._attributes(name, region, shape, value)

    def _points(
        self, name: str, shape: dict[str, Any], size: tuple[int, int], names: Sequence[str]
    ) -> Iterator[Result]:
        """Each point that is there by itself; `meta` says which it is of the skeleton."""
        is_first = True
        for index, (x, y, seen) in enumerate(shape["keypoints"]):
            if seen == ABSENT:
                continue
            point = f"{name}.{shape['id']}.{index}"
            place = {"x": 100 * x / size[0], "y": 100 * y / size[1], "width": POINT_WIDTH}
            value = {**place, "keypointlabels": [shape["label"]]}
            said = [names[index] if index < len(names) else str(index)]
            said += ["occluded"] if seen == OCCLUDED else []
            result = self._result(point, "keypointlabels", shape_name(name, "keypoint"), value)
            yield {**result, "meta": {"text": said}}
            # The attributes are those of the whole skeleton: once is enough.
            yield from self._attributes(name, point, shape, place) if is_first else ()
            is_first = False

    def _attributes(
        self, name: str, region: str, shape: dict[str, Any], geometry: dict[str, Any]
    ) -> Iterator[Result]:
        """What is said of a region has its id and its geometry, too."""
        for attribute, value in shape.get("attributes", {}).items():
            from_name = attribute_name(name, shape["label"], attribute)
            type_, said = _said(self.attribute_types.get(from_name), value)
            yield self._result(region, type_, from_name, {**geometry, **said})


def _said(type_: str | None, value: Any) -> tuple[str, dict[str, Any]]:
    """The kind of a result about a region, and its value.

    >>> _said("boolean", True), _said("number", 3)
    (('choices', {'choices': ['true']}), ('number', {'number': 3}))
    """
    plain = str(value).lower() if isinstance(value, bool) else str(value)
    if type_ in ("boolean", "choice"):
        return "choices", {"choices": [plain]}
    if type_ == "number" and isinstance(value, int | float):
        return "number", {"number": value}
    return "textarea", {"text": [plain]}


def percent_box(shape: dict[str, Any], width: int, height: int) -> dict[str, Any]:
    """The upper left corner where it lies after the turn, and the sides before it.

    >>> percent_box({"box": [10, 20, 20, 40]}, 100, 200)
    {'x': 10.0, 'y': 10.0, 'width': 20.0, 'height': 20.0, 'rotation': 0}
    """
    rotation = shape.get("rotation") or 0
    left, top = corners(shape["box"], rotation)[0]
    wide, high = shape["box"][2:]
    return {
        "x": 100 * left / width,
        "y": 100 * top / height,
        "width": 100 * wide / width,
        "height": 100 * high / height,
        "rotation": rotation,
    }


def percent_ring(shape: dict[str, Any], width: int, height: int) -> dict[str, Any]:
    """The outline; holes are joined to it by slits, since there are none in Label Studio.

    >>> percent_ring({"polygon": [[0, 0], [50, 0], [50, 100]]}, 100, 200)["points"]
    [[0.0, 0.0], [50.0, 0.0], [50.0, 50.0]]
    """
    ring = with_slits(shape["polygon"], shape.get("holes") or [])
    return {"points": [[100 * x / width, 100 * y / height] for x, y in ring], "closed": True}


def _paths(options: Sequence[dict[str, Any]], above: Sequence[str] = ()) -> dict[str, list[str]]:
    """By value the options that lead to it.

    >>> _paths([{"value": "bird", "children": [{"value": "robin"}]}])
    {'bird': ['bird'], 'robin': ['bird', 'robin']}
    """
    found: dict[str, list[str]] = {}
    for option in options:
        here = [*above, option["value"]]
        found[option["value"]] = here
        found |= _paths(option.get("children", []), here)
    return found
