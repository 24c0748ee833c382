"""Annotations of COCO as objects: boxes, polygons, masks and keypoints in pixels."""

import math
from typing import Any, NamedTuple

from labelops.hints import Hint
from tasks.formats.coco_grouping import Entry, id_of
from tasks.formats.controls import Control, Controls, attribute_type
from tasks.formats.problems import Problem, RowRefused, visible
from tasks.kinds.keypoints import ABSENT
from tasks.kinds.rle import compress, runs

# What other tools say of every object, and most label schemas have no attribute for.
PASSED_OVER = {"rotation", "occluded", "truncated", "difficult", "track_id", "keyframe"}
CROWD = "iscrowd"
# Nearer to half a quarter turn, the sides cannot be told from the upright box alone.
STEEP = 0.05

Shape = dict[str, Any]
Fields = dict[str, Any]


class Size(NamedTuple):
    """What the file says of the size of an image; None where it says nothing."""

    width: int | None
    height: int | None


class ShapesReader:
    """Turns annotations into objects, under one label schema and the categories of one file."""

    def __init__(self, controls: Controls, categories: dict[str, Fields], *, is_own: bool) -> None:
        self.controls, self.categories, self.is_own = controls, categories, is_own

    def objects(self, entry: Entry, size: Size) -> tuple[str, list[Shape]]:
        """The control of an annotation, and its objects: one for each ring. Raises RowRefused."""
        place, fields = f"annotations[{entry.index}]", entry.fields
        try:
            return self._objects(place, fields, size)
        except RowRefused as error:
            named = id_of(fields.get("id"))
            if error.problem.hint or named is None:
                raise
            hint = Hint("It is the annotation with the id {id}.", id=visible(named))
            raise RowRefused(error.problem.at(hint=hint)) from error

    def _objects(self, place: str, fields: Fields, size: Size) -> tuple[str, list[Shape]]:
        category = self._category(place, fields)
        tools = _tools(place, fields)
        control = self._control(category, tools[0], place)
        known = control.get("tools", ["box"])
        tool = next((tool for tool in tools if tool in known), tools[0])
        label = category["name"]
        attributes = self._attributes(place, fields, control, label)
        said = {"label": label, **({"attributes": attributes} if attributes else {})}
        match tool:
            case "keypoint":
                drawn = [_keypoints(place, fields, category, control)]
            case "polygon":
                drawn = _polygons(place, fields["segmentation"])
            case "mask":
                drawn = [{"mask": _mask(f"{place}.segmentation", fields["segmentation"], size)}]
            case _:
                drawn = [self._box(place, fields, control, label)]
        return control["name"], [{**shape, **said} for shape in drawn]

    def _category(self, place: str, fields: Fields) -> Fields:
        key = id_of(fields.get("category_id"))
        if key is None or key not in self.categories:
            raise RowRefused(
                Problem(
                    "unknown_category",
                    "The file has no category {id} with a name.",
                    field=f"{place}.category_id",
                    params={"id": visible(fields.get("category_id"))},
                )
            )
        return self.categories[key]

    def _control(self, category: Fields, tool: str, place: str) -> Control:
        """The control that our own export names as the supercategory, else by the class."""
        for control in self.controls.of_type("shapes"):
            if control["name"] == category.get("supercategory"):
                return control
        found = self.controls.having("shapes", category["name"], tool)
        if found is None:
            raise RowRefused(
                Problem("no_control", "The project has no control for shapes.", field=place)
            )
        return found

    def _attributes(self, place: str, fields: Fields, control: Control, label: str) -> Fields:
        given = fields.get("attributes")
        if given is not None and not isinstance(given, dict):
            raise RowRefused(
                Problem("not_an_object", "This is no object.", field=f"{place}.attributes")
            )
        attributes = {
            name: value
            for name, value in (given or {}).items()
            if name not in PASSED_OVER or attribute_type(control, label, name)
        }
        if fields.get(CROWD) in (None, 0, False):
            return attributes
        if attribute_type(control, label, CROWD) is None:
            raise RowRefused(
                Problem(
                    "crowd",
                    "The annotation is a crowd: it stands for several objects at once.",
                    field=f"{place}.{CROWD}",
                    hint=Hint("Give the class a boolean attribute iscrowd, or leave crowds out."),
                )
            )
        return {**attributes, CROWD: True}

    def _box(self, place: str, fields: Fields, control: Control, label: str) -> Shape:
        where = f"{place}.bbox"
        box = _numbers(fields.get("bbox"), where)
        if len(box) != 4 or not (box[2] > 0 and box[3] > 0):
            raise RowRefused(
                Problem(
                    "bad_box",
                    "A box is x, y, width and height, both of them above zero.",
                    field=where,
                )
            )
        attributes = fields.get("attributes") or {}
        rotation = attributes.get("rotation")
        is_attribute = attribute_type(control, label, "rotation") is not None
        if not rotation or (is_attribute and not self.is_own):
            return {"box": box}
        _number(rotation, f"{place}.attributes.rotation")
        if self.is_own:
            area = _number(fields.get("area"), f"{place}.area")
            return {"box": turned_within(box, rotation, area), "rotation": rotation}
        return {"box": box, "rotation": rotation}


