"""The form that fixes what a batch is to better."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from datasets.models import Impact
from datasets.services.impact import plan
from datasets.services.scenario_runs import in_gate
from labelops.accounts.models import User
from tasks.forms.domain import ServiceForm
from tasks.models import Batch, ModelVersion

MODELS_SHOWN = 50


class ImpactForm(ServiceForm, forms.ModelForm):
    class Meta:
        model = Impact
        fields = ["target", "before", "wanted_gain"]
        help_texts = {
            "target": gettext_lazy(
                "No model learns from its items, so they show what was learned."
            ),
            "before": gettext_lazy("As it is now; later versions of it are measured against it."),
            "wanted_gain": gettext_lazy(
                "From 60 to 65 % are 5 points. What the test's items cannot show is refused."
            ),
        }

    def __init__(self, *args: Any, batch: Batch, by: User, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.batch, self.by = batch, by
        newest = ModelVersion.objects.filter(project=batch.project_id).order_by("-pk")
        ids = list(newest.values_list("pk", flat=True)[:MODELS_SHOWN])
        self.fields["target"].queryset = in_gate(batch.project)
        self.fields["before"].queryset = newest.filter(pk__in=ids)
        for name in ("target", "before"):
            self.fields[name].empty_label = None

    def save(self) -> Impact | None:
        """What was fixed; None when it cannot be."""
        return self.attempt(plan, self.batch, **self.cleaned_data, by=self.by)
