"""What a format can carry, what of a project would be lost in it, and what was left out."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from labelops.hints import marked
from tasks.formats.records import ExportContext, ExportRecord
from tasks.kinds import KINDS
from tasks.kinds.answer import PATH, UNDECIDABLE, is_undecidable
from tasks.kinds.items import ITEM_TYPES

ALL, PART, NOTHING = "all", "part", "nothing"
# The tools that draw, and the key under which an object keeps what was drawn.
GEOMETRY = {
    "box": "box",
    "polygon": "polygon",
    "polyline": "polyline",
    "keypoint": "keypoints",
    "mask": "mask",
}
LOST_TOOL = {
    "box": marked("The boxes of “{control}” are left out."),
    "polygon": marked("The polygons of “{control}” are left out."),
    "polyline": marked("The lines of “{control}” are left out."),
    "keypoint": marked("The keypoints of “{control}” are left out."),
    "mask": marked("The masks of “{control}” are left out."),
}
# What is counted under these names is a whole label, not a part of one.
WHOLE_LABELS = ("undecidable", "unknown_size")

Types = dict[str, list[str]]


@dataclass(frozen=True)
class Carries:
    """What a format has a place for; the default is everything.

    `notes` are further sentences, by the type of control or the tool that they speak of; those
    under "" are true of every project.
    """

    item_types: Collection[str] = ITEM_TYPES
    controls: Collection[str] = tuple(KINDS)
    tools: Collection[str] = tuple(GEOMETRY)
    attributes: bool = True
    turned_boxes: bool = True
    overlapping_spans: bool = True
    undecidable: bool = True
    # More than one label of an item: one of each batch that it is in.
    several_labels: bool = True
    # Every annotation of an item, each with its author.
    annotators: bool = True
    # Source, confidence and instruction version of a label, and its number of annotations.
    origin: bool = True
    # What a file said of an item besides its text: language, split, source.
    item_data: bool = True
    # The way that was walked through a decision tree.
    path: bool = True
    notes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Remark:
    """A sentence as template and values, so that a page can translate it.

    >>> str(Remark("The lines of “{control}” are left out.", {"control": "roads"}))
    'The lines of “roads” are left out.'
    """

    template: str
    params: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return self.template.format(**self.params)


@dataclass(frozen=True)
class Fit:
    """How much of a project a format carries: all, part or nothing, and what not.

    `lost` is what the label schema has and the format has not; `remarks` hold for labels that may
    or may not be there.
    """

    level: str
    lost: list[Remark]
    remarks: list[Remark]


def fit(carries: Carries, context: ExportContext) -> Fit:
    """What of this project would be lost.

    >>> shapes = {"name": "roads", "type": "shapes", "tools": ["box", "polyline"], "labels": []}
    >>> boxes = Carries(("image",), ("shapes",), ("box",))
    >>> found = fit(boxes, ExportContext("p", "image", [{"controls": [shapes]}]))
    >>> found.level, str(found.lost[0])
    ('part', 'The lines of “roads” are left out.')
    """
    if not has_place(carries, context):
        return Fit(NOTHING, [], [])
    lost = [remark for control in _controls(context) for remark in _lost(carries, control)]
    lost = [remark for index, remark in enumerate(lost) if remark not in lost[:index]]
    remarks = [Remark(sentence) for sentence in _remarks(carries, context)]
    return Fit(PART if lost else ALL, lost, remarks)


def has_place(carries: Carries, context: ExportContext) -> bool:
    """Whether the format holds anything of the project.

    >>> has_place(Carries(("text",)), ExportContext("p", "image", []))
    False
    """
    if context.item_type not in carries.item_types:
        return False
    if set(KINDS) <= set(carries.controls) and set(GEOMETRY) <= set(carries.tools):
        return True
    return any(_is_carried(carries, control) for control in _controls(context))


def carried(
    records: Iterable[ExportRecord],
    carries: Carries,
    context: ExportContext,
    left_out: Counter[str],
) -> Iterator[ExportRecord]:
    """The records with what the format carries of them; what it does not is counted.

    >>> left_out = Counter()
    >>> record = ExportRecord("a", "b", {"_undecidable": "dark"}, "vote", None, 1, 2, {})
    >>> context = ExportContext("p", "image", [])
    >>> list(carried([record], Carries(undecidable=False), context, left_out)), left_out
    ([], Counter({'undecidable': 1}))
    """
    types = control_types(context)
    for record in records:
        if is_undecidable(record.answer) and not carries.undecidable:
            left_out["undecidable"] += 1
            continue
        # In the order of the schema: databases keep the keys of JSON in orders of their own.
        names = [name for name in types if name in record.answer]
        names += [name for name in record.answer if name not in types]
        answer = {}
        for name in names:
            value = record.answer[name]
            kept = _kept(carries, type_of(types, name, value), value, left_out)
            if kept is not None:
                answer[name] = kept
        yield record._replace(answer=answer)


def control_types(context: ExportContext) -> Types:
    """The types that each control has had, the newest first.

    >>> control_types(ExportContext("p", "text", [{"controls": [{"name": "a", "type": "text"}]}]))
    {'a': ['text']}
    """
    types: Types = {}
    for control in _controls(context):
        types.setdefault(control["name"], []).append(control["type"])
    return types


def type_of(types: Types, name: str, value: Any) -> str | None:
    """The type of control that a value answers; a name may have meant another one before.

    >>> type_of({"a": ["shapes", "text"]}, "a", "hm"), type_of({}, "_path", {})
    ('text', '_path')
    """
    if name in (PATH, UNDECIDABLE):
        return name
    return next((type_ for type_ in types.get(name, []) if _may_be(type_, value)), None)


def _may_be(type_: str, value: Any) -> bool:
    match type_:
        case "shapes":
            return isinstance(value, list) and not any(_is_span(entry) for entry in value)
        case "spans":
            return isinstance(value, list) and all(_is_span(entry) for entry in value)
        case "rating":
            return isinstance(value, int)
        case "choice":
            return isinstance(value, str | list)
    return isinstance(value, str)


def _is_span(entry: Any) -> bool:
    return not isinstance(entry, dict) or "start" in entry


def _kept(carries: Carries, type_: str | None, value: Any, left_out: Counter[str]) -> Any:
    """The value as far as the format carries it, or None."""
    if type_ == UNDECIDABLE:
        return value
    if type_ == PATH:
        left_out.update([] if carries.path else ["path"])
        return value if carries.path else None
    if type_ not in carries.controls:
        left_out.update(["answers"] if value or value == 0 else [])
        return None
    if type_ != "shapes":
        return value
    return [kept for shape in value if (kept := _shape(carries, shape, left_out))]


def _shape(
    carries: Carries, shape: dict[str, Any], left_out: Counter[str]
) -> dict[str, Any] | None:
    unknown = [key for tool, key in GEOMETRY.items() if key in shape and tool not in carries.tools]
    if unknown:
        left_out.update(unknown)
        return None
    if shape.get("rotation") and not carries.turned_boxes:
        left_out["rotation"] += 1
    if shape.get("attributes") and not carries.attributes:
        left_out["attributes"] += 1
        return {key: value for key, value in shape.items() if key != "attributes"}
    return shape


def _controls(context: ExportContext) -> Iterator[dict[str, Any]]:
    for schema in context.schemas:
        yield from schema["controls"]


def tools_of(control: dict[str, Any]) -> list[str]:
    """The tools of a shapes control; one that names none draws boxes.

    >>> tools_of({"type": "shapes"})
    ['box']
    """
    return list(control.get("tools", ["box"]))


def _is_carried(carries: Carries, control: dict[str, Any]) -> bool:
    if control["type"] not in carries.controls:
        return False
    return control["type"] != "shapes" or not set(carries.tools).isdisjoint(tools_of(control))


def _lost(carries: Carries, control: dict[str, Any]) -> Iterator[Remark]:
    name = {"control": control["name"]}
    if control["type"] not in carries.controls:
        yield Remark(marked("The answers to “{control}” are left out."), name)
        return
    if control["type"] != "shapes":
        return
    for tool in tools_of(control):
        if tool not in carries.tools:
            yield Remark(LOST_TOOL[tool], name)
    has_attributes = any(label.get("attributes") for label in control.get("labels", []))
    if has_attributes and not carries.attributes and _is_carried(carries, control):
        yield Remark(marked("The attributes of “{control}” are left out."), name)


def _remarks(carries: Carries, context: ExportContext) -> Iterator[str]:
    controls = [control for control in _controls(context) if _is_carried(carries, control)]
    types = {control["type"] for control in controls}
    tools = {
        tool for control in controls if control["type"] == "shapes" for tool in tools_of(control)
    }
    yield from (note for of, note in carries.notes.items() if of in {"", *types, *tools})
    if "box" in tools and not carries.turned_boxes:
        yield marked("A turned box becomes the upright box around it.")
    if "spans" in types and not carries.overlapping_spans:
        yield marked("Of spans that overlap, only one is written.")
    if context.batch_count > 1 and not carries.several_labels:
        yield marked("An item that several batches labeled has its newest label only.")
    if not carries.annotators:
        yield marked("It has no place for the annotations of several people.")
    if not carries.undecidable:
        yield marked("Items that cannot be decided are left out.")
    if not carries.path:
        yield marked("The ways through decision trees are left out.")
    if not carries.item_data:
        yield marked("Data of the items besides their text are left out.")
    if not carries.origin:
        yield marked("Source, confidence and version of the labels are left out.")
