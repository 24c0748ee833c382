"""The label schema as a formset of questions: written without JSON, read back without loss."""

import re
from typing import Any

from django import forms
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.errors import DomainError
from tasks.forms import skeletons
from tasks.forms.classes import (
    LinesError,
    class_field,
    from_lines,
    to_lines,
    with_keys_and_colors,
)
from tasks.forms.skeletons import SkeletonError
from tasks.kinds.schema import MAX_CONTROLS, control_named
from tasks.services.checks import check_schema

Control = dict[str, Any]
TYPES = [
    ("choice", gettext_lazy("Choice: pick from a list")),
    ("shapes", gettext_lazy("Shapes: mark objects on an image")),
    ("spans", gettext_lazy("Spans: mark words in a text")),
    ("text", gettext_lazy("Text: write an answer")),
    ("rating", gettext_lazy("Rating: a number on a scale")),
]
TOOLS = [
    ("box", gettext_lazy("Box")),
    ("polygon", gettext_lazy("Polygon")),
    ("polyline", gettext_lazy("Polyline")),
    ("keypoint", gettext_lazy("Keypoints of a skeleton")),
]
LAYOUTS = [
    ("below", gettext_lazy("In the column of questions")),
    ("beside", gettext_lazy("Beside the source, as wide as it")),
]
DIRECTIONS = [
    ("auto", gettext_lazy("As the words ask")),
    ("ltr", gettext_lazy("Left to right")),
    ("rtl", gettext_lazy("Right to left")),
]
NAME_LENGTH = 55
FIELD_OF_PATH = {
    "options": "classes",
    "labels": "classes",
    "min": "low",
    "max": "high",
    "length_ratio": "ratio_low",
}


