"""The form beside the preview of a file: what its columns are, and what becomes of it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks.formats.previews import Column
from tasks.formats.table_items import ID, TEXT
from tasks.formats.table_labels import ANNOTATOR, LABEL
from tasks.forms.transfers import ImportChoices
from tasks.models import Transfer, Upload
from tasks.services import imports
from tasks.services.import_checks import Mode
from tasks.services.import_labels import LabelUse
from tasks.services.import_previews import FilePreview

PREFIX = "column_"
ROLE_LABELS = {
    ID: _("Id of the item"),
    TEXT: _("Text"),
    LABEL: _("Class that somebody chose"),
    ANNOTATOR: _("Person who chose it"),
}
LABEL_FIELDS = ("labels", "annotator", "model", "model_version")


class PreviewForm(ImportChoices):
    """Which column plays which role, what becomes of labels, and the choices of every import."""

    labels = forms.ChoiceField(
        label=_("Labels in the file"),
        choices=LabelUse.choices,
        widget=forms.RadioSelect,
        initial=LabelUse.SKIP,
    )
    annotator = forms.CharField(
        label=_("Name for people whom the file does not name"), required=False, max_length=150
    )
    model = forms.CharField(label=_("Model"), required=False, max_length=100)
    model_version = forms.CharField(label=_("Version of the model"), required=False, max_length=100)

    def __init__(self, *args: Any, found: FilePreview, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A check is a button of its own.
        self.fields["mode"].choices = [
            (value, label) for value, label in Mode.choices if value != Mode.CHECK
        ]
        # Where the first rows are all bad no column is known: the import says what is wrong.
        self.guessed = found.preview.roles if found.preview.columns else {}
        for role in self.guessed:
            self.fields[PREFIX + role] = _role_field(role, self.guessed[role], found)
        if not found.can_have_labels:
            for name in LABEL_FIELDS:
                del self.fields[name]

    @property
    def role_fields(self) -> list[forms.BoundField]:
        return [self[PREFIX + role] for role in self.guessed]

    @property
    def label_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in LABEL_FIELDS if name in self.fields]

    @property
    def choice_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in ImportChoices.base_fields]

    def columns(self) -> dict[str, str]:
        """The columns that were chosen where they differ from what the names say."""
        chosen = {role: self.cleaned_data.get(PREFIX + role, "") for role in self.guessed}
        return {role: name for role, name in chosen.items() if name and name != self.guessed[role]}

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        chosen = [values[PREFIX + role] for role in self.guessed if values.get(PREFIX + role)]
        for role in self.guessed:
            name = values.get(PREFIX + role)
            if name and chosen.count(name) > 1:
                self.add_error(PREFIX + role, _("Each column can be one thing only."))
        return values

    def save(self, upload: Upload, *, is_check: bool) -> Transfer | None:
        """The queued import or check; None when it was refused, and then the form says why."""
        values = self.cleaned_data
        wanted = self.wanted() | {name: values[name] for name in LABEL_FIELDS if name in values}
        if is_check:
            wanted["mode"] = Mode.CHECK
        return self.attempt(
            imports.start_uploaded_import,
            self.project,
            upload=upload,
            by=self.by,
            columns=self.columns(),
            **wanted,
        )


def _role_field(role: str, guessed: str | None, found: FilePreview) -> forms.ChoiceField:
    names: list[Column] = found.preview.columns
    choices = [(column.name, column.name[:80]) for column in names]
    is_needed = role in {ID, TEXT}
    if not guessed:
        choices.insert(0, ("", _("choose a column") if is_needed else _("no column")))
    return forms.ChoiceField(
        label=ROLE_LABELS[role], choices=choices, required=is_needed, initial=guessed or ""
    )
