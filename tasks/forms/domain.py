"""Forms that end in a service: what the service refuses stands at its field."""

from collections.abc import Callable
from typing import Any, TypeVar

from django import forms

from labelops.errors import DomainError

Result = TypeVar("Result")


class ServiceForm(forms.BaseForm):
    """Mixed into forms whose `save` calls one service."""

    def attempt(
        self, service: Callable[..., Result], *arguments: Any, **keywords: Any
    ) -> Result | None:
        """The service's result; None when it refused, and then the form has its sentence."""
        try:
            return service(*arguments, **keywords)
        except DomainError as error:
            self.add_refusal(error)
            return None

    def add_refusal(self, error: DomainError) -> None:
        field = error.field if error.field in self.fields else None
        self.add_error(field, error.words)
