"""The images of a COCO file with what is annotated on each, whatever the order in the file.

They wait in a temporary SQLite file without a name: memory does not grow with the file.
"""

import sqlite3
from collections.abc import Iterator
from types import TracebackType
from typing import Any, BinaryIO, NamedTuple

import orjson

from labelops.hints import Hint
from labelops.strict_json import StrictJSONError, loads
from tasks.formats.json_elements import Element, elements, place_of
from tasks.formats.pauses import Pauses
from tasks.formats.problems import FileRefused, Problem, RowRefused, visible
from tasks.kinds.objects import MAX_OBJECTS

IMAGES, ANNOTATIONS, CATEGORIES = "images", "annotations", "categories"
MAX_CATEGORIES = 10_000
MAX_INFO = 64 * 1024
# Of all annotations of one image, which are in memory together.
MAX_BYTES = 32 * 1024**2
# What waits to be stored together, as long as it is no longer than this.
ROWS_AT_ONCE, LONG = 1_000, 16 * 1024
TABLES = """
CREATE TABLE image (position INTEGER PRIMARY KEY, key TEXT, source BLOB);
CREATE TABLE annotation (position INTEGER PRIMARY KEY, key TEXT, source BLOB);
"""
INSERTS = {
    IMAGES: "INSERT INTO image VALUES (?, ?, ?)",
    ANNOTATIONS: "INSERT INTO annotation VALUES (?, ?, ?)",
}
INDEXES = """
CREATE INDEX image_key ON image (key);
CREATE INDEX annotation_key ON annotation (key);
"""


class Entry(NamedTuple):
    """An object of one of the arrays, and its place there."""

    index: int
    fields: dict[str, Any]


