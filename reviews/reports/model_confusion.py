"""What a model said, by what turned out to be right, and the items behind each number."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from labelops.errors import DomainError
from labelops.lists import Page, keyset_page
from reviews.models import ModelCheck, ModelStanding
from reviews.reports.dashboard_filters import class_titles, flag
from reviews.reports.person_history import CLASSES_SHOWN, Cell, Confusion, ConfusionRow, Counted
from reviews.reports.shares import Share
from tasks.models import ModelVersion
from tasks.services.grid import grid_control
from tasks.services.instructions import current_schema

FILTERS = ("given", "expected", "series")


@dataclass(frozen=True)
class Wanted:
    """`series`: only what counts for the present series of looks of the class."""

    given: str | None = None
    expected: str | None = None
    series: bool = False


def confusion(model: ModelVersion) -> Confusion | None:
    """A line a right class, of all decided checks; None where the project has no single choice."""
    rows = decided(model).exclude(expected="").exclude(label="").order_by()
    counts = Counter(
        {
            (expected, given): count
            for expected, given, count in rows.values_list("expected", "label").annotate(
                count=Count("pk")
            )
        }
    )
    if not counts:
        return None
    met: Counter[str] = Counter()
    for (expected, given), count in counts.items():
        met[expected] += count
        met[given] += count
    titles = titles_of(model)
    place = {name: number for number, name in enumerate(titles)}
    # The commonest, in the order of the question.
    commonest = sorted(met, key=lambda name: (-met[name], name))[:CLASSES_SHOWN]
    shown = sorted(commonest, key=lambda name: (place.get(name, len(place)), name))
    lines = [_row(name, shown, counts, titles) for name in shown]
    return Confusion(
        titles=[titles.get(name, name) for name in shown],
        rows=[line for line in lines if line.right.share.n],
        hidden_count=len(met) - len(shown),
    )


def _row(
    expected: str, shown: list[str], counts: Counter[tuple[str, str]], titles: Mapping[str, str]
) -> ConfusionRow:
    n = sum(count for (right, _given), count in counts.items() if right == expected)
    cells = [
        Cell(
            counts[expected, given],
            urlencode({"expected": expected, "given": given}),
            given == expected,
        )
        for given in shown
    ]
    right = Counted(Share(counts[expected, expected], n), urlencode({"expected": expected}))
    return ConfusionRow(titles.get(expected, expected), cells, right)


def decided(model: ModelVersion) -> QuerySet[ModelCheck]:
    """The checks that count and of which it is known what is right."""
    return ModelCheck.objects.filter(model_version=model, is_void=False, is_right__isnull=False)


def titles_of(model: ModelVersion) -> dict[str, str]:
    return class_titles(grid_control(current_schema(model.project)))


def read_wanted(given: Mapping[str, str]) -> Wanted:
    """The filters of a query string. Raises DomainError for a series without its class."""
    wanted = Wanted(given.get("given"), given.get("expected"), flag(given, "series"))
    if wanted.series and wanted.given is None:
        raise DomainError(
            _("A series is that of a class: say which."), code="missing_parameter", field="given"
        )
    return wanted


def checks_page(model: ModelVersion, wanted: Wanted, cursor: str) -> Page:
    rows = decided(model)
    if wanted.given is not None:
        rows = rows.filter(label=wanted.given)
    if wanted.expected is not None:
        rows = rows.filter(expected=wanted.expected)
    if wanted.series:
        standing = ModelStanding.objects.filter(
            model_version=model, label=OuterRef("label")
        ).values("series_after")
        rows = rows.filter(pk__gt=Coalesce(Subquery(standing[:1]), 0))
    return keyset_page(rows.select_related("task__item"), cursor, newest_first=True)


def sentences(wanted: Wanted, titles: Mapping[str, str]) -> list[str]:
    """What the list holds, in words."""
    found = []
    if wanted.given is not None:
        label = titles.get(wanted.given, wanted.given) or "–"
        found.append(_("the model said “%(label)s”") % {"label": label})
    if wanted.expected is not None:
        label = titles.get(wanted.expected, wanted.expected) or "–"
        found.append(_("the right answer is “%(label)s”") % {"label": label})
    if wanted.series:
        found.append(_("in the present series"))
    return found
