"""Which format a JSON file has, told from the elements that it begins with."""

from typing import Any, BinaryIO

from labelops.hints import Hint
from labelops.strict_json import StrictJSONError, loads
from tasks.formats.json_elements import elements
from tasks.formats.problems import FileRefused, Problem

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


def _is_task(element: dict[str, Any]) -> bool:
    """Whether an object is a task of Label Studio, even one that nobody has annotated.

    >>> _is_task({"data": {"text": "x"}, "id": 1})
    True
    >>> _is_task({"data": {"lang": "en"}, "id": 1, "text": "x"})
    False
    """
    if not isinstance(element.get("data"), dict):
        return False
    lists = any(isinstance(element.get(name), list) for name in TASK_LISTS)
    return lists or not ITEM_KEYS & element.keys()


def _first(stream: BinaryIO) -> Any:
    """The first element, None where there is none that can be read: its reader says why."""
    try:
        found = next(elements(stream), None)
        return None if found is None else loads(found.source)
    except (FileRefused, StrictJSONError):
        return None
    finally:
        stream.seek(0)
