"""What the page of an evaluation shows: figures at two thresholds, each with its items."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

import numpy as np
from django.utils.translation import gettext as _

from datasets.analysis.average_precision import Precision, mean_precision
from datasets.analysis.cell_walk import Outcome, outcome_walk
from datasets.analysis.confusion import (
    BACKGROUND,
    Cells,
    ClassCounts,
    Histogram,
    Share,
    class_counts,
    total,
)
from datasets.analysis.judged_parts import Bars
from datasets.models import Evaluation
from datasets.reports.precision_curve import curve_chart, curve_rows
from datasets.services.class_names import names_of
from datasets.services.evaluations import bars_of
from labelops.intervals import Interval
from labelops.lists import SHOWN_LENGTH
from reviews.reports.charts import Chart
from reviews.reports.dashboard_figures import rounded

CLASSES_SHOWN = 20
SHADES = 4


@dataclass(frozen=True)
class Shown:
    """A share in percent, its interval and n; empty where it is not defined."""

    main: str
    beside: str
    n: int


@dataclass(frozen=True)
class Number:
    """A count that opens its items; an empty query opens nothing."""

    count: int
    query: str
    shade: int = 0


@dataclass(frozen=True)
class ClassRow:
    title: str
    labels: int
    precision: Shown
    recall: Shown
    f1: Shown
    average_precision: str
    right: Number
    missed: Number
    false: Number


@dataclass(frozen=True)
class MatrixRow:
    title: str
    cells: list[Number]


@dataclass(frozen=True)
class Threshold:
    """A slider: its name in the address, in words, and where it stands."""

    name: str
    title: str
    value: str
    step: str


@dataclass(frozen=True)
class EvaluationFigures:
    bars: Bars
    thresholds: list[Threshold]
    is_own: bool
    precision: Shown
    recall: Shown
    f1: Shown
    right: Number
    wrong: Number
    averages: list[tuple[str, str]]
    classes: list[ClassRow]
    columns: list[str]
    matrix: list[MatrixRow]
    first: int
    last: int
    class_count: int
    before: int | None
    after: int | None
    chart: Chart
    curve: list[Any]


def evaluation_figures(evaluation: Evaluation, bars: Bars, page: int) -> EvaluationFigures:
    """No match is read: all comes from the stored histogram."""
    histogram = Histogram.unpacked(bytes(evaluation.histogram))
    cells = histogram.cells(*bars)
    counts = class_counts(cells, len(evaluation.classes))
    met = [code for code, own in enumerate(counts, start=1) if sum(own)]
    # Those that are most often mixed up are on the first page; a page has them as the schema does.
    order = sorted(met, key=lambda code: -(counts[code - 1].missed + counts[code - 1].false))
    pages = max(1, -(-len(order) // CLASSES_SHOWN))
    page = min(page, pages)
    start = (page - 1) * CLASSES_SHOWN
    shown = sorted(order[start : start + CLASSES_SHOWN])
    words = _Words(evaluation, bars)
    whole = total(counts)
    curve = histogram.curve(bars.overlap)
    return EvaluationFigures(
        bars=bars,
        thresholds=words.thresholds(),
        is_own=bars == bars_of(evaluation),
        precision=shown_share(whole.precision),
        recall=shown_share(whole.recall),
        f1=shown_share(whole.f1),
        right=words.outcome(whole.right, Outcome.RIGHT),
        wrong=words.outcome(
            outcome_walk(histogram, bars, Outcome.WRONG, None).total, Outcome.WRONG
        ),
        averages=averages(evaluation),
        classes=[words.class_row(code, counts[code - 1]) for code in shown],
        columns=[words.titles[code] for code in shown] + [_("nothing")],
        matrix=words.matrix(cells, shown),
        first=start + 1 if shown else 0,
        last=start + len(shown),
        class_count=len(order),
        before=page - 1 if page > 1 else None,
        after=page + 1 if page < pages else None,
        chart=curve_chart(curve, bars.score),
        curve=curve_rows(curve),
    )


def shown_share(share: Share) -> Shown:
    if share.value is None:
        return Shown("", "", 0)
    return Shown(f"{rounded(100 * share.value, 1)} %", _between(share.interval), share.n)


def _between(interval: Interval | None) -> str:
    if interval is None:
        return ""
    return f"{rounded(100 * interval.low, 1)} – {rounded(100 * interval.high, 1)}"


def averages(evaluation: Evaluation) -> list[tuple[str, str]]:
    """Average precision over the classes, as (words, figure)."""
    of_classes = precisions(evaluation, "all")
    if not of_classes:
        return []
    mean, half, most = mean_precision(of_classes)
    if evaluation.kind != Evaluation.Kind.OBJECTS:
        return [(_("AP, mean over classes"), _decimal(mean))]
    shown = [
        (_("AP, overlap 0.50 to 0.95"), _decimal(mean)),
        (_("AP, overlap 0.50"), _decimal(half)),
        (_("AP, overlap 0.75"), _decimal(most)),
    ]
    sizes = {
        "small": _("AP, below 32 × 32 px"),
        "medium": _("AP, to 96 × 96 px"),
        "large": _("AP, larger"),
    }
    for name, title in sizes.items():
        if of_size := precisions(evaluation, name):
            shown.append((title, _decimal(mean_precision(of_size).mean)))
    return shown


def precisions(evaluation: Evaluation, size: str) -> dict[int, Precision]:
    """By the code of the class; `size` is all, small, medium or large."""
    stored = evaluation.report.get("precisions", {}).get(size, {})
    return {int(code): Precision(*values) for code, values in stored.items()}


def _decimal(value: float) -> str:
    return rounded(value, 3)


class _Words:
    """Classes by their titles, and addresses of what a number counts."""

    def __init__(self, evaluation: Evaluation, bars: Bars) -> None:
        self.evaluation, self.bars = evaluation, bars
        known = names_of(evaluation)
        names = [known.get(name, name)[:SHOWN_LENGTH] for name in evaluation.classes]
        self.titles = ["", *names]
        self.precisions = precisions(evaluation, "all")

    def thresholds(self) -> list[Threshold]:
        score = f"{self.bars.score / 100:.2f}"
        found = [Threshold("score", _("Score from"), score, "0.01")]
        if self.evaluation.kind == Evaluation.Kind.OBJECTS:
            overlap = f"{self.bars.overlap / 20:.2f}"
            found.append(Threshold("overlap", _("Overlap from"), overlap, "0.05"))
        return found

    def query(self, **parameters: str) -> str:
        where = {threshold.name: threshold.value for threshold in self.thresholds()}
        return urlencode({"set": "cell", "evaluation": self.evaluation.pk, **parameters, **where})

    def outcome(self, count: int, outcome: Outcome, code: int = BACKGROUND) -> Number:
        named = {"truth": self.evaluation.class_of(code)} if code else {}
        return Number(count, self.query(outcome=outcome, **named))

    def class_row(self, code: int, counts: ClassCounts) -> ClassRow:
        precision = self.precisions.get(code)
        return ClassRow(
            self.titles[code],
            counts.right + counts.missed,
            shown_share(counts.precision),
            shown_share(counts.recall),
            shown_share(counts.f1),
            "" if precision is None else _decimal(precision.mean),
            self.outcome(counts.right, Outcome.RIGHT, code),
            self.outcome(counts.missed, Outcome.MISSED, code),
            self.outcome(counts.false, Outcome.FALSE, code),
        )

    def matrix(self, cells: Cells, shown: Sequence[int]) -> list[MatrixRow]:
        """A row a label, a column a prediction; at the end those without a partner."""
        of_shown = np.isin(cells.truth, [*shown, 0]) & np.isin(cells.predicted, [*shown, 0])
        columns = (column[of_shown].tolist() for column in cells)
        found = {(truth, said): count for truth, said, count in zip(*columns, strict=True)}
        apart = [count for (truth, said), count in found.items() if truth != said]
        most = max(apart, default=0)
        # Where one class is asked of each item, there is no item without a label.
        is_one = self.evaluation.kind == Evaluation.Kind.CLASSES
        rows = shown if is_one else (*shown, BACKGROUND)
        return [
            MatrixRow(
                self.titles[truth] or _("nothing"),
                [
                    self._cell(truth, said, found.get((truth, said), 0), most)
                    for said in (*shown, BACKGROUND)
                ],
            )
            for truth in rows
        ]

    def _cell(self, truth: int, said: int, count: int, most: int) -> Number:
        if not count:
            return Number(0, "")
        names = {"truth": truth, "predicted": said}
        given = {name: self.evaluation.class_of(code) for name, code in names.items() if code}
        shade = -(-SHADES * count // most) if truth != said else 0
        return Number(count, self.query(**given), shade)
