"""The form that freezes items into a scenario test."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datasets.models import DatasetVersion, Scenario, Segment
from datasets.services.scenario_answers import measured_control
from datasets.services.scenarios import ScenarioWish, freeze
from labelops.accounts.models import User
from labelops.errors import DomainError
from tasks.forms.domain import ServiceForm
from tasks.kinds import kind_of
from tasks.models import Project

VERSIONS_SHOWN = 50


class ScenarioForm(ServiceForm, forms.ModelForm):
    """What is measured, and the share that has to be right."""

    class Meta:
        model = Scenario
        fields = ["name", "dataset_version", "measure", "label", "bar_percent", "severity"]
        help_texts = {
            "name": gettext_lazy("The name of an earlier one: this becomes its next number."),
            "dataset_version": gettext_lazy("The labels are copied, and never change again."),
            "bar_percent": gettext_lazy("The share has to be proved, not only reached."),
        }

    label = forms.ChoiceField(
        label=gettext_lazy("Class"),
        required=False,
        help_text=gettext_lazy("For what is found or there; else all classes count."),
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
        self.fields["label"].choices = [("", _("all classes")), *_classes(newest[:1])]

    def wish(self) -> ScenarioWish:
        values = dict(self.cleaned_data)
        return ScenarioWish(version=values.pop("dataset_version"), **values)

    def save(self, item_ids: Sequence[int], segment: Segment | None) -> Scenario | None:
        """The frozen scenario; None when something is in its way."""
        return self.attempt(
            freeze, self.project, self.wish(), item_ids, by=self.by, segment=segment
        )


def _classes(versions: list[DatasetVersion]) -> list[tuple[str, str]]:
    try:
        controls = [measured_control(version)[0] for version in versions]
    except DomainError:
        return []
    return [(value, value) for control in controls for value in kind_of(control).classes(control)]
