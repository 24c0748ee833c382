"""The forms that open a failure case, and change one."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy

from datasets.analysis.conditions import Condition
from datasets.forms.segments import KEPT
from datasets.models import Evaluation, FailureCase, Segment
from datasets.services import failure_cases as services
from datasets.services.item_sets import ItemSet
from datasets.services.scenario_runs import in_gate
from labelops.accounts.models import User
from labelops.form_fields import SeveralRows
from tasks.forms.domain import ServiceForm
from tasks.models import ModelVersion, Project

SHOWN = 50
FIELDS = ["title", "hypothesis", "severity", "customer", "owner", "model_version"]


class CaseForm(ServiceForm, forms.ModelForm):
    class Meta:
        model = FailureCase
        fields = FIELDS
        widgets = {"hypothesis": forms.Textarea(attrs={"rows": 3})}
        help_texts = {
            "title": gettext_lazy("What fails, in a few words."),
            "owner": gettext_lazy("Who looks after it."),
            "model_version": gettext_lazy(
                "Only this version of the model or a later one can prove that it is solved."
            ),
        }

    def __init__(self, *args: Any, project: Project, by: User, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.project, self.by = project, by
        self.fields["owner"].queryset = services.possible_owners(project)
        self.fields["owner"].empty_label = None
        model = self.fields["model_version"]
        model.required, model.empty_label = False, gettext_lazy("any model")
        seen = self.initial.get("model_version")
        model.queryset = _newest(ModelVersion.objects.filter(project=project), [seen])


class NewCaseForm(CaseForm):
    """Of the items of a set or a segment; of a slice its conditions can be kept."""

    keep = forms.ChoiceField(
        label=gettext_lazy("Which items"),
        choices=KEPT,
        widget=forms.RadioSelect,
        initial=Segment.Kind.LIVE,
    )

    def __init__(
        self,
        *args: Any,
        item_set: ItemSet,
        segment: Segment | None,
        conditions: tuple[Condition, ...],
        by: User,
        **keywords: Any,
    ) -> None:
        self.item_set, self.segment, self.conditions = item_set, segment, conditions
        evaluation: Evaluation | None = item_set.evaluation
        initial = {
            "title": item_set.title[: services.TITLE_LENGTH],
            "owner": by.pk,
            "model_version": evaluation.model_version_id if evaluation else None,
        }
        super().__init__(*args, by=by, initial=initial, **keywords)
        if not conditions:
            del self.fields["keep"]

    def save(self) -> FailureCase | None:
        values = dict(self.cleaned_data)
        title, keep = values.pop("title"), values.pop("keep", "")
        if self.segment:
            return self.attempt(
                services.open_case, self.project, title, self.segment, by=self.by, **values
            )
        values["conditions"] = self.conditions if keep == Segment.Kind.LIVE else ()
        return self.attempt(
            services.open_on_set, self.project, title, self.item_set, by=self.by, **values
        )


class ChangedCaseForm(CaseForm):
    """With what is linked by hand; the tests and campaigns of its segment are its own anyway."""

    scenarios = SeveralRows(
        None,
        label=gettext_lazy("Further scenario tests"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("All of its tests have to be passed."),
    )
    campaigns = SeveralRows(
        None,
        label=gettext_lazy("Further campaigns"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Begun for it, but not from its segment."),
    )

    def __init__(self, *args: Any, case: FailureCase, **keywords: Any) -> None:
        self.case = case
        named = case.scenarios.values("name")
        tests = in_gate(case.project).filter(Q(segment=None) | ~Q(segment=case.segment_id))
        campaigns = [*case.campaigns.values_list("pk", flat=True)]
        initial = {name: getattr(case, case._meta.get_field(name).attname) for name in FIELDS} | {
            "scenarios": [*tests.filter(name__in=named).values_list("pk", flat=True)],
            "campaigns": campaigns,
        }
        super().__init__(*args, project=case.project, initial=initial, **keywords)
        self.fields["scenarios"].queryset = _newest(tests, initial["scenarios"])
        others = case.project.campaigns.filter(Q(segment=None) | ~Q(segment=case.segment_id))
        self.fields["campaigns"].queryset = _newest(others, campaigns)
        for name in ("scenarios", "campaigns"):
            if not self.fields[name].queryset.exists():
                del self.fields[name]

    def save(self) -> FailureCase | None:
        links = {"scenarios": (), "campaigns": ()}
        return self.attempt(services.change, self.case, by=self.by, **links | self.cleaned_data)


def _newest(rows: QuerySet[Any], chosen: list[int | None]) -> QuerySet[Any]:
    """The newest of many, and those that are chosen already."""
    ids = rows.order_by("-pk").values_list("pk", flat=True)[:SHOWN]
    return rows.filter(pk__in=[*ids, *filter(None, chosen)]).order_by("-pk")
