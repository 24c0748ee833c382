"""The quality page of a project: agreement and accuracy, what they rest on, and their items."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from labelops.intervals import Interval
from reviews.models import RollupState, TaskChange
from reviews.quality.error_rate import Stratum, error_rate
from reviews.quality.figure import NOTHING, Figure
from reviews.quality.rollup_figures import nominal_alpha, share
from reviews.reports import dashboard_sums
from reviews.reports.charts import Chart, percent_chart
from reviews.reports.dashboard_figures import (
    Query,
    Section,
    Shown,
    agreement_of,
    answers,
    base_query,
    entry_of,
    grouped,
    items,
    labels,
    make_row,
    make_section,
    merged,
    show,
    show_agreement,
    show_plain,
    tasks,
)
from reviews.reports.dashboard_filters import Chosen
from reviews.reports.dashboard_people import people_sections
from reviews.reports.dashboard_sums import NO_CLASSES, ClassSums, Sums
from tasks.models import Batch, Project

WEEKS_SHOWN = 26
WAITING_LONG = 10


@dataclass(frozen=True)
class Freshness:
    """When the project was counted last, and since when changes wait to be, if for long."""

    counted_at: datetime
    waiting_since: datetime | None


@dataclass(frozen=True)
class Dashboard:
    freshness: Freshness
    item_count: int
    agreement: Shown
    alpha: Shown
    accuracy: Shown
    accuracy_words: str
    weeks: Section
    chart: Chart | None
    sections: list[Section]


def freshness(project: Project) -> Freshness | None:
    """None before anything was counted."""
    state = RollupState.objects.filter(project=project, counted_at__isnull=False).first()
    if state is None:
        return None
    oldest = TaskChange.objects.order_by("pk").values_list("noted_at", flat=True).first()
    is_late = oldest and (timezone.now() - oldest).total_seconds() > WAITING_LONG
    return Freshness(state.counted_at, oldest if is_late else None)


def dashboard(
    project: Project,
    chosen: Chosen,
    known: Freshness,
    *,
    titles: dict[str, str],
    show_names: bool,
) -> Dashboard:
    """Only managers, who never label, see the names of people; `titles` are those of classes."""
    names = dict(Batch.objects.filter(project=project).order_by().values_list("pk", "name"))
    sums = dashboard_sums.by_batch_and_week(names, chosen)
    base = base_query(chosen)
    by_batch, by_week = grouped(sums, 0), grouped(sums, 1)
    total = dashboard_sums.added_up(sums.values())
    classes = NO_CLASSES if chosen.team else dashboard_sums.by_class(project, chosen)
    people = {} if chosen.label else dashboard_sums.by_person(names, chosen)
    weeks = _weeks(by_week, chosen, base)
    accuracy, words = _accuracy(by_batch, total, chosen)
    return Dashboard(
        freshness=known,
        item_count=total["items"] or total["labels"],
        agreement=show_agreement(
            agreement_of(total),
            base,
            (labels if chosen.team else items)(agreement_of(total).n),
        ),
        alpha=show_plain(_alpha(classes, sums, chosen), base),
        accuracy=show(
            accuracy,
            merged(base, _checked(chosen)),
            (answers if chosen.team or chosen.label else tasks)(accuracy.n),
        ),
        accuracy_words=words,
        weeks=weeks,
        chart=_chart(weeks, by_week, chosen),
        sections=[
            _batches(names, by_batch, chosen, base),
            *class_sections(classes, titles, chosen, base),
            *people_sections(people, chosen, base, show_names=show_names),
        ],
    )


def _alpha(classes: ClassSums, sums: dict[Any, Sums], chosen: Chosen) -> Figure:
    """Of the project's single choice; a class or a vendor alone has none."""
    if chosen.label or not classes.classes:
        return NOTHING
    n = sum(row["shared"] for row in sums.values())
    found = nominal_alpha(classes.pairable, classes.coincident, classes.pairable.sum(axis=1))
    return replace(found, n=n)


