"""What the page of the slice finder says: each slice a sentence, with what to do about it."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datasets.analysis.conditions import Condition
from datasets.models import Evaluation, SliceFinding, SliceSearch
from datasets.reports.condition_words import sentences_of


@dataclass(frozen=True)
class SliceRow:
    finding: SliceFinding
    title: str
    # Conditions of exactly the same items; empty where there are none.
    twins: str
    sentence: str
    expected: str


def conditions_of(finding: SliceFinding) -> tuple[Condition, ...]:
    """As the search stored them; some are of facts that only a search knows."""
    return _read(finding.conditions)


def title_of(evaluation: Evaluation, finding: SliceFinding) -> str:
    (title,) = sentences_of(evaluation.project, [conditions_of(finding)])
    return title


def slice_rows(evaluation: Evaluation, search: SliceSearch) -> list[SliceRow]:
    findings = list(search.findings.defer("packed_items"))
    lists = [_read(rows) for each in findings for rows in (each.conditions, each.twins)]
    titles = sentences_of(evaluation.project, lists)
    return [
        SliceRow(finding, title, twins, _sentence(finding), _expected(finding))
        for finding, title, twins in zip(findings, titles[::2], titles[1::2], strict=True)
    ]


def _read(rows: list[dict[str, Any]]) -> tuple[Condition, ...]:
    return tuple(Condition(row["field"], row["operator"], tuple(row["values"])) for row in rows)


def _sentence(finding: SliceFinding) -> str:
    return ngettext(
        "%(percent)d %% wrong, %(elsewhere)d %% elsewhere, %(count)s item",
        "%(percent)d %% wrong, %(elsewhere)d %% elsewhere, %(count)s items",
        finding.inside_count,
    ) % {
        "percent": round(100 * finding.inside_wrong / finding.inside_count),
        "elsewhere": round(100 * finding.outside_wrong / finding.outside_count),
        "count": f"{finding.inside_count:,}",
    }


def _expected(finding: SliceFinding) -> str:
    return _("Of further items like these expect %(percent)d %% (%(low)d–%(high)d).") % {
        "percent": round(100 * finding.expected),
        "low": round(100 * finding.expected_low),
        "high": round(100 * finding.expected_high),
    }
