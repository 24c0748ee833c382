"""Which format a JSON file has, told from the elements that it begins with."""

from typing import Any, BinaryIO

from labelops.hints import Hint
from labelops.strict_json import StrictJSONError, loads
from tasks.formats.json_elements import elements
from tasks.formats.problems import FileRefused, Problem

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
    return "json"


def _first(stream: BinaryIO) -> Any:
    """The first element, None where there is none that can be read: its reader says why."""
    try:
        found = next(elements(stream), None)
        return None if found is None else loads(found.source)
    except (FileRefused, StrictJSONError):
        return None
    finally:
        stream.seek(0)
