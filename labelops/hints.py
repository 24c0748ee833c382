"""What may help after a refusal: like its sentence, a template and values, to be translated."""

from typing import Any


class Hint:
    """
    >>> str(Hint("Accepted: {types}.", types="JPEG, PNG"))
    'Accepted: JPEG, PNG.'
    """

    def __init__(self, template: str, **params: Any) -> None:
        self.template = template
        self.params = params

    def __str__(self) -> str:
        return self.template.format(**self.params)
