"""The form that freezes items into a scenario test."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datasets.models import DatasetVersion, Scenario, Segment
from datasets.services.evaluations import controls_of
from datasets.services.scenario_checks import Checks, check
from datasets.services.scenarios import ScenarioWish, freeze, unfrozen
from labelops.accounts.models import User
from reviews.reports.dashboard_filters import class_titles
from tasks.forms.domain import ServiceForm
from tasks.kinds.rules import OBJECTS
from tasks.models import Project

VERSIONS_SHOWN = 50


class ScenarioForm(ServiceForm, forms.ModelForm):
    """What is measured, and the share that has to be right."""

    class Meta:
        model = Scenario
        fields = [
            *("name", "dataset_version", "control", "measure", "label"),
            *("score_bar", "overlap_bar", "bar_percent", "severity"),
        ]
        labels = {"severity": gettext_lazy("When the bar is missed")}
        help_texts = {
            "name": gettext_lazy("The name of an earlier one: this becomes its next number."),
            "dataset_version": gettext_lazy("The labels are copied, and never change again."),
            "score_bar": gettext_lazy("What the model is less sure of does not count."),
            "overlap_bar": gettext_lazy("Of objects: shared area by the area of both (IoU)."),
            "bar_percent": gettext_lazy("The share has to be proved, not only reached."),
        }

    control = forms.ChoiceField(label=gettext_lazy("Question"))
    label = forms.ChoiceField(
        label=gettext_lazy("Class"),
        required=False,
        help_text=gettext_lazy("Of what is there or found; for items that are right: all classes."),
    )

    leaves_out = forms.BooleanField(
        label=gettext_lazy("Leave out items that are in the way"),
        required=False,
        help_text=gettext_lazy("What a model may have seen, and what is nearly the same."),
    )

    def __init__(self, *args: Any, project: Project, by: User, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.project, self.by = project, by
        frozen = project.dataset_versions.filter(state=DatasetVersion.State.FROZEN)
        newest = list(frozen.order_by("-number")[:VERSIONS_SHOWN])
        versions = self.fields["dataset_version"]
        versions.queryset = frozen.filter(pk__in=[version.pk for version in newest])
        versions.empty_label = None
        versions.initial = newest[0] if newest else None
        controls = controls_of(newest[0]) if newest else []
        self.fields["control"].choices = [(one["name"], one["title"]) for one in controls]
        classes = {value: title for one in controls for value, title in class_titles(one).items()}
        self.fields["label"].choices = [("", _("all classes")), *classes.items()]
        if not any(one["type"] in OBJECTS for one in controls):
            del self.fields["overlap_bar"]

    def wish(self) -> ScenarioWish:
        values = dict(self.cleaned_data)
        return ScenarioWish(version=values.pop("dataset_version"), **values)

    def checks(self, item_ids: Sequence[int]) -> Checks | None:
        """What stands in the way of freezing these items; None for a wish that makes no sense."""
        wish = self.wish()
        scenario = self.attempt(unfrozen, self.project, wish, by=self.by)
        return scenario and check(scenario, item_ids, leaves_out=wish.leaves_out)

    def save(self, item_ids: Sequence[int], segment: Segment | None) -> Scenario | None:
        """The frozen scenario; None when something is in its way."""
        return self.attempt(
            freeze, self.project, self.wish(), item_ids, by=self.by, segment=segment
        )
