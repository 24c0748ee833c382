"""What the page of a calibration run shows: the agreement, and where it fails, class by class."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labelops.accounts.models import User
from labelops.errors import DomainError
from reviews.models import CalibrationRun
from reviews.quality.pairs import ClassPair, class_pairs, item_pairs, most_confused, named_pairs
from reviews.reports.quality import Measure
from reviews.services import calibration_figures as figures
from tasks.blocks.classes import Class, schema_classes
from tasks.kinds.answer import summary
from tasks.kinds.schema import control_named
from tasks.models import Annotation, Assignment, Project, Question, Task

CLASSES_SHOWN = 12
PAIRS_SHOWN = 30
SHADES = 4
QUESTIONS_READ = 1_000
FILTERS = ("control", "first", "second")


@dataclass(frozen=True)
class PairCell:
    """Two classes: the items people wavered on, and the open questions that name both."""

    first: str
    second: str
    count: int
    questions: int
    shade: int
    is_same: bool
    items_query: str
    ruling_query: str


@dataclass(frozen=True)
class PairTable:
    """The cells of one question; `rows` is empty when too many classes are mixed up."""

    title: str
    classes: list[str]
    rows: list[tuple[str, list[PairCell]]]
    most: list[PairCell]


@dataclass(frozen=True)
class Participant:
    name: str
    answered: int


@dataclass(frozen=True)
class CalibrationPage:
    agreement: Measure
    is_reached: bool
    item_count: int
    open_count: int
    tables: list[PairTable]
    participants: list[Participant]


@dataclass(frozen=True)
class ItemRow:
    """An item with its different answers and how many people gave each."""

    task: Task
    answers: list[tuple[str, int]]


def calibration_page(run: CalibrationRun, *, show_names: bool) -> CalibrationPage:
    answers = figures.collect(run)
    agreement = _agreement(figures.agreement(answers))
    open_count = figures.open_tasks(run).count()
    asked = _asked_pairs(run.batch.project)
    titles = schema_classes(answers.schema)
    value = agreement.value
    return CalibrationPage(
        agreement=agreement,
        is_reached=value is not None and round(100 * value, 6) >= run.threshold_percent,
        item_count=open_count + figures.complete_tasks(run).count(),
        open_count=open_count,
        tables=[
            _table(control, class_pairs(control, answers.by_task), asked, titles)
            for control in answers.schema["controls"]
            if control["type"] != "text"
        ],
        participants=_participants(run, show_names),
    )


def _agreement(figure: dict[str, Any]) -> Measure:
    counted = ngettext("%(n)d item", "%(n)d items", figure["n"]) % {"n": figure["n"]}
    return Measure(
        title=_("Mean agreement"),
        hint=_("how alike two answers to one item are; not corrected for chance"),
        value=figure["value"],
        low=figure["low"],
        high=figure["high"],
        n=figure["n"],
        counted=counted,
    )


def _asked_pairs(project: Project) -> Counter[tuple[str, ClassPair]]:
    """How many open questions waver between two classes of one control."""
    asked = Question.objects.filter(project=project, state=Question.State.ASKED)
    found: Counter[tuple[str, ClassPair]] = Counter()
    for classes in asked.order_by("id").values_list("classes", flat=True)[:QUESTIONS_READ]:
        found.update(named_pairs(classes))
    return found


def _table(
    control: dict[str, Any],
    pairs: Mapping[ClassPair, int],
    asked: Mapping[tuple[str, ClassPair], int],
    titles: Mapping[Class, str],
) -> PairTable:
    name = control["name"]
    confused = most_confused(pairs)
    most = confused[0][1] if confused else 0
    mixed = {value for pair, _count in confused for value in pair}
    mixed |= {value for where, pair in asked if where == name for value in pair}
    known = [value for where, value in titles if where == name]
    shown = [value for value in known if value in mixed]

    def cell(first: str, second: str) -> PairCell:
        pair = (min(first, second), max(first, second))
        count, is_same = pairs.get(pair, 0), first == second
        return PairCell(
            first=titles.get((name, first), first),
            second=titles.get((name, second), second),
            count=count,
            questions=asked.get((name, pair), 0),
            shade=-(-SHADES * count // most) if most and not is_same else 0,
            is_same=is_same,
            items_query=urlencode({"control": name, "first": first, "second": second}),
            ruling_query=urlencode({"from": f"{name}:{first}", "to": f"{name}:{second}"}),
        )

    is_table = len(shown) <= CLASSES_SHOWN
    return PairTable(
        title=control["title"],
        classes=[titles[name, value] for value in shown] if is_table else [],
        rows=[
            (titles[name, value], [cell(value, other) for other in shown])
            for value in shown
            if is_table
        ],
        most=[cell(*pair) for pair, _count in confused[:PAIRS_SHOWN]],
    )


def _participants(run: CalibrationRun, show_names: bool) -> list[Participant]:
    """Whoever has a slot, with how many items they have answered."""
    slots = Assignment.objects.filter(batch=run.run_id, round=figures.FIRST_ROUND)
    offered = set(slots.exclude(offered_to=None).values_list("offered_to", flat=True).distinct())
    answers = Annotation.objects.filter(
        task__batch=run.run_id, assignment__round=figures.FIRST_ROUND
    ).exclude(task__state=Task.State.GOLD)
    answered = Counter(answers.values_list("author", flat=True))
    people = User.objects.filter(pk__in=offered | set(answered)).order_by("pk")
    return [
        Participant(str(person) if show_names else person.pseudonym, answered[person.pk])
        for person in people
    ]


def items_page(run: CalibrationRun, given: Mapping[str, str]) -> tuple[str, list[ItemRow]]:
    """The items on which people wavered between two classes, or on which they differ at all.

    With what the list holds, in words. Raises DomainError for a question that is not there.
    """
    answers = figures.collect(run)
    wanted = _wanted(answers.schema, given)
    rows = []
    for task in figures.complete_tasks(run).select_related("item").order_by("pk"):
        made = answers.by_task.get(task.pk, [])
        counts = Counter(summary(answers.schema, answer) for answer in made)
        is_wanted = len(counts) > 1
        if wanted:
            control, pair = wanted
            is_wanted = pair in item_pairs(control, made)
        if is_wanted:
            rows.append(ItemRow(task, counts.most_common()))
    return _sentence(answers.schema, wanted), rows


def _wanted(
    schema: dict[str, Any], given: Mapping[str, str]
) -> tuple[dict[str, Any], ClassPair] | None:
    if not any(given.get(name) for name in FILTERS):
        return None
    control = control_named(schema, given.get("control", ""))
    first, second = given.get("first", ""), given.get("second", "")
    if control is None or not first or not second:
        raise DomainError(
            _("Name a question of this run and two of its classes."),
            code="unknown_value",
            field="control",
        )
    return control, (min(first, second), max(first, second))


def _sentence(schema: dict[str, Any], wanted: tuple[dict[str, Any], ClassPair] | None) -> str:
    if wanted is None:
        return _("Items on which the answers differ.")
    control, pair = wanted
    titles = schema_classes(schema)
    first, second = (titles.get((control["name"], value), value) for value in pair)
    if pair[0] == pair[1]:
        return _("Items on which two people both said “%(class)s”.") % {"class": first}
    return _("Items on which one said “%(first)s” and another “%(second)s”.") % {
        "first": first,
        "second": second,
    }