class ControlForm(forms.Form):
    """One question. `original` is the name it had when the page was made."""

    original = forms.CharField(required=False, widget=forms.HiddenInput)
    type = forms.ChoiceField(label=gettext_lazy("Kind of answer"), choices=TYPES)
    title = forms.CharField(
        label=gettext_lazy("Question"),
        max_length=300,
        help_text=gettext_lazy("As annotators read it: “Which bird?”"),
    )
    name = forms.CharField(
        label=gettext_lazy("Name in exports"),
        max_length=63,
        required=False,
        help_text=gettext_lazy("Left empty, it is made from the question."),
    )
    required = forms.BooleanField(
        label=gettext_lazy("An answer is required"), required=False, initial=True
    )
    multiple = forms.BooleanField(label=gettext_lazy("Several answers are allowed"), required=False)
    classes = forms.CharField(
        label=gettext_lazy("Classes, one per line"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Keys and colours are added for you. “value | title” sets the value in exports."
        ),
    )
    tools = forms.MultipleChoiceField(
        label=gettext_lazy("Shapes that may be drawn"),
        choices=TOOLS,
        required=False,
        initial=["box"],
        widget=forms.CheckboxSelectMultiple,
    )
    skeleton = forms.CharField(
        label=gettext_lazy("Points of the skeleton, one per line"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 5, "spellcheck": "false"}),
        help_text=gettext_lazy(
            "Only for keypoints, in the order they are placed. “left ear: nose” joins a point to "
            "others."
        ),
    )
    max_length = forms.IntegerField(
        label=gettext_lazy("Longest answer, characters"), required=False, initial=2000
    )
    layout = forms.ChoiceField(
        label=gettext_lazy("Where the answer is written"),
        choices=LAYOUTS,
        required=False,
        initial="below",
    )
    direction = forms.ChoiceField(
        label=gettext_lazy("Direction of the answer"),
        choices=DIRECTIONS,
        required=False,
        initial="auto",
    )
    language = forms.CharField(
        label=gettext_lazy("Language of the answer"),
        max_length=35,
        required=False,
        help_text=gettext_lazy("A code such as de, pt-BR or zh-Hant: for the spelling checker."),
    )
    ratio_low = forms.FloatField(
        label=gettext_lazy("Warn if shorter than"),
        required=False,
        help_text=gettext_lazy("As a share of the source: 0.5 is half as long. Needs both ends."),
    )
    ratio_high = forms.FloatField(label=gettext_lazy("Warn if longer than"), required=False)
    same_numbers = forms.BooleanField(
        label=gettext_lazy("Warn if its numbers are not those of the source"), required=False
    )
    low = forms.IntegerField(label=gettext_lazy("Lowest"), required=False, initial=1)
    high = forms.IntegerField(label=gettext_lazy("Highest"), required=False, initial=5)
    low_title = forms.CharField(
        label=gettext_lazy("The lowest means"), max_length=300, required=False
    )
    high_title = forms.CharField(
        label=gettext_lazy("The highest means"), max_length=300, required=False
    )

    def __init__(self, *args: Any, base: dict[str, Any], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.base = base

    def clean(self) -> dict[str, Any]:
        values = super().clean()
        if not self.errors:
            try:
                values["control"] = self._control(values)
            except SkeletonError as error:
                self.add_error("skeleton", f"“{values['title']}”: {error}")
            except LinesError as error:
                self.add_error("classes", f"“{values['title']}”: {error}")
        return values

    def _control(self, values: dict[str, Any]) -> Control:
        known = control_named(self.base, values["original"]) or {}
        type_ = values["type"]
        basis = known if known.get("type") == type_ else {}
        is_same_title = known.get("title", "").strip() == values["title"]
        control: Control = {
            **basis,
            "name": values["name"],
            "type": type_,
            "title": known["title"] if is_same_title else values["title"],
            "required": values["required"],
        }
        if field := class_field(control):
            control[field] = from_lines(values["classes"], basis.get(field, []))
        if type_ == "choice":
            control["multiple"] = values["multiple"]
        if type_ == "shapes":
            control = _with_tools(control, values["tools"], values["skeleton"])
        if type_ == "text":
            control = _with_translation(control, values)
        if type_ == "rating":
            ends = {"min": values["low"], "max": values["high"]}
            control |= {end: value for end, value in ends.items() if value is not None}
            control |= {name: values[name] for name in ("low_title", "high_title")}
        return control


class BaseControlFormSet(forms.BaseFormSet):
    """All questions of a label schema; `label_schema` is set once it is valid."""

    default_error_messages = forms.BaseFormSet.default_error_messages | {
        "missing_management_form": gettext_lazy(
            "The questions arrived incomplete. Reload the page and try again."
        )
    }

    def __init__(
        self, *args: Any, base: dict[str, Any], item_type: str = "", **kwargs: Any
    ) -> None:
        kwargs.setdefault("prefix", "controls")
        kwargs["form_kwargs"] = {"base": base}
        super().__init__(*args, **kwargs)
        self.base = base
        self.item_type = item_type
        self.label_schema: dict[str, Any] = {}

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        form.empty_permitted = False
        form.fields["DELETE"].label = gettext_lazy("Remove this question")

    def clean(self) -> None:
        kept = [form for form in self.forms if not self._should_delete_form(form)]
        if any(form.errors for form in kept) or not self.item_type:
            return
        if not kept:
            raise forms.ValidationError(_("Ask at least one question."))
        controls = _named([form.cleaned_data["control"] for form in kept])
        names = {
            form.cleaned_data["original"]: control["name"]
            for form, control in zip(kept, controls, strict=True)
        }
        rules = [_renamed(rule, names) for rule in self.base.get("rules", [])]
        try:
            self.label_schema = check_schema(
                {"controls": with_keys_and_colors(_with_scale(controls)), "rules": rules},
                self.item_type,
            )
        except DomainError as error:
            _place(error, kept)


ControlFormSet = forms.formset_factory(
    ControlForm,
    formset=BaseControlFormSet,
    extra=0,
    min_num=1,
    max_num=MAX_CONTROLS,
    validate_max=True,
    can_delete=True,
)


def blank_formset(item_type: str = "") -> BaseControlFormSet:
    return ControlFormSet(base={"controls": []}, item_type=item_type)


def formset_of(label_schema: dict[str, Any], item_type: str) -> BaseControlFormSet:
    """The schema as its author may edit it."""
    initial = [initial_of(control) for control in label_schema["controls"]]
    return _unbound(initial, base=label_schema, item_type=item_type)


def with_another(formset: BaseControlFormSet, base: dict[str, Any]) -> BaseControlFormSet:
    """What was typed so far and one empty question, nothing checked yet."""
    typed = [
        {name: form[name].value() for name in form.fields if name != "DELETE"}
        for form in formset.forms
        if not form["DELETE"].value()
    ]
    return _unbound([*typed, {}], base=base, item_type=formset.item_type)


def _unbound(
    initial: list[dict[str, Any]], *, base: dict[str, Any], item_type: str
) -> BaseControlFormSet:
    return ControlFormSet(initial=initial, base=base, item_type=item_type)


def initial_of(control: Control) -> dict[str, Any]:
    return {
        "original": control["name"],
        "type": control["type"],
        "title": control["title"],
        "name": control["name"],
        "required": control["required"],
        "multiple": control.get("multiple", False),
        "classes": to_lines(control.get(class_field(control), [])),
        "tools": control.get("tools", ["box"]),
        "skeleton": skeletons.to_lines(control["skeleton"]) if "skeleton" in control else "",
        "max_length": control.get("max_length", 2000),
        "layout": control.get("layout", "below"),
        "direction": control.get("direction", "auto"),
        "language": control.get("language", ""),
        "ratio_low": control.get("length_ratio", [None, None])[0],
        "ratio_high": control.get("length_ratio", [None, None])[1],
        "same_numbers": control.get("same_numbers", False),
        "low": control.get("min", 1),
        "low_title": control.get("low_title", ""),
        "high_title": control.get("high_title", ""),
        "high": control.get("max", 5),
    }


def _with_tools(control: Control, tools: list[str], skeleton: str) -> Control:
    """The tools in the order they stood in; a skeleton only where keypoints are placed."""
    known = [tool for tool in control.get("tools", []) if tool in tools]
    kept = {key: value for key, value in control.items() if key != "skeleton"}
    kept["tools"] = [*known, *(tool for tool in tools if tool not in known)] or ["box"]
    if "keypoint" in kept["tools"]:
        kept["skeleton"] = skeletons.from_lines(skeleton, control.get("skeleton"))
    return kept


def _with_translation(control: Control, values: dict[str, Any]) -> Control:
    """The length and the checks of a text; a ratio with one end only is told to be incomplete."""
    kept = {key: value for key, value in control.items() if key != "length_ratio"}
    kept["layout"] = values["layout"] or "below"
    kept["direction"] = values["direction"] or "auto"
    kept["language"] = values["language"]
    kept["same_numbers"] = values["same_numbers"]
    if values["max_length"] is not None:
        kept["max_length"] = values["max_length"]
    ends = [values["ratio_low"], values["ratio_high"]]
    if ends != [None, None]:
        kept["length_ratio"] = [end for end in ends if end is not None]
    return kept


def _named(controls: list[Control]) -> list[Control]:
    """The controls with a name each; names made from titles give way to names that were typed."""
    taken = {control["name"] for control in controls if control["name"]}
    named = []
    for number, control in enumerate(controls, start=1):
        name = control["name"] or _free_name(control["title"], number, taken)
        taken.add(name)
        named.append({**control, "name": name})
    return named


def _free_name(title: str, number: int, taken: set[str]) -> str:
    base = re.sub(r"^[^a-z]+", "", slugify(title).replace("-", "_"))[:NAME_LENGTH].strip("_")
    base = base or f"question_{number}"
    name, count = base, 1
    while name in taken:
        count += 1
        name = f"{base}_{count}"
    return name


def _with_scale(controls: list[Control]) -> list[Control]:
    return [
        {"min": 1, "max": 5, **control} if control["type"] == "rating" else control
        for control in controls
    ]


def _renamed(rule: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """The rule with the new names of the questions that it speaks of."""
    renamed = {**rule, "control": names.get(rule["control"], rule["control"])}
    if when := rule.get("when"):
        renamed["when"] = {**when, "control": names.get(when["control"], when["control"])}
    return renamed


def _place(error: DomainError, forms_: list[ControlForm]) -> None:
    """Put the refusal of a schema at the question and the field that it is about."""
    sentence = error.words
    if rule := re.match(r"label_schema\.rules\[(\d+)\]", error.field or ""):
        raise forms.ValidationError(
            _("Rule %(number)d does not fit these questions: %(sentence)s")
            % {
                "number": int(rule[1]) + 1,
                "sentence": sentence,
            }
            + " "
            + _("Change or remove it on the page “Rules” first.")
        )
    found = re.match(r"label_schema\.controls\[(\d+)\](?:\.(\w+))?", error.field or "")
    if not found:
        raise forms.ValidationError(sentence)
    form = forms_[int(found[1])]
    field = FIELD_OF_PATH.get(found[2], found[2])
    title = form.cleaned_data["title"]
    form.add_error(field if field in form.fields else None, f"“{title}”: {sentence}")
