"""The filters of the list of items behind the figures: from a closed list, and in words."""

import dataclasses
from collections.abc import Container, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import Exists, OuterRef
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import Team, User
from labelops.errors import DomainError
from reviews.models import QualitySnapshot
from reviews.reports.dashboard_filters import WEEKS, find, flag, unknown
from tasks.kinds.choice import classes
from tasks.kinds.schema import control_named, single_choice
from tasks.models import WORK_STATES, Annotation, Assignment, Batch, Project, Task
from tasks.services.instructions import current_schema

FILTERS = (
    *("annotator", "control", "label_a", "label_b", "expected", "state", "disagreement", "tie"),
    *("batch", "team", "week", "weeks", "sampled", "measured", "judged"),
    *("labeled", "shared", "day", "settled", "planned", "holder"),
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

LABELED = {
    "1": gettext_lazy("somebody has answered"),
    "all": gettext_lazy("somebody has answered, gold included"),
}


@dataclass(frozen=True)
class Wanted:
    """The filters that a person chose.

    `labeled`: somebody has answered; `shared`: two people have, and their answers were compared;
    `day`: answers of that day; `settled`: accepted on that day; `planned`: not taken out;
    `holder`: who has it at the moment.
    """

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
    labeled: str = ""
    shared: bool = False
    day: date | None = None
    settled: date | None = None
    planned: bool = False
    holder: User | None = None

    @property
    def names_answers(self) -> bool:
        """Whether it asks for answers, which the list then counts beside the items."""
        asked = (self.label_a, self.judged, self.day, self.shared, self.labeled)
        return self.is_by_answer or any(asked)

    @property
    def is_by_answer(self) -> bool:
        """Whether weeks are those of the answers: figures of people and checks are counted so."""
        return bool(self.annotator or self.team or self.measured)

    @property
    def has_gold(self) -> bool:
        """Whether hidden gold is among it, as in all that measures people or is their work."""
        return bool(self.measured or self.day or self.holder or self.labeled == "all")

    @property
    def is_about_answers(self) -> bool:
        """Whether the list itself tells what somebody answered."""
        places = {"state": "", "batch": None, "week": None, "weeks": None}
        places |= {"settled": None, "planned": False, "holder": None}
        return dataclasses.replace(self, **places) != Wanted()


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
        week=_day(given, "week"),
        weeks=int(_one_of(given, "weeks", [str(number) for number in WEEKS]) or 0) or None,
        labeled=_one_of(given, "labeled", LABELED),
        shared=flag(given, "shared"),
        day=_day(given, "day"),
        settled=_day(given, "settled"),
        planned=flag(given, "planned"),
        holder=_holder(project, given.get("holder", "")),
    )


def sentences(wanted: Wanted, *, show_names: bool) -> list[str]:
    """What the list holds, in words."""
    found = []
    if wanted.annotator:
        name = str(wanted.annotator) if show_names else wanted.annotator.pseudonym
        found.append(_("labeled by %(name)s") % {"name": name})
    if wanted.holder:
        name = str(wanted.holder) if show_names else wanted.holder.pseudonym
        found.append(_("held by %(name)s") % {"name": name})
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
    if wanted.labeled:
        found.append(str(LABELED[wanted.labeled]))
    if wanted.shared:
        found.append(_("two people have answered"))
    if wanted.planned:
        found.append(_("not taken out of the work"))
    return found


def _places(wanted: Wanted) -> list[str]:
    found = []
    if wanted.batch:
        found.append(_("batch: %(name)s") % {"name": wanted.batch.name})
    if wanted.team:
        found.append(_("labeled by %(name)s") % {"name": wanted.team.name})
    if wanted.week:
        week = date_format(wanted.week, "SHORT_DATE_FORMAT")
        sentence = _("newest label in the week of %(week)s")
        if wanted.is_by_answer:
            sentence = _("answered in the week of %(week)s")
        found.append(sentence % {"week": week})
    if wanted.weeks:
        sentence = _("newest label in the last %(n)d weeks")
        if wanted.is_by_answer:
            sentence = _("answered in the last %(n)d weeks")
        found.append(sentence % {"n": wanted.weeks})
    if wanted.day:
        day = date_format(wanted.day, "SHORT_DATE_FORMAT")
        found.append(_("answered on %(day)s (UTC)") % {"day": day})
    if wanted.settled:
        day = date_format(wanted.settled, "SHORT_DATE_FORMAT")
        found.append(_("accepted on %(day)s (UTC)") % {"day": day})
    return found


def _annotator(project: Project, key: str) -> User | None:
    person = find(User.objects.all(), key, "annotator")
    # Of one person at a time: the database would look through the whole project otherwise.
    made = Annotation.objects.filter(author=person, task__batch__project=project)
    if person is not None and not made.exists():
        raise unknown("annotator")
    return person


def _holder(project: Project, key: str) -> User | None:
    held = Assignment.objects.filter(annotator=OuterRef("pk"), batch__project=project)
    return find(User.objects.filter(Exists(held)), key, "holder")


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


def _day(given: Mapping[str, str], name: str) -> date | None:
    if not given.get(name):
        return None
    try:
        found = date.fromisoformat(given[name])
    except ValueError as error:
        raise unknown(name) from error
    # The day after it, or the week, must be one as well.
    if found.year >= date.max.year:
        raise unknown(name)
    return found


def _one_of(given: Mapping[str, str], name: str, known: Container[str]) -> str:
    value = given.get(name, "")
    if value and value not in known:
        raise unknown(name)
    return value
