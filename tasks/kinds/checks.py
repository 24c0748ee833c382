"""The small checks that every kind builds on; they raise the error class they were made with."""

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from labelops.hints import Hint
from tasks.kinds.errors import AnswerError, KindError, SchemaError, nearest, shown

NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")
COLOR = re.compile(r"#[0-9a-fA-F]{6}")
LARGEST_NUMBER = 1e12
WORD_LENGTH = 200


@dataclass(frozen=True)
class Checks:
    """Each check returns the value it accepted.

    >>> Checks(AnswerError).integer(3, "severity", least=1, most=5)
    3
    """

    error: type[KindError]

    def fail(
        self, code: str, path: str, template: str, *, hint: Hint | None = None, **params: Any
    ) -> NoReturn:
        raise self.error(code, path, template, hint=hint, **params)

    def mapping(self, value: Any, path: str) -> dict[str, Any]:
        if not isinstance(value, dict):
            self.fail("wrong_type", path, "Expected an object, not {value}.", value=shown(value))
        return value

    def keys(self, value: dict[str, Any], path: str, *, known: Iterable[str]) -> None:
        names = list(known)
        for key in value:
            if key not in names:
                self.fail(
                    "unknown_key",
                    join(path, key),
                    "The key {key} is not known here.",
                    hint=nearest(key, names) or Hint("Known keys: {keys}.", keys=", ".join(names)),
                    key=shown(key),
                )

    def needed(self, value: dict[str, Any], key: str, path: str) -> Any:
        if key not in value:
            self.fail("missing_key", join(path, key), "The key {key} is missing.", key=shown(key))
        return value[key]

    def sequence(self, value: Any, path: str, *, least: int = 0, most: int) -> list[Any]:
        if not isinstance(value, list):
            self.fail("wrong_type", path, "Expected a list, not {value}.", value=shown(value))
        if len(value) < least:
            self.fail("empty", path, "The list needs at least {least} entries.", least=least)
        if len(value) > most:
            self.fail(
                "too_many",
                path,
                "The list has {count} entries; at most {most} are allowed.",
                count=len(value),
                most=most,
            )
        return value

    def text(self, value: Any, path: str, *, least: int = 0, most: int) -> str:
        """A string that every store can hold, kept exactly as it is."""
        if not isinstance(value, str):
            self.fail("wrong_type", path, "Expected a text, not {value}.", value=shown(value))
        if len(value) > most:
            self.fail(
                "too_long",
                path,
                "The text has {count} characters; at most {most} are allowed.",
                count=len(value),
                most=most,
            )
        self.storable(value, path)
        if len(value.strip()) < least:
            self.fail("empty", path, "The text is empty.")
        return value

    def storable(self, value: str, path: str) -> None:
        if value.isprintable():
            # Neither of the two below is.
            return
        if "\x00" in value:
            self.fail("null_byte", path, "The text holds a null character.")
        if any("\ud800" <= char <= "\udfff" for char in value):
            self.fail("bad_unicode", path, "The text holds half of a surrogate pair.")

    def word(self, value: Any, path: str) -> str:
        """A short text that stands for something: an option, a label, an id."""
        text = self.text(value, path, least=1, most=WORD_LENGTH)
        if text != text.strip() or _has_control_character(text):
            self.fail(
                "bad_text",
                path,
                "{value} begins or ends with a space, or holds a control character.",
                value=shown(text),
            )
        return text

    def name(self, value: Any, path: str) -> str:
        """The name of a control or an attribute: a key of stored answers."""
        text = self.text(value, path, least=1, most=WORD_LENGTH)
        if text.startswith("_"):
            self.fail(
                "reserved_name",
                path,
                "Names that begin with _ are reserved: {value}.",
                value=shown(text),
            )
        if not NAME.fullmatch(text):
            self.fail(
                "bad_name",
                path,
                "{value} is not a name.",
                hint=Hint("Use lower-case letters, digits and _; begin with a letter; at most 63."),
                value=shown(text),
            )
        return text

    def boolean(self, value: Any, path: str) -> bool:
        if not isinstance(value, bool):
            self.fail(
                "wrong_type", path, "Expected true or false, not {value}.", value=shown(value)
            )
        return value

    def number(self, value: Any, path: str) -> int | float:
        """A finite number of ordinary size; minus zero becomes zero."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.fail("wrong_type", path, "Expected a number, not {value}.", value=shown(value))
        if isinstance(value, float) and not math.isfinite(value):
            self.fail("not_finite", path, "The number is not finite.")
        if not -LARGEST_NUMBER <= value <= LARGEST_NUMBER:
            self.fail("number_out_of_range", path, "The number is too large to be meant.")
        return value or 0

    def numbers(self, values: list[Any], path: str) -> list[int | float]:
        """Each of them as `number` would have it; there may be thousands."""
        return [
            (value or 0)
            if type(value) in (int, float) and -LARGEST_NUMBER <= value <= LARGEST_NUMBER
            else self.number(value, f"{path}[{index}]")
            for index, value in enumerate(values)
        ]

    def integer(self, value: Any, path: str, *, least: int, most: int) -> int:
        number = self.number(value, path)
        if not isinstance(value, int):
            self.fail("wrong_type", path, "Expected a whole number, not {value}.", value=number)
        if not least <= number <= most:
            self.fail(
                "number_out_of_range",
                path,
                "{value} is not between {least} and {most}.",
                value=number,
                least=least,
                most=most,
            )
        return int(number)


def _has_control_character(text: str) -> bool:
    return not text.isprintable() and any(unicodedata.category(char) == "Cc" for char in text)


SCHEMA = Checks(SchemaError)
ANSWER = Checks(AnswerError)


def join(path: str, key: Any) -> str:
    """The path of a key below a path.

    >>> join("controls[0]", "title"), join("", "species")
    ('controls[0].title', 'species')
    """
    text = key if isinstance(key, str) and key.isidentifier() and len(key) <= 80 else shown(key)
    return f"{path}.{text}" if path else text