def _accuracy(by_batch: dict[int, Sums], total: Sums, chosen: Chosen) -> tuple[Figure, str]:
    """What is right, and how it was sampled."""
    if chosen.team or chosen.label:
        words = _("answers held against hidden gold or an expert's decision on a random task")
        return share(total["right"], total["measured"]), words
    words = _("stored labels that experts let stand, among tasks drawn at random")
    strata = [Stratum(row["wrong"], row["sampled"], row["assessed"]) for row in by_batch.values()]
    found = error_rate(strata)
    if found is None:
        return NOTHING, words
    interval = Interval(1 - found.interval.high, 1 - found.interval.low)
    return Figure(1 - found.value, found.n, interval), words


def _sample(sums: Sums, chosen: Chosen) -> Figure:
    """The accuracy of a row: of stored labels by the random sample, of answers as measured."""
    if chosen.team or chosen.label:
        return share(sums["right"], sums["measured"])
    return share(sums["sampled"] - sums["wrong"], sums["sampled"])


def _checked(chosen: Chosen) -> Query:
    """The class of a measured answer is the right one, whatever was answered."""
    if chosen.label:
        return {"measured": "all", "expected": chosen.label, "label_a": None}
    return {"measured": "all"} if chosen.team else {"sampled": 1}


def _weeks(by_week: dict[date, Sums], chosen: Chosen, base: Query) -> Section:
    entries = [
        entry_of(
            date_format(week, "SHORT_DATE_FORMAT"),
            sums,
            {**base, "week": week.isoformat()},
            _sample(sums, chosen),
            _checked(chosen),
            is_of_labels=bool(chosen.team),
        )
        for week, sums in sorted(by_week.items())
    ]
    newest = [make_row(entry) for entry in entries[-WEEKS_SHOWN:]]
    note = _("Weeks begin on Monday, in UTC; an item belongs to the week of its newest label.")
    return Section("weeks", _("By week"), note, _counts(chosen), newest, len(entries) - len(newest))


def _chart(weeks: Section, by_week: dict[date, Sums], chosen: Chosen) -> Chart | None:
    found = sorted(by_week.items())[-WEEKS_SHOWN:]
    if not found:
        return None
    return percent_chart(
        _("Agreement and accuracy by week"),
        _("Lines with their 95 % intervals as bands. The table below has the numbers."),
        [row.name for row in weeks.rows],
        [
            (_("agreement"), "agreement", [agreement_of(sums) for _week, sums in found]),
            (_("accuracy"), "accuracy", [_sample(sums, chosen) for _week, sums in found]),
        ],
    )


def _batches(
    names: dict[int, str], by_batch: dict[int, Sums], chosen: Chosen, base: Query
) -> Section:
    entries = [
        entry_of(
            names[batch],
            sums,
            {**base, "batch": batch},
            _sample(sums, chosen),
            _checked(chosen),
            is_of_labels=bool(chosen.team),
        )
        for batch, sums in sorted(by_batch.items(), reverse=True)
    ]
    return make_section(
        "batches", _("By batch"), _accuracy_note(chosen), _counts(chosen), entries, chosen
    )


def _counts(chosen: Chosen) -> str:
    return _("Labels") if chosen.team or chosen.label else _("Items")


def _accuracy_note(chosen: Chosen) -> str:
    if chosen.team or chosen.label:
        return _("Accuracy: answers that were right, of those measured.")
    return _("Accuracy: stored labels that experts let stand, in the random sample.")


def class_sections(
    classes: ClassSums, titles: dict[str, str], chosen: Chosen, base: Query
) -> Iterable[Section]:
    """The table of classes, where there is one choice to be answered."""
    if not classes.sums:
        return
    entries = [
        entry_of(
            titles.get(name, name),
            sums,
            {**base, "label_a": name},
            share(sums["right"], sums["measured"]),
            {"measured": "all", "expected": name, "label_a": None},
        )
        for name, sums in sorted(classes.sums.items())
        if chosen.label in ("", name)
    ]
    note = _(
        "Agreement: how many of the others say it where somebody says it. "
        "Accuracy: answers that were right where the class is."
    )
    yield make_section("classes", _("By class"), note, _("Labels"), entries, chosen)
