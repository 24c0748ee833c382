"""What all request bodies of the API share."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.request import Request


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


def validated(serializer_class: type[serializers.Serializer], request: Request) -> dict[str, Any]:
    serializer = serializer_class(data=request.data)
    serializer.is_valid(raise_exception=True)
    return serializer.validated_data