class CocoFile:
    """A COCO file in groups; `load` it first, to the end."""

    def __init__(self) -> None:
        self.rows = sqlite3.connect("")
        self.rows.executescript(f"PRAGMA journal_mode = OFF;{TABLES}")
        self.categories: dict[str, dict[str, Any]] = {}
        self.info: dict[str, Any] = {}
        self.image_count = self.annotation_count = 0
        # What was given again of the file.
        self.given_bytes = 0
        self.waiting: dict[str, list[tuple[int, str | None, bytes]]] = {
            IMAGES: [],
            ANNOTATIONS: [],
        }

    def __enter__(self) -> "CocoFile":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.rows.close()

    def load(self, stream: BinaryIO) -> Iterator[None]:
        """Reads the file, and stops now and then to say that it lives. Raises FileRefused."""
        pauses = Pauses()
        for element in elements(stream):
            self._take(element)
            if pauses.is_due():
                yield
        for name in self.waiting:
            self._store(name)
        self.rows.executescript(INDEXES)
        if not self.image_count:
            raise FileRefused(Problem("no_rows", "The file names no images.", field=IMAGES))

    def images(self, after: int) -> Iterator[tuple[int, Entry | Problem]]:
        """The images after that one, counted from 1; bad ones as a Problem."""
        query = "SELECT position, key, source FROM image WHERE position > ? ORDER BY position"
        for row, key, source in self.rows.execute(query, [after]):
            self.given_bytes += len(source)
            try:
                entry = _entry(IMAGES, row - 1, source)
                self._refuse_unclear(row, key)
            except RowRefused as error:
                yield row, error.problem
            else:
                yield row, entry

    def annotations(self, image: Entry) -> Iterator[Entry]:
        """What is annotated on an image. Raises RowRefused."""
        key = id_of(image.fields.get("id"))
        query = "SELECT count(*), sum(length(source)) FROM annotation WHERE key = ?"
        count, size = self.rows.execute(query, [key]).fetchone()
        if count > MAX_OBJECTS or (size or 0) > MAX_BYTES:
            raise RowRefused(
                Problem(
                    "too_many",
                    "The image has {count} annotations of {size} MB together.",
                    field=place_of(IMAGES, image.index),
                    hint=Hint("At most {most} are taken, and 32 MB of them.", most=MAX_OBJECTS),
                    params={"count": count, "size": (size or 0) // 2**20},
                )
            )
        query = "SELECT position, source FROM annotation WHERE key = ? ORDER BY position"
        for position, source in self.rows.execute(query, [key]):
            self.given_bytes += len(source)
            yield _entry(ANNOTATIONS, position - 1, source)

    def orphans(self, after: int) -> Iterator[Problem]:
        """The annotations without an image; their rows follow those of the images."""
        query = (
            "SELECT position, key, source FROM annotation WHERE position > ? AND "
            "(key IS NULL OR NOT EXISTS (SELECT 1 FROM image WHERE image.key = annotation.key)) "
            "ORDER BY position"
        )
        for position, key, source in self.rows.execute(query, [after - self.image_count]):
            yield _orphan(position - 1, key, source).at(row=self.image_count + position)

    def _take(self, element: Element) -> None:
        name, index, source = element
        if index is None:
            if name in (IMAGES, ANNOTATIONS, CATEGORIES):
                raise FileRefused(Problem("not_a_list", "This is no list.", field=name))
            if name == "info" and len(source) <= MAX_INFO:
                self.info = _fields(source)
        elif name == CATEGORIES:
            self._add_category(index, _fields(source))
        elif name in self.waiting:
            is_image = name == IMAGES
            key = id_of(_fields(source).get("id" if is_image else "image_id"))
            self.waiting[name].append((index + 1, key, source))
            self.image_count += is_image
            self.annotation_count += not is_image
            if len(self.waiting[name]) >= ROWS_AT_ONCE or len(source) > LONG:
                self._store(name)

    def _store(self, name: str) -> None:
        self.rows.executemany(INSERTS[name], self.waiting[name])
        self.waiting[name].clear()

    def _add_category(self, index: int, fields: dict[str, Any]) -> None:
        """One without id or name is passed over: what refers to it is named."""
        key = id_of(fields.get("id"))
        if key is None or not isinstance(fields.get("name"), str):
            return
        if key in self.categories or len(self.categories) == MAX_CATEGORIES:
            raise FileRefused(
                Problem(
                    "bad_categories",
                    "Two categories have the id {id}, or there are more than {most}.",
                    field=place_of(CATEGORIES, index),
                    params={"id": visible(key), "most": MAX_CATEGORIES},
                )
            )
        self.categories[key] = fields

    def _refuse_unclear(self, row: int, key: str | None) -> None:
        place = place_of(IMAGES, row - 1)
        if key is None:
            raise RowRefused(
                Problem("missing_id", "The image has no id.", row=row, field=f"{place}.id")
            )
        query = "SELECT min(position) FROM image WHERE key = ?"
        [first] = self.rows.execute(query, [key]).fetchone()
        if first != row:
            raise RowRefused(
                Problem(
                    "duplicate_id",
                    "Image {first} has the id {id} already.",
                    row=row,
                    field=f"{place}.id",
                    params={"first": first, "id": visible(key)},
                )
            )


def id_of(value: Any) -> str | None:
    """An id as text: some tools write numbers, others texts. None for what is none.

    >>> id_of(7), id_of("7 "), id_of(7.0), id_of(True), id_of([7])
    ('7', '7', '7', None, None)
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, int | str):
        return None
    return str(value).strip() or None


def _fields(source: bytes) -> dict[str, Any]:
    """A quick look into an object; what is strictly wrong with it is said when it is read."""
    try:
        value = orjson.loads(source)
    except orjson.JSONDecodeError:
        return {}
    return value if isinstance(value, dict) else {}


def _entry(name: str, index: int, source: bytes) -> Entry:
    place = place_of(name, index)
    try:
        value = loads(source)
    except StrictJSONError as error:
        field = f"{place}.{error.path}" if error.path else place
        raise RowRefused(
            Problem(error.code, "{reason}", field=field, params={"reason": error.message})
        ) from error
    if not isinstance(value, dict):
        raise RowRefused(Problem("not_an_object", "This is no object.", field=place))
    return Entry(index, value)


def _orphan(index: int, key: str | None, source: bytes) -> Problem:
    place = place_of(ANNOTATIONS, index)
    try:
        _entry(ANNOTATIONS, index, source)
    except RowRefused as error:
        return error.problem
    named = id_of(_fields(source).get("id"))
    hint = Hint("Its id is {id}.", id=visible(named)) if named else None
    if key is None:
        problem = Problem("missing_image", "The annotation does not say on which image it is.")
    else:
        problem = Problem(
            "unknown_image", "The file has no image {id}.", params={"id": visible(key)}
        )
    return problem.at(field=f"{place}.image_id", hint=hint)
