"""Reads the JSON of Label Studio: tasks with their annotations and predictions.

The row of a task is its number in the array, from 1. Images are not in the file: they are found by
the item that our own export names, by an id in the data, or by the name of the image.
"""

import functools
import re
import urllib.parse
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, BinaryIO

from tasks.formats import json_rows
from tasks.formats.controls import Controls
from tasks.formats.items import (
    Answer,
    Content,
    ImportContext,
    ItemLabel,
    ItemRecord,
    Reader,
    Working,
)
from tasks.formats.label_studio import title
from tasks.formats.label_studio_results import ResultsReader
from tasks.formats.problems import Problem, RowRefused
from tasks.formats.records import MAX_ID, Row, clean_id
from tasks.formats.safe_names import IMAGE_SUFFIX
from tasks.formats.table_items import ID, TEXT, check_text, names_of
from tasks.kinds.answer import PATH, UNDECIDABLE
from tasks.kinds.items import ItemFacts

MODEL = "label-studio"
ANNOTATOR_LENGTH = 150
# What an upload puts before the name of a file.
UPLOAD_PREFIX = re.compile(r"[0-9a-f]{8}-")
# Any size will do to see whether results can be turned into an answer at all.
SOME_SIZE = ItemFacts("image", 100, 100)


def read_items(
    stream: BinaryIO, context: ImportContext, after: int
) -> Iterator[ItemRecord | Problem | Working]:
    """The tasks after that number; bad ones as a Problem. Raises FileRefused."""
    tasks = Tasks(context)
    for row in json_rows.read_rows(stream, after=after):
        if not isinstance(row, Row):
            yield row
            continue
        try:
            yield tasks.item(row)
        except RowRefused as error:
            yield error.problem.at(row=row.number)


class Tasks:
    """Makes items of tasks, and answers of what was said about them."""

    def __init__(self, context: ImportContext) -> None:
        self.context = context
        self.results = ResultsReader(Controls(context.schema))

    def item(self, row: Row) -> ItemRecord:
        """The item of a task. Raises RowRefused."""
        data, meta = row.fields.get("data"), row.fields.get("meta")
        if not isinstance(data, dict):
            raise RowRefused(Problem("missing_data", "The task has no data.", field="data"))
        meta = meta if isinstance(meta, dict) else {}
        if self.context.item_type == "image":
            return self._image(row, data, meta)
        return self._text(row, data, meta)

    def _text(self, row: Row, data: dict[str, Any], meta: dict[str, Any]) -> ItemRecord:
        external_id, name = self._id(row, data, meta)
        key = self._text_key(data, name)
        text = data.get(key)
        check_text(text, row.number, f"data.{key}")
        others = {other: value for other, value in data.items() if other not in (key, name)}
        facts = ItemFacts("text", text=text)
        labels = tuple(self._labels(row, meta, facts))
        return ItemRecord(row.number, external_id, {TEXT: text, **others}, labels=labels)

    def _text_key(self, data: dict[str, Any], id_name: str | None) -> str:
        """The key of the text: the usual or chosen one, else that of the only text there is."""
        [usual, *_others] = names_of(TEXT, self.context)
        texts = [key for key in data if isinstance(data[key], str) and key != id_name]
        return texts[0] if usual not in data and len(texts) == 1 else usual

    def _image(self, row: Row, data: dict[str, Any], meta: dict[str, Any]) -> ItemRecord:
        key = next((key for key in data if _is_image(key, data[key])), None)
        names = _image_names(data[key]) if key else []
        external_id, name = self._id(row, data, meta, *names)
        return ItemRecord(
            row.number,
            external_id,
            {other: value for other, value in data.items() if other not in (key, name)},
            labels=tuple(self._labels(row, meta, SOME_SIZE)),
            content=Content.ABSENT,
            aliases=tuple(alias for alias in names if alias != external_id),
        )

    def _id(
        self, row: Row, data: dict[str, Any], meta: dict[str, Any], *names: str
    ) -> tuple[str, str | None]:
        """The id of the item, and the field of the data that holds it, if one does."""
        if "item" in meta:
            return clean_id(meta["item"], field="meta.item", row=row.number), None
        for name in names_of(ID, self.context):
            if name in data:
                return clean_id(data[name], field=f"data.{name}", row=row.number), name
        number = names[0] if names else row.fields.get("id")
        return clean_id(number, field="id", row=row.number), None

    def _labels(self, row: Row, meta: dict[str, Any], facts: ItemFacts) -> Iterator[ItemLabel]:
        if not self.context.schema:
            return
        for key in ("annotations", "completions", "predictions"):
            for index, entry in enumerate(_list(row.fields.get(key), key)):
                place = f"{key}[{index}]"
                if not isinstance(entry, dict):
                    raise RowRefused(Problem("not_an_object", "This is no object.", field=place))
                if key == "predictions":
                    label = _predicted(entry, place)
                    yield replace(label, answer=self._answer(entry, place, {}, facts))
                    continue
                known = _own_facts(meta, index)
                label = _judged(entry, known, place)
                walked = {PATH: known["path"]} if "path" in known else {}
                if entry.get("was_cancelled") is not True:
                    yield replace(label, answer=self._answer(entry, place, walked, facts))
                elif isinstance(known.get("undecidable"), str):
                    yield replace(label, answer={UNDECIDABLE: known["undecidable"], **walked})

    def _answer(
        self, entry: dict[str, Any], place: str, walked: Answer, facts: ItemFacts
    ) -> Answer | Callable[[ItemFacts], Answer]:
        """The answer, which for an image waits for its size. Raises RowRefused."""
        found = _list(entry.get("result"), f"{place}.result")
        answer_for = functools.partial(self.results.answer, found, f"{place}.result", walked)
        answer = answer_for(facts)
        return answer if facts.type == "text" else answer_for


