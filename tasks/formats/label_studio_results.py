"""The results of Label Studio as answers: what is said of regions, and of the item as a whole.

Our own export names controls and tools (`objects.box`); results of other configurations go by their
type to the control that has the class.
"""

import math
import re
from typing import Any, NamedTuple

from labelops.hints import Hint
from tasks.formats.controls import Control, Controls
from tasks.formats.items import Answer
from tasks.formats.label_studio_config import attribute_name, shape_name
from tasks.formats.problems import Problem, RowRefused, visible
from tasks.kinds.items import ItemFacts
from tasks.kinds.keypoints import ABSENT, OCCLUDED, VISIBLE

Result = dict[str, Any]
# By type of result the tool that drew it; the tags without labels get theirs from another result.
TOOLS = {
    "rectanglelabels": "box",
    "rectangle": "box",
    "polygonlabels": "polygon",
    "polygon": "polygon",
    "keypointlabels": "keypoint",
    "keypoint": "keypoint",
}
# By type of result of an item: the type of our control.
WHOLES = {
    "choices": "choice",
    "taxonomy": "choice",
    "rating": "rating",
    "number": "rating",
    "textarea": "text",
}
# Relations between regions and the like: there is no place for them, and labels stand without.
PASSED_OVER = {"relation"}


POINT_NUMBER = re.compile(r"\d{1,3}", re.ASCII)
Placed = tuple[str, Result]
Size = tuple[float, float]


class Region(NamedTuple):
    """What is drawn or marked, where it stands, and what else is said of it."""

    place: str
    drawn: Result
    others: list[Placed]


class ResultsReader:
    """Turns results into answers under one label schema."""

    def __init__(self, controls: Controls) -> None:
        self.controls = controls
        shapes = list(controls.of_type("shapes"))
        self.own_tools = {
            shape_name(control["name"], tool): control
            for control in shapes
            for tool in control.get("tools", ["box"])
        }
        self.own_attributes = {
            attribute_name(control["name"], label["value"], attribute["name"]): attribute
            for control in shapes
            for label in control["labels"]
            for attribute in label.get("attributes", [])
        }

    def answer(self, results: list[Any], place: str, walked: Answer, facts: ItemFacts) -> Answer:
        """The answer that the results come to for an item of this size. Raises RowRefused."""
        regions, wholes = _sorted(results, place)
        answer: Answer = {}
        points = Skeletons()
        for region in regions:
            if "start" in region.drawn["value"]:
                control, found = self._spans(region, facts.text or "")
            else:
                control, found = self._shapes(region, facts, points)
            answer.setdefault(control["name"], []).extend(found)
        for where, result in wholes:
            control = self._whole_control(result, where)
            if control["name"] in answer:
                raise RowRefused(_said_twice(control, where))
            answer[control["name"]] = _whole_value(control, result, where)
        return answer | walked

    def _control(
        self, type_: str, name: Any, label: Any, place: str, tool: str | None = None
    ) -> Control:
        """The control that a result is about: by our own name for it, else by the class."""
        for control in self.controls.of_type(type_):
            if control["name"] == name:
                return control
        found = self.controls.having(type_, label, tool)
        if found is None:
            raise RowRefused(
                Problem("no_control", "The project has no control for this.", field=place)
            )
        return found

    def _spans(self, region: Region, text: str) -> tuple[Control, list[Result]]:
        value, name = region.drawn["value"], region.drawn.get("from_name")
        labels = _labels_of(region)
        control = self._control("spans", name, labels[0], region.place)
        marked = {key: value[key] for key in ("start", "end") if key in value}
        marked |= {"text": value["text"]} if isinstance(value.get("text"), str) else {}
        marked |= _in_code_points(marked, text)
        own = _own_id(region.drawn, control["name"])
        return control, [{**own, "label": label, **marked} for label in labels]

    def _shapes(
        self, region: Region, facts: ItemFacts, points: "Skeletons"
    ) -> tuple[Control, list[Result]]:
        """The objects of a region, one for each of its labels."""
        drawn, labels = region.drawn, _labels_of(region)
        tool, name = TOOLS[drawn["type"]], drawn.get("from_name")
        own = self.own_tools.get(name) if isinstance(name, str) else None
        control = own or self._control("shapes", name, labels[0], region.place, tool)
        size = _size(drawn, facts, region.place)
        attributes = self._attributes(region)
        said = {"attributes": attributes} if attributes else {}
        if tool == "keypoint":
            found = points.add(control, region, labels, size)
            if found and attributes:
                found[0]["attributes"] = attributes
            return control, found
        drawn_as = {"box": _box, "polygon": _ring}[tool](drawn["value"], size, region.place)
        shape = {**_own_id(drawn, control["name"]), **drawn_as, **said}
        return control, [{**shape, "label": label} for label in labels]

    def _attributes(self, region: Region) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for place, result in region.others:
            if result["type"] == "labels":
                continue
            name = result.get("from_name")
            if not isinstance(name, str):
                raise RowRefused(_no_name(place))
            own = self.own_attributes.get(name, {})
            value = _said(result, place)
            if own.get("type") == "boolean" and value in ("true", "false"):
                value = value == "true"
            found[own.get("name", name)] = value
        return found

    def _whole_control(self, result: Result, place: str) -> Control:
        if result["type"] not in WHOLES:
            raise RowRefused(_unsupported(result, place))
        label = _said(result, place)
        last = label[-1] if isinstance(label, list) and label else label
        return self._control(WHOLES[result["type"]], result.get("from_name"), last, place)


