"""The forms that begin an import or an export."""

from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from labelops.fetching import LONGEST
from labelops.stores.keys import LONGEST_KEY
from labelops.stores.signing import is_offered
from tasks.formats import WRITERS
from tasks.forms.domain import ServiceForm
from tasks.models import Batch, Project, Transfer, Upload
from tasks.models.batches import OVERLAP_MAX
from tasks.services import exports, imports
from tasks.services.export_choices import ExportChoice, Labels, Media, Purpose, Split
from tasks.services.export_targets import Target, offered_targets
from tasks.services.import_checks import Mode

FILE_HELP = {
    Project.ItemType.TEXT: _(
        "A table (CSV, JSONL, JSON or Parquet) with the columns external_id and text, of which "
        "others become metadata; CoNLL; or the JSON of Label Studio. UTF-8."
    ),
    Project.ItemType.IMAGE: _(
        "A ZIP of images (JPEG, PNG, WebP, GIF, BMP or TIFF, of which the first frame counts), "
        "alone or with labels as COCO, YOLO, Pascal VOC or CVAT; or the labels of images that are "
        "here already: those formats, the JSON of Label Studio, or a table."
    ),
}
TABLES = ".csv,.tsv,.txt,.json,.jsonl,.parquet"
ACCEPT = {
    Project.ItemType.TEXT: f"{TABLES},.conll",
    Project.ItemType.IMAGE: f".zip,.xml,{TABLES}",
}