def _own_facts(meta: dict[str, Any], index: int) -> dict[str, Any]:
    """What our own export says of an annotation: of a stored label, or of one of several people.

    >>> _own_facts({"annotators": [{"annotator": "a1"}, {"annotator": "a2"}]}, 1)
    {'annotator': 'a2'}
    >>> _own_facts({"path": {}}, 0)
    {'path': {}}
    """
    people = meta.get("annotators")
    if not isinstance(people, list):
        return meta
    return people[index] if index < len(people) and isinstance(people[index], dict) else {}


def _judged(entry: dict[str, Any], known: dict[str, Any], place: str) -> ItemLabel:
    """Who annotated: by address or name where the file has them, else by number."""
    person = known.get("annotator", entry.get("completed_by"))
    if isinstance(person, dict):
        known = (person.get(key) for key in ("email", "username", "id"))
        person = next((name for name in known if name not in (None, "")), None)
    if person in (None, ""):
        return ItemLabel({}, field=place)
    where = f"{place}.completed_by"
    annotator = clean_id(person, field=where, row=None, limit=ANNOTATOR_LENGTH)
    return ItemLabel({}, annotator=annotator, field=place)


def _predicted(entry: dict[str, Any], place: str) -> ItemLabel:
    score, version = entry.get("score"), entry.get("model_version")
    is_number = isinstance(score, int | float) and not isinstance(score, bool)
    return ItemLabel(
        {},
        model=MODEL,
        model_version=version if isinstance(version, str) and version else None,
        score=score if is_number else None,
        field=place,
    )


def _list(value: Any, place: str) -> list[Any]:
    """A list that may be missing. Raises RowRefused."""
    if value is None:
        return []
    if not isinstance(value, list):
        raise RowRefused(Problem("not_a_list", "This is no list.", field=place, value=value))
    return value


def _is_image(key: str, value: Any) -> bool:
    """Whether a value names an image.

    >>> _is_image("image", "7f"), _is_image("photo", "/a/b.JPG?x=1"), _is_image("note", "b")
    (True, True, False)
    """
    if not isinstance(value, str) or not value:
        return False
    return key == "image" or bool(IMAGE_SUFFIX.search(value.partition("?")[0]))


def _image_names(address: str) -> list[str]:
    """What the item of an image may be called, the most likely first.

    >>> _image_names("/data/upload/3/0a1b2c3d-bird%201.jpg")
    ['bird 1.jpg', '0a1b2c3d-bird 1.jpg', '/data/upload/3/0a1b2c3d-bird%201.jpg']
    >>> _image_names("/data/local-files/?d=birds/1.jpg")[:2]
    ['birds/1.jpg', '1.jpg']
    """
    path, _mark, query = address.partition("?")
    inner = urllib.parse.parse_qs(query).get("d", [""])[0]
    plain = inner or urllib.parse.unquote(path)
    last = plain.replace("\\", "/").rpartition("/")[2]
    is_path = bool(inner) or not (plain.startswith("/") or ":" in plain)
    names = [plain if is_path else "", UPLOAD_PREFIX.sub("", last, count=1), last, address]
    return list(dict.fromkeys(name for name in names if 0 < len(name) <= MAX_ID))


reader = Reader(title, ("image", "text"), read_items)
