"""What all request bodies of the API share."""

from datetime import UTC, datetime
from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request

from labelops.errors import DomainError


class ClosedSerializer(serializers.Serializer):
    """Refuses fields that it does not know, instead of ignoring a misspelt one."""

    def to_internal_value(self, given: Any) -> Any:
        if isinstance(given, dict):
            for name in given:
                if name not in self.fields:
                    raise serializers.ValidationError(
                        {str(name)[:80]: [_("This field is not known here.")]}
                    )
        return super().to_internal_value(given)


class StrictBooleanField(serializers.BooleanField):
    """JSON's own true and false; not “yes”, 1 or "true", which each program reads in its way."""

    def to_internal_value(self, given: Any) -> bool:
        if not isinstance(given, bool):
            self.fail("invalid", input=given)
        return given


class MomentField(serializers.DateTimeField):
    """A moment in ISO 8601. Without a zone it is the sender's, and must be one that clocks show.

    Raises DomainError `bad_date`.
    """

    def to_internal_value(self, given: Any) -> datetime:
        try:
            moment = super().to_internal_value(given)
        except (serializers.ValidationError, OverflowError) as error:
            raise self._refused() from error
        # Between the hours of a change to summer time there is nothing.
        if moment.astimezone(UTC).astimezone(moment.tzinfo).time() != moment.time():
            raise self._refused()
        return moment

    def _refused(self) -> DomainError:
        return DomainError(
            _("This is no date with a time, or no clock ever shows it."),
            code="bad_date",
            field=self.field_name,
            hint=_("Write it as 2026-06-30T17:00:00Z."),
        )


def validated(serializer_class: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
