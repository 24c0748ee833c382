"""What the page of the slice finder says: each slice a sentence, with what to do about it."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from datasets.analysis.conditions import Condition
from datasets.models import Evaluation, SliceFinding, SliceSearch
from datasets.reports.condition_words import sentences_of
from labelops.intervals import Interval, wilson


@dataclass(frozen=True)
class SliceRow:
    finding: SliceFinding
    title: str
    sentence: str


def conditions_of(finding: SliceFinding) -> tuple[Condition, ...]:
    """As the search stored them; some are of facts that only a search knows."""
    return tuple(
        Condition(row["field"], row["operator"], tuple(row["values"])) for row in finding.conditions
    )


def title_of(evaluation: Evaluation, finding: SliceFinding) -> str:
    (title,) = sentences_of(evaluation.project, [conditions_of(finding)])
    return title


def slice_rows(evaluation: Evaluation, search: SliceSearch) -> list[SliceRow]:
    findings = list(search.findings.defer("packed_items"))
    titles = sentences_of(evaluation.project, [conditions_of(finding) for finding in findings])
    return [
        SliceRow(finding, title, _sentence(finding))
        for finding, title in zip(findings, titles, strict=True)
    ]


def _sentence(finding: SliceFinding) -> str:
    interval = wilson(finding.inside_wrong, finding.inside_count) or Interval(0, 1)
    return _(
        "%(percent)d %% wrong (%(low)d–%(high)d), %(elsewhere)d %% elsewhere, %(count)s items"
    ) % {
        "percent": round(100 * finding.inside_wrong / finding.inside_count),
        "low": round(100 * interval.low),
        "high": round(100 * interval.high),
        "elsewhere": round(100 * finding.outside_wrong / finding.outside_count),
        "count": f"{finding.item_count:,}",
    }
