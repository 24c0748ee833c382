"""The form that starts an evaluation."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datasets.analysis.splits import in_order
from datasets.models import DatasetVersion, Evaluation
from datasets.services import evaluations
from datasets.services.evaluations import EvaluationWish, controls_of
from labelops.accounts.models import User
from tasks.forms.domain import ServiceForm
from tasks.models import ModelVersion, Project

CHOICES_SHOWN = 200


class EvaluateForm(ServiceForm, forms.Form):
    """Which model on which labels; what is newest is chosen already."""

    model_version = forms.ModelChoiceField(
        ModelVersion.objects.none(), label=gettext_lazy("Model"), empty_label=None
    )
    dataset_version = forms.ModelChoiceField(
        DatasetVersion.objects.none(), label=gettext_lazy("Dataset version"), empty_label=None
    )
    split = forms.ChoiceField(
        label=gettext_lazy("Split"),
        required=False,
        help_text=gettext_lazy("One that the model has not learned from."),
    )
    control = forms.ChoiceField(label=gettext_lazy("Question"), required=False)
    leaves_out_trained = forms.BooleanField(
        label=gettext_lazy("Leave out items that taught the model"), required=False
    )

    def __init__(self, *args: Any, project: Project, by: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.project, self.by = project, by
        versions = project.dataset_versions.filter(state=DatasetVersion.State.FROZEN)
        self.versions = list(versions.order_by("-number")[:CHOICES_SHOWN])
        models = ModelVersion.objects.filter(project=project).order_by("-pk")
        self.models = list(models[:CHOICES_SHOWN])
        self._offer("dataset_version", versions, self.versions)
        self._offer("model_version", models, self.models)
        splits = {name for one in self.versions for name in one.counts.get("splits", {})}
        choices = [(name, name) for name in in_order(splits)]
        self.fields["split"].choices = [("", _("all splits")), *choices]
        self.fields["split"].initial = "test" if "test" in splits else ""
        controls = controls_of(self.versions[0]) if self.versions else []
        if len(controls) > 1:
            named = [(one["name"], one["title"]) for one in controls]
            self.fields["control"].choices = named
        else:
            del self.fields["control"]

    def _offer(self, name: str, rows: Any, shown: list[Any]) -> None:
        self.fields[name].queryset = rows
        self.fields[name].choices = [(one.pk, str(one)) for one in shown]

    def save(self) -> Evaluation | None:
        """The evaluation that is being made; None where nothing could be."""
        wish = EvaluationWish(**self.cleaned_data)
        return self.attempt(evaluations.start, self.project, wish, by=self.by)
