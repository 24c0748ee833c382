"""Which format a JSON file has, told from the elements that it begins with."""

from typing import Any, BinaryIO

from labelops.hints import Hint
from labelops.strict_json import StrictJSONError, loads
from tasks.formats.json_elements import Element, elements
from tasks.formats.problems import FileRefused, Problem

# What the first entry of each array of COCO has, whichever array comes first.
COCO_KEYS = {
    "images": {"id", "file_name"},
    "annotations": {"image_id", "category_id"},
    "categories": {"id", "name"},
}
# Another array may come first: it is passed over up to here.
MOST_BYTES = 64 * 1024**2
TASK_LISTS = ("annotations", "predictions", "completions")
# What items of ours have beside their data.
ITEM_KEYS = {"item", "external_id", "text", "answer"}
# What every row of the JSON-MIN of Label Studio has.
MIN_KEYS = {"annotation_id", "annotator", "lead_time"}


def array_format(stream: BinaryIO) -> str:
    """The format of an array, by its first element. Raises FileRefused.

    >>> import io
    >>> array_format(io.BytesIO(b'[{"id": 1, "text": "one"}]'))
    'json'
    """
    first = _first(stream)
    if isinstance(first, dict) and first.keys() >= MIN_KEYS:
        raise FileRefused(
            Problem(
                "json_min",
                "The file is JSON-MIN of Label Studio, which does not say what it holds.",
                hint=Hint("Export it as JSON."),
            )
        )
    return "label-studio" if isinstance(first, dict) and _is_task(first) else "json"


def object_format(stream: BinaryIO) -> str:
    """The format of a file that begins with an object: "coco", or else "jsonl".

    >>> import io
    >>> object_format(io.BytesIO(b'{"info": {}, "images": [{"id": 1, "file_name": "a"}]}'))
    'coco'
    >>> object_format(io.BytesIO(b'{"id": 1, "categories": [{"id": 2}]}'))
    'jsonl'
    """
    try:
        for element in elements(stream):
            if element.index == 0 and _is_coco(element):
                return "coco"
            if stream.tell() > MOST_BYTES:
                break
    except FileRefused:
        # JSONL has more than one object, which its reader takes one by one.
        return "jsonl"
    finally:
        stream.seek(0)
    return "jsonl"


def _is_coco(element: Element) -> bool:
    """Whether the first element of an array is one that COCO has in the array of that name."""
    needed = COCO_KEYS.get(element.name)
    try:
        value = loads(element.source) if needed else None
    except StrictJSONError:
        return False
    return isinstance(value, dict) and bool(needed) and value.keys() >= needed


def _is_task(element: dict[str, Any]) -> bool:
    """Whether an object is a task of Label Studio, even one that nobody has annotated.

    >>> _is_task({"data": {"text": "x"}, "id": 1})
    True
    >>> _is_task({"data": {"lang": "en"}, "id": 1, "text": "x"})
    False
    """
    if not isinstance(element.get("data"), dict):
        return False
    lists = [element[name] for name in TASK_LISTS if name in element]
    if lists:
        return all(isinstance(entries, list) for entries in lists)
    return not ITEM_KEYS & element.keys()


def _first(stream: BinaryIO) -> Any:
    """The first element, None where there is none that can be read: its reader says why."""
    try:
        found = next(elements(stream), None)
        return None if found is None else loads(found.source)
    except (FileRefused, StrictJSONError):
        return None
    finally:
        stream.seek(0)
