"""One rule as a form: a form per type of rule, its lists filled from the project's questions."""

import json
import re
from collections.abc import Iterable, Iterator
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from labelops.errors import DomainError
from tasks.forms.domain import ServiceForm
from tasks.forms.instructions import SeenForm
from tasks.kinds.rules import BLOCK, MESSAGE_LENGTH, WARN, Rule, can_be_chosen, values_of_condition
from tasks.models import InstructionVersion
from tasks.reports.rules import option_titles, required_attributes
from tasks.services import rules

Control = dict[str, Any]
Choices = list[tuple[str, Any]]
# Where the form shows what a service says of a key of the rule.
FIELD_OF_KEY = {
    "control": "subject",
    "label": "subject",
    "attribute": "subject",
    "share": "percent",
    "value": "when",
}


def key_of(*parts: Any) -> str:
    """What a choice sends: the names that lead to it."""
    return json.dumps(parts)


class RuleForm(ServiceForm, SeenForm):
    """What all rules have; subclasses name what the rule speaks of and its limits."""

    type_name = ""
    severity = forms.ChoiceField(
        label=_("When it is broken"),
        choices=[
            (BLOCK, _("The answer cannot be sent")),
            (WARN, _("The annotator is warned and may send it")),
        ],
        widget=forms.RadioSelect,
        initial=BLOCK,
    )
    message = forms.CharField(
        label=_("Message to annotators"),
        required=False,
        max_length=MESSAGE_LENGTH,
        help_text=_("Left empty, they read what was found and what is allowed."),
    )

    def __init__(
        self, *args: Any, version: InstructionVersion, rule: Rule | None = None, **kwargs: Any
    ) -> None:
        if rule:
            shared = {"severity": rule["severity"], "message": rule.get("message", "")}
            kwargs["initial"] = {**kwargs.get("initial", {}), **shared, **self.initial_of(rule)}
        super().__init__(*args, **kwargs)
        self.version = version
        self.rule_id = rule["id"] if rule else None
        for name, choices in self.choices().items():
            self.fields[name].choices = choices
        self.order_fields(
            [name for name in self.fields if name not in ("severity", "message")]
            + ["severity", "message"]
        )

    @property
    def controls(self) -> list[Control]:
        """The questions that a rule of this type can speak of."""
        every = self.version.label_schema["controls"]
        return [control for control in every if can_be_chosen(control, self.type_name)]

    def choices(self) -> dict[str, Choices]:
        return {"subject": [(key_of(c["name"]), c["title"]) for c in self.controls]}

    def initial_of(self, rule: Rule) -> dict[str, Any]:
        """The fields of a stored rule."""
        raise NotImplementedError

    def own_keys(self, values: dict[str, Any]) -> Rule:
        """The keys of the rule from the fields."""
        raise NotImplementedError

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not self.errors:
            shared = {"type": self.type_name, "severity": values["severity"]}
            words = {"message": values["message"]} if values["message"] else {}
            try:
                given = {**shared, **words, **self.own_keys(values)}
                values["rule"] = rules.checked_rule(self.version, given)
            except DomainError as error:
                self.add_refusal(error)
        return values

    def add_refusal(self, error: DomainError) -> None:
        found = re.search(r"rules\[\d+\](?:\.\w+)*\.(\w+)", error.field or "")
        if found:
            error.field = FIELD_OF_KEY.get(found[1], found[1])
        super().add_refusal(error)

    def save(self, *, by: User) -> InstructionVersion | None:
        rule, seen_at = self.cleaned_data["rule"], self.cleaned_data["seen"]
        project = self.version.project
        if self.rule_id is None:
            return self.attempt(rules.add_rule, project, rule, by=by, seen_at=seen_at)
        arguments = project, self.rule_id, rule
        return self.attempt(rules.change_rule, *arguments, by=by, seen_at=seen_at)


