"""Precision over recall as the score threshold moves: a chart, and the same as a table."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from datasets.analysis.confusion import SCORE_STEPS, ClassCounts
from reviews.reports.charts import (
    BOTTOM,
    GRID,
    HEIGHT,
    LEFT,
    RIGHT,
    TOP,
    WIDTH,
    Chart,
    Dot,
    Line,
    Mark,
)
from reviews.reports.dashboard_figures import rounded

Curve = Sequence[tuple[int, ClassCounts]]
# The table has a line for each of these steps of the score.
ROW_EVERY = 10


@dataclass(frozen=True)
class CurveRow:
    """From which score on, and both shares in percent; empty where nothing is predicted."""

    score: str
    precision: str
    recall: str


def curve_chart(curve: Curve, step: int) -> Chart:
    """The dot stands at the threshold of the page."""
    points = [_point(counts) for _step, counts in curve if counts.precision.value is not None]
    line = " ".join(f"{x},{y}" for x, y in points)
    here = at_step(curve, step)
    dots = [Dot(*_point(here), _sentence(step, here))] if here.precision.value is not None else []
    return Chart(
        _("Precision over recall"),
        _("The line goes from a high score threshold on the left to a low one on the right."),
        [Line(_("Precision at each recall, all classes"), "agreement", [line], [], dots)],
        [Mark(_y(share / 100), f"{share} %") for share in GRID],
        [Mark(_x(share / 100), f"{share} %") for share in GRID],
    )


def curve_rows(curve: Curve) -> list[CurveRow]:
    rows = []
    for step in range(0, SCORE_STEPS + 1, ROW_EVERY):
        counts = at_step(curve, step)
        shares = (counts.precision.value, counts.recall.value)
        percents = ["" if one is None else f"{rounded(100 * one, 1)} %" for one in shares]
        rows.append(CurveRow(f"{step / SCORE_STEPS:.2f}", *percents))
    return rows


def at_step(curve: Curve, step: int) -> ClassCounts:
    """A curve names the steps at which something changes.

    >>> at_step([(0, ClassCounts(3, 0, 2)), (41, ClassCounts(3, 0, 0))], 40).false
    2
    """
    return [counts for first, counts in curve if first <= step][-1]


def _point(counts: ClassCounts) -> tuple[float, float]:
    return _x(counts.recall.value or 0), _y(counts.precision.value or 0)


def _x(share: float) -> float:
    return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1)


def _y(share: float) -> float:
    return round(TOP + (1 - share) * (HEIGHT - TOP - BOTTOM), 1)


def _sentence(step: int, counts: ClassCounts) -> str:
    return _("Score from %(score)s: precision %(precision)s %%, recall %(recall)s %%") % {
        "score": f"{step / SCORE_STEPS:.2f}",
        "precision": rounded(100 * (counts.precision.value or 0), 1),
        "recall": rounded(100 * (counts.recall.value or 0), 1),
    }
