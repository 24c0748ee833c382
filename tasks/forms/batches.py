"""The forms that make and change a batch."""

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import User
from labelops.form_fields import SeveralRows
from tasks.forms.domain import ServiceForm
from tasks.models import Batch, Project
from tasks.models.batches import BLIND_PERCENT
from tasks.services import batches
from tasks.services.batch_filling import Filling, Source, fill

# What each choice means, in a line.
SUGGESTIONS = {
    Batch.Suggestions.HIDDEN: gettext_lazy("Never shown: people answer by themselves."),
    Batch.Suggestions.EARNED: gettext_lazy(
        "As far as earned: each class by what is proved of it, the rest hidden."
    ),
    Batch.Suggestions.AFTER: gettext_lazy(
        "Shown after the answer, proved or not: people look again where it differs."
    ),
    Batch.Suggestions.SHOWN: gettext_lazy(
        "Shown beside the item, even if nothing proves yet that it is right often enough."
    ),
}
LOCAL_TIME = "%Y-%m-%dT%H:%M"


class BatchForm(ServiceForm, forms.ModelForm):
    class Meta:
        model = Batch
        fields = [
            "name",
            "purpose",
            "purpose_kind",
            "target_metric",
            "target_baseline",
            "target_value",
            "accuracy_percent",
            "priority",
            "due_at",
            "overlap",
            "overlap_max",
            "confidence_percent",
            "review_percent",
            "gold_percent",
            "teams",
            "min_level",
            "language",
            "person_limit",
            "person_share_percent",
            "suggestions",
            "suggestion_model",
            "blind_percent",
            "model_bar_percent",
        ]
        widgets = {
            "purpose": forms.Textarea(attrs={"rows": 2}),
            "due_at": forms.DateTimeInput(attrs={"type": "datetime-local"}, format=LOCAL_TIME),
            "teams": forms.CheckboxSelectMultiple,
            "suggestions": forms.RadioSelect,
        }
        field_classes = {"teams": SeveralRows}

    def __init__(self, *args: Any, project: Project, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project, self.by = project, by
        self.fields["teams"].queryset = teams = project.teams.all()
        if len(teams) == 1:
            self.fields["teams"].initial = teams
        self.fields["suggestion_model"].queryset = project.model_versions.all()
        # An empty field means the same as 0: everybody.
        self.fields["min_level"].required = False
        for name in ("suggestions", "blind_percent", "gold_percent"):
            self.fields[name].required = False
        self.fields["suggestions"].choices = list(SUGGESTIONS.items())
        self.fields["due_at"].help_text = _("In your time zone, %(zone)s.") % {
            "zone": timezone.get_current_timezone_name()
        }

    def clean_min_level(self) -> int:
        return self.cleaned_data["min_level"] or 0

    def clean_gold_percent(self) -> int:
        return self.cleaned_data["gold_percent"] or 0

    def clean_suggestions(self) -> str:
        return self.cleaned_data["suggestions"] or Batch.Suggestions.HIDDEN

    def clean_blind_percent(self) -> int:
        given = self.cleaned_data["blind_percent"]
        return BLIND_PERCENT if given is None else given

    def save_changes(self) -> Batch | None:
        return self.attempt(batches.update_batch, self.instance, by=self.by, **self.cleaned_data)


class NewBatchForm(BatchForm):
    """A batch with its items in one step."""

    items = forms.ChoiceField(
        label=gettext_lazy("Which items"),
        choices=Source,
        initial=Source.NEW,
        widget=forms.RadioSelect,
    )

    def clean_due_at(self) -> Any:
        due_at = self.cleaned_data["due_at"]
        if due_at and due_at <= timezone.now():
            raise forms.ValidationError(_("This moment has passed already."))
        return due_at

    def save_new(self) -> tuple[Batch, Filling] | None:
        """The batch, and what became of its items."""
        values = dict(self.cleaned_data)
        source = values.pop("items")
        batch = self.attempt(batches.create_batch, self.project, by=self.by, **values)
        if batch is None:
            return None
        return batch, fill(batch, source, by=self.by)


class AddItemsForm(forms.Form):
    items = forms.ChoiceField(
        choices=[choice for choice in Source.choices if choice[0] != Source.NONE]
    )