class LimitsForm(RuleForm):
    """Rules with a least and a largest value."""

    min = forms.IntegerField(label=_("At least"), required=False, min_value=0)
    max = forms.IntegerField(label=_("At most"), required=False, min_value=0)

    def limits(self, values: dict[str, Any]) -> Rule:
        return {end: values[end] for end in ("min", "max") if values[end] is not None}

    def initial_of(self, rule: Rule) -> dict[str, Any]:
        limits = {end: rule[end] for end in ("min", "max") if end in rule}
        return {"subject": key_of(rule["control"]), **limits}

    def own_keys(self, values: dict[str, Any]) -> Rule:
        [control] = json.loads(values["subject"])
        return {"control": control, **self.limits(values)}


class LengthForm(LimitsForm):
    type_name = "length"
    subject = forms.ChoiceField(label=_("Text"))
    field_order = ["subject", "min", "max"]


class ChosenForm(LimitsForm):
    type_name = "chosen"
    subject = forms.ChoiceField(label=_("Question"))
    field_order = ["subject", "min", "max"]


class CountForm(LimitsForm):
    type_name = "count"
    subject = forms.ChoiceField(label=_("Objects of"))
    field_order = ["subject", "min", "max"]

    def choices(self) -> dict[str, Choices]:
        return {"subject": list(_classes(self.controls, with_any=True))}

    def initial_of(self, rule: Rule) -> dict[str, Any]:
        parts = (rule["control"], *([rule["label"]] if "label" in rule else []))
        return {**super().initial_of(rule), "subject": key_of(*parts)}

    def own_keys(self, values: dict[str, Any]) -> Rule:
        control, *label = json.loads(values["subject"])
        named = {"label": label[0]} if label else {}
        return {"control": control, **named, **self.limits(values)}


class SizeForm(CountForm):
    type_name = "size"
    measure = forms.ChoiceField(
        label=_("Measured"),
        choices=[
            ("side pixels", _("each side, in pixels of the image")),
            ("side share", _("each side, in percent of the image’s side")),
            ("area pixels", _("the area, in pixels of the image")),
            ("area share", _("the area, in percent of the image")),
        ],
    )
    min = forms.FloatField(label=_("At least"), required=False, min_value=0)
    max = forms.FloatField(label=_("At most"), required=False, min_value=0)
    field_order = ["subject", "measure", "min", "max"]

    def initial_of(self, rule: Rule) -> dict[str, Any]:
        initial = super().initial_of(rule)
        if rule["unit"] == "share":
            shares = {end: rule[end] for end in ("min", "max") if end in rule}
            initial |= {end: _percent(share) for end, share in shares.items()}
        return {**initial, "measure": f"{rule['measure']} {rule['unit']}"}

    def own_keys(self, values: dict[str, Any]) -> Rule:
        measure, unit = values["measure"].split()
        keys = super().own_keys(values)
        if unit == "share":
            keys |= {end: limit / 100 for end, limit in self.limits(values).items()}
        return {**keys, "measure": measure, "unit": unit}


