"""The items behind a figure of the quality page: filters from a closed list, and their tasks."""

import dataclasses
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import Team, User
from labelops.errors import DomainError
from labelops.lists import Page, keyset_page
from reviews.models import Consensus, Measurement, PersonRollup, QualitySnapshot
from reviews.reports.dashboard_filters import WEEKS, find, flag, since, unknown
from tasks.kinds.choice import classes
from tasks.kinds.schema import control_named, single_choice
from tasks.models import WORK_STATES, Annotation, Batch, LabelClass, Project, Task
from tasks.reports.items import UNANSWERED
from tasks.services.instructions import current_schema

FILTERS = (
    *("annotator", "control", "label_a", "label_b", "expected", "state", "disagreement", "tie"),
    *("batch", "team", "week", "weeks", "sampled", "measured", "judged"),
)
MEASURED = {
    "all": gettext_lazy("measured"),
    "right": gettext_lazy("measured as right"),
    "wrong": gettext_lazy("measured as wrong"),
}
JUDGED = {
    "all": gettext_lazy("an answer was judged"),
    "accepted": gettext_lazy("an answer was accepted as it is"),
    "fixed": gettext_lazy("an answer was fixed"),
    "rejected": gettext_lazy("an answer was rejected"),
}


@dataclass(frozen=True)
class Wanted:
    """The filters that a person chose."""

    annotator: User | None = None
    control: dict[str, Any] | None = None
    label_a: str = ""
    label_b: str = ""
    state: str = ""
    disagreement: bool = False
    tie: bool = False
    expected: str = ""
    sampled: bool = False
    measured: str = ""
    judged: str = ""
    batch: Batch | None = None
    team: Team | None = None
    week: date | None = None
    weeks: int | None = None

    @property
    def is_about_answers(self) -> bool:
        """Whether the list itself tells what somebody answered."""
        places = {"state": "", "batch": None, "week": None, "weeks": None}
        return dataclasses.replace(self, **places) != Wanted()


@dataclass(frozen=True)
class ItemRow:
    """`agreement` is in percent; None where it is not defined or still kept from sight."""

    task: Task
    agreement: int | None
    is_tie: bool


def read_filters(project: Project, given: Mapping[str, str]) -> Wanted:
    """The filters of a query string. Raises DomainError for a value that is not in the list."""
    control = _control(project, given)
    if given.get("state") and given["state"] not in WORK_STATES:
        raise unknown("state")
    return Wanted(
        annotator=_annotator(project, given.get("annotator", "")),
        control=control,
        label_a=given.get("label_a", ""),
        label_b=given.get("label_b", ""),
        state=given.get("state", ""),
        disagreement=flag(given, "disagreement"),
        tie=flag(given, "tie"),
        expected=given.get("expected", ""),
        sampled=flag(given, "sampled"),
        measured=_one_of(given, "measured", MEASURED),
        judged=_one_of(given, "judged", JUDGED),
        batch=find(project.batches.all(), given.get("batch", ""), "batch"),
        team=find(Team.objects.filter(batches__project=project), given.get("team", ""), "team"),
        week=_week(given.get("week", "")),
        weeks=int(_one_of(given, "weeks", [str(number) for number in WEEKS]) or 0) or None,
    )


def sentences(wanted: Wanted, *, show_names: bool) -> list[str]:
    """What the list holds, in words."""
    found = []
    if wanted.annotator:
        name = str(wanted.annotator) if show_names else wanted.annotator.pseudonym
        found.append(_("labeled by %(name)s") % {"name": name})
    if wanted.control and wanted.label_a:
        names = {
            "question": wanted.control["title"],
            "first": wanted.label_a,
            "second": wanted.label_b,
        }
        sentence = _("somebody answered “%(first)s” to “%(question)s”")
        if wanted.label_b:
            sentence = _("one answered “%(first)s”, somebody else “%(second)s” to “%(question)s”")
        found.append(sentence % names)
    if wanted.expected:
        found.append(_("the right answer is “%(label)s”") % {"label": wanted.expected})
    found += _places(wanted)
    if wanted.measured:
        found.append(str(MEASURED[wanted.measured]))
    if wanted.judged:
        found.append(str(JUDGED[wanted.judged]))
    if wanted.sampled:
        found.append(_("in the random sample"))
    if wanted.state:
        found.append(_("state: %(state)s") % {"state": Task.State(wanted.state).label})
    if wanted.disagreement:
        found.append(_("the answers differ"))
    if wanted.tie:
        found.append(_("no answer leads"))
    return found


def _places(wanted: Wanted) -> list[str]:
    found = []
    if wanted.batch:
        found.append(_("batch: %(name)s") % {"name": wanted.batch.name})
    if wanted.team:
        found.append(_("labeled by %(name)s") % {"name": wanted.team.name})
    if wanted.week:
        week = date_format(wanted.week, "SHORT_DATE_FORMAT")
        found.append(_("newest label in the week of %(week)s") % {"week": week})
    if wanted.weeks:
        found.append(_("newest label in the last %(n)d weeks") % {"n": wanted.weeks})
    return found


def items_page(project: Project, wanted: Wanted, cursor: str, *, sees_unfinished: bool) -> Page:
    """The tasks that fit. What people answered is told of a task only once all have answered,
    save to those who never label.
    """
    page = keyset_page(_tasks(project, wanted, sees_unfinished), cursor)
    rows = [_row(task, sees_unfinished) for task in page.rows]
    return dataclasses.replace(page, rows=rows)


