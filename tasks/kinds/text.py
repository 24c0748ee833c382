"""Text: a free answer; two answers are as far apart as their edit distance says."""

from typing import Any

from tasks.kinds.checks import ANSWER, SCHEMA, join
from tasks.kinds.items import ITEM_TYPES as ALL_ITEM_TYPES
from tasks.kinds.items import ItemFacts
from tasks.kinds.labels import CONTROL_KEYS, validate_frame

ITEM_TYPES = ALL_ITEM_TYPES
DEFAULT_LENGTH = 2000
MAX_LENGTH = 50_000
SUMMARY_LENGTH = 80


def validate_control(control: dict[str, Any], path: str) -> dict[str, Any]:
    """The normalised control.

    >>> validate_control({"name": "note", "type": "text"}, "controls[0]")["max_length"]
    2000
    """
    SCHEMA.keys(control, path, known=(*CONTROL_KEYS, "max_length"))
    most = control.get("max_length", DEFAULT_LENGTH)
    length = SCHEMA.integer(most, join(path, "max_length"), least=1, most=MAX_LENGTH)
    return {**validate_frame(control, path), "max_length": length}


def validate_value(control: dict[str, Any], value: Any, item: ItemFacts, path: str) -> str:
    """The text exactly as typed.

    A control stored without `max_length` has the usual one.

    >>> validate_value({"max_length": 5}, "héllo", ItemFacts("text"), "note")
    'héllo'
    """
    return ANSWER.text(value, path, most=control.get("max_length", DEFAULT_LENGTH))


def distance(control: dict[str, Any], a: str, b: str) -> float:
    """Levenshtein distance over the length of the longer text.

    >>> round(distance({}, "kitten", "sitting"), 4)
    0.4286
    """
    longest = max(len(a), len(b))
    return levenshtein(a, b) / longest if longest else 0.0


def agrees(control: dict[str, Any], a: str, b: str) -> bool:
    """Whether two texts are the same but for spaces around and between words.

    >>> agrees({}, "a  robin ", "a robin")
    True
    """
    return a.split() == b.split()


def is_empty(control: dict[str, Any], value: str) -> bool:
    """Whether there is nothing but white space.

    >>> is_empty({}, "  ")
    True
    """
    return not value.strip()


def classes(control: dict[str, Any]) -> list[str]:
    """Free text has no classes.

    >>> classes({})
    []
    """
    return []


def summary(control: dict[str, Any], value: str) -> str:
    """The beginning of the text on one line.

    >>> summary({}, "two\\nlines")
    'two lines'
    """
    line = " ".join(value[: 4 * SUMMARY_LENGTH].split())
    return line if len(line) <= SUMMARY_LENGTH else line[: SUMMARY_LENGTH - 1] + "…"


def levenshtein(a: str, b: str) -> int:
    """The least number of inserted, deleted and replaced characters.

    Bit-parallel (Myers 1999, in Hyyrö's form): a row of the table is one Python integer.

    >>> levenshtein("kitten", "sitting"), levenshtein("", "abc")
    (3, 3)
    """
    if not a or not b:
        return len(a) or len(b)
    places: dict[str, int] = {}
    for index, char in enumerate(a):
        places[char] = places.get(char, 0) | 1 << index
    full, last = (1 << len(a)) - 1, 1 << (len(a) - 1)
    up, down, score = full, 0, len(a)
    for char in b:
        equal = places.get(char, 0)
        across = (((equal & up) + up) ^ up) | equal
        plus, minus = down | ~(across | up) & full, up & across
        score += bool(plus & last) - bool(minus & last)
        plus, minus = plus << 1 | 1, minus << 1
        diagonal = equal | down
        up, down = (minus | ~(diagonal | plus)) & full, plus & diagonal & full
    return score
