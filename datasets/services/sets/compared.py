"""Items by what became of them from one evaluation to another.

A page reads on where the page before it ended, and those parts alone that have any of them.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from datasets.analysis.comparing import CHANGES, Change
from datasets.models import Comparison, Evaluation
from datasets.services.class_names import names_of
from datasets.services.comparisons import changed_items, comparison_of, tally_of
from datasets.services.item_sets import Member, SetKind, standing
from datasets.services.sets.cells import evaluation_of
from labelops.errors import DomainError
from labelops.lists import Page, cursor_after, read_cursor
from tasks.models import Project

# A place is the number of a part times this, and the place in it; no part has as many items.
STRIDE = 1_000_000


@dataclass(frozen=True)
class ComparedItems:
    """Items that changed in one way; the page shows the predictions of the later `evaluation`."""

    project: Project
    title: str
    evaluation: Evaluation
    comparison: Comparison
    change: Change
    # Of a class, or `WHOLE`.
    code: int

    def count(self) -> int:
        return int(tally_of(self.comparison).items[self.code, CHANGES.index(self.change)])

    def page(self, cursor: str, size: int) -> Page:
        first, skipped = divmod(read_cursor(cursor), STRIDE) if cursor else (0, 0)
        # One more tells whether there is a next page.
        found: list[tuple[int, int]] = []
        rows = changed_items(self.comparison, self.change, self.code, first=first)
        for number, items in rows:
            places = range(skipped if number == first else 0, len(items))
            found += [(number * STRIDE + place, items[place]) for place in places]
            if len(found) > size:
                break
        following = cursor_after(found[size][0]) if len(found) > size else ""
        members = [Member(item) for _place, item in found[:size]]
        return Page(standing(self.project, members), following, is_first=not cursor)


def read_compared(project: Project, given: Mapping[str, str]) -> ComparedItems:
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
    change, label = Change(name), given.get("label", "")
    code = before.code_of(label)
    if code is None:
        raise DomainError(
            _("The evaluation knows no such class."), code="unknown_value", field="label"
        )
    comparison = comparison_of(before, after)
    if not comparison.is_whole:
        raise DomainError(
            _("These two evaluations are not compared to the end yet."),
            code="not_compared",
            hint=_("“Compare” on the page of the later one goes on with it."),
        )
    title = titles()[change]
    if label:
        title = f"{title}: “{names_of(after).get(label, label)}”"
    models = f"{before.model_version} → {after.model_version}"
    return ComparedItems(project, f"{title} · {models}", after, comparison, change, code)


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
