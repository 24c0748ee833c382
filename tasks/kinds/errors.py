"""What a schema or an answer breaks: a stable code, the path to the field, a sentence."""

import difflib
from collections.abc import Iterable
from typing import Any

from labelops.hints import Hint

SHOWN_LENGTH = 80


class KindError(ValueError):
    """`template` and `params` are kept apart so that a page can translate the sentence.

    >>> error = KindError("empty", "controls[0].title", "The {what} is empty.", what="title")
    >>> error.message, error.path
    ('The title is empty.', 'controls[0].title')
    """

    def __init__(
        self, code: str, path: str, template: str, *, hint: Hint | None = None, **params: Any
    ) -> None:
        self.code = code
        self.path = path
        self.template = template
        self.params = params
        self.hint = hint
        super().__init__(self.message)

    @property
    def message(self) -> str:
        return self.template.format(**self.params)


class SchemaError(KindError):
    """The label schema cannot be published as it stands."""


class AnswerError(KindError):
    """The answer does not fit its label schema or its item."""


def shown(value: Any) -> str:
    """A value as a message shows it: quoted, shortened, nothing invisible left in.

    >>> shown("robin"), shown("a" * 100) == '"' + "a" * 79 + '…"', shown(3), shown([3])
    ('"robin"', True, '3', 'a list')
    >>> print(shown("left\\u202eright"))
    "left\\u202eright"
    """
    if not isinstance(value, str):
        return _shown_other(value)
    text = value if len(value) <= SHOWN_LENGTH else value[: SHOWN_LENGTH - 1] + "…"
    visible = "".join(
        char if char.isprintable() else char.encode("unicode_escape").decode() for char in text
    )
    return f'"{visible}"'


def _shown_other(value: Any) -> str:
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "an object"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    # Python refuses to write out integers of more than 4,300 digits.
    huge = isinstance(value, int) and value.bit_length() > SHOWN_LENGTH
    return "a very large number" if huge else repr(value)[:SHOWN_LENGTH]


def nearest(value: Any, known: Iterable[str]) -> Hint | None:
    """The hint that names the known word closest to an unknown one, if any is close.

    >>> str(nearest("Robbin", ["robin", "crow"]))
    'Did you mean "robin"?'
    """
    if not isinstance(value, str):
        return None
    by_folded = {word.casefold(): word for word in known}
    found = difflib.get_close_matches(value[:SHOWN_LENGTH].casefold(), by_folded, n=1)
    return Hint("Did you mean {word}?", word=shown(by_folded[found[0]])) if found else None
