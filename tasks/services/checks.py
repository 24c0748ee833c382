"""Turns what models and kinds refuse into a DomainError that names the field."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from labelops.errors import DomainError
from tasks.kinds import SchemaError
from tasks.kinds.schema import validate_schema


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


def check_schema(label_schema: Any, item_type: str) -> dict[str, Any]:
    """The normalised label schema. Raises DomainError with the path to the wrong place."""
    try:
        return validate_schema(label_schema, item_type)
    except SchemaError as error:
        raise DomainError(
            _(error.template).format(**error.params),
            code=error.code,
            field=f"label_schema.{error.path}" if error.path else "label_schema",
            hint=error.hint or None,
        ) from error
