"""The items behind a figure of the quality page: filters from a closed list, and their tasks."""

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet
from django.db.models.fields.json import KeyTransform
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.errors import DomainError
from labelops.lists import Page, keyset_page
from reviews.models import QualitySnapshot
from tasks.kinds.choice import classes
from tasks.kinds.schema import control_named, single_choice
from tasks.models import WORK_STATES, Annotation, Project, Task
from tasks.reports.items import UNANSWERED
from tasks.services.instructions import current_version

FILTERS = ("annotator", "control", "label_a", "label_b", "state", "disagreement", "tie")
KEY_DIGITS = 18


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
        raise _unknown("state")
    return Wanted(
        annotator=_annotator(project, given.get("annotator", "")),
        control=control,
        label_a=given.get("label_a", ""),
        label_b=given.get("label_b", ""),
        state=given.get("state", ""),
        disagreement=_flag(given, "disagreement"),
        tie=_flag(given, "tie"),
    )


def sentences(wanted: Wanted, *, show_names: bool) -> list[str]:
    """What the list holds, in words."""
    found = []
    if wanted.annotator:
        name = str(wanted.annotator) if show_names else wanted.annotator.pseudonym
        found.append(_("labeled by %(name)s") % {"name": name})
    if wanted.control:
        names = {
            "question": wanted.control["title"],
            "first": wanted.label_a,
            "second": wanted.label_b,
        }
        sentence = _("somebody answered “%(first)s” to “%(question)s”")
        if wanted.label_b:
            sentence = _("one answered “%(first)s”, somebody else “%(second)s” to “%(question)s”")
        found.append(sentence % names)
    if wanted.state:
        found.append(_("state: %(state)s") % {"state": Task.State(wanted.state).label})
    if wanted.disagreement:
        found.append(_("the answers differ"))
    if wanted.tie:
        found.append(_("no answer leads"))
    return found


def items_page(project: Project, wanted: Wanted, cursor: str, *, sees_unfinished: bool) -> Page:
    """The tasks that fit. What people answered is told of a task only once all have answered,
    save to those who never label.
    """
    page = keyset_page(_tasks(project, wanted, sees_unfinished), cursor)
    rows = [_row(task, sees_unfinished) for task in page.rows]
    return dataclasses.replace(page, rows=rows)


def _tasks(project: Project, wanted: Wanted, sees_unfinished: bool) -> QuerySet[Task]:
    rows = (
        Task.objects.filter(batch__project=project)
        .exclude(state=Task.State.GOLD)
        .select_related("batch", "item", "consensus")
    )
    if wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.disagreement:
        rows = rows.filter(consensus__agreement__lt=1)
    if wanted.tie:
        rows = rows.filter(consensus__is_tie=True)
    if wanted.annotator:
        own = Annotation.objects.filter(task=OuterRef("pk"), author=wanted.annotator)
        rows = rows.filter(Exists(own))
    if wanted.control:
        rows = rows.filter(Exists(_pairs(wanted)))
    is_about_answers = dataclasses.replace(wanted, state="") != Wanted()
    if is_about_answers and not sees_unfinished:
        rows = rows.exclude(state__in=UNANSWERED)
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
    if not key:
        return None
    if not (key.isascii() and key.isdecimal() and len(key) <= KEY_DIGITS):
        raise _unknown("annotator")
    made = Annotation.objects.filter(author=OuterRef("pk"), task__batch__project=project)
    found = User.objects.filter(Exists(made), pk=int(key)).first()
    if found is None:
        raise _unknown("annotator")
    return found


def _control(project: Project, given: Mapping[str, str]) -> dict[str, Any] | None:
    """The question that the labels answer: the named one, else the project's single choice."""
    labels = {name: given[name] for name in ("label_a", "label_b") if given.get(name)}
    if not labels and not given.get("control"):
        return None
    if "label_a" not in labels:
        raise DomainError(
            _("Say which label you look for."), code="missing_parameter", field="label_a"
        )
    control = _choice(project, given.get("control", ""))
    known = {*classes(control), *_counted_classes(project, control)}
    for name, label in labels.items():
        if label not in known:
            raise _unknown(name)
    return control


def _choice(project: Project, name: str) -> dict[str, Any]:
    version = current_version(project)
    schema = version.label_schema if version else {"controls": []}
    control = control_named(schema, name) if name else single_choice(schema)
    if control is None or control["type"] != "choice" or control.get("multiple", False):
        raise _unknown("control")
    return control


def _counted_classes(project: Project, control: dict[str, Any]) -> list[str]:
    """Classes that were answered under an earlier version of the schema."""
    snapshot = QualitySnapshot.objects.filter(project=project).first()
    counts = snapshot.figures["class_counts"] if snapshot else {}
    return list(counts.get(control["name"], {}))


def _flag(given: Mapping[str, str], name: str) -> bool:
    if given.get(name, "") not in {"", "1"}:
        raise _unknown(name)
    return given.get(name) == "1"


def _unknown(field: str) -> DomainError:
    return DomainError(_("This filter has no such value."), field=field, code="unknown_value")
