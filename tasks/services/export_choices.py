"""Which labels of a project an export holds: closed lists, kept on its job and in its manifest."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.errors import DomainError
from tasks.formats import WRITERS


class Labels(models.TextChoices):
    STORED = "stored", gettext_lazy("every stored label")
    ACCEPTED = "accepted", gettext_lazy("stored labels of accepted tasks only")
    ANNOTATIONS = "annotations", gettext_lazy("every annotation, with the code of its author")


@dataclass(frozen=True)
class ExportChoice:
    """What is asked of an export besides its format and batch; the default is all."""

    labels: str = Labels.STORED

    @property
    def has_annotators(self) -> bool:
        return self.labels == Labels.ANNOTATIONS

    @property
    def payload(self) -> dict[str, Any]:
        """As a job keeps it."""
        return asdict(self)

    @classmethod
    def of(cls, payload: dict[str, Any]) -> "ExportChoice":
        return cls(**payload.get("choice", {}))


ALL = ExportChoice()


def check_choice(choice: ExportChoice, format_name: str) -> None:
    """Refuse what the format or the project has no place for. Raises DomainError."""
    if choice.has_annotators and not WRITERS[format_name].carries.annotators:
        raise DomainError(
            _("%(format)s has one label for each item, and no place for annotations of several.")
            % {"format": _(WRITERS[format_name].title)},
            code="labels_not_possible",
            field="labels",
            hint=_("Formats with annotations: %(names)s.") % {"names": ", ".join(_with_authors())},
        )


def _with_authors() -> list[str]:
    return [name for name, writer in WRITERS.items() if writer.carries.annotators]
