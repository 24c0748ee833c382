"""How the API answers with lists: `{"next": address or null, "results": [...]}`."""

from django.db.models import Model, QuerySet
from drf_spectacular.utils import OpenApiParameter, inline_serializer
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.utils.urls import replace_query_param

from labelops.lists import CURSOR, check_parameters, keyset_page

CURSOR_PARAMETER = OpenApiParameter(
    CURSOR, str, description="Where the page begins: taken from `next`, never made by hand."
)


def list_response(
    request: Request,
    rows: QuerySet[Model],
    serializer_class: type[serializers.Serializer],
    *,
    filters: tuple[str, ...] = (),
) -> Response:
    """One page of `rows`, already scoped and filtered. Unknown parameters are a 400."""
    check_parameters(request.query_params, *filters)
    page = keyset_page(rows, request.query_params.get(CURSOR, ""))
    address = request.build_absolute_uri()
    following = replace_query_param(address, CURSOR, page.next_cursor)
    return Response(
        {
            "next": following if page.next_cursor else None,
            "results": serializer_class(page.rows, many=True).data,
        }
    )


def page_of(serializer_class: type[serializers.Serializer]) -> serializers.Serializer:
    """The shape of `list_response`, for the API description."""
    return inline_serializer(
        f"{serializer_class.__name__}Page",
        {
            "next": serializers.URLField(allow_null=True),
            "results": serializer_class(many=True),
        },
    )
