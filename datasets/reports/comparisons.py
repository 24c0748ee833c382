"""What the page of two evaluations shows: fixed and broken, as a whole and by class."""

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.utils.translation import gettext as _

from datasets.analysis.comparing import CHANGES, WHOLE, Array, Change
from datasets.analysis.gains import gain
from datasets.models import Evaluation
from datasets.services.class_names import names_of
from datasets.services.comparisons import comparison_of, tally_of
from datasets.services.sets.compared import titles
from reviews.reports.dashboard_figures import rounded

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
    """`percent` is how far the two are compared; the figures are there once that is all."""

    percent: int
    whole: GainRow | None = None
    classes: Sequence[GainRow] = ()
    hidden_count: int = 0

    @property
    def is_whole(self) -> bool:
        return self.percent == 100


def comparison_page(before: Evaluation, after: Evaluation) -> ComparisonPage:
    """Raises DomainError where the two are not of the same labels."""
    comparison = comparison_of(before, after)
    if not comparison.is_whole:
        return ComparisonPage(100 * comparison.counted_parts // comparison.part_count)
    counts = tally_of(comparison).labels
    known = names_of(after)
    base = {"set": "compared", "before": before.pk, "after": after.pk}
    # Where most has changed comes first.
    codes = sorted(range(1, len(counts)), key=lambda code: -_changed_count(counts[code]))
    codes = [code for code in codes if counts[code].any()]
    rows = []
    for code in codes[:CLASSES_SHOWN]:
        name = before.class_of(code)
        rows.append(_row(known.get(name, name), counts[code], base | {"label": name}))
    whole = _row("", counts[WHOLE], base) if counts[WHOLE].any() else None
    return ComparisonPage(100, whole, rows, max(0, len(codes) - CLASSES_SHOWN))


def _changed_count(counts: Array) -> int:
    return int(counts[CHANGES.index(Change.FIXED)] + counts[CHANGES.index(Change.BROKEN)])


def _row(title: str, counts: Array, base: dict[str, object]) -> GainRow:
    """Of one item or label at least."""
    of_change = dict(zip(CHANGES, counts.tolist(), strict=True))
    found = gain(of_change[Change.FIXED], of_change[Change.BROKEN], int(counts.sum()))
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
            ChangeCount(words[change], of_change[change], urlencode({**base, "change": change}))
            for change in Change
        ],
    )


def _points(share: float) -> str:
    sign = "+" if share > 0 else ""
    return f"{sign}{rounded(100 * share, 1)}"
