"""What the page of two evaluations shows: fixed and broken, as a whole and by class."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from datasets.analysis.comparing import Change
from datasets.analysis.gains import gain
from datasets.models import Evaluation
from datasets.services.comparisons import Changes, compare
from datasets.services.evaluations import control_of
from datasets.services.sets.compared import titles
from reviews.reports.dashboard_figures import rounded
from reviews.reports.dashboard_filters import class_titles

CLASSES_SHOWN = 200
# Below this a difference is hardly chance.
SURE = 0.05


@dataclass(frozen=True)
class ChangeCount:
    title: str
    count: int
    query: str


@dataclass(frozen=True)
class GainRow:
    """How much better the second model is, in points of a hundred."""

    title: str
    n: int
    points: str
    interval: str
    p_value: str
    is_sure: bool
    is_better: bool
    changes: list[ChangeCount]


@dataclass(frozen=True)
class ComparisonPage:
    whole: GainRow | None
    classes: list[GainRow]
    hidden_count: int


def comparison_page(before: Evaluation, after: Evaluation) -> ComparisonPage:
    """Raises DomainError where the two are not of the same labels."""
    found = compare(before, after)
    known = class_titles(control_of(after))
    base = {"set": "compared", "before": before.pk, "after": after.pk}
    rows = [
        row
        for name, changes in found.labels.items()
        if (row := _row(known.get(name, name), changes, base | {"label": name}))
    ]
    # Where most has changed comes first.
    rows.sort(key=lambda row: -sum(one.count for one in row.changes[:2]))
    return ComparisonPage(
        _row("", found.items, base), rows[:CLASSES_SHOWN], max(0, len(rows) - CLASSES_SHOWN)
    )


def _row(title: str, changes: Changes, base: dict[str, object]) -> GainRow | None:
    counts = {change: len(items) for change, items in changes.items()}
    found = gain(counts[Change.FIXED], counts[Change.BROKEN], sum(counts.values()))
    if found is None:
        return None
    low, high = (_points(end) for end in (found.interval.low, found.interval.high))
    words = titles()
    return GainRow(
        title,
        found.n,
        _points(found.value),
        _("%(low)s to %(high)s") % {"low": low, "high": high},
        rounded(found.p_value, 3),
        found.p_value < SURE,
        found.value > 0,
        [
            ChangeCount(words[change], counts[change], urlencode({**base, "change": change}))
            for change in Change
        ],
    )


def _points(share: float) -> str:
    sign = "+" if share > 0 else ""
    return f"{sign}{rounded(100 * share, 1)}"
