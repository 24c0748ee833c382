"""One member of a JSON column, as it is: the text "1" stays a text, on every database."""

from typing import Any

from django.db.models import Expression, F, Func, JSONField, TextField


class Member(Func):
    """`Member("answer", "species")` is the member `species` of the column `answer`, or None.

    Django's own KeyTransform reads the text "1" of SQLite as the number 1.
    """

    output_field = JSONField()

    def __init__(self, column: str | Expression, name: str) -> None:
        super().__init__(F(column) if isinstance(column, str) else column)
        self.name = name

    def as_sqlite(self, compiler: Any, connection: Any, **_extra: Any) -> tuple[str, list[Any]]:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"({sql} -> %s)", [*params, f'$."{self.name}"']

    def as_postgresql(self, compiler: Any, connection: Any, **_extra: Any) -> tuple[str, list[Any]]:
        sql, params = compiler.compile(self.source_expressions[0])
        return f"({sql} -> %s::text)", [*params, self.name]


class MemberText(Member):
    """The same as the JSON text that it is: to decode each value of a million rows but once."""

    output_field = TextField()

    def as_postgresql(self, compiler: Any, connection: Any, **extra: Any) -> tuple[str, list[Any]]:
        sql, params = super().as_postgresql(compiler, connection, **extra)
        return f"({sql})::text", params
