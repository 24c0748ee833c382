"""The forms that freeze a version and that export one."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datasets.models import DatasetVersion
from datasets.services import exports
from datasets.services.freezing import Wish, shares_of, start_freezing
from labelops.accounts.models import User
from labelops.errors import DomainError
from labelops.form_fields import SeveralRows
from tasks.formats import WRITERS
from tasks.forms.domain import ServiceForm
from tasks.models import Project, Transfer
from tasks.services.export_choices import Media
from tasks.services.export_targets import Target, offered_targets

BATCHES_SHOWN = 200


class FreezeForm(ServiceForm, forms.ModelForm):
    """Which labels, and how they are split."""

    class Meta:
        model = DatasetVersion
        fields = ["name", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 2})}
        help_texts = {
            "name": gettext_lazy("For people; programs use the number and the sum."),
            "note": gettext_lazy("What is it for?"),
        }

    batches = SeveralRows(
        None,
        label=gettext_lazy("Labels of"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None ticked: all batches."),
    )
    accepted_only = forms.BooleanField(
        label=gettext_lazy("Only labels that are accepted now"),
        required=False,
        initial=True,
        help_text=gettext_lazy("Otherwise also those that are looked at or labeled anew."),
    )
    shares = forms.CharField(
        label=gettext_lazy("Training, validation and test, %"),
        initial="80,10,10",
        max_length=20,
        help_text=gettext_lazy(
            "For items that neither their data, nor their group, nor the version before says a "
            "split of."
        ),
    )
    split_field = forms.CharField(
        label=gettext_lazy("Field with the split"),
        required=False,
        initial="split",
        max_length=100,
        help_text=gettext_lazy("In the data of the items. Empty: none is read."),
    )
    group_field = forms.CharField(
        label=gettext_lazy("Field with the group"),
        required=False,
        initial="group",
        max_length=100,
        help_text=gettext_lazy(
            "Items of one group, as a scene, a customer or a day, stay in one split."
        ),
    )

    def __init__(self, *args: Any, project: Project, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project, self.by = project, by
        ids = project.batches.order_by("-pk").values_list("pk", flat=True)[:BATCHES_SHOWN]
        self.fields["batches"].queryset = project.batches.filter(pk__in=list(ids)).order_by("name")

    def clean_shares(self) -> dict[str, int]:
        try:
            return shares_of(self.cleaned_data["shares"].split(","))
        except DomainError as error:
            raise forms.ValidationError(error.words) from error

    def save(self) -> DatasetVersion | None:
        """The version that is being frozen; None when there is nothing to freeze."""
        values = self.cleaned_data
        wish = Wish(**{**values, "batches": tuple(values["batches"])})
        return self.attempt(start_freezing, self.project, wish, by=self.by)


class VersionExportForm(ServiceForm, forms.Form):
    """A format, and the split to which the export is limited."""

    format = forms.ChoiceField(
        label=gettext_lazy("Format"),
        choices=[(name, gettext_lazy(writer.title)) for name, writer in WRITERS.items()],
        widget=forms.RadioSelect,
        initial="jsonl",
    )
    split = forms.ChoiceField(label=gettext_lazy("Split"), required=False)
    media = forms.ChoiceField(
        label=gettext_lazy("Images"),
        choices=Media.choices,
        required=False,
        widget=forms.RadioSelect,
        initial=Media.REFERENCE,
    )
    to = forms.ChoiceField(
        label=gettext_lazy("The file goes to"),
        required=False,
        widget=forms.RadioSelect,
        initial=Target.DOWNLOAD,
    )

    def __init__(self, *args: Any, version: DatasetVersion, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.version, self.by = version, by
        named = [(name, name) for name in version.counts["splits"]]
        self.fields["split"].choices = [("", _("all splits in one file")), *named]
        targets = offered_targets()
        self.fields["to"].choices = [(target.value, target.label) for target in targets]
        if targets == [Target.DOWNLOAD]:
            del self.fields["to"]
        if version.project.item_type != Project.ItemType.IMAGE:
            del self.fields["media"]

    def save(self) -> Transfer | None:
        """The queued export; None when the version has nothing for this format."""
        return self.attempt(
            exports.start_export,
            self.version,
            format_name=self.cleaned_data["format"],
            split=self.cleaned_data["split"],
            media=self.cleaned_data.get("media") or Media.REFERENCE,
            to=self.cleaned_data.get("to") or Target.DOWNLOAD,
            by=self.by,
        )
