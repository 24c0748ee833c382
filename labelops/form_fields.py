"""Fields of forms that Django lacks."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db.models import QuerySet

# The largest id that databases know has 19 digits.
ID_DIGITS_MOST = 18


class SeveralRows(forms.ModelMultipleChoiceField):
    """Rows by their ids. Django asks databases even for numbers that no id can be, and breaks."""

    def clean(self, value: Any) -> QuerySet[Any]:
        for sent in value or []:
            if len(str(sent)) > ID_DIGITS_MOST:
                raise ValidationError(
                    self.error_messages["invalid_pk_value"],
                    code="invalid_pk_value",
                    params={"pk": str(sent)[:ID_DIGITS_MOST]},
                )
        return super().clean(value)
