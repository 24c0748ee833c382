"""Which predicted object is which labeled one, for many pictures at once.

Greedy and not an optimal assignment: in the order of confidence each prediction takes the label
that it overlaps most among the free ones. So a less certain prediction never changes what a more
certain one takes, and the pairs of a higher score threshold are the pairs of a lower one less
those below it: a threshold can move without matching again. The best assignment of all has no
such order, and COCO, with which figures are compared, is greedy as well.

The overlap has no such order: a certain prediction that hardly touches a label would keep it from
a better one. So what overlaps by half is paired first, as at the usual threshold, and only what is
left over then down to a tenth.
"""

import numpy as np

from reviews.detectors.pairing import Objects, Pairs, assigned, joined, turns_of

# Less overlap than the floor is no pair; from `USUAL` on two objects are one thing.
FLOOR, USUAL = 0.1, 0.5


def matched(truth: Objects, predicted: Objects, pairs: Pairs) -> Pairs:
    """One to one: of what overlaps by half those of the same class first, then whatever class.

    What is left over then is paired in the same way down to the floor.

    >>> labels = Objects(np.zeros(2), np.array([1, 2]), np.ones(2), np.zeros((2, 4)))
    >>> said = labels._replace(classes=np.array([2, 2]), scores=np.array([0.9, 0.8]))
    >>> near = Pairs(np.array([0, 1, 0]), np.array([0, 0, 1]), np.array([0.9, 0.6, 0.7]))
    >>> [column.tolist() for column in matched(labels, said, near)]
    [[1, 0], [0, 1], [0.6, 0.7]]
    """
    turns = turns_of(predicted.pictures, predicted.scores)
    is_same = truth.classes[pairs.truth] == predicted.classes[pairs.predicted]
    is_near = pairs.overlaps >= USUAL
    free_truth = np.ones(len(truth.classes), bool)
    free_predicted = np.ones(len(predicted.classes), bool)
    found = []
    for wanted in (is_same & is_near, is_near, is_same, np.ones(len(is_near), bool)):
        is_open = free_truth[pairs.truth] & free_predicted[pairs.predicted]
        open_pairs = pairs.only(wanted & is_open)
        taken = open_pairs.only(assigned(open_pairs, turns))
        free_truth[taken.truth] = False
        free_predicted[taken.predicted] = False
        found.append(taken)
    return joined(found)