def _tasks(project: Project, wanted: Wanted, sees_unfinished: bool) -> QuerySet[Task]:
    rows = _within(project, wanted).select_related("batch", "item", "consensus")
    # What measures people without their knowing is for those who never label.
    if not (wanted.measured and sees_unfinished):
        rows = rows.exclude(state=Task.State.GOLD)
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.disagreement:
        rows = rows.filter(consensus__agreement__lt=1)
    if wanted.tie:
        rows = rows.filter(consensus__is_tie=True)
    if wanted.sampled:
        rows = rows.filter(consensus__standing=Consensus.Standing.SAMPLED)
    if wanted.judged:
        states = [*JUDGED][1:] if wanted.judged == "all" else [wanted.judged]
        judged = Annotation.objects.filter(task=OuterRef("pk"), state__in=states)
        rows = rows.filter(Exists(judged))
    if wanted.measured:
        rows = rows.filter(pk__in=_measured(project, wanted).values("annotation__task"))
    elif wanted.annotator:
        own = Annotation.objects.filter(task=OuterRef("pk"), author=wanted.annotator)
        rows = rows.filter(Exists(own))
    if wanted.expected and not wanted.measured and wanted.control:
        named = LabelClass.objects.filter(
            project=project, control=wanted.control["name"], value=wanted.expected
        )
        rows = rows.filter(pk__in=named.values("task"))
    if wanted.label_a:
        rows = rows.filter(Exists(_pairs(wanted)))
    if wanted.is_about_answers and not sees_unfinished:
        rows = rows.exclude(state__in=UNANSWERED)
    return rows


def _within(project: Project, wanted: Wanted) -> QuerySet[Task]:
    """The tasks of the batch, team and weeks."""
    rows = Task.objects.filter(batch__project=project, set_aside__isnull=True)
    if wanted.batch:
        rows = rows.filter(batch=wanted.batch)
    if wanted.week:
        rows = rows.filter(counted_task__week=wanted.week)
    if wanted.weeks:
        rows = rows.filter(counted_task__week__gte=since(wanted.weeks))
    if wanted.team:
        members = PersonRollup.objects.filter(batch__project=project, team=wanted.team)
        own = Annotation.objects.filter(
            task=OuterRef("pk"), author__in=members.values("person").distinct()
        )
        rows = rows.filter(Exists(own))
    return rows


def _measured(project: Project, wanted: Wanted) -> QuerySet[Measurement]:
    rows = Measurement.objects.filter(project=project, is_void=False)
    if wanted.annotator:
        rows = rows.filter(person=wanted.annotator)
    if wanted.expected:
        rows = rows.filter(expected=wanted.expected)
    if wanted.measured != "all":
        rows = rows.filter(is_right=wanted.measured == "right")
    return rows


def _pairs(wanted: Wanted) -> QuerySet[Annotation]:
    """Answers of the first class for which somebody else gave the second one."""
    said = Annotation.objects.annotate(said=KeyTransform(wanted.control["name"], "answer"))
    first = said.filter(task=OuterRef("pk"), said=wanted.label_a)
    if not wanted.label_b:
        return first
    second = said.filter(task=OuterRef("task"), said=wanted.label_b)
    return first.filter(Exists(second.exclude(author=OuterRef("author"))))


def _row(task: Task, sees_unfinished: bool) -> ItemRow:
    consensus = getattr(task, "consensus", None)
    if consensus is None or (task.state in UNANSWERED and not sees_unfinished):
        return ItemRow(task, None, False)
    share = consensus.agreement
    return ItemRow(task, None if share is None else round(100 * share), consensus.is_tie)


def _annotator(project: Project, key: str) -> User | None:
    made = Annotation.objects.filter(author=OuterRef("pk"), task__batch__project=project)
    return find(User.objects.filter(Exists(made)), key, "annotator")


def _control(project: Project, given: Mapping[str, str]) -> dict[str, Any] | None:
    """The question that the labels answer: the named one, else the project's single choice."""
    names = ("label_a", "label_b", "expected")
    labels = {name: given[name] for name in names if given.get(name)}
    if not labels and not given.get("control"):
        return None
    if labels.keys() <= {"label_b"}:
        raise DomainError(
            _("Say which label you look for."), code="missing_parameter", field="label_a"
        )
    control = _choice(project, given.get("control", ""))
    known = {*classes(control), *_counted_classes(project, control)}
    for name, label in labels.items():
        if label not in known:
            raise unknown(name)
    return control


def _choice(project: Project, name: str) -> dict[str, Any]:
    schema = current_schema(project)
    control = control_named(schema, name) if name else single_choice(schema)
    if control is None or control["type"] != "choice" or control.get("multiple", False):
        raise unknown("control")
    return control


def _counted_classes(project: Project, control: dict[str, Any]) -> list[str]:
    """Classes that were answered under an earlier version of the schema."""
    snapshot = QualitySnapshot.objects.filter(project=project).first()
    counts = snapshot.figures["class_counts"] if snapshot else {}
    return list(counts.get(control["name"], {}))


def _week(given: str) -> date | None:
    if not given:
        return None
    try:
        return date.fromisoformat(given)
    except ValueError as error:
        raise unknown("week") from error


def _one_of(given: Mapping[str, str], name: str, known: Container[str]) -> str:
    value = given.get(name, "")
    if value and value not in known:
        raise unknown(name)
    return value
