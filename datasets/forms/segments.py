"""The forms that save a segment: of a set of items, or by conditions."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datasets.analysis.conditions import CONDITIONS_MOST, IS, MISSING, Condition, number_of
from datasets.models import Segment
from datasets.reports.condition_words import FIELDS, OPERATORS, field_title
from datasets.reports.slice_words import conditions_of
from datasets.services import segments as services
from datasets.services.class_names import class_names
from datasets.services.condition_fields import data_fields
from datasets.services.item_sets import ItemSet
from datasets.services.sets.slices import find_slice
from labelops.accounts.models import User
from labelops.errors import DomainError
from tasks.forms.domain import ServiceForm
from tasks.models import Project, Task

ROWS_OFFERED = 3
VALUES_LENGTH = 1_000
KEPT = [
    (Segment.Kind.LIVE, gettext_lazy("whatever meets the conditions, now and later")),
    (Segment.Kind.STATIC, gettext_lazy("the items that are in it now")),
]


def conditions_kept(project: Project, query: dict[str, str]) -> tuple[Condition, ...]:
    """Of a slice, if they can be asked of any item; some are known to the search alone."""
    if query["set"] != "slice":
        return ()
    found = conditions_of(find_slice(project, query))
    try:
        return services.check_conditions([condition.as_json() for condition in found])
    except DomainError:
        return ()


class SegmentForm(ServiceForm, forms.ModelForm):
    class Meta:
        model = Segment
        fields = ["name", "note"]
        widgets = {"note": forms.Textarea(attrs={"rows": 2})}
        help_texts = {"note": gettext_lazy("Why are these items worth a name?")}

    def __init__(self, *args: Any, project: Project, by: User, **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.project, self.by = project, by


class SavedSetForm(SegmentForm):
    """Of a set of items; a slice can be kept by its conditions."""

    keep = forms.ChoiceField(
        label=gettext_lazy("What is kept"),
        choices=KEPT,
        widget=forms.RadioSelect,
        initial=Segment.Kind.LIVE,
    )

    def __init__(self, *args: Any, conditions: tuple[Condition, ...], **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.conditions = [condition.as_json() for condition in conditions]
        if not conditions:
            del self.fields["keep"]

    def save(self, item_set: ItemSet) -> Segment | None:
        name, note = self.cleaned_data["name"], self.cleaned_data["note"]
        if self.cleaned_data.get("keep") == Segment.Kind.LIVE:
            create, kept = services.create_live, self.conditions
            return self.attempt(create, self.project, name, kept, by=self.by, note=note)
        create_from = services.create_from_set
        return self.attempt(create_from, self.project, name, item_set, by=self.by, note=note)


class ConditionForm(forms.Form):
    field = forms.ChoiceField(label=gettext_lazy("Field"), required=False)
    operator = forms.ChoiceField(
        label=gettext_lazy("How"), choices=list(OPERATORS.items()), required=False
    )
    values = forms.CharField(
        label=gettext_lazy("Value"),
        required=False,
        max_length=VALUES_LENGTH,
        widget=forms.TextInput(
            attrs={"list": "known-values", "autocomplete": "off", "class": "form-control"}
        ),
    )

    def __init__(self, *args: Any, project: Project, names: list[str], **keywords: Any) -> None:
        super().__init__(*args, **keywords)
        self.project = project
        facts = [(field, str(title)) for field, title in FIELDS.items()]
        data = [(name, field_title(name)) for name in names]
        choices = [("", _("choose a field")), (_("Data of the item"), data)]
        self.fields["field"].choices = [*choices, (_("What is known of it"), facts)]
        for name in ("field", "operator"):
            self.fields[name].widget.attrs["class"] = "form-select"

    def row(self) -> dict[str, Any] | None:
        """As the service takes it; None for a row that was left empty."""
        field, operator = self.cleaned_data["field"], self.cleaned_data["operator"] or IS
        if not field:
            return None
        text = self.cleaned_data["values"]
        values: list[Any] = []
        if operator == IS:
            texts = [part.strip() for part in text.split(",")]
            values = [self._meant(field, part) for part in texts if part]
        elif operator != MISSING and text.strip():
            values = [_edge(text.strip())]
        return {"field": field, "operator": operator, "values": values}

    def _meant(self, field: str, text: str) -> str:
        """What is shown by a name is written by its name."""
        if field == "batch":
            found = self.project.batches.filter(name=text).values_list("pk", flat=True).first()
            return text if found is None else str(found)
        if field == "annotator":
            people = User.objects.filter(annotations__task__batch__project=self.project)
            found = people.filter(pseudonym=text).values_list("pk", flat=True).first()
            return text if found is None else str(found)
        if field == "label":
            found = (value for value, title in class_names(self.project).items() if title == text)
            return next(found, text)
        titles = {"state": Task.State.choices, "source": Task.Source.choices}.get(field, [])
        return next((value for value, title in titles if str(title) == text), text)


def _edge(text: str) -> str | int | float:
    """A number, written as short as it can be; otherwise it should be a day."""
    number = number_of(text)
    if number is None:
        return text
    return int(number) if number.is_integer() else number


ConditionRows = forms.formset_factory(
    ConditionForm, extra=ROWS_OFFERED, max_num=CONDITIONS_MOST, absolute_max=CONDITIONS_MOST
)


class FilterForms:
    """The form of a live segment: its name, and a row for each condition."""

    def __init__(self, data: Any, *, project: Project, by: User) -> None:
        fields = data_fields(project)
        values = {value for values in fields.values() for value in values}
        self.known_values = sorted(values.union(class_names(project).values()))
        self.segment = SegmentForm(data, project=project, by=by)
        keywords = {"project": project, "names": list(fields)}
        self.rows = ConditionRows(data, form_kwargs=keywords, prefix="conditions")

    def is_valid(self) -> bool:
        are_valid = self.segment.is_valid(), self.rows.is_valid()
        return all(are_valid)

    def save(self) -> Segment | None:
        rows = [row for form in self.rows if form.cleaned_data and (row := form.row())]
        form, values = self.segment, self.segment.cleaned_data
        create = services.create_live
        return form.attempt(
            create, form.project, values["name"], rows, by=form.by, note=values["note"]
        )
