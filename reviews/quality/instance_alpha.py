"""Alpha of objects: do people find the same things on an item, and call them the same?"""

from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from reviews.quality.alpha import nominal_alphas
from reviews.quality.clusters import Likeness, Objects, Voice, clusters
from reviews.quality.figure import NOTHING, Figure, figure_of

# The category of those who did not mark what others did.
ABSENT = None


def instance_alpha(items: Iterable[Sequence[Objects]], likeness: Likeness) -> Figure:
    """Nominal alpha over things, with "not marked" as a category (Tschirschwitz et al. 2022).

    An item is what each of several people marked on it. Objects that are one thing, by `likeness`
    (IoU of boxes, polygons or masks) of 0.5 and whatever their labels, are one unit; of everybody
    who saw the item it has the label, or that they marked nothing there. Items on which nobody
    marked anything say nothing. The interval is over items.

    >>> from tasks.kinds.likeness import shape_likeness
    >>> car, near = {"label": "car", "box": [0, 0, 9, 9]}, {"label": "car", "box": [0, 0, 9, 8]}
    >>> bus = {"label": "bus", "box": [50, 0, 9, 9]}
    >>> round(instance_alpha([[[car, bus], [near, bus]], [[car], []]], shape_likeness).value, 4)
    0.5455
    """
    units = [
        found
        for people in items
        if len(people) > 1 and (found := labels_of_things(people, likeness))
    ]
    if not units:
        return NOTHING
    names = list(dict.fromkeys(label for item in units for unit in item for label in unit))
    place = {name: number for number, name in enumerate(names)}
    totals, within = np.zeros((len(units), len(names))), np.zeros(len(units))
    for row, item in enumerate(units):
        for unit in item:
            counts = np.bincount([place[label] for label in unit], minlength=len(names))
            totals[row] += counts
            within[row] += (len(unit) ** 2 - (counts**2).sum()) / (len(unit) - 1)
    times = np.ones(len(units), dtype=np.int64)
    return figure_of(lambda drawn: nominal_alphas(drawn @ within, drawn @ totals), times)


def labels_of_things(people: Sequence[Objects], likeness: Likeness) -> list[list[Any]]:
    """Of each thing that somebody marked, the label that each person gave it, or ABSENT.

    >>> from reviews.quality.stretches import stretch_likeness
    >>> labels_of_things([[{"label": "PER", "start": 0, "end": 5}], []], stretch_likeness)
    [['PER', None]]
    """
    voices = [Voice(number, 1.0, objects) for number, objects in enumerate(people)]
    things = []
    for cluster in clusters(voices, likeness):
        labels: list[Any] = [ABSENT] * len(people)
        for number, index in cluster.members:
            labels[number] = people[number][index]["label"]
        things.append(labels)
    return things
