"""Exams: which items are drawn, how far an answer is right, and what makes a pass."""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from reviews.quality.item_agreement import item_agreement
from tasks.kinds.answer import value_of

Class = tuple[str, str]
Answer = dict[str, Any]
JUDGED_FROM = 3
NO_CLASS: Class = ("", "")


@dataclass(frozen=True)
class PoolItem:
    """An item that may be drawn: the classes of its reference answer, how often it was shown."""

    id: int
    classes: Sequence[Class]
    exposures: int


@dataclass(frozen=True)
class Graded:
    """The score of one answer, in [0, 1], and the classes that the reference answer names."""

    classes: Sequence[Class]
    score: float


@dataclass(frozen=True)
class ClassScore:
    """The mean score over the `n` items of a class; judged from three items on."""

    n: int
    score: float
    is_judged: bool
    is_passed: bool


@dataclass(frozen=True)
class ExamResult:
    score: float
    is_passed: bool
    classes: dict[Class, ClassScore]


def draw(pool: Iterable[PoolItem], size: int, *, seed: str) -> list[int]:
    """The ids of up to `size` items, spread evenly over the classes; the same for the same seed.

    The class drawn least often so far is served next, from it the item shown least often; what
    is equal is decided by lot. With one class an item the counts of any two classes differ by at
    most one while both have items left.

    >>> robin, wren = ("bird", "robin"), ("bird", "wren")
    >>> pool = [PoolItem(1, [robin], 4), PoolItem(2, [robin], 0), PoolItem(3, [wren], 9)]
    >>> sorted(draw(pool, 2, seed="a"))
    [2, 3]
    """
    ordered = sorted(pool, key=lambda item: (item.exposures, _lot(seed, item.id)))
    left = {item.id: item for item in ordered}
    waiting: dict[Class, list[int]] = defaultdict(list)
    for item in ordered:
        for found in item.classes or [NO_CLASS]:
            waiting[found].append(item.id)
    counts: Counter[Class] = Counter()
    drawn: list[int] = []
    while left and len(drawn) < size:
        waiting = {found: kept for found, ids in waiting.items() if (kept := _within(ids, left))}
        least = min(waiting, key=lambda found: (counts[found], _lot(seed, found)))
        item = left.pop(waiting[least][0])
        counts.update(item.classes or [NO_CLASS])
        drawn.append(item.id)
    return sorted(drawn, key=lambda found: _lot(seed, ("place", found)))


def _within(ids: list[int], left: dict[int, PoolItem]) -> list[int]:
    return [found for found in ids if found in left]


def _lot(seed: str, thing: object) -> bytes:
    return hashlib.sha256(f"{seed} {thing}".encode()).digest()


def grade(schema: dict[str, Any], reference: Answer, given: Answer) -> float:
    """The item agreement of the two answers over the controls that either of them answers.

    What both leave empty says nothing of what a person can do.

    >>> bird, note = {"name": "bird", "type": "choice"}, {"name": "note", "type": "text"}
    >>> grade({"controls": [bird, note]}, {"bird": "robin"}, {"bird": "wren"})
    0.0
    >>> grade({"controls": [bird, note]}, {}, {})
    1.0
    """
    spoken = [
        control
        for control in schema["controls"]
        if value_of(control, reference) is not None or value_of(control, given) is not None
    ]
    controls = spoken or schema["controls"]
    agreement = item_agreement({"controls": controls}, [reference, given])
    # Sums of fractions may leave [0, 1] by the last digit.
    return 1.0 if agreement is None else min(1.0, max(0.0, agreement))


def result(graded: Sequence[Graded], *, pass_percent: int, class_percent: int) -> ExamResult:
    """The mean over all items, and over those of each class; a pass needs enough of both.

    A class with fewer than three items is reported, but it fails nobody.

    >>> robin = ("bird", "robin")
    >>> found = result([Graded([robin], 1.0), Graded([robin], 0.0)], pass_percent=50,
    ...                class_percent=60)
    >>> found.score, found.is_passed, found.classes[robin].is_judged
    (0.5, True, False)
    """
    by_class: dict[Class, list[float]] = defaultdict(list)
    for answer in graded:
        for found in answer.classes:
            by_class[found].append(answer.score)
    classes = {found: _class_score(scores, class_percent) for found, scores in by_class.items()}
    score = _mean([answer.score for answer in graded])
    is_enough = _reaches(score, pass_percent)
    return ExamResult(score, is_enough and all(c.is_passed for c in classes.values()), classes)


def _class_score(scores: Sequence[float], class_percent: int) -> ClassScore:
    score, is_judged = _mean(scores), len(scores) >= JUDGED_FROM
    return ClassScore(
        len(scores), score, is_judged, not is_judged or _reaches(score, class_percent)
    )


def _mean(scores: Sequence[float]) -> float:
    return sum(scores) / len(scores) if scores else 0.0


def _reaches(score: float, percent: int) -> bool:
    """Sums of thirds must not fail who is exactly at the bar."""
    return 100 * score >= percent - 1e-9
