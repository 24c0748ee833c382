"""The page of labels that look wrong: what one detector found, and how often it was right."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Count
from django.utils.translation import gettext as _

from labelops.intervals import Interval
from labelops.jobs.models import Job
from labelops.lists import Page, keyset_page
from reviews.detectors.trust import DECIDED_LEAST
from reviews.models import DetectorStanding, LabelIssue
from reviews.reports import label_issue_words
from reviews.reports.dashboard_filters import Choice, unknown
from reviews.services import label_issues
from reviews.services.label_issue_scan import newest_version
from tasks.blocks.classes import schema_classes
from tasks.models import ModelVersion, Project
from tasks.services.instructions import current_schema

Detector = LabelIssue.Detector
DETECTORS = Detector.values
FILTERS = ("detector", "class")
# So many classes of a detector are shown: those it found most of.
STANDINGS_SHOWN = 50
CLASS_LENGTH = 200
PAGE_SIZE = 25
COLUMNS = ("rank", "item", "detector", "given", "suggested", "score", "state", "batch")


@dataclass(frozen=True)
class Wanted:
    """One detector, and one class of it where that is chosen."""

    detector: str
    label: str = ""


@dataclass(frozen=True)
class Figure:
    """A share with its interval."""

    value: float
    interval: Interval


@dataclass(frozen=True)
class Standing:
    """A detector in one class: how much it found, and what experts said of it."""

    row: DetectorStanding
    title: str
    found: int
    precision: Figure | None
    why: str


@dataclass(frozen=True)
class Row:
    issue: LabelIssue
    given: str
    suggested: str
    sentence: str


@dataclass(frozen=True)
class IssuesPage:
    detectors: list[Choice]
    counts: dict[str, int]
    standings: list[Standing]
    page: Page
    version: ModelVersion | None
    job: Job | None


def read_wanted(project: Project, given: Mapping[str, str]) -> Wanted:
    """What the page shows; without a detector the one that found most. Raises DomainError."""
    detector, label = given.get("detector", ""), given.get("class", "")
    if detector and detector not in DETECTORS:
        raise unknown("detector")
    if len(label) > CLASS_LENGTH or "\x00" in label:
        raise unknown("class")
    counts = _counts(project)
    most = max(counts, key=lambda name: counts[name], default=Detector.CLASSES)
    return Wanted(detector or str(most), label)


def issues_page(project: Project, wanted: Wanted, cursor: str) -> IssuesPage:
    counts, titles = _counts(project), _titles(project)
    page = keyset_page(_waiting(project, wanted), cursor, size=PAGE_SIZE, key="rank")
    return IssuesPage(
        detectors=[
            Choice(name, str(Detector(name).label), name == wanted.detector)
            for name in DETECTORS
            if counts.get(name) or name == wanted.detector
        ],
        counts=counts,
        standings=_standings(project, wanted.detector, titles),
        page=Page([_row(issue, titles) for issue in page.rows], page.next_cursor, page.is_first),
        version=newest_version(project),
        job=label_issues.jobs_of(project).first(),
    )


def csv_rows(project: Project, wanted: Wanted, most: int) -> Iterator[list[Any]]:
    """Everything the detector found, worst first, in the values of the schema."""
    for issue in _waiting(project, wanted).order_by("rank")[:most]:
        task = issue.task
        names = (issue.detector, issue.label, issue.suggested)
        place = (task.state, task.batch.name)
        yield [issue.rank, task.item.external_id, *names, round(issue.score, 4), *place]


def _waiting(project: Project, wanted: Wanted) -> Any:
    rows = LabelIssue.objects.waiting().by_class()
    rows = rows.filter(
        project=project, detector=wanted.detector, task__set_aside__isnull=True
    ).select_related("task__item", "task__batch")
    return rows.filter(concerns=wanted.label) if wanted.label else rows


def _counts(project: Project) -> dict[str, int]:
    waiting = LabelIssue.objects.waiting().filter(project=project).order_by()
    return dict(waiting.values_list("detector").annotate(count=Count("pk")))


def _titles(project: Project) -> dict[str, str]:
    """What people call the classes of all questions."""
    known = schema_classes(current_schema(project))
    return {value: title for (_control, value), title in known.items()}


def _standings(project: Project, detector: str, titles: dict[str, str]) -> list[Standing]:
    waiting = LabelIssue.objects.waiting().filter(project=project, detector=detector)
    by_class = waiting.by_class().order_by().values_list("concerns").annotate(count=Count("pk"))
    found = dict(by_class)
    rows = project.detector_standings.filter(detector=detector).select_related("set_by")
    ordered = sorted(rows, key=lambda row: (-found.get(row.label, 0), -row.decided, row.label))
    return [
        Standing(
            row=row,
            title=titles.get(row.label, row.label),
            found=found.get(row.label, 0),
            precision=_figure(row),
            why=_why(row),
        )
        for row in ordered[:STANDINGS_SHOWN]
    ]


def _figure(row: DetectorStanding) -> Figure | None:
    if not row.decided:
        return None
    return Figure(row.confirmed / row.decided, Interval(row.lower, row.upper))


def _why(row: DetectorStanding) -> str:
    """Why it is muted or kept, or what is missing until that can be said."""
    if row.set_by:
        return _("%(who)s: %(reason)s") % {"who": row.set_by, "reason": row.reason}
    if row.muted_at:
        return _("It finds hardly more wrong labels than a look at random.")
    if row.decided < DECIDED_LEAST:
        return _("Judged after %(n)d decisions.") % {"n": DECIDED_LEAST}
    return ""


def _row(issue: LabelIssue, titles: dict[str, str]) -> Row:
    given, suggested = (titles.get(name, name) for name in (issue.label, issue.suggested))
    params = {"detector": issue.detector, "label": given, "suggested": suggested}
    sentence = label_issue_words.sentence({**params, "score": issue.score})
    return Row(issue, given, suggested, sentence)
