"""A text, number or truth value in a JSON column as one text, alike on every database."""

from typing import Any

from django.db.models import TextField

from labelops.json_member import Member


class MemberScalar(Member):
    """`MemberScalar("data", "width")` of 3, "3" and true are "3", "3" and "true".

    None where there is no such member, where it is null, and for objects and lists.
    """

    output_field = TextField()

    def as_sqlite(self, compiler: Any, connection: Any, **_extra: Any) -> tuple[str, list[Any]]:
        sql, params = compiler.compile(self.source_expressions[0])
        path = f'$."{self.name}"'
        # The operators -> and ->> read a true as 1, or keep the quotes of a text.
        return (
            f"(CASE json_type({sql}, %s) WHEN 'text' THEN {sql} ->> %s "
            f"WHEN 'object' THEN NULL WHEN 'array' THEN NULL WHEN 'null' THEN NULL "
            f"ELSE {sql} -> %s END)",
            [*params, path, *params, path, *params, path],
        )

    def as_postgresql(self, compiler: Any, connection: Any, **_extra: Any) -> tuple[str, list[Any]]:
        sql, params = compiler.compile(self.source_expressions[0])
        return (
            f"(CASE WHEN jsonb_typeof({sql} -> %s::text) IN ('object', 'array') THEN NULL "
            f"ELSE {sql} ->> %s::text END)",
            [*params, self.name, *params, self.name],
        )
