"""Which labels of a project an export holds: closed lists, kept on its job and in its manifest."""

import zoneinfo
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, time
from typing import Any

from django.db import models
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import User
from labelops.errors import DomainError
from tasks.formats import WRITERS, bundle
from tasks.formats.records import ExportContext
from tasks.kinds.choice import classes
from tasks.kinds.schema import single_choice
from tasks.models import Transfer

# Beyond these a moment may not exist in every time zone.
YEARS = range(1970, 3000)
DAYS = ("settled_from", "settled_to")


class Labels(models.TextChoices):
    STORED = "stored", gettext_lazy("every stored label")
    ACCEPTED = "accepted", gettext_lazy("stored labels of accepted tasks only")
    ANNOTATIONS = "annotations", gettext_lazy("every annotation, with the code of its author")


class Split(models.TextChoices):
    TRAIN = "train", gettext_lazy("train")
    VAL = "val", gettext_lazy("val")
    TEST = "test", gettext_lazy("test")
    NONE = "none", gettext_lazy("items without a split")


class Media(models.TextChoices):
    REFERENCE = "reference", gettext_lazy("named only")
    BUNDLED = "bundled", gettext_lazy("in the file, a ZIP")


class Purpose(models.TextChoices):
    TRAINING = "training", gettext_lazy("training a model: no test items or copies of them")


@dataclass(frozen=True)
class ExportChoice:
    """What is asked of an export besides its format and batch; the default is all."""

    labels: str = Labels.STORED
    # What the data of the item name as its split.
    split: str = ""
    # The class of the stored label, and the control that it belongs to.
    label: str = ""
    control: str = ""
    # The first and the last day on which the label was stored, in this time zone.
    settled_from: date | None = None
    settled_to: date | None = None
    time_zone: str = ""
    media: str = Media.REFERENCE
    # Empty: any, so that all is in it.
    purpose: str = ""

    @property
    def has_images(self) -> bool:
        return self.media == Media.BUNDLED

    @property
    def has_annotators(self) -> bool:
        return self.labels == Labels.ANNOTATIONS

    @property
    def began_at(self) -> datetime | None:
        """The first moment of the days."""
        return self.settled_from and self._moment(self.settled_from, time.min)

    @property
    def ended_at(self) -> datetime | None:
        """The last moment of the days."""
        return self.settled_to and self._moment(self.settled_to, time.max)

    def _moment(self, day: date, at: time) -> datetime:
        return datetime.combine(day, at, zoneinfo.ZoneInfo(self.time_zone))

    @property
    def described(self) -> dict[str, str | None]:
        """As jobs and manifests hold it."""
        return {name: str(value) if value else None for name, value in asdict(self).items()}

    @classmethod
    def of(cls, payload: dict[str, Any]) -> "ExportChoice":
        """What the payload of a job asks for."""
        kept = {name: value for name, value in payload.get("choice", {}).items() if value}
        days = {name: date.fromisoformat(kept[name]) for name in DAYS if name in kept}
        return cls(**kept | days)


ALL = ExportChoice()


def checked_choice(
    choice: ExportChoice, format_name: str, context: ExportContext, *, by: User
) -> ExportChoice:
    """The choice with what follows from the project and the person. Raises DomainError."""
    if choice.has_annotators and not WRITERS[format_name].carries.annotators:
        raise DomainError(
            _("%(format)s has one label for each item, and no place for annotations of several.")
            % {"format": _(WRITERS[format_name].title)},
            code="labels_not_possible",
            field="labels",
            hint=_("Formats with annotations: %(names)s.") % {"names": ", ".join(_with_authors())},
        )
    check_media(choice.media, context)
    if choice.label:
        choice = replace(choice, control=_control_of(choice.label, context))
    if choice.settled_from or choice.settled_to:
        _check_days(choice)
        choice = replace(choice, time_zone=by.time_zone)
    return choice


def check_media(media: str, context: ExportContext) -> None:
    """Raises DomainError for a bundle of images where there are none."""
    if media == Media.BUNDLED and context.item_type != "image":
        raise DomainError(
            _("The items of this project are texts: there are no images to put into the file."),
            code="media_not_possible",
            field="media",
        )


def _with_authors() -> list[str]:
    return [name for name, writer in WRITERS.items() if writer.carries.annotators]


def label_classes(context: ExportContext) -> list[str]:
    """The classes to choose from: those of the single choice, older ones last."""
    named = _single_choice(context)
    found = [
        value
        for schema in context.schemas
        for control in schema["controls"]
        if control["name"] == named and control["type"] == "choice"
        for value in classes(control)
    ]
    return list(dict.fromkeys(found))


def _single_choice(context: ExportContext) -> str | None:
    """The name of the one single choice that the newest schema asks."""
    control = single_choice(context.schemas[0]) if context.schemas else None
    return control["name"] if control else None


def _control_of(label: str, context: ExportContext) -> str:
    control = _single_choice(context)
    if control is None:
        raise DomainError(
            _("Labels are chosen by class only where the label schema asks one single choice."),
            code="label_not_possible",
            field="label",
        )
    known = label_classes(context)
    if label not in known:
        raise DomainError(
            _("“%(label)s” is no class of “%(control)s”.")
            % {"label": label[:100], "control": control},
            code="unknown_label",
            field="label",
            hint=_("Classes: %(names)s.") % {"names": _shortened(known)},
        )
    return control


def _shortened(names: Sequence[str], most: int = 20) -> str:
    return ", ".join([*names[:most], *(["…"] if len(names) > most else [])])


def _check_days(choice: ExportChoice) -> None:
    for name in DAYS:
        day = getattr(choice, name)
        if day and day.year not in YEARS:
            raise DomainError(
                _("Choose a day of the years %(first)d to %(last)d.")
                % {"first": YEARS[0], "last": YEARS[-1]},
                code="bad_day",
                field=name,
            )
    if choice.settled_from and choice.settled_to and choice.settled_from > choice.settled_to:
        raise DomainError(
            _("The last day lies before the first."), code="bad_day", field="settled_to"
        )


def media_type_of(transfer: Transfer) -> str:
    """What kind of file a finished export is."""
    assert transfer.manifest is not None
    is_bundled = transfer.manifest.get("media") == Media.BUNDLED
    return (bundle if is_bundled else WRITERS[transfer.format]).media_type
