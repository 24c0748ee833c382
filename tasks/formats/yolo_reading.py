"""Reads YOLO: a ZIP of label files with or without their images, in the ways that tools lay it out.

`images/train/a.jpg` has its labels in `labels/train/a.txt` (Ultralytics), `train/images/a.jpg` in
`train/labels/a.txt` (Roboflow), and an image of Darknet beside it. The row of an image is its place
in the archive; labels without their image have the place of their own file.
"""

import contextlib
import dataclasses
import functools
import re
from collections.abc import Iterator
from typing import Any, BinaryIO

from labelops.hints import Hint
from tasks.formats.controls import Controls
from tasks.formats.image_archive import Entry, ImageArchive
from tasks.formats.items import Content, ImportContext, ItemLabel, ItemRecord, Reader, Working
from tasks.formats.own_items import SPLIT_WORDS, OwnItem, OwnItems
from tasks.formats.pauses import Pauses
from tasks.formats.plain_numbers import number
from tasks.formats.problems import FileRefused, Problem, RowRefused
from tasks.formats.records import clean_id
from tasks.formats.yolo import title
from tasks.formats.yolo_names import LIST, Names, class_names
from tasks.formats.zip_images import count
from tasks.kinds import ItemFacts
from tasks.kinds.points import MAX_POINTS

MAX_LABELS = 8 * 1024**2
DARKNET = re.compile(r"obj_\w+_data")
SUFFIXES = (".jpg", ".jpeg", ".png", ".webp", ".bmp", ".tif", ".tiff", ".gif")
# Writers round shares: an edge this far outside the image, in pixels, is one of the image itself.
ROUNDING = 0.5
BOX_VALUES = 4
MOST_NUMBERS = 2 * MAX_POINTS + 2
# Whole images beyond these are pixels or a slip.
LEAST_SHARE, LARGEST_SHARE = -1, 2
# The name of the control, the class, the key of the geometry, and the numbers of a line.
Object = tuple[str, str, str, list[int | float]]


def read_items(
    stream: BinaryIO, context: ImportContext, after: int
) -> Iterator[ItemRecord | Problem | Working]:
    """The images and labels after place `after`; bad ones as a Problem. Raises FileRefused."""
    controls, pauses = Controls(context.schema), Pauses()
    with ImageArchive(stream) as archive, contextlib.closing(OwnItems(archive)) as own:
        names = {} if controls.is_empty else class_names(archive)
        for entry, problem in archive.entries(after):
            if problem:
                yield problem
                continue
            try:
                record = _record(archive, entry, own, names, controls)
            except FileRefused:
                raise
            except RowRefused as error:
                yield error.problem.at(row=entry.number)
                continue
            if record:
                yield record
            elif pauses.is_due():
                yield Working(entry.number)


def _record(
    archive: ImageArchive, entry: Entry, own: OwnItems, names: Names, controls: Controls
) -> ItemRecord | None:
    """What a file gives: an image with its labels, labels alone, or nothing by itself."""
    stem = _stem(entry.path)
    if entry.is_image:
        labels = archive.at(f"{exchanged(stem, 'images', 'labels')}.txt") or archive.at(
            f"{stem}.txt"
        )
        return _given(archive, entry, labels, own, names, controls)
    if not _may_be_labels(entry):
        return None
    if archive.with_stem(exchanged(stem, "labels", "images")) or archive.with_stem(stem):
        # These labels come with their image.
        return None
    return _absent(archive, entry, own, names, controls)


def _given(
    archive: ImageArchive,
    image: Entry,
    labels: Entry | None,
    own: OwnItems,
    names: Names,
    controls: Controls,
) -> ItemRecord:
    known = own.of(labels.path) if labels else None
    external_id, *others = [known.item] if known else ids_of(image.path, "images")
    split = _split_of(image.path)
    return ItemRecord(
        row=image.number,
        external_id=clean_id(external_id, field="external_id", row=image.number),
        data=known.data if known else {"split": split} if split else {},
        entry=image.info.orig_filename,
        load=archive.loader(image),
        labels=_labels(archive, labels, names, controls) if labels else (),
        aliases=tuple(others),
    )


def _absent(
    archive: ImageArchive, labels: Entry, own: OwnItems, names: Names, controls: Controls
) -> ItemRecord:
    """Labels without their image. Our own archives may have it without a suffix."""
    known: OwnItem | None = own.of(labels.path)
    image = archive.at(f"images/{known.split}/{known.image}") if known else None
    if image:
        record = _given(archive, image, labels, own, names, controls)
        return dataclasses.replace(record, row=labels.number)
    found = [known.item] if known else ids_of(_stem(labels.path), "labels")
    aliases = [] if known else [f"{name}{suffix}" for name in found for suffix in SUFFIXES]
    return ItemRecord(
        row=labels.number,
        external_id=clean_id(found[0], field="external_id", row=labels.number),
        labels=_labels(archive, labels, names, controls),
        content=Content.ABSENT,
        aliases=(*aliases, *found[1:]),
    )


def exchanged(path: str, old: str, new: str) -> str:
    """The path with the last folder of one name called like the other.

    >>> exchanged("images/train/images/a", "images", "labels")
    'images/train/labels/a'
    """
    parts = path.split("/")
    for index in range(len(parts) - 2, -1, -1):
        if parts[index].casefold() == old:
            return "/".join([*parts[:index], new, *parts[index + 1 :]])
    return path


