"""Conditions as questions to the database: which items of a project meet them."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import (
    Case,
    Exists,
    Expression,
    F,
    FloatField,
    OuterRef,
    Q,
    QuerySet,
    Value,
    When,
)
from django.db.models.functions import Cast, Length, NullIf
from django.db.models.lookups import GreaterThanOrEqual, In, IsNull, LessThan, Regex

from datasets.analysis.conditions import (
    AT_LEAST,
    BELOW,
    IS,
    MISSING,
    NUMBER,
    OPERATORS,
    Condition,
    number_of,
)
from datasets.models import DatasetEntry, Evaluation
from datasets.services.outcomes import failing_matches
from labelops.json_scalar import MemberScalar
from tasks.models import Annotation, Item, ItemTag, LabelClass, Project, Task

NAMED = (IS, MISSING)
DATED = (BELOW, AT_LEAST, MISSING)


@dataclass(frozen=True)
class Fact:
    """What is known of each item besides its data, and how a condition on it is asked.

    `reads` makes what the database compares of a value; None for a value that it cannot be.
    """

    operators: tuple[str, ...]
    reads: Callable[[Any], Any]
    asks: Callable[[Project, Condition, list[Any]], Q]


def items_meeting(project: Project, conditions: Sequence[Condition]) -> QuerySet[Item]:
    """The items of the project that meet all of them."""
    rows = Item.objects.filter(project=project)
    for condition in conditions:
        rows = rows.filter(_question(project, condition))
    return rows


def _question(project: Project, condition: Condition) -> Q:
    if condition.data_name:
        return _of_data(condition)
    fact = FACTS[condition.field]
    values = [fact.reads(value) for value in condition.values]
    return fact.asks(project, condition, [value for value in values if value is not None])


def _of_data(condition: Condition) -> Q:
    text = MemberScalar("data", condition.data_name)
    edge = condition.values[0] if condition.values else None
    if condition.operator in (IS, MISSING) or isinstance(edge, str):
        return _compare(text, condition.operator, list(condition.values))
    # Texts that are no numbers are on neither side; a cast of one would be an error.
    number = Case(When(Regex(text, NUMBER), then=Cast(text, FloatField())))
    return _compare(number, condition.operator, list(condition.values))


def _compare(column: Expression | F, operator: str, values: list[Any]) -> Q:
    if operator == MISSING:
        return Q(IsNull(column, True))
    if not values:
        return Q(pk__in=())
    if operator == IS:
        return Q(In(column, values))
    return Q(
        LessThan(column, values[0]) if operator == BELOW else GreaterThanOrEqual(column, values[0])
    )


def _column(make: Callable[[], Expression | F]) -> Callable[[Project, Condition, list[Any]], Q]:
    """A fact that stands with the item itself."""

    def asks(project: Project, condition: Condition, values: list[Any]) -> Q:
        return _compare(make(), condition.operator, values)

    return asks


def _related(
    rows: Callable[[Project], QuerySet], column: str
) -> Callable[[Project, Condition, list[Any]], Q]:
    """A fact that rows about the item tell: one of them has to."""

    def asks(project: Project, condition: Condition, values: list[Any]) -> Q:
        found = rows(project)
        if condition.operator == MISSING:
            return ~Q(Exists(found.filter(**{f"{column}__isnull": False})))
        if not values:
            return Q(pk__in=())
        lookup = {IS: "in", BELOW: "lt", AT_LEAST: "gte"}[condition.operator]
        wanted = values if condition.operator == IS else values[0]
        return Q(Exists(found.filter(**{f"{column}__{lookup}": wanted})))

    return asks


def _tasks(project: Project) -> QuerySet[Task]:
    """Gold measures people: that an item is gold is told on its own page alone."""
    rows = Task.objects.filter(item=OuterRef("pk"), batch__project=project)
    return rows.exclude(state=Task.State.GOLD)


def _labels(project: Project) -> QuerySet[Task]:
    return _tasks(project).filter(result_answer__isnull=False)


def _sources(project: Project) -> QuerySet[Task]:
    return _labels(project).exclude(result_source="")


def _classes(project: Project) -> QuerySet[LabelClass]:
    return LabelClass.objects.filter(project=project, task__item=OuterRef("pk"))


def _tags(project: Project) -> QuerySet[ItemTag]:
    return ItemTag.objects.filter(project=project, item=OuterRef("pk"))


def _annotations(project: Project) -> QuerySet[Annotation]:
    rows = Annotation.objects.filter(task__item=OuterRef("pk"), task__batch__project=project)
    return rows.exclude(state=Annotation.State.SUPERSEDED)


def _splits(project: Project, condition: Condition, values: list[Any]) -> Q:
    """Of one version, as "3/test": what was in no version has none."""
    entries = DatasetEntry.objects.filter(item=OuterRef("pk"))
    if condition.operator == MISSING:
        return ~Q(Exists(entries))
    wanted = Q(pk__in=())
    for number, split in values:
        wanted |= Q(version__project=project, version__number=number, split=split)
    return Q(Exists(entries.filter(wanted)))


def _failing(project: Project, condition: Condition, values: list[Any]) -> Q:
    """By the evaluations of these numbers, at their own thresholds."""
    wanted = Q(pk__in=())
    for evaluation in Evaluation.objects.filter(project=project, pk__in=values):
        wanted |= Q(Exists(failing_matches(evaluation).filter(item=OuterRef("pk"))))
    return wanted


def _text(value: Any) -> str | None:
    return value if isinstance(value, str) else None


def _whole(value: Any) -> int | None:
    number = number_of(value)
    is_whole = number is not None and number.is_integer() and 0 <= number < 2**63
    return int(number) if number is not None and is_whole else None


def _start_of_day(value: Any) -> datetime | None:
    try:
        return datetime.fromisoformat(value).replace(tzinfo=UTC)
    except (TypeError, ValueError):
        return None


def _version_and_split(value: Any) -> tuple[int, str] | None:
    number, _slash, split = str(value).partition("/")
    is_number = number.isascii() and number.isdecimal() and len(number) < 10
    return (int(number), split) if is_number else None


def _ratio() -> Expression:
    return Cast("width", FloatField()) / NullIf(Cast("height", FloatField()), Value(0.0))


FACTS: dict[str, Fact] = {
    "label": Fact(NAMED, _text, _related(_classes, "value")),
    "batch": Fact(NAMED, _whole, _related(_tasks, "batch")),
    "state": Fact(NAMED, _text, _related(_tasks, "state")),
    "source": Fact(NAMED, _text, _related(_sources, "result_source")),
    "instruction": Fact(OPERATORS, _whole, _related(_labels, "result_version__number")),
    "annotator": Fact(NAMED, _whole, _related(_annotations, "author")),
    "labeled": Fact(DATED, _start_of_day, _related(_labels, "settled_at")),
    "imported": Fact(DATED, _start_of_day, _column(lambda: F("created_at"))),
    "tag": Fact(NAMED, _text, _related(_tags, "name")),
    "split": Fact(NAMED, _version_and_split, _splits),
    "failing": Fact((IS,), _whole, _failing),
    "width": Fact(OPERATORS, number_of, _column(lambda: Cast("width", FloatField()))),
    "height": Fact(OPERATORS, number_of, _column(lambda: Cast("height", FloatField()))),
    "aspect": Fact((BELOW, AT_LEAST, MISSING), number_of, _column(_ratio)),
    "text_length": Fact(
        OPERATORS,
        number_of,
        _column(lambda: Cast(Length(MemberScalar("data", "text")), FloatField())),
    ),
}
