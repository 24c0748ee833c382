"""Items by what became of them from one evaluation to another."""

from collections.abc import Mapping

from django.utils.translation import gettext as _

from datasets.analysis.comparing import Change
from datasets.services.comparisons import compare
from datasets.services.item_sets import Member, RankedItems, SetKind
from datasets.services.sets.cells import evaluation_of
from labelops.errors import DomainError
from tasks.models import Project


def read_compared(project: Project, given: Mapping[str, str]) -> RankedItems:
    """`before` and `after` are evaluations; `change` is fixed, broken, right or wrong.

    Of the items as a whole, or with `label` of those labels alone.
    """
    before, after = (evaluation_of(project, given.get(name, ""), name) for name in SIDES)
    name = given.get("change", "")
    if name not in set(Change):
        raise DomainError(
            _("There is no such change."),
            code="unknown_value",
            field="change",
            hint=_("Changes: %(names)s.") % {"names": ", ".join(Change)},
        )
    change = Change(name)
    found, label = compare(before, after), given.get("label", "")
    if label and label not in found.labels:
        raise DomainError(
            _("The evaluation knows no such class."), code="unknown_value", field="label"
        )
    items = found.labels[label][change] if label else found.items[change]
    # One with several such labels comes once.
    members = [Member(item) for item in dict.fromkeys(items)]
    title = f"{titles()[change]}: “{label}”" if label else titles()[change]
    models = f"{before.model_version} → {after.model_version}"
    return RankedItems(project, f"{title} · {models}", members, after)


def titles() -> dict[Change, str]:
    """In words: fixed is wrong before and right now, broken the other way round."""
    return {
        Change.FIXED: _("Fixed"),
        Change.BROKEN: _("Broken"),
        Change.RIGHT: _("Right with both"),
        Change.WRONG: _("Wrong with both"),
    }


SIDES = ("before", "after")
COMPARED = SetKind((*SIDES, "change", "label"), read_compared)