class Skeletons:
    """Puts single points together to the objects that our own export took apart."""

    def __init__(self) -> None:
        self.objects: dict[tuple[str, str], Result] = {}

    def add(self, control: Control, region: Region, labels: list[str], size: Size) -> list[Result]:
        """A new object for a point, or nothing where it belongs to one that is there."""
        names = control.get("skeleton", {}).get("names", [])
        x, y = _point(region.drawn["value"], size, f"{region.place}.value")
        own = _own_id(region.drawn, control["name"]).get("id", "")
        meta = region.drawn.get("meta")
        words = _list(meta.get("text"), region.place) if isinstance(meta, dict) else []
        shape, _dot, number = own.rpartition(".")
        if not shape or not words:
            if len(names) != 1:
                raise RowRefused(
                    Problem(
                        "point_without_skeleton",
                        "A single point does not say which point of the skeleton it is.",
                        field=region.place,
                    )
                )
            return [{"label": label, "keypoints": [[x, y, VISIBLE]]} for label in labels]
        if words[0] not in names and not POINT_NUMBER.fullmatch(number):
            raise RowRefused(_unsupported(region.drawn, region.place))
        at = names.index(words[0]) if words[0] in names else int(number)
        key = control["name"], shape
        is_new = key not in self.objects
        if is_new:
            self.objects[key] = {"id": shape, "label": labels[0], "keypoints": []}
        keypoints = self.objects[key]["keypoints"]
        count = max(len(names), at + 1)
        keypoints += [[0, 0, ABSENT]] * (count - len(keypoints))
        keypoints[at] = [x, y, OCCLUDED if "occluded" in words[1:] else VISIBLE]
        return [self.objects[key]] if is_new else []


def _sorted(results: list[Any], place: str) -> tuple[list[Region], list[Placed]]:
    """What is drawn or marked, with all that has its id, and what is said of the whole item."""
    regions: dict[Any, list[Region]] = {}
    rest: list[Placed] = []
    for index, result in enumerate(results):
        where = f"{place}[{index}]"
        _check(result, where)
        if result["type"] in PASSED_OVER:
            continue
        is_mark = result["type"] == "labels" and "start" in result["value"]
        if result["type"] in TOOLS or is_mark:
            key = result.get("id") if isinstance(result.get("id"), str) else index
            regions.setdefault(key, []).append(Region(where, result, []))
        else:
            rest.append((where, result))
    wholes = []
    for where, result in rest:
        about = regions.get(result.get("id")) if isinstance(result.get("id"), str) else None
        if about:
            about[0].others.append((where, result))
        else:
            wholes.append((where, result))
    return [region for group in regions.values() for region in group], wholes


def _check(result: Any, place: str) -> None:
    if not isinstance(result, dict):
        raise RowRefused(Problem("not_an_object", "This is no object.", field=place))
    if not isinstance(result.get("type"), str):
        raise RowRefused(Problem("missing_type", "The result has no type.", field=f"{place}.type"))
    if result["type"] not in PASSED_OVER and not isinstance(result.get("value"), dict):
        raise RowRefused(
            Problem("missing_value", "The result has no value.", field=f"{place}.value")
        )


def _labels_of(region: Region) -> list[str]:
    """The classes of a region: its own, or those that another result gives to it."""
    given = [(region.place, region.drawn), *region.others]
    for place, result in given:
        key = "labels" if result is not region.drawn else region.drawn["type"]
        labels = _list(result["value"].get(key), f"{place}.value.{key}")
        for label in labels:
            if not isinstance(label, str):
                raise RowRefused(
                    Problem("bad_label", "The class must be a text.", field=f"{place}.value.{key}")
                )
        if labels:
            return labels
    raise RowRefused(Problem("missing_label", "The region has no class.", field=region.place))


def _own_id(drawn: Result, control: str) -> dict[str, str]:
    """The id of an object in our own export; those of others mean nothing here.

    >>> _own_id({"id": "objects.o1"}, "objects"), _own_id({"id": "x8Yz"}, "objects")
    ({'id': 'o1'}, {})
    """
    region, own = drawn.get("id"), f"{control}."
    if isinstance(region, str) and region.startswith(own) and region != own:
        return {"id": region.removeprefix(own)}
    return {}


