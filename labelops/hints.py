"""Sentences of the pure packages, to be translated where they are shown."""

from typing import Any


def marked(sentence: str) -> str:
    """The sentence as it is; its translators find it by this call where gettext is not known.

    >>> marked("This format has no place for texts.")
    'This format has no place for texts.'
    """
    return sentence


class Hint:
    """What may help after a refusal: like its sentence, a template and values.

    >>> str(Hint("Accepted: {types}.", types="JPEG, PNG"))
    'Accepted: JPEG, PNG.'
    """

    def __init__(self, template: str, **params: Any) -> None:
        self.template = template
        self.params = params

    def __str__(self) -> str:
        return self.template.format(**self.params)
