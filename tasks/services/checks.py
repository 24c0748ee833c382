"""Turns what models and kinds refuse into a DomainError that names the field."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from labelops.errors import DomainError
from labelops.hints import Hint
from tasks.formats.problems import Problem
from tasks.kinds import SchemaError
from tasks.kinds.errors import KindError
from tasks.kinds.schema import validate_schema

# Why somebody did something: a sentence or two that others read in the history.
REASON_LENGTH = 500


def check_fields(instance: models.Model, *names: str) -> None:
    """Check the named fields of an unsaved change. Raises DomainError for the first wrong one."""
    exclude = [field.name for field in instance._meta.fields if field.name not in names]
    try:
        instance.clean_fields(exclude=exclude)
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise DomainError(messages[0], field=field) from error
    for name in names:
        value = getattr(instance, name)
        if isinstance(value, str) and "\x00" in value:
            raise DomainError(_("The text holds a null character."), field=name)


def check_words(text: str, limit: int, *, field: str) -> str:
    """What a person wrote, without the blanks around it. Raises DomainError when it is no text."""
    text = text.strip()
    if not text or len(text) > limit or "\x00" in text:
        raise DomainError(
            _("Write a text of at most %(limit)d characters.") % {"limit": limit},
            code="text_needed",
            field=field,
        )
    return text


def check_schema(label_schema: Any, item_type: str) -> dict[str, Any]:
    """The normalised label schema. Raises DomainError with the path to the wrong place."""
    try:
        return validate_schema(label_schema, item_type)
    except SchemaError as error:
        raise refusal(error, "label_schema") from error


def refusal(error: KindError, root: str) -> DomainError:
    """What a schema or an answer breaks, in the language that is active; `root` names the field."""
    return DomainError(
        translated(error),
        code=error.code,
        field=f"{root}.{error.path}" if error.path else root,
        hint=translated(error.hint) if error.hint else None,
    )


def problem_of(error: DomainError, **place: Any) -> Problem:
    """What a service refused, as the problem of a row of a file."""
    return Problem(
        error.code,
        "{message}",
        hint=Hint("{hint}", hint=str(error.hint)) if error.hint else None,
        params={"message": str(error.message)},
        **place,
    )


def translated(sentence: Problem | KindError | Hint) -> str:
    """A sentence of the pure packages in the language that is active."""
    return _(sentence.template).format(**sentence.params)