def _in_code_points(span: Result, text: str) -> dict[str, int]:
    """The offsets of a span whose own text shows that they count as browsers do, in UTF-16.

    >>> _in_code_points({"start": 3, "end": 6, "text": "Ana"}, "👍 Ana")
    {'start': 2, 'end': 5}
    >>> _in_code_points({"start": 2, "end": 5, "text": "Ana"}, "👍 Ana")
    {}
    """
    start, end, quoted = span.get("start"), span.get("end"), span.get("text")
    if not isinstance(start, int) or not isinstance(end, int) or quoted in (None, text[start:end]):
        return {}
    units = text.encode("utf-16-le")
    before, within = units[: 2 * start], units[2 * start : 2 * end]
    if start < 0 or within.decode("utf-16-le", "ignore") != quoted:
        return {}
    place = len(before.decode("utf-16-le", "ignore"))
    return {"start": place, "end": place + len(quoted)}


def _size(drawn: Result, facts: ItemFacts, place: str) -> Size:
    """Width and height of the image: as the project knows them, else as the file says."""
    if facts.width and facts.height:
        return facts.width, facts.height
    return _number(drawn, "original_width", place), _number(drawn, "original_height", place)


def _number(value: Result, key: str, place: str) -> float:
    number = value.get(key)
    if isinstance(number, bool) or not isinstance(number, int | float):
        raise RowRefused(
            Problem("not_a_number", "This must be a number.", field=f"{place}.{key}", value=number)
        )
    return number


def _box(value: Result, size: Size, place: str) -> Result:
    """Their box turns about its upper left corner, ours about its middle.

    >>> quarter = {"x": 40, "y": 10, "width": 40, "height": 20, "rotation": 90}
    >>> [round(edge, 6) for edge in _box(quarter, (100, 200), "result[0]")["box"]]
    [0.0, 20.0, 40.0, 40.0]
    """
    where = f"{place}.value"
    left, top = _point(value, size, where)
    wide = _number(value, "width", where) * size[0] / 100
    high = _number(value, "height", where) * size[1] / 100
    rotation = _number(value, "rotation", where) if value.get("rotation") is not None else 0
    if not rotation:
        return {"box": [left, top, wide, high]}
    sine, cosine = math.sin(math.radians(rotation)), math.cos(math.radians(rotation))
    middle_x = left + (wide * cosine - high * sine) / 2
    middle_y = top + (wide * sine + high * cosine) / 2
    return {"box": [middle_x - wide / 2, middle_y - high / 2, wide, high], "rotation": rotation}


def _ring(value: Result, size: Size, place: str) -> Result:
    where = f"{place}.value.points"
    ring = []
    for index, point in enumerate(_list(value.get("points"), where)):
        if not isinstance(point, list) or len(point) != 2:
            raise RowRefused(
                Problem("bad_point", "A point is two numbers.", field=f"{where}[{index}]")
            )
        ring.append(list(_point({"x": point[0], "y": point[1]}, size, f"{where}[{index}]")))
    return {"polygon": ring}


def _point(value: Result, size: Size, place: str) -> tuple[float, float]:
    x, y = (_number(value, key, place) for key in ("x", "y"))
    return x * size[0] / 100, y * size[1] / 100


def _whole_value(control: Control, result: Result, place: str) -> Any:
    """What is said of the item as a control of its type takes it."""
    said = _said(result, place)
    if control["type"] != "choice":
        return said
    chosen = said if isinstance(said, list) else [said]
    if control.get("multiple"):
        return chosen
    return chosen[0] if len(chosen) == 1 else chosen


def _said(result: Result, place: str) -> Any:
    """The value of a result: a number, a text, or the one or several choices."""
    type_, value = result["type"], result["value"]
    match type_:
        case "rating" | "number":
            number = _number(value, type_, f"{place}.value")
            return int(number) if float(number).is_integer() else number
        case "textarea":
            text = value.get("text")
            lines = [text] if isinstance(text, str) else _list(text, f"{place}.value.text")
            return "\n".join(str(line) for line in lines)
        case "choices":
            chosen = value.get("choices")
            chosen = [chosen] if isinstance(chosen, str) else _list(chosen, f"{place}.value")
        case "taxonomy":
            trails = _list(value.get("taxonomy"), f"{place}.value.taxonomy")
            chosen = [trail[-1] if isinstance(trail, list) and trail else trail for trail in trails]
        case _:
            raise RowRefused(_unsupported(result, place))
    return chosen[0] if len(chosen) == 1 else chosen


def _list(value: Any, place: str) -> list[Any]:
    if value is not None and not isinstance(value, list):
        raise RowRefused(Problem("not_a_list", "This is no list.", field=place, value=value))
    return value or []


def _said_twice(control: Control, place: str) -> Problem:
    return Problem(
        "said_twice",
        "Another result is about “{control}” already.",
        field=place,
        params={"control": control["name"]},
    )


def _no_name(place: str) -> Problem:
    return Problem("missing_name", "The result has no name.", field=f"{place}.from_name")


def _unsupported(result: Result, place: str) -> Problem:
    return Problem(
        "result_not_supported",
        "Results of the type “{type}” cannot be read.",
        field=place,
        hint=Hint("Read are boxes, polygons, keypoints, spans, choices, scales and texts."),
        params={"type": visible(result["type"])},
    )
