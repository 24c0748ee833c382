"""The controls of a project as Label Studio's labeling configuration, and their names in it."""

from collections.abc import Iterable, Iterator
from typing import Any

from tasks.formats.carrying import tools_of
from tasks.formats.records import ExportContext
from tasks.formats.xml_text import xml_tag

Control = dict[str, Any]
Entry = dict[str, Any]
SHAPE_TAGS = {"box": "RectangleLabels", "polygon": "PolygonLabels", "keypoint": "KeyPointLabels"}


def merged_controls(context: ExportContext) -> dict[tuple[str, str], Control]:
    """By name and type the controls of all versions, each with every label it has ever had.

    >>> old, new = ({"name": "e", "type": "spans", "labels": [{"value": v}]} for v in ("A", "B"))
    >>> schemas = [{"controls": [new]}, {"controls": [old]}]
    >>> merged_controls(ExportContext("p", "text", schemas))["e", "spans"]["labels"]
    [{'value': 'B'}, {'value': 'A'}]
    """
    merged: dict[tuple[str, str], Control] = {}
    for schema in context.schemas:
        for control in schema["controls"]:
            key = control["name"], control["type"]
            merged[key] = _with_older(merged[key], control) if key in merged else control
    return merged


def names_of(controls: Iterable[tuple[str, str]]) -> dict[tuple[str, str], str]:
    """The name of each control in the configuration: its own, unless a newer one has it.

    >>> names_of([("a", "text"), ("a", "choice")])
    {('a', 'text'): 'a', ('a', 'choice'): 'a.choice'}
    """
    names: dict[tuple[str, str], str] = {}
    for name, type_ in controls:
        names[name, type_] = f"{name}.{type_}" if name in names.values() else name
    return names


def shape_name(control: str, tool: str) -> str:
    """A control with several tools is one tag for each of them."""
    return f"{control}.{tool}"


def attribute_name(control: str, label: str, attribute: str) -> str:
    return f"{control}.{label}.{attribute}"


def attribute_types(
    controls: dict[tuple[str, str], Control], names: dict[tuple[str, str], str]
) -> dict[str, str]:
    """The type of each attribute, by its name in the configuration."""
    return {
        attribute_name(names[key], label["value"], attribute["name"]): attribute["type"]
        for key, control in controls.items()
        if key[1] == "shapes"
        for label in control["labels"]
        for attribute in label.get("attributes", [])
    }


def is_taxonomy(control: Control) -> bool:
    """Whether options lie within options.

    >>> is_taxonomy({"options": [{"value": "bird", "children": [{"value": "robin"}]}]})
    True
    """
    return any(option.get("children") for option in control["options"])


def labeling_config(context: ExportContext) -> str:
    """The XML that a project in Label Studio needs to show what is exported.

    >>> print(labeling_config(ExportContext("p", "text", [{"controls": [
    ...     {"name": "note", "type": "text"}]}])))
    <View>
    <Text name="text" value="$text"/>
    <TextArea name="note" toName="text" maxSubmissions="1"/>
    </View>
    """
    source = context.item_type
    controls = merged_controls(context)
    names = names_of(controls)
    lines = [xml_tag(source.capitalize(), {"name": source, "value": f"${source}"})]
    for (name, type_), control in controls.items():
        lines += _tags(control, {"name": names[name, type_], "toName": source})
    return "\n".join(["<View>", *lines, "</View>"])


def _tags(control: Control, place: dict[str, str]) -> Iterator[str]:
    match control["type"]:
        case "choice":
            yield _choice(control, place)
        case "spans":
            yield _labels("Labels", control, place)
        case "rating" if control["min"] == 1:
            yield xml_tag("Rating", {**place, "maxRating": str(control["max"])})
        case "rating":
            yield xml_tag("Number", {**place, **_ends(control)})
        case "text":
            yield xml_tag("TextArea", {**place, "maxSubmissions": "1"})
        case "shapes":
            yield from _shapes(control, place)


def _choice(control: Control, place: dict[str, str]) -> str:
    if is_taxonomy(control):
        return xml_tag("Taxonomy", place, _nested(control["options"]))
    number = "multiple" if control.get("multiple") else "single"
    return xml_tag("Choices", {**place, "choice": number}, _nested(control["options"]))


def _nested(options: list[Entry]) -> str:
    return "".join(
        xml_tag(
            "Choice",
            {"value": option["value"], **_predicted(option)},
            _nested(option.get("children", [])) or None,
        )
        for option in options
    )


def _labels(tag: str, control: Control, place: dict[str, str]) -> str:
    content = "".join(
        xml_tag(
            "Label",
            {
                "value": label["value"],
                **({"background": label["color"]} if "color" in label else {}),
                **_predicted(label),
            },
        )
        for label in control["labels"]
    )
    return xml_tag(tag, place, content)


def _predicted(entry: Entry) -> dict[str, str]:
    """The other names of a class that a model knows it by, where it is told."""
    key = "predicted_values"
    return {key: entry[key]} if key in entry else {}


def _shapes(control: Control, place: dict[str, str]) -> Iterator[str]:
    name = place["name"]
    for tool in tools_of(control):
        if tool in SHAPE_TAGS:
            yield _labels(SHAPE_TAGS[tool], control, {**place, "name": shape_name(name, tool)})
    for label in control["labels"]:
        for attribute in label.get("attributes", []):
            named = attribute_name(name, label["value"], attribute["name"])
            each = {"perRegion": "true", "whenLabelValue": label["value"]}
            yield _attribute(attribute, {**place, "name": named, **each})


def _attribute(attribute: Entry, place: dict[str, str]) -> str:
    match attribute["type"]:
        case "boolean":
            return xml_tag("Choices", place, _nested([{"value": "true"}, {"value": "false"}]))
        case "choice":
            return xml_tag("Choices", place, _nested(attribute["options"]))
        case "number":
            return xml_tag("Number", {**place, **_ends(attribute)})
    return xml_tag("TextArea", {**place, "maxSubmissions": "1"})


def _ends(scale: Entry) -> dict[str, str]:
    return {end: str(scale[end]) for end in ("min", "max") if end in scale}


def _with_older(newer: Control, older: Control) -> Control:
    """The newer control, and after its own labels those that only the older one has."""
    merged = dict(newer)
    for key in ("labels", "options"):
        if key in newer:
            merged[key] = _united(newer[key], older[key])
    if "min" in newer:
        merged |= {"min": min(newer["min"], older["min"]), "max": max(newer["max"], older["max"])}
    if newer["type"] == "shapes":
        merged["tools"] = list(dict.fromkeys([*tools_of(newer), *tools_of(older)]))
    if newer["type"] == "choice":
        merged["multiple"] = newer.get("multiple", False) or older.get("multiple", False)
    return merged


def _united(newer: list[Entry], older: list[Entry]) -> list[Entry]:
    """Labels of both; one that both have keeps the children and attributes of both."""
    united = {entry["value"]: entry for entry in newer}
    for entry in older:
        mine = united.get(entry["value"])
        united[entry["value"]] = entry if mine is None else _joined(mine, entry)
    return list(united.values())


def _joined(newer: Entry, older: Entry) -> Entry:
    joined = dict(newer)
    if newer.get("children") or older.get("children"):
        joined["children"] = _united(newer.get("children", []), older.get("children", []))
    names = {attribute["name"] for attribute in newer.get("attributes", [])}
    others = [entry for entry in older.get("attributes", []) if entry["name"] not in names]
    if others:
        joined["attributes"] = [*newer.get("attributes", []), *others]
    return joined