class OverlapForm(RuleForm):
    type_name = "overlap"
    subject = forms.ChoiceField(label=_("Question"))
    labels = forms.MultipleChoiceField(
        label=_("Only objects of"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None ticked means all classes."),
    )
    same_label = forms.BooleanField(label=_("Only two objects of the same class"), required=False)
    max = forms.FloatField(
        label=_("Largest overlap, percent"),
        min_value=0,
        max_value=100,
        help_text=_("What two objects share, of what they cover together."),
    )
    field_order = ["subject", "labels", "same_label", "max"]

    def choices(self) -> dict[str, Choices]:
        named = {
            label["value"]: label["title"]
            for control in self.controls
            for label in control["labels"]
        }
        return {**super().choices(), "labels": list(named.items())}

    def initial_of(self, rule: Rule) -> dict[str, Any]:
        return {
            "subject": key_of(rule["control"]),
            "labels": rule.get("labels", []),
            "same_label": rule["same_label"],
            "max": _percent(rule["max"]),
        }

    def own_keys(self, values: dict[str, Any]) -> Rule:
        [control] = json.loads(values["subject"])
        named = {"labels": values["labels"]} if values["labels"] else {}
        same_label, most = values["same_label"], values["max"] / 100
        return {"control": control, **named, "same_label": same_label, "max": most}


class InsideForm(RuleForm):
    type_name = "inside"
    subject = forms.ChoiceField(label=_("Every object of"))
    within = forms.ChoiceField(label=_("Lies inside an object of"))
    percent = forms.FloatField(
        label=_("With at least this much of it, percent"),
        min_value=0,
        max_value=100,
        initial=95,
        help_text=_("Hands are not exact: a little less than 100 spares people corrections."),
    )
    field_order = ["subject", "within", "percent"]

    def choices(self) -> dict[str, Choices]:
        classes = list(_classes(self.controls))
        return {"subject": classes, "within": classes}

    def initial_of(self, rule: Rule) -> dict[str, Any]:
        return {
            "subject": key_of(rule["control"], rule["label"]),
            "within": key_of(rule["control"], rule["within"]),
            "percent": _percent(rule["share"]),
        }

    def own_keys(self, values: dict[str, Any]) -> Rule:
        control, label = json.loads(values["subject"])
        _control, within = json.loads(values["within"])
        share = values["percent"] / 100
        return {"control": control, "label": label, "within": within, "share": share}


class AttributeForm(RuleForm):
    type_name = "attribute"
    subject = forms.ChoiceField(label=_("Class and attribute"))
    field_order = ["subject"]

    def choices(self) -> dict[str, Choices]:
        return {
            "subject": [
                (
                    key_of(control["name"], label["value"], attribute["name"]),
                    f"{label['title']}: {attribute['title']}",
                )
                for control in self.controls
                for label in control["labels"]
                for attribute in required_attributes(label)
            ]
        }

    def initial_of(self, rule: Rule) -> dict[str, Any]:
        return {"subject": key_of(rule["control"], rule["label"], rule["attribute"])}

    def own_keys(self, values: dict[str, Any]) -> Rule:
        control, label, attribute = json.loads(values["subject"])
        return {"control": control, "label": label, "attribute": attribute}


class RequiredWhenForm(RuleForm):
    type_name = "required_when"
    subject = forms.ChoiceField(label=_("This needs an answer"))
    when = forms.ChoiceField(label=_("When this was answered"))
    field_order = ["subject", "when"]

    def choices(self) -> dict[str, Choices]:
        conditions = [
            (
                control["title"],
                [
                    (key_of(control["name"], value), option_titles(control).get(value, value))
                    for value in values_of_condition(control)
                ],
            )
            for control in self.controls
        ]
        return {**super().choices(), "when": [entry for entry in conditions if entry[1]]}

    def initial_of(self, rule: Rule) -> dict[str, Any]:
        when = key_of(rule["when"]["control"], rule["when"]["value"])
        return {"subject": key_of(rule["control"]), "when": when}

    def own_keys(self, values: dict[str, Any]) -> Rule:
        [control] = json.loads(values["subject"])
        other, value = json.loads(values["when"])
        return {"control": control, "when": {"control": other, "value": value}}


RULE_FORMS: dict[str, type[RuleForm]] = {
    form.type_name: form
    for form in (
        CountForm,
        SizeForm,
        OverlapForm,
        InsideForm,
        AttributeForm,
        LengthForm,
        ChosenForm,
        RequiredWhenForm,
    )
}


def _classes(controls: Iterable[Control], *, with_any: bool = False) -> Iterator[tuple[str, Any]]:
    for control in controls:
        name = control["name"]
        classes = [(key_of(name, label["value"]), label["title"]) for label in control["labels"]]
        whole = [(key_of(name), _("any class"))] if with_any else []
        yield control["title"], whole + classes


def _percent(share: float) -> float:
    return round(share * 100, 6)
