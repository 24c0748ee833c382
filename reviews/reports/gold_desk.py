"""The stock of gold by class against its target, and each item with how people do on it."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import Count, Q, QuerySet

from reviews.models import GoldAnswer, GoldLeak
from reviews.reports.gold import Versions
from reviews.reports.shares import Share
from reviews.services.gold_measuring import measurements_of
from tasks.blocks.classes import schema_classes
from tasks.kinds.answer import summary
from tasks.models import GoldItem, Project
from tasks.services.gold_serving import SERVINGS_MOST
from tasks.services.instructions import current_schema

# What a pool should have in use: so many in all, and so many more of each class.
POOL_LEAST = 50
PER_CLASS = 10
LEAKS_SHOWN = 50
State = GoldItem.State


@dataclass(frozen=True)
class ClassStock:
    title: str
    count: int
    wanted: int

    @property
    def missing(self) -> int:
        return max(0, self.wanted - self.count)


@dataclass(frozen=True)
class GoldRow:
    gold: GoldItem
    summary: str
    outcome: Share
    is_waiting: bool


@dataclass(frozen=True)
class LeakRow:
    leak: GoldLeak
    person: str
    fresh: Share
    exposed: Share


@dataclass(frozen=True)
class GoldDesk:
    """The stock of a project against its target, and what somebody has to look at."""

    active_count: int
    wanted_count: int
    classes: list[ClassStock]
    states: list[tuple[str, str, int]]
    leaks: list[LeakRow]
    servings_most: int = SERVINGS_MOST
    pool_least: int = POOL_LEAST
    per_class: int = PER_CLASS

    @property
    def is_empty(self) -> bool:
        return not any(count for _state, _title, count in self.states)


def desk(project: Project, *, show_names: bool) -> GoldDesk:
    counted = project.gold_items.order_by().values_list("state", "label_class")
    stock = list(counted.annotate(count=Count("pk")))
    by_state: Counter[str] = Counter()
    by_class: Counter[str] = Counter()
    for state, label_class, count in stock:
        by_state[state] += count
        if state == State.ACTIVE:
            by_class[label_class] += count
    titles = _class_titles(project)
    active = by_state[State.ACTIVE]
    share = -(-POOL_LEAST // len(titles)) if titles else 0
    return GoldDesk(
        active_count=active,
        wanted_count=wanted_count(len(titles)),
        classes=[
            ClassStock(title, by_class[value], PER_CLASS + share) for value, title in titles.items()
        ],
        states=[(state.value, str(state.label), by_state[state]) for state in State],
        leaks=leak_rows(project, show_names=show_names),
    )


def wanted_count(class_count: int) -> int:
    """How many items a pool should have in use."""
    return POOL_LEAST + PER_CLASS * class_count


def _class_titles(project: Project) -> dict[str, str]:
    found = schema_classes(current_schema(project))
    return {value: title for (_control, value), title in found.items()}


def leak_rows(project: Project, *, show_names: bool) -> list[LeakRow]:
    """The newest; others take their place as these are closed."""
    found = project.gold_leaks.filter(closed_at=None).select_related("person")
    return [
        LeakRow(
            leak,
            str(leak.person) if show_names else leak.person.pseudonym,
            _share(leak.figures["fresh"]),
            _share(leak.figures["exposed"]),
        )
        for leak in found[:LEAKS_SHOWN]
    ]


def _share(figures: dict[str, int]) -> Share:
    return Share(figures["right"], figures["n"])


def rows_of(project: Project, state: str) -> QuerySet[GoldItem]:
    rows = project.gold_items.select_related("item")
    return rows.filter(state=state) if state else rows


def gold_rows(golds: Sequence[GoldItem]) -> list[GoldRow]:
    """One page of the list: two statements, whatever its length."""
    answers: dict[int, list[GoldAnswer]] = {gold.pk: [] for gold in golds}
    for answer in GoldAnswer.objects.filter(gold__in=golds).select_related("version"):
        answers[answer.gold_id].append(answer)
    outcomes = _outcomes(golds)
    versions = [Versions(gold, answers[gold.pk]) for gold in golds]
    return [
        GoldRow(
            found.gold,
            _said(found.told),
            outcomes.get(found.gold.item_id, Share(0, 0)),
            found.waiting is not None,
        )
        for found in versions
    ]


def _said(answer: GoldAnswer | None) -> str:
    return summary(answer.version.label_schema, answer.answer) if answer else ""


def _outcomes(golds: Iterable[GoldItem]) -> dict[int, Share]:
    """By item: the measurements that count."""
    counted = (
        measurements_of(golds)
        .filter(is_void=False)
        .order_by()
        .values_list("annotation__task__item")
        .annotate(right=Count("pk", filter=Q(is_right=True)), n=Count("pk"))
    )
    return {item: Share(right, n) for item, right, n in counted}
