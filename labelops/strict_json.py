"""JSON read strictly: what databases, browsers and other programs disagree about is refused."""

import codecs
import json
import math
import re
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

MAX_DEPTH = 64
SHOWN_LENGTH = 80
PATH_LENGTH = 300
LARGEST_INTEGER = 2**63 - 1
SMALLEST_FLOAT = 2.2250738585072014e-308
STRINGS = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
BRACKETS = re.compile(r"[\[{]+|[\]}]+")
DECODER_CODES = {True: "empty", False: "bad_json"}


class StrictJSONError(ValueError):
    """The text is not JSON that can be stored and given back unchanged."""

    def __init__(self, code: str, message: str, *, path: str = "") -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.path = path[:PATH_LENGTH]


def loads(source: str | bytes | bytearray) -> Any:
    """The value of one JSON text in UTF-8, with or without a byte order mark.

    >>> loads('{"id": 1, "scores": [0.5]}')
    {'id': 1, 'scores': [0.5]}
    >>> loads('{"id": 1, "id": 2}')
    Traceback (most recent call last):
    labelops.strict_json.StrictJSONError: The key "id" occurs twice in one object.
    """
    text = source if isinstance(source, str) else decode(bytes(source))
    text = text.removeprefix("\ufeff")
    if "\x00" in text:
        raise StrictJSONError("null_byte", "The text holds a null character.")
    _check_depth(text)
    try:
        value = DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise StrictJSONError(
            DECODER_CODES[not text.strip()],
            f"Not JSON at line {error.lineno}, column {error.colno}: {error.msg}.",
        ) from error
    except StrictJSONError as error:
        error.path = _place(text)[:PATH_LENGTH]
        raise
    if "\\u" in text or not _encodes(text):
        check(value)
    return value


def decode(source: bytes) -> str:
    """UTF-8 bytes as text; another encoding is named as far as it can be told.

    >>> decode(b"caf\\xc3\\xa9")
    'café'
    """
    if source.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        raise StrictJSONError("encoding", "The text is UTF-16; save it as UTF-8.")
    # JSON begins with an ASCII character: a zero byte beside it betrays UTF-16 without a mark.
    if len(source) > 1 and 0 in source[:2] and source[:2] != b"\x00\x00":
        raise StrictJSONError("encoding", "The text looks like UTF-16; save it as UTF-8.")
    try:
        return source.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise StrictJSONError(
            "encoding", f"The text is not UTF-8 at byte {error.start}."
        ) from error


def check(value: Any, path: str = "", depth: int = 0) -> None:
    """Refuses in a value parsed elsewhere what `loads` refuses in a text.

    >>> check({"note": "fine", "scores": [1, 0.5]})
    """
    if depth > MAX_DEPTH:
        raise StrictJSONError("too_deep", f"Values nest at most {MAX_DEPTH} deep.", path=path)
    if isinstance(value, str):
        _check_text(value, path)
    elif isinstance(value, dict):
        for key, entry in value.items():
            if not isinstance(key, str):
                raise StrictJSONError("bad_json", "The keys of an object are texts.", path=path)
            _check_text(key, path)
            check(entry, f"{path}.{key}" if path else key, depth + 1)
    elif isinstance(value, list):
        for index, entry in enumerate(value):
            check(entry, f"{path}[{index}]", depth + 1)
    elif isinstance(value, int | float):
        _check_number(value, path)
    elif value is not None:
        kind = type(value).__name__
        raise StrictJSONError("bad_json", f"A {kind} is not a JSON value.", path=path)


def _place(text: str) -> str:
    """The path to the first value that was refused; empty where the text breaks off later.

    The decoder does not know where it is, so the text is read once more without stopping.
    """
    try:
        return _path_of_error(LENIENT.decode(text)) or ""
    except json.JSONDecodeError:
        return ""


def _path_of_error(value: Any, path: str = "") -> str | None:
    if isinstance(value, StrictJSONError):
        return path
    entries: Iterable[tuple[str, Any]] = ()
    if isinstance(value, dict):
        entries = ((f"{path}.{key}" if path else key, entry) for key, entry in value.items())
    elif isinstance(value, list):
        entries = ((f"{path}[{index}]", entry) for index, entry in enumerate(value))
    found = (_path_of_error(entry, place) for place, entry in entries)
    return next((place for place in found if place is not None), None)


def _check_depth(text: str) -> None:
    if text.count("[") + text.count("{") <= MAX_DEPTH:
        return
    depth = 0
    for run in BRACKETS.findall(STRINGS.sub("", text)):
        depth += len(run) if run[0] in "[{" else -len(run)
        if depth > MAX_DEPTH:
            raise StrictJSONError("too_deep", f"Values nest at most {MAX_DEPTH} deep.")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) < len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for index, key in enumerate(keys) if key in keys[:index])
        raise StrictJSONError(
            "duplicate_key", f"The key {_shown(twice)} occurs twice in one object."
        )
    return value


def _constant(name: str) -> NoReturn:
    raise StrictJSONError("not_finite", f"{name} is not a JSON number.")


def _integer(text: str) -> int:
    if len(text) < len(str(LARGEST_INTEGER)):
        return int(text)
    # Before int(): Python itself fails on integers of more than 4,300 digits.
    if len(text) > len(str(-LARGEST_INTEGER)):
        raise StrictJSONError("number_out_of_range", f"The number {text[:20]}… is too large.")
    number = int(text)
    _check_number(number, "")
    return number


def _float(text: str) -> float:
    number = float(text)
    if SMALLEST_FLOAT <= abs(number) < math.inf:
        return number
    _check_number(number, "", written=text)
    return number or 0.0


def _check_number(number: int | float, path: str, *, written: str = "") -> None:
    if isinstance(number, float) and not math.isfinite(number):
        raise StrictJSONError(
            "not_finite", f"The number {written[:20] or number} is not finite.", path=path
        )
    if not -LARGEST_INTEGER <= number <= LARGEST_INTEGER and isinstance(number, int):
        raise StrictJSONError("number_out_of_range", "The number is too large.", path=path)
    if 0 < abs(number) < SMALLEST_FLOAT:
        raise StrictJSONError("number_out_of_range", "The number is too small.", path=path)


def _check_text(text: str, path: str) -> None:
    if "\x00" in text:
        raise StrictJSONError("null_byte", "The text holds a null character.", path=path)
    if not _encodes(text):
        raise StrictJSONError("bad_unicode", "The text holds half of a surrogate pair.", path=path)


def _shown(key: str) -> str:
    """A key as a message shows it: quoted and shortened, nothing invisible left in."""
    return json.dumps(key[:SHOWN_LENGTH])


def _encodes(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _kept(parse: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The same, with the error in place of a value."""

    def parsed(source: Any) -> Any:
        try:
            return parse(source)
        except StrictJSONError as error:
            return error

    return parsed


LENIENT = json.JSONDecoder(
    object_pairs_hook=_kept(_unique),
    parse_constant=_kept(_constant),
    parse_int=_kept(_integer),
    parse_float=_kept(_float),
)
DECODER = json.JSONDecoder(
    object_pairs_hook=_unique,
    parse_constant=_constant,
    parse_int=_integer,
    parse_float=_float,
)