def ids_of(path: str, folder: str) -> list[str]:
    """The names that an item may have: its path below the folder, with its split and without.

    >>> ids_of("images/train/a.jpg", "images"), ids_of("valid/images/a.jpg", "images")
    (['train/a.jpg', 'a.jpg'], ['valid/a.jpg', 'a.jpg'])
    >>> ids_of("obj_train_data/x/a.jpg", "images"), ids_of("x/a.jpg", "images")
    (['x/a.jpg'], ['x/a.jpg'])
    """
    parts = path.split("/")
    places = [
        index
        for index, part in enumerate(parts[:-1])
        if part.casefold() == folder or DARKNET.fullmatch(part.casefold())
    ]
    if not places:
        return [path]
    inner, before = parts[places[-1] + 1 :], parts[: places[-1]]
    if before and before[-1].casefold() in SPLIT_WORDS:
        inner = [before[-1], *inner]
    has_split = len(inner) > 1 and inner[0].casefold() in SPLIT_WORDS
    return ["/".join(inner), *(["/".join(inner[1:])] if has_split else [])]


def _split_of(path: str) -> str | None:
    found = (SPLIT_WORDS.get(part.casefold()) for part in path.split("/")[:-1])
    return next((split for split in found if split), None)


def _stem(path: str) -> str:
    return path.rpartition(".")[0]


def _may_be_labels(entry: Entry) -> bool:
    path = entry.path.casefold()
    folders = path.split("/")[:-1]
    is_inside = "labels" in folders or any(DARKNET.fullmatch(folder) for folder in folders)
    return path.endswith(".txt") and is_inside and not LIST.search(path)


def _labels(
    archive: ImageArchive, entry: Entry, names: Names, controls: Controls
) -> tuple[ItemLabel, ...]:
    """One label with all objects; of an empty file, that there is nothing. Raises RowRefused."""
    if controls.is_empty:
        return ()
    try:
        lines = archive.read(entry, MAX_LABELS).decode("utf-8-sig").splitlines()
        objects = [
            _object(line.split(), f"line {index}", names, controls)
            for index, line in enumerate(lines, start=1)
            if line.strip()
        ]
        if not objects and controls.answer([], "shapes", "line 1") is None:
            return ()
    except UnicodeDecodeError as error:
        problem = Problem("encoding", "The file is not UTF-8.")
        raise RowRefused(problem.at(entry=entry.info.orig_filename)) from error
    except RowRefused as error:
        raise RowRefused(error.problem.at(entry=entry.info.orig_filename)) from error
    answer = functools.partial(_answer, objects, controls)
    return (ItemLabel(answer, field=entry.path),)


def _object(tokens: list[str], field: str, names: Names, controls: Controls) -> Object:
    """A line: a class, then a box by its middle, or the points of an outline.

    One number more is how sure a model was, and is passed over.
    """
    if len(tokens) > MOST_NUMBERS:
        raise RowRefused(
            Problem(
                "too_many",
                "There are more than {most} points.",
                field=field,
                params={"most": MAX_POINTS},
            )
        )
    shares = [number(token, field=field) for token in tokens[1:]]
    if len(shares) % 2:
        shares.pop()
    if len(shares) < BOX_VALUES:
        raise RowRefused(
            Problem(
                "bad_line",
                "The line has {count} numbers; a box has 5, an outline 7 or more.",
                field=field,
                params={"count": len(tokens)},
                hint=Hint("A line is a class and shares of the image’s width and height."),
            )
        )
    far = next((share for share in shares if not LEAST_SHARE <= share <= LARGEST_SHARE), None)
    if far is not None:
        raise RowRefused(
            Problem(
                "not_a_share",
                "{value} is not a share of the image, from 0 to 1.",
                field=field,
                params={"value": far},
                hint=Hint("Pixels are divided by the width or height of the image."),
            )
        )
    tool = "box" if len(shares) == BOX_VALUES else "polygon"
    control, label = controls.named("shapes", _name(tokens[0], field, names), tool, field=field)
    return control["name"], label, tool, shares


def _name(token: str, field: str, names: Names) -> str:
    place = number(token, field=field)
    if place not in names:
        raise RowRefused(
            Problem(
                "unknown_class_number",
                "The class {number} has no name; {count} classes are named.",
                field=field,
                params={"number": place, "count": len(names)},
            )
        )
    return names[int(place)]


def _answer(objects: list[Object], controls: Controls, facts: ItemFacts) -> dict[str, Any]:
    """The objects in pixels of an image of known size. Raises RowRefused."""
    if not facts.width or not facts.height:
        raise RowRefused(Problem("unknown_size", "The size of the image is not known."))
    found = [
        (control, {"label": label, tool: _in_pixels(tool, shares, facts.width, facts.height)})
        for control, label, tool, shares in objects
    ]
    return controls.answer(found, "shapes", "line 1") or {}


def _in_pixels(tool: str, shares: list[int | float], width: int, height: int) -> list[Any]:
    """
    >>> _in_pixels("box", [0.5, 0.5, 0.5, 1], 100, 100)
    [25.0, 0.0, 50.0, 100.0]
    """
    if tool == "polygon":
        return [
            [_inside(x * width, width), _inside(y * height, height)]
            for x, y in zip(shares[::2], shares[1::2], strict=True)
        ]
    x, y, wide, high = shares
    left, right = (_inside((x + side * wide / 2) * width, width) for side in (-1, 1))
    top, bottom = (_inside((y + side * high / 2) * height, height) for side in (-1, 1))
    return [left, top, right - left, bottom - top]


def _inside(value: float, limit: int) -> float:
    """A place that rounding has put outside the image becomes one at its edge."""
    return min(max(value, 0), limit) if -ROUNDING <= value <= limit + ROUNDING else value


reader = Reader(title, ("image",), read_items, measure=count, counts_rows=True, has_images=True)
