"""Values as the cells of a CSV file, safe to open in a spreadsheet."""

import json
from typing import Any

FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def cell(value: Any) -> Any:
    """A value as a spreadsheet may open it without running it.

    >>> cell("=1+1"), cell(-1), cell(["a", "b"]), cell(None)
    ("'=1+1", -1, '["a", "b"]', '')
    """
    plain = raw_cell(value)
    if isinstance(plain, str) and plain.startswith(FORMULA_STARTS):
        return f"'{plain}"
    return plain


def without_apostrophe(text: str) -> str:
    """What a spreadsheet could have run, without the apostrophe that `cell` put before it.

    >>> without_apostrophe("'=1+1"), without_apostrophe("'tis")
    ('=1+1', "'tis")
    """
    return text[1:] if text.startswith("'") and text[1:].startswith(FORMULA_STARTS) else text


def raw_cell(value: Any) -> Any:
    """A value as it is stored; nothing is empty, objects and several choices are JSON.

    >>> raw_cell("=1+1"), raw_cell(["a", "b"]), raw_cell(None)
    ('=1+1', '["a", "b"]', '')
    """
    if value is None:
        return ""
    if isinstance(value, list | dict):
        return json.dumps(value, ensure_ascii=False)
    return value
