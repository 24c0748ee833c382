"""Class pairs: on which items people wavered between which two classes."""

from collections import Counter
from collections.abc import Hashable, Iterable, Mapping, Sequence
from itertools import combinations
from typing import Any

from numpy.typing import NDArray

from reviews.quality.clusters import LIKENESS
from reviews.quality.matching import IOU_THRESHOLD, most_pairs
from tasks.kinds import kind_of
from tasks.kinds.answer import value_of
from tasks.kinds.likeness import labels_alike

Answer = dict[str, Any]
Objects = Sequence[dict[str, Any]]
ClassPair = tuple[str, str]


def class_pairs(
    control: dict[str, Any], answers: Mapping[Hashable, Sequence[Answer]]
) -> Counter[ClassPair]:
    """On how many items at least one pair of people said one class and the other.

    Keys are sorted pairs of classes; (a, a) counts the items on which two people both said a. The
    table over all classes is symmetric: a pair stands for both of its cells. Text has no classes.

    >>> bird = {"name": "bird", "type": "choice", "multiple": False}
    >>> answers = {"i1": [{"bird": "wren"}, {"bird": "robin"}, {"bird": "wren"}],
    ...            "i2": [{"bird": "wren"}, {"bird": "robin"}]}
    >>> class_pairs(bird, answers)[("robin", "wren")], class_pairs(bird, answers)[("wren", "wren")]
    (2, 1)
    """
    return Counter(pair for made in answers.values() for pair in item_pairs(control, made))


def item_pairs(control: dict[str, Any], answers: Sequence[Answer]) -> set[ClassPair]:
    """The pairs of classes that two people gave to the same thing of one item."""
    values = [value for answer in answers if (value := value_of(control, answer)) is not None]
    return {
        (min(met), max(met))
        for first, second in combinations(values, 2)
        for met in _met(control, first, second)
    }


def most_confused(pairs: Mapping[ClassPair, int]) -> list[tuple[ClassPair, int]]:
    """The pairs of different classes, most items first.

    >>> most_confused({("a", "a"): 9, ("a", "b"): 1, ("b", "c"): 4})
    [(('b', 'c'), 4), (('a', 'b'), 1)]
    """
    apart = ((pair, count) for pair, count in pairs.items() if pair[0] != pair[1])
    return sorted(apart, key=lambda entry: (-entry[1], entry[0]))


def named_pairs(classes: Iterable[Mapping[str, str]]) -> set[tuple[str, ClassPair]]:
    """The pairs of classes of one control among those named, each with its control.

    >>> robin, wren = ({"control": "bird", "value": value} for value in ("robin", "wren"))
    >>> named_pairs([wren, robin, {"control": "age", "value": "young"}])
    {('bird', ('robin', 'wren'))}
    """
    named = sorted({(entry["control"], entry["value"]) for entry in classes})
    return {
        (control, (first, second))
        for (control, first), (other, second) in combinations(named, 2)
        if control == other
    }


def leading_pair(votes: Mapping[str, Mapping[str, int]]) -> tuple[str, ClassPair] | None:
    """The two classes that most people are split between, of the control with the closest race.

    >>> leading_pair({"age": {"young": 3}, "bird": {"wren": 2, "owl": 1, "robin": 2}})
    ('bird', ('robin', 'wren'))
    >>> leading_pair({"age": {"young": 3}}) is None
    True
    """
    races = []
    for control, counts in votes.items():
        first, *others = sorted(counts, key=lambda name: (-counts[name], name)) or [""]
        if others:
            pair = (min(first, others[0]), max(first, others[0]))
            races.append((counts[others[0]] - counts[first], control, pair))
    if not races:
        return None
    _lead, control, pair = max(races, key=lambda race: race[0])
    return control, pair


def _met(control: dict[str, Any], first: Any, second: Any) -> Iterable[ClassPair]:
    """The classes that two values give to the same thing."""
    likeness = LIKENESS.get(control["type"])
    if likeness:
        # Among pairings that fit equally well the same one, whoever answered first.
        first, second = sorted((sorted(first, key=repr), sorted(second, key=repr)), key=repr)
        return _labels_met(first, second, likeness(first, second))
    return _classes_met(
        {str(name) for name in kind_of(control).classes_in(first)},
        {str(name) for name in kind_of(control).classes_in(second)},
    )


def _classes_met(first: set[str], second: set[str]) -> Iterable[ClassPair]:
    """What both chose, and what only one chose against what only the other one did."""
    both = {(name, name) for name in first & second}
    return both | {(one, other) for one in first - second for other in second - first}


def _labels_met(first: Objects, second: Objects, likeness: NDArray[Any]) -> Iterable[ClassPair]:
    """Objects of one label find each other first; what is left is matched whatever its label."""
    if not likeness.size:
        return
    fits = likeness >= IOU_THRESHOLD
    alike = most_pairs(likeness, fits & labels_alike(first, second))
    for row, column in alike:
        fits[row, :] = fits[:, column] = False
    for row, column in (*alike, *most_pairs(likeness, fits)):
        names = first[row].get("label"), second[column].get("label")
        if all(names):
            yield names
