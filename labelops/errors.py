"""The errors of the domain: a sentence for people, a stable code for programs."""

from typing import Any


class DomainError(Exception):
    """A rule was broken. Views show `message`; the API answers with `as_dict()`."""

    code = "invalid"
    status = 400

    def __init__(
        self,
        message: str,
        *,
        code: str | None = None,
        field: str | None = None,
        row: int | None = None,
        hint: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.code = code or self.code
        self.field = field
        self.row = row
        self.hint = hint
        self.details = details or {}

    @property
    def words(self) -> str:
        """What pages say: the message, and after it the hint."""
        return " ".join(str(part) for part in (self.message, self.hint) if part)

    def as_dict(self) -> dict[str, Any]:
        optional = {"field": self.field, "row": self.row, "hint": self.hint}
        return {
            "code": self.code,
            "message": str(self.message),
            **{name: value for name, value in optional.items() if value is not None},
            **self.details,
        }


class NotAllowed(DomainError):
    """The person may see the object, but not do this to it."""

    code = "not_allowed"
    status = 403


class Conflict(DomainError):
    """The object has moved on since the person looked at it."""

    code = "conflict"
    status = 409


class ExternalFailure(DomainError):
    """A file, disk or service outside our control failed; `permanent` says whether to retry."""

    code = "unavailable"
    status = 503

    def __init__(self, message: str, *, permanent: bool, **keywords: Any) -> None:
        super().__init__(message, **keywords)
        self.permanent = permanent
