"""Conditions in words, with the names of what they refer to by number."""

from collections.abc import Iterable, Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datasets import access
from datasets.analysis.conditions import AT_LEAST, BELOW, DATA, IS, MISSING, Condition, number_of
from datasets.services.class_names import class_names
from labelops.accounts.models import User
from tasks.models import Batch, Project, Task

FIELDS = {
    "label": gettext_lazy("label"),
    "batch": gettext_lazy("batch"),
    "state": gettext_lazy("state"),
    "source": gettext_lazy("source of the label"),
    "instruction": gettext_lazy("instruction version"),
    "annotator": gettext_lazy("annotator"),
    "labeled": gettext_lazy("labeled"),
    "imported": gettext_lazy("imported"),
    "tag": gettext_lazy("tag"),
    "split": gettext_lazy("version and split"),
    "failing": gettext_lazy("wrong in evaluation"),
    "width": gettext_lazy("width"),
    "height": gettext_lazy("height"),
    "aspect": gettext_lazy("width through height"),
    "text_length": gettext_lazy("length of the text"),
    # What only the slice finder knows.
    "object_count": gettext_lazy("number of objects"),
    "shortest_side": gettext_lazy("shortest side of an object"),
    "sharpness": gettext_lazy("sharpness of the picture"),
    "brightness": gettext_lazy("brightness of the picture"),
    "contrast": gettext_lazy("contrast of the picture"),
}
OPERATORS = {
    IS: gettext_lazy("is"),
    BELOW: gettext_lazy("is under"),
    AT_LEAST: gettext_lazy("is at least"),
    MISSING: gettext_lazy("is not given"),
}


def sentences_of(project: Project, several: Sequence[Sequence[Condition]]) -> list[str]:
    """Each list of conditions as one sentence; names are fetched once for all."""
    names = _names(project, [condition for conditions in several for condition in conditions])
    return [
        _(" and ").join(_words(condition, names) for condition in conditions)
        for conditions in several
    ]


def field_title(field: str) -> str:
    return str(FIELDS[field]) if field in FIELDS else field.removeprefix(DATA)


def _words(condition: Condition, names: dict[tuple[str, str], str]) -> str:
    field = field_title(condition.field)
    if condition.operator == MISSING:
        return _("%(field)s is not given") % {"field": field}
    shown = [_value(condition, value, names) for value in condition.values]
    given = {"field": field, "value": _(" or ").join(shown)}
    if condition.operator == IS:
        return _("%(field)s is %(value)s") % given
    is_day = isinstance(condition.values[0], str) and number_of(condition.values[0]) is None
    if condition.operator == BELOW:
        return (
            _("%(field)s before %(value)s") if is_day else _("%(field)s under %(value)s")
        ) % given
    return (_("%(field)s since %(value)s") if is_day else _("%(field)s at least %(value)s")) % given


def _value(condition: Condition, value: str | float, names: dict[tuple[str, str], str]) -> str:
    if condition.operator == IS:
        return names.get((condition.field, str(value)), _("“%(text)s”") % {"text": value})
    return str(value)


def _names(project: Project, conditions: Iterable[Condition]) -> dict[tuple[str, str], str]:
    wanted = {
        (condition.field, str(value))
        for condition in conditions
        if condition.operator == IS
        for value in condition.values
    }
    found = {("state", value): str(label) for value, label in Task.State.choices}
    found |= {("source", value): str(label) for value, label in Task.Source.choices}
    if any(field == "label" for field, _value in wanted):
        named = class_names(project)
        found |= {("label", value): _("“%(text)s”") % {"text": named[value]} for value in named}
    batch_ids = _numbers(wanted, "batch")
    if batch_ids:
        batches = Batch.objects.filter(project=project, pk__in=batch_ids)
        found |= {("batch", str(pk)): name for pk, name in batches.values_list("pk", "name")}
    if author_ids := _numbers(wanted, "annotator"):
        people = User.objects.filter(pk__in=author_ids, annotations__task__batch__project=project)
        named = people.distinct().values_list("pk", "pseudonym")
        found |= {("annotator", str(pk)): pseudonym for pk, pseudonym in named}
    if evaluation_ids := _numbers(wanted, "failing"):
        gone = _("%(number)d (deleted)")
        found |= {("failing", str(pk)): gone % {"number": pk} for pk in evaluation_ids}
        for evaluation in access.evaluations_of(project).filter(pk__in=evaluation_ids):
            found["failing", str(evaluation.pk)] = f"{evaluation.pk} ({evaluation})"
    return found


def _numbers(wanted: Iterable[tuple[str, str]], field: str) -> list[int]:
    return [int(value) for name, value in wanted if name == field and value.isdecimal()]
