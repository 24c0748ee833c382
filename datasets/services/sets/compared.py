"""Items by what became of them from one evaluation to another.

A page reads on where the page before it ended, part by part, and not what comes after it.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from django.utils.translation import gettext as _

from datasets.analysis.comparing import Change
from datasets.models import Evaluation
from datasets.services.comparisons import changed_items, require_comparable
from datasets.services.item_sets import Member, SetKind, standing
from datasets.services.sets.cells import evaluation_of
from labelops.errors import DomainError
from labelops.lists import Page, cursor_after, read_cursor
from tasks.models import Project

# Of longer evaluations (100,000 items) counting would take longer than a page may.
COUNTED_PARTS = 50
# A place is the number of a part times this, and the place in it; no part has as many items.
STRIDE = 1_000_000


@dataclass(frozen=True)
class ComparedItems:
    """Items that changed in one way; the page shows the predictions of the later `evaluation`."""

    project: Project
    title: str
    before: Evaluation
    evaluation: Evaluation
    change: Change
    label: str

    def count(self) -> int | None:
        if self.evaluation.parts.count() > COUNTED_PARTS:
            return None
        return sum(len(items) for _number, items in self._changed(0))

    def page(self, cursor: str, size: int) -> Page:
        first, skipped = divmod(read_cursor(cursor), STRIDE) if cursor else (0, 0)
        # One more tells whether there is a next page.
        found: list[tuple[int, int]] = []
        for number, items in self._changed(first):
            places = range(skipped if number == first else 0, len(items))
            found += [(number * STRIDE + place, items[place]) for place in places]
            if len(found) > size:
                break
        following = cursor_after(found[size][0]) if len(found) > size else ""
        members = [Member(item) for _place, item in found[:size]]
        return Page(standing(self.project, members), following, is_first=not cursor)

    def _changed(self, first: int) -> Iterator[tuple[int, list[int]]]:
        return changed_items(
            self.before, self.evaluation, self.change, label=self.label, first=first
        )


def read_compared(project: Project, given: Mapping[str, str]) -> ComparedItems:
    """`before` and `after` are evaluations; `change` is fixed, broken, right or wrong.

    Of the items as a whole, or with `label` of those labels alone.
    """
    before, after = (evaluation_of(project, given.get(name, ""), name) for name in SIDES)
    require_comparable(before, after)
    name = given.get("change", "")
    if name not in set(Change):
        raise DomainError(
            _("There is no such change."),
            code="unknown_value",
            field="change",
            hint=_("Changes: %(names)s.") % {"names": ", ".join(Change)},
        )
    change, label = Change(name), given.get("label", "")
    if label and label not in before.classes:
        raise DomainError(
            _("The evaluation knows no such class."), code="unknown_value", field="label"
        )
    title = f"{titles()[change]}: “{label}”" if label else titles()[change]
    models = f"{before.model_version} → {after.model_version}"
    return ComparedItems(project, f"{title} · {models}", before, after, change, label)


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
