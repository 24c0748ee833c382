"""Agreement on objects: shapes of an image, spans of a text, segments of a recording."""

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from reviews.quality.clusters import Objects
from reviews.quality.figure import Figure, mean_figure
from reviews.quality.instance_alpha import instance_alpha
from reviews.quality.matching import IOU_THRESHOLD, match_boxes, match_spans, most_pairs
from reviews.quality.overlap import dice_of_iou, outline_boundary_f
from reviews.quality.stretches import stretch_likeness
from reviews.quality.unitizing import Continuum, alpha_u
from tasks.kinds.likeness import labels_alike, shape_likeness
from tasks.kinds.polygons import rings

# What the people who answered one item marked on it, one list a person.
Marked = Sequence[Objects]
Compare = Callable[[Objects, Objects], Mapping[str, float]]
# Places in time are counted in hundredths of a second.
TICKS = 100.0
LIKENESS_OF = {"polyline": "line_likeness", "keypoints": "oks"}


def shape_figures(items: Sequence[Marked]) -> dict[str, Figure]:
    """Of all pairs of people the F1 of matched shapes, and how well those meet; instance alpha.

    >>> car, near = {"label": "car", "box": [0, 0, 9, 10]}, {"label": "car", "box": [0, 0, 9, 9]}
    >>> made = shape_figures([[[car], [near]]])
    >>> {name: figure.value and round(figure.value, 4) for name, figure in made.items()}
    {'f1': 1.0, 'mean_iou': 0.9, 'dice': 0.9474, 'instance_alpha': None}
    """
    return _pairwise(items, compare_shapes) | _instances(items, shape_likeness)


def span_figures(items: Sequence[Marked], lengths: Sequence[float | None]) -> dict[str, Figure]:
    """F1 of whole spans and of characters; where the texts' lengths are known, alpha of units.

    >>> PER = {"label": "PER", "start": 0, "end": 5}
    >>> made = span_figures([[[PER], [PER]]], [40])
    >>> {name: figure.value for name, figure in made.items()}
    {'exact_f1': 1.0, 'character_f1': 1.0, 'alpha_u': 1.0}
    """
    return _pairwise(items, _compare_spans) | _units(items, lengths, 1.0)


def segment_figures(items: Sequence[Marked], lengths: Sequence[float | None]) -> dict[str, Figure]:
    """The same of stretches of time, in seconds, which never meet exactly: matched at IoU 0.5.

    >>> first, second = ({"label": "speech", "start": 0, "end": end} for end in (4.0, 5.0))
    >>> made = segment_figures([[[first], [second]]], [60.0])
    >>> made["f1"].value, made["mean_iou"].value, round(made["alpha_u"].value, 2)
    (1.0, 0.8, 0.97)
    """
    return (
        _pairwise(items, _compare_segments)
        | _instances(items, stretch_likeness)
        | _units(items, lengths, TICKS)
    )


def compare_shapes(first: Objects, second: Objects) -> dict[str, float]:
    """F1 at 0.5 and, of the pairs found, the mean likeness by what they are.

    `mean_iou` and `dice` are those of boxes and polygons, `boundary_f` that of polygons.

    >>> line = {"label": "lane", "polyline": [[0, 0], [0, 30]]}
    >>> compare_shapes([line], [line])
    {'f1': 1.0, 'line_likeness': 1.0}
    """
    matched = match_boxes(first, second)
    found: dict[str, list[float]] = defaultdict(list)
    for pair in matched.pairs:
        mine, other = first[pair.first], second[pair.second]
        name = next((LIKENESS_OF[key] for key in LIKENESS_OF if key in mine), None)
        found[name or "mean_iou"].append(pair.iou)
        if name is None:
            found["dice"].append(dice_of_iou(pair.iou))
        if "polygon" in mine and "polygon" in other:
            found["boundary_f"].append(outline_boundary_f(rings(mine), rings(other)))
    return {"f1": matched.f1} | {name: sum(vs) / len(vs) for name, vs in found.items()}


def _compare_spans(first: Objects, second: Objects) -> dict[str, float]:
    matched = match_spans(first, second)
    return {"exact_f1": matched.exact_f1, "character_f1": matched.character_f1}


def _compare_segments(first: Objects, second: Objects) -> dict[str, float]:
    if not first and not second:
        return {"f1": 1.0}
    alike = stretch_likeness(first, second)
    fits = (alike >= IOU_THRESHOLD) & labels_alike(first, second)
    pairs = most_pairs(alike, fits)
    iou = [float(alike[pair]) for pair in pairs]
    means = {"mean_iou": sum(iou) / len(iou)} if iou else {}
    return {"f1": 2 * len(pairs) / (len(first) + len(second)), **means}


def _pairwise(items: Iterable[Marked], compare: Compare) -> dict[str, Figure]:
    """Means over items of the means over pairs of people, of each figure that a pair has."""
    by_name: dict[str, list[float]] = defaultdict(list)
    for people in items:
        values: dict[str, list[float]] = defaultdict(list)
        for first, second in itertools.combinations(people, 2):
            for name, value in compare(first, second).items():
                values[name].append(value)
        for name, found in values.items():
            by_name[name].append(sum(found) / len(found))
    return {name: mean_figure(found) for name, found in by_name.items()}


def _instances(items: Sequence[Marked], likeness: Any) -> dict[str, Figure]:
    found = instance_alpha(items, likeness)
    return {"instance_alpha": found} if found.n else {}


def _units(
    items: Sequence[Marked], lengths: Sequence[float | None], ticks: float
) -> dict[str, Figure]:
    continua = [
        Continuum(length, people)
        for people, length in zip(items, lengths, strict=True)
        if length is not None
    ]
    found = alpha_u(continua, ticks=ticks)
    return {"alpha_u": found} if found.n else {}
