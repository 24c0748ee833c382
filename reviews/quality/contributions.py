"""What one task adds to the sums that the dashboards are read from."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import combinations
from typing import Any, NamedTuple

MILLION = 1_000_000
GROUPS = 16
# Knuth's multiplicative hash: neighbours go to different groups, whatever the order of items.
SPREAD = 2_654_435_761
SPREAD_BITS = 32

ITEM, CLASS, PERSON, PAIR = "item", "class", "person", "pair"
WORK, DAY = "work", "day"
LABELING = "annotate"
WITHDRAWN = "withdrawn"
BETWEEN_PEOPLE, AGAINST_LABEL = "people", "label"
Key = tuple[Any, ...]
# By table and key, what is added to each column.
Sums = dict[tuple[str, Key], Counter[str]]


class LabelFacts(NamedTuple):
    """One label as it was counted. Days are ordinals, agreements are millionths.

    A withdrawn one is work that was done and is paid, and nothing else.
    """

    annotation: int
    person: int
    team: int | None
    level: int
    day: int
    # Whether it is the newest label of its author on the item.
    is_current: bool
    given: str
    agreement: int | None
    state: str
    active_ms: int | None
    reading_ms: int | None
    # Whether it was right, where it was measured, and the class that would have been.
    is_right: bool | None
    expected: str

    @property
    def week(self) -> int:
        return week_of(self.day)


class DecisionFacts(NamedTuple):
    """One decision of a reviewer that stands."""

    review: int
    person: int
    team: int | None
    level: int
    stage: str
    day: int
    dwell_ms: int | None


class TaskFacts(NamedTuple):
    """One task as it was counted. Gold is no work of its batch, only of people.

    `week` is the Monday of its newest label, `settled` the day on which its label was accepted;
    0 means none.
    """

    is_work: bool
    week: int
    settled: int
    agreement: int | None
    # The class of the label that stands; empty until one is accepted.
    expected: str
    is_assessed: bool
    is_sampled: bool
    is_wrong: bool
    # Its item lies in the bin: the work was done and is paid, and nothing else of it counts.
    is_set_aside: bool
    labels: tuple[LabelFacts, ...]
    decisions: tuple[DecisionFacts, ...]


def pack(facts: TaskFacts) -> list[Any]:
    """The facts as JSON.

    >>> decision = DecisionFacts(4, 7, None, 3, "review", 739219, 2_500)
    >>> flags = (False, False, False, False)
    >>> facts = TaskFacts(True, 739217, 739219, None, "", *flags, (), (decision,))
    >>> unpack(pack(facts)) == facts
    True
    """
    *plain, labels, decisions = facts
    return [*plain, [list(label) for label in labels], [list(made) for made in decisions]]


def unpack(packed: list[Any]) -> TaskFacts:
    *plain, labels, decisions = packed
    return TaskFacts(
        *plain,
        tuple(LabelFacts(*label) for label in labels),
        tuple(DecisionFacts(*made) for made in decisions),
    )


def week_of(day: int) -> int:
    """The ordinal of a day's Monday; the first day of all was one.

    >>> week_of(1), week_of(7), week_of(8)
    (1, 1, 8)
    """
    return day - (day - 1) % 7


def group_of(task: int) -> int:
    """The group of a task, always the same.

    >>> len({group_of(task) for task in range(100)})
    16
    """
    return (task * SPREAD % 2**SPREAD_BITS) * GROUPS >> SPREAD_BITS


def millionths(share: float) -> int:
    return round(share * MILLION)


def contribution(task: int, batch: int, facts: TaskFacts | None) -> Sums:
    """What a task adds, by table and key; nothing when it was never counted."""
    sums: Sums = defaultdict(Counter)
    if facts is not None:
        add_contribution(sums, task, batch, facts)
    return sums


def add_contribution(sums: Sums, task: int, batch: int, facts: TaskFacts) -> None:
    """The same into the sums of many tasks."""
    _add_days(sums, batch, facts)
    standing = [label for label in facts.labels if label.state != WITHDRAWN]
    if not standing or facts.is_set_aside:
        return
    group = group_of(task)
    for label in standing:
        _add_label(sums, batch, group, label, facts.is_work)
    if facts.is_work:
        _add_item(sums, (batch, facts.week, group), facts)
        _add_classes(sums, batch, group, facts)


def difference(before: Sums, after: Sums) -> Iterator[tuple[str, Key, dict[str, int]]]:
    """What to add so that the second takes the place of the first; nothing where they are equal."""
    for table, key in before.keys() | after.keys():
        old, new = before.get((table, key), Counter()), after.get((table, key), Counter())
        changes = {
            name: change for name in old.keys() | new.keys() if (change := new[name] - old[name])
        }
        if changes:
            yield table, key, changes


def _add_days(sums: Sums, batch: int, facts: TaskFacts) -> None:
    """Work is paid and forecast by the day; answers on gold are work like any other."""
    if facts.is_work and facts.settled:
        sums[DAY, (batch, facts.settled)]["accepted"] += 1
    for label in facts.labels:
        row = sums[WORK, (batch, label.day, label.person, label.team, label.level, LABELING)]
        row["done"] += 1
        row["timed"] += label.active_ms is not None
        row["active_ms"] += label.active_ms or 0
        row["reading_ms"] += label.reading_ms or 0
    for made in facts.decisions:
        row = sums[WORK, (batch, made.day, made.person, made.team, made.level, made.stage)]
        row["done"] += 1
        row["timed"] += made.dwell_ms is not None
        row["active_ms"] += made.dwell_ms or 0


def _add_label(sums: Sums, batch: int, group: int, label: LabelFacts, is_work: bool) -> None:
    row = sums[PERSON, (batch, label.week, label.person, label.team)]
    if is_work:
        row["labels"] += 1
        if label.state in ("accepted", "fixed", "rejected"):
            row[label.state] += 1
        if label.active_ms is not None:
            row["timed"] += 1
            row["active_ms"] += label.active_ms
        if label.agreement is not None:
            _add_agreement(row, label.agreement)
    if label.is_right is not None:
        rows = [row]
        if label.expected:
            rows.append(sums[CLASS, (batch, label.week, group, label.expected)])
        for measured in rows:
            measured["measured"] += 1
            measured["right"] += label.is_right


def _add_agreement(row: Counter[str], agreement: int) -> None:
    row["shared"] += 1
    row["agreement"] += agreement
    row["squares"] += round(agreement * agreement / MILLION)


def _add_item(sums: Sums, key: Key, facts: TaskFacts) -> None:
    row = sums[ITEM, key]
    row["items"] += 1
    row["assessed"] += facts.is_assessed
    row["sampled"] += facts.is_sampled
    row["wrong"] += facts.is_sampled and facts.is_wrong
    if facts.agreement is not None:
        _add_agreement(row, facts.agreement)


def _add_classes(sums: Sums, batch: int, group: int, facts: TaskFacts) -> None:
    counts = Counter(label.given for label in facts.labels if label.is_current and label.given)
    n = sum(counts.values())
    for given, count in counts.items():
        row = sums[CLASS, (batch, facts.week, group, given)]
        row["labels"] += count
        if n > 1:
            share = (count - 1) / (n - 1)
            row["pairable"] += count
            row["coincident"] += millionths(count * share)
            _add_agreement(row, millionths(share))
            if count > 1:
                _add_pairs(sums, batch, facts, (given, given), count * (count - 1) // 2)
        if facts.expected:
            key = (batch, facts.week, AGAINST_LABEL, facts.expected, given)
            sums[PAIR, key]["pairs"] += count
    for first, second in combinations(sorted(counts), 2):
        _add_pairs(sums, batch, facts, (first, second), counts[first] * counts[second])


def _add_pairs(
    sums: Sums, batch: int, facts: TaskFacts, classes: tuple[str, str], count: int
) -> None:
    sums[PAIR, (batch, facts.week, BETWEEN_PEOPLE, *classes)]["pairs"] += count