class UploadForm(ServiceForm, forms.Form):
    """The file of an import, where no script sends it in pieces."""

    file = forms.FileField(label=_("File"), allow_empty_file=True, widget=forms.FileInput)

    def __init__(self, *args: Any, project: Project, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project, self.by = project, by
        self.fields["file"].help_text = FILE_HELP[project.item_type]
        self.fields["file"].widget.attrs["accept"] = ACCEPT[project.item_type]

    def save(self) -> Upload | None:
        """The file that has arrived; None when it was refused, and then the form says why."""
        file = self.cleaned_data["file"]
        return self.attempt(
            imports.receive_import, self.project, file=file, file_name=file.name, by=self.by
        )


class ImportChoices(ServiceForm, forms.Form):
    """What becomes of bad rows, and the batch that the items join when they are all there."""

    mode = forms.ChoiceField(
        label=_("Where rows have a problem"),
        choices=Mode.choices,
        widget=forms.RadioSelect,
        initial=Mode.WHOLE,
    )
    batch = forms.ModelChoiceField(
        Batch.objects.none(),
        label=_("Put the items into a batch"),
        required=False,
        empty_label=_("not now"),
    )
    new_batch = forms.CharField(
        label=_("or into a new batch called"), required=False, max_length=120
    )
    overlap = forms.IntegerField(
        label=_("Overlap of the new batch"),
        help_text=_("How many people label each item, independently."),
        initial=2,
        min_value=1,
        max_value=OVERLAP_MAX,
    )

    def __init__(self, *args: Any, project: Project, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project, self.by = project, by
        open_batches = project.batches.exclude(state=Batch.State.CLOSED)
        self.fields["batch"].queryset = open_batches.order_by("name")

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if values.get("batch") and values.get("new_batch"):
            self.add_error("new_batch", _("Choose a batch or name a new one, not both."))
        return values

    def wanted(self) -> dict[str, Any]:
        """What every import is told."""
        values = self.cleaned_data
        batch = values["batch"].name if values["batch"] else values["new_batch"]
        return {"batch": batch, "overlap": values["overlap"], "mode": values["mode"]}


class ImportForm(ImportChoices):
    """An import of a file that lies elsewhere; the job brings it."""

    field_order = ("link", "server_file", "bucket_file")
    link = forms.CharField(
        label=_("A link to the file"),
        required=False,
        max_length=LONGEST,
        help_text=_(
            "An address such as https://files.example.org/birds.zip that opens without a login. "
            "The file is fetched in the background."
        ),
        widget=forms.URLInput,
    )
    server_file = forms.CharField(
        label=_("or a file on the server"),
        required=False,
        max_length=1_024,
        help_text=_("Its path, as the list of the files on the server gives it."),
    )
    bucket_file = forms.CharField(
        label=_("or a file in the bucket"),
        required=False,
        max_length=LONGEST_KEY,
        help_text=_("Its path, as the list of the files in the bucket gives it."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if settings.IMPORT_DIR is None:
            del self.fields["server_file"]
        if not is_offered():
            del self.fields["bucket_file"]

    def save(self) -> Transfer | None:
        """The queued import; None when it was refused, and then the form says why."""
        values = self.cleaned_data
        return self.attempt(
            imports.start_from_source,
            self.project,
            # Sent along against the form: refused like any second source.
            file=self.files.get("file"),
            link=values["link"],
            server_file=values.get("server_file", ""),
            bucket_file=values.get("bucket_file", ""),
            by=self.by,
            **self.wanted(),
        )


class ExportForm(ServiceForm, forms.Form):
    """A format, and the labels to which the export is limited."""

    format = forms.ChoiceField(
        label=_("Format"),
        choices=[(name, _(writer.title)) for name, writer in WRITERS.items()],
        widget=forms.RadioSelect,
        initial="jsonl",
    )
    labels = forms.ChoiceField(
        label=_("Labels"),
        choices=Labels.choices,
        required=False,
        widget=forms.RadioSelect,
        initial=Labels.STORED,
        help_text=_(
            "A label that is made anew stays stored, but is not accepted meanwhile. Annotations "
            "come with codes instead of names."
        ),
    )
    purpose = forms.ChoiceField(
        label=_("What for"),
        choices=[("", _("anything: all items")), *Purpose.choices],
        required=False,
        help_text=_(
            "Test items are those of scenario tests, and of the test splits of dataset versions."
        ),
    )
    batch = forms.ModelChoiceField(
        Batch.objects.none(), label=_("Labels of"), required=False, empty_label=_("all batches")
    )
    split = forms.ChoiceField(
        label=_("Split"),
        choices=[("", _("all items")), *Split.choices],
        required=False,
        help_text=_("What the item's own data name as its “split”."),
    )
    label = forms.ChoiceField(
        label=_("Class"), required=False, help_text=_("The class of the stored label.")
    )
    settled_from = forms.DateField(
        label=_("Stored from"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Days of your time zone; both count."),
    )
    settled_to = forms.DateField(
        label=_("Stored until"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
    )
    media = forms.ChoiceField(
        label=_("Images"),
        choices=Media.choices,
        required=False,
        widget=forms.RadioSelect,
        initial=Media.REFERENCE,
        help_text=_(
            "Images in the file are the originals, with all that a camera wrote into them."
        ),
    )
    to = forms.ChoiceField(
        label=_("The file goes to"),
        required=False,
        widget=forms.RadioSelect,
        initial=Target.DOWNLOAD,
        help_text=_("It can be downloaded in any case; its manifest goes with it."),
    )

    def __init__(self, *args: Any, project: Project, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project, self.by = project, by
        targets = offered_targets()
        self.fields["to"].choices = [(target.value, target.label) for target in targets]
        if targets == [Target.DOWNLOAD]:
            del self.fields["to"]
        self.fields["batch"].queryset = project.batches.order_by("name")
        classes = exports.classes_to_choose(project)
        self.fields["label"].choices = [("", _("all classes")), *((name, name) for name in classes)]
        if not classes:
            del self.fields["label"]
        if project.item_type != Project.ItemType.IMAGE:
            del self.fields["media"]

    def save(self) -> Transfer | None:
        """The queued export; None when the project has nothing for this format."""
        values = self.cleaned_data
        return self.attempt(
            exports.start_export,
            self.project,
            format_name=values["format"],
            by=self.by,
            to=values.get("to") or Target.DOWNLOAD,
            batch=values["batch"],
            choice=ExportChoice(
                labels=values["labels"] or Labels.STORED,
                split=values["split"],
                label=values.get("label", ""),
                settled_from=values["settled_from"],
                settled_to=values["settled_to"],
                media=values.get("media") or Media.REFERENCE,
                purpose=values["purpose"],
            ),
        )
