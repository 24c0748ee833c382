"""Rules as sentences, in the words of the questions they speak of."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from tasks.kinds.labels import flatten
from tasks.kinds.rules import BLOCK, RULE_TYPES, Rule, can_be_chosen
from tasks.kinds.schema import control_named
from tasks.models import InstructionVersion
from tasks.services.rules import Trial, TriedItem, rules_of

TYPE_TITLES = {
    "count": gettext_lazy("Number of objects"),
    "size": gettext_lazy("Size of objects"),
    "overlap": gettext_lazy("Overlap of objects"),
    "inside": gettext_lazy("Object inside another"),
    "attribute": gettext_lazy("Required attribute"),
    "length": gettext_lazy("Length of a text"),
    "chosen": gettext_lazy("Number of choices"),
    "required_when": gettext_lazy("Required in one case"),
}
TYPE_EXAMPLES = {
    "count": gettext_lazy("At most 3 objects of “Car”"),
    "size": gettext_lazy("Each side of “Car” is at least 12 pixels"),
    "overlap": gettext_lazy("Two objects overlap by at most four fifths"),
    "inside": gettext_lazy("“Wheel” lies inside “Car”"),
    "attribute": gettext_lazy("“Car” needs the attribute “Colour”"),
    "length": gettext_lazy("A note has at least 10 characters"),
    "chosen": gettext_lazy("At most 2 options are chosen"),
    "required_when": gettext_lazy("A note is needed when “Damage” is “Yes”"),
}


@dataclass(frozen=True)
class RuleLine:
    rule: Rule
    sentence: str


@dataclass(frozen=True)
class TrialLine:
    """What one rule says of the answers that were tried."""

    sentence: str
    is_blocking: bool
    broken_count: int
    items: list[TriedItem]


@dataclass(frozen=True)
class TrialPage:
    lines: list[TrialLine]
    answer_count: int
    is_cut: bool


@dataclass(frozen=True)
class RuleType:
    """A type of rule that the questions of a project allow."""

    name: str
    title: Any
    example: Any


def rule_lines(version: InstructionVersion | None) -> list[RuleLine]:
    if version is None:
        return []
    schema = version.label_schema
    return [RuleLine(rule, sentence(rule, schema)) for rule in rules_of(version)]


def trial_lines(trial: Trial, version: InstructionVersion) -> TrialPage:
    lines = [
        TrialLine(
            sentence(tried.rule, version.label_schema),
            tried.rule["severity"] == BLOCK,
            tried.broken_count,
            tried.items,
        )
        for tried in trial.rules
    ]
    return TrialPage(lines, trial.answer_count, trial.is_cut)


def available_types(label_schema: dict[str, Any]) -> list[RuleType]:
    return [
        RuleType(name, TYPE_TITLES[name], TYPE_EXAMPLES[name])
        for name in RULE_TYPES
        if is_available(name, label_schema)
    ]


def is_available(type_: str, label_schema: dict[str, Any]) -> bool:
    """Whether the questions have what a rule of that type speaks of."""
    controls = [entry for entry in label_schema["controls"] if can_be_chosen(entry, type_)]
    if type_ == "required_when":
        others = [entry for entry in label_schema["controls"] if entry["type"] != "text"]
        return len(label_schema["controls"]) > 1 and bool(others)
    if type_ == "inside":
        return any(len(control["labels"]) > 1 for control in controls)
    if type_ == "attribute":
        return any(required_attributes(label) for c in controls for label in c["labels"])
    return bool(controls)


def required_attributes(label: dict[str, Any]) -> list[dict[str, Any]]:
    """The attributes of a label that can be required: a tick or none always answers."""
    return [entry for entry in label.get("attributes", []) if entry["type"] != "boolean"]


def sentence(rule: Rule, label_schema: dict[str, Any]) -> str:
    """A validated rule in words: “At most 3 objects of “Car””."""
    control = control_named(label_schema, rule["control"]) or {}
    return str(_SENTENCES[rule["type"]](rule, control, label_schema))


def _count(rule: Rule, control: dict[str, Any], schema: dict[str, Any]) -> str:
    values = {"label": _class_or_any(rule, control), **_ends(rule)}
    return _with_limits(
        rule,
        lambda n: ngettext(
            "At least %(least)s object of %(label)s", "At least %(least)s objects of %(label)s", n
        ),
        lambda n: ngettext(
            "At most %(most)s object of %(label)s", "At most %(most)s objects of %(label)s", n
        ),
        lambda n: ngettext(
            "From %(least)s to %(most)s object of %(label)s",
            "From %(least)s to %(most)s objects of %(label)s",
            n,
        ),
        values,
    )


def _size(rule: Rule, control: dict[str, Any], schema: dict[str, Any]) -> str:
    is_share = rule["unit"] == "share"
    values = {"label": _class_or_any(rule, control)}
    for name, key in (("least", "min"), ("most", "max")):
        if key in rule:
            values[name] = _percent(rule[key]) if is_share else _pixels(rule, rule[key])
    if rule["measure"] == "side":
        return _with_limits(
            rule,
            lambda n: _("Each side of %(label)s is at least %(least)s"),
            lambda n: _("Each side of %(label)s is at most %(most)s"),
            lambda n: _("Each side of %(label)s is from %(least)s to %(most)s"),
            values,
        )
    return _with_limits(
        rule,
        lambda n: _("The area of %(label)s is at least %(least)s"),
        lambda n: _("The area of %(label)s is at most %(most)s"),
        lambda n: _("The area of %(label)s is from %(least)s to %(most)s"),
        values,
    )


def _overlap(rule: Rule, control: dict[str, Any], schema: dict[str, Any]) -> str:
    labels = [_quoted(_title_of(control, value)) for value in rule.get("labels", [])]
    values = {"labels": ", ".join(labels) or _any_class(control), "most": _percent(rule["max"])}
    if rule["same_label"]:
        words = _("Two objects of the same class, of %(labels)s, overlap by at most %(most)s")
    else:
        words = _("Two objects of %(labels)s overlap by at most %(most)s")
    return words % values


def _inside(rule: Rule, control: dict[str, Any], schema: dict[str, Any]) -> str:
    return _("Every %(label)s lies inside a %(other)s, with at least %(share)s of it") % {
        "label": _quoted(_title_of(control, rule["label"])),
        "other": _quoted(_title_of(control, rule["within"])),
        "share": _percent(rule["share"]),
    }


def _attribute(rule: Rule, control: dict[str, Any], schema: dict[str, Any]) -> str:
    label = next(entry for entry in control["labels"] if entry["value"] == rule["label"])
    attributes = {entry["name"]: entry["title"] for entry in label["attributes"]}
    return _("Every %(label)s needs the attribute %(attribute)s") % {
        "label": _quoted(label["title"]),
        "attribute": _quoted(attributes[rule["attribute"]]),
    }


def _length(rule: Rule, control: dict[str, Any], schema: dict[str, Any]) -> str:
    return _with_limits(
        rule,
        lambda n: ngettext(
            "%(label)s has at least %(least)s character, if it is answered",
            "%(label)s has at least %(least)s characters, if it is answered",
            n,
        ),
        lambda n: ngettext(
            "%(label)s has at most %(most)s character",
            "%(label)s has at most %(most)s characters",
            n,
        ),
        lambda n: ngettext(
            "%(label)s has from %(least)s to %(most)s character, if it is answered",
            "%(label)s has from %(least)s to %(most)s characters, if it is answered",
            n,
        ),
        {"label": _quoted(control["title"]), **_ends(rule)},
    )


def _chosen(rule: Rule, control: dict[str, Any], schema: dict[str, Any]) -> str:
    return _with_limits(
        rule,
        lambda n: ngettext(
            "At least %(least)s option of %(label)s is chosen",
            "At least %(least)s options of %(label)s are chosen",
            n,
        ),
        lambda n: ngettext(
            "At most %(most)s option of %(label)s is chosen",
            "At most %(most)s options of %(label)s are chosen",
            n,
        ),
        lambda n: ngettext(
            "From %(least)s to %(most)s option of %(label)s is chosen",
            "From %(least)s to %(most)s options of %(label)s are chosen",
            n,
        ),
        {"label": _quoted(control["title"]), **_ends(rule)},
    )


def _required_when(rule: Rule, control: dict[str, Any], schema: dict[str, Any]) -> str:
    other = control_named(schema, rule["when"]["control"]) or {}
    return _("%(label)s needs an answer when %(other)s is %(value)s") % {
        "label": _quoted(control["title"]),
        "other": _quoted(other["title"]),
        "value": _quoted(_title_of(other, rule["when"]["value"])),
    }


def _with_limits(rule: Rule, low: Any, high: Any, both: Any, values: dict[str, Any]) -> str:
    if "max" not in rule:
        return str(low(rule["min"]) % values)
    words = both if "min" in rule else high
    return str(words(rule["max"]) % values)


def _ends(rule: Rule) -> dict[str, Any]:
    return {"least": rule.get("min"), "most": rule.get("max")}


def _class_or_any(rule: Rule, control: dict[str, Any]) -> str:
    if "label" in rule:
        return _quoted(_title_of(control, rule["label"]))
    return _any_class(control)


def _any_class(control: dict[str, Any]) -> str:
    return _("any class in “%(title)s”") % {"title": control["title"]}


def _title_of(control: dict[str, Any], value: Any) -> str:
    return option_titles(control).get(value, str(value))


def option_titles(control: dict[str, Any]) -> dict[Any, str]:
    """What the options or labels of a control are called."""
    options = flatten(control.get("options", control.get("labels", [])))
    return {option["value"]: option["title"] for option in options}


def _quoted(title: str) -> str:
    return _("“%(title)s”") % {"title": title}


def _percent(share: float) -> str:
    return _("%(number)s %%") % {"number": f"{share * 100:g}"}


def _pixels(rule: Rule, number: float) -> str:
    words = _("%(number)s square pixels") if rule["measure"] == "area" else _("%(number)s pixels")
    return words % {"number": f"{number:g}"}


_SENTENCES = {
    "count": _count,
    "size": _size,
    "overlap": _overlap,
    "inside": _inside,
    "attribute": _attribute,
    "length": _length,
    "chosen": _chosen,
    "required_when": _required_when,
}
