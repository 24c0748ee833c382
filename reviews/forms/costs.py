"""What it costs to miss each class of a project."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from reviews.models.costs import COST_MAX
from reviews.quality.judgement import USUAL_COST
from reviews.services import costs
from tasks.blocks.classes import schema_classes
from tasks.forms.domain import ServiceForm
from tasks.models import Project


class MistakeCostForm(ServiceForm, forms.Form):
    """One number a class of the choices; the order of the review queue follows."""

    def __init__(
        self, data: Any = None, *, project: Project, schema: dict[str, Any], by: User
    ) -> None:
        super().__init__(data)
        self.project, self.by = project, by
        choices = [control for control in schema["controls"] if control["type"] == "choice"]
        self.classes = list(schema_classes({"controls": choices}).items())
        known = costs.costs_of(project.pk)
        for number, ((control, value), title) in enumerate(self.classes):
            self.fields[f"cost{number}"] = forms.FloatField(
                label=title
                if len(choices) == 1
                else _("%(class)s (%(question)s)") % {"class": title, "question": control},
                initial=known.get(control, {}).get(value, USUAL_COST),
                min_value=0,
                max_value=COST_MAX,
                widget=forms.NumberInput(attrs={"step": "any"}),
            )

    def save(self) -> bool:
        wanted = {
            class_: self.cleaned_data[f"cost{number}"]
            for number, (class_, _title) in enumerate(self.classes)
        }
        self.attempt(costs.set_costs, self.project, wanted, by=self.by)
        return self.is_valid()
