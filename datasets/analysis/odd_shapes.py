"""How much shapes overlap that are no upright boxes: by their own likeness, picture by picture."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from datasets.analysis.box_matching import FLOOR
from reviews.detectors.pairing import Pairs
from tasks.kinds.likeness import shape_likeness

Shape = dict[str, Any]


def is_plain(shape: Shape) -> bool:
    """Whether it is an upright box, of which many are compared at once.

    >>> [is_plain({"box": [0, 0, 4, 2], "rotation": degrees}) for degrees in (0, 9)]
    [True, False]
    """
    return "box" in shape and not shape.get("rotation")


def odd_pairs(
    truth: Sequence[Shape], predicted: Sequence[Shape], truth_start: int, predicted_start: int
) -> Pairs:
    """The shapes of one picture that are alike, counted from these places.

    >>> triangle = {"polygon": [[0, 0], [4, 0], [4, 4]]}
    >>> [column.tolist() for column in odd_pairs([{"box": [0, 0, 4, 4]}], [triangle], 10, 20)]
    [[10], [20], [0.5]]
    """
    likeness = shape_likeness(truth, predicted)
    rows, columns = np.nonzero(likeness >= FLOOR)
    return Pairs(rows + truth_start, columns + predicted_start, likeness[rows, columns])
