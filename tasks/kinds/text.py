"""Text: a free answer; two answers are as far apart as their edit distance says.

A translation stands `beside` its source, in a `language` (BCP 47) that spelling checkers and
screen readers go by, and is checked against the source in the editor: by `length_ratio`
(characters of the answer over those of the source, least and most) and `same_numbers`. What these
checks find is a warning to the person who types, never a reason to refuse an answer.
"""

import re
from typing import Any

from labelops.hints import Hint
from tasks.kinds.checks import ANSWER, SCHEMA, WORD_LENGTH, join
from tasks.kinds.errors import shown
from tasks.kinds.items import ITEM_TYPES as ALL_ITEM_TYPES
from tasks.kinds.items import ItemFacts
from tasks.kinds.labels import CONTROL_KEYS, validate_frame

ITEM_TYPES = ALL_ITEM_TYPES
DEFAULT_LENGTH = 2000
MAX_LENGTH = 50_000
MAX_RATIO = 100
LAYOUTS = ("below", "beside")
DIRECTIONS = ("auto", "ltr", "rtl")
TRANSLATION_KEYS = ("layout", "direction", "language", "length_ratio", "same_numbers")
LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
SUMMARY_LENGTH = 80


def validate_control(control: dict[str, Any], path: str) -> dict[str, Any]:
    """The normalised control.

    >>> validate_control({"name": "note", "type": "text"}, "controls[0]")["max_length"]
    2000
    """
    SCHEMA.keys(control, path, known=(*CONTROL_KEYS, "max_length", *TRANSLATION_KEYS))
    most = control.get("max_length", DEFAULT_LENGTH)
    length = SCHEMA.integer(most, join(path, "max_length"), least=1, most=MAX_LENGTH)
    return {**validate_frame(control, path), "max_length": length, **_translation(control, path)}


def _translation(control: dict[str, Any], path: str) -> dict[str, Any]:
    """What makes a text a translation; what is as usual is left out.

    >>> _translation({"layout": "beside", "direction": "auto"}, "controls[0]")
    {'layout': 'beside'}
    """
    kept: dict[str, Any] = {}
    for key, allowed in (("layout", LAYOUTS), ("direction", DIRECTIONS)):
        value = SCHEMA.text(control.get(key, allowed[0]), join(path, key), most=WORD_LENGTH)
        if value not in allowed:
            SCHEMA.fail(
                "unknown_value",
                join(path, key),
                "{value} is not known here.",
                hint=Hint("One of: {words}.", words=", ".join(allowed)),
                value=shown(value),
            )
        if value != allowed[0]:
            kept[key] = value
    if language := _language(control.get("language", ""), join(path, "language")):
        kept["language"] = language
    if "length_ratio" in control:
        kept["length_ratio"] = _ratio(control["length_ratio"], join(path, "length_ratio"))
    if SCHEMA.boolean(control.get("same_numbers", False), join(path, "same_numbers")):
        kept["same_numbers"] = True
    return kept


def _language(value: Any, path: str) -> str:
    language = SCHEMA.text(value, path, most=WORD_LENGTH).strip()
    if language and not LANGUAGE.fullmatch(language):
        SCHEMA.fail(
            "unknown_value",
            path,
            "{value} is no language code.",
            hint=Hint("Codes look like de, pt-BR or zh-Hant."),
            value=shown(language),
        )
    return language


def _ratio(value: Any, path: str) -> list[int | float]:
    """The least and the most that an answer may be as long as its source."""
    ends = SCHEMA.sequence(value, path, least=2, most=2)
    low, high = (SCHEMA.number(end, path) for end in ends)
    if not 0 <= low < high <= MAX_RATIO:
        SCHEMA.fail(
            "number_out_of_range",
            path,
            "The least ratio must be below the most, both between 0 and {most}.",
            most=MAX_RATIO,
        )
    return [low, high]


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


def classes_in(value: Any) -> list[str]:
    """A text names no classes.

    >>> classes_in("robin")
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