def turned_within(hull: list[float], rotation: float, area: float) -> list[float]:
    """The box that, turned, has this upright box around it, and this area.

    With W and H the sides of the upright box, w and h its own, s and c the sine and cosine:
    W = w c + h s, H = w s + h c. Near 45° both say w + h, and the area w h decides; at 45° itself
    nothing tells which side is the long one.

    >>> [round(edge, 6) for edge in turned_within([1.0, -1.0, 2.0, 4.0], 90, 8)]
    [0.0, 0.0, 4.0, 2.0]
    """
    x, y, across, down = hull
    sine, cosine = abs(math.sin(math.radians(rotation))), abs(math.cos(math.radians(rotation)))
    steepness = cosine * cosine - sine * sine
    if abs(steepness) > STEEP:
        width = (across * cosine - down * sine) / steepness
        height = (down * cosine - across * sine) / steepness
    else:
        half = (across + down) / (cosine + sine) / 2
        rest = math.sqrt(max(half * half - area, 0))
        is_wide = (across - down) * (cosine - sine) >= 0
        width, height = (half + rest, half - rest) if is_wide else (half - rest, half + rest)
    return [x + (across - width) / 2, y + (down - height) / 2, width, height]


def _tools(place: str, fields: Fields) -> list[str]:
    """What an annotation could be drawn with, what says most first. Raises RowRefused."""
    tools = []
    if fields.get("num_keypoints") != 0 and fields.get("keypoints"):
        tools.append("keypoint")
    segmentation = fields.get("segmentation")
    if segmentation:
        tools.append("mask" if isinstance(segmentation, dict) else "polygon")
    if fields.get("bbox") or not tools:
        tools.append("box")
    return tools


def _polygons(place: str, segmentation: Any) -> list[Shape]:
    where = f"{place}.segmentation"
    if not isinstance(segmentation, list):
        raise RowRefused(Problem("not_a_list", "This is no list.", field=where))
    # Some tools write the one ring without the list around it.
    rings = [segmentation] if not isinstance(segmentation[0], list) else segmentation
    return [{"polygon": _ring(ring, f"{where}[{n}]")} for n, ring in enumerate(rings)]


def _ring(ring: Any, place: str) -> list[list[float]]:
    flat = _numbers(ring, place)
    if len(flat) < 6 or len(flat) % 2:
        raise RowRefused(
            Problem(
                "bad_polygon",
                "A ring of {count} numbers is no polygon: it needs x and y of three points.",
                field=place,
                params={"count": len(flat)},
            )
        )
    return [list(point) for point in zip(flat[::2], flat[1::2], strict=True)]


def _keypoints(place: str, fields: Fields, category: Fields, control: Control) -> Shape:
    """Points in the order of the skeleton, where the category names the same points in another."""
    where = f"{place}.keypoints"
    flat = _numbers(fields["keypoints"], where)
    if len(flat) % 3:
        raise RowRefused(
            Problem("bad_keypoints", "Keypoints are x, y and visibility each.", field=where)
        )
    points = [list(point) for point in zip(flat[::3], flat[1::3], flat[2::3], strict=True)]
    points = [[0, 0, ABSENT] if point[2] == ABSENT else point for point in points]
    names, wanted = category.get("keypoints"), control.get("skeleton", {}).get("names", [])
    if isinstance(names, list) and len(names) == len(points) and names != wanted:
        by_name = {
            name: point for name, point in zip(names, points, strict=True) if isinstance(name, str)
        }
        if set(by_name) == set(wanted):
            points = [by_name[name] for name in wanted]
    return {"keypoints": points}


def _mask(place: str, segmentation: Fields, size: Size) -> Shape:
    """Compressed run lengths, of the size that the image has."""
    sides, counts = segmentation.get("size"), segmentation.get("counts")
    if not isinstance(sides, list) or len(sides) != 2 or not all(map(_is_count, sides)):
        raise RowRefused(Problem("bad_mask", "The mask has no size.", field=f"{place}.size"))
    for side, expected in zip(sides, (size.height, size.width), strict=True):
        if expected is not None and side != expected:
            raise RowRefused(
                Problem(
                    "mask_size",
                    "The mask is {given} high and wide, the image {expected}.",
                    field=f"{place}.size",
                    params={"given": sides, "expected": [size.height, size.width]},
                )
            )
    if isinstance(counts, list) and all(map(_is_count, counts)):
        if sum(counts) != sides[0] * sides[1]:
            raise RowRefused(_bad_runs(place))
        return {"size": sides, "counts": compress(counts)}
    mask = {"size": sides, "counts": counts}
    try:
        if not isinstance(counts, str):
            raise RowRefused(_bad_runs(place))
        runs(mask)
    except ValueError as error:
        raise RowRefused(_bad_runs(place)) from error
    return mask


def _bad_runs(place: str) -> Problem:
    return Problem(
        "bad_mask", "The runs of the mask do not add up to its size.", field=f"{place}.counts"
    )


def _is_count(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _numbers(value: Any, place: str) -> list[float]:
    if not isinstance(value, list):
        raise RowRefused(Problem("not_a_list", "This is no list.", field=place, value=value))
    return [_number(entry, f"{place}[{index}]") for index, entry in enumerate(value)]


def _number(value: Any, place: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RowRefused(
            Problem("not_a_number", "This must be a number.", field=place, value=value)
        )
    return value
