"""What the page of the slice finder says: each slice a sentence, with what to do about it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from datasets.analysis.conditions import Condition
from datasets.models import Evaluation, SliceFinding, SliceSearch
from datasets.reports.condition_words import sentences_of
from labelops.intervals import wilson

BYTES_EACH = 8


@dataclass(frozen=True)
class SliceRow:
    finding: SliceFinding
    title: str
    sentence: str
    item_count: int
    percent: float
    percent_elsewhere: float


def conditions_of(finding: SliceFinding) -> tuple[Condition, ...]:
    """As the search stored them; some are of facts that only a search knows."""
    return tuple(
        Condition(row["field"], row["operator"], tuple(row["values"])) for row in finding.conditions
    )


def title_of(evaluation: Evaluation, finding: SliceFinding) -> str:
    (title,) = sentences_of(evaluation.project, [conditions_of(finding)])
    return title


def slice_rows(evaluation: Evaluation, search: SliceSearch) -> list[SliceRow]:
    findings = list(search.findings.all())
    titles = sentences_of(evaluation.project, [conditions_of(finding) for finding in findings])
    return [_row(finding, title) for finding, title in zip(findings, titles, strict=True)]


def _row(finding: SliceFinding, title: str) -> SliceRow:
    percent = 100 * finding.inside_wrong / finding.inside_count
    elsewhere = 100 * finding.outside_wrong / finding.outside_count
    interval = wilson(finding.inside_wrong, finding.inside_count)
    count = len(finding.packed_items) // BYTES_EACH
    sentence = _(
        "%(percent)d %% wrong (%(low)d–%(high)d), %(elsewhere)d %% elsewhere, %(count)s items"
    ) % {
        "percent": round(percent),
        "low": round(100 * interval.low) if interval else 0,
        "high": round(100 * interval.high) if interval else 100,
        "elsewhere": round(elsewhere),
        "count": f"{count:,}",
    }
    return SliceRow(finding, title, sentence, count, percent, elsewhere)
