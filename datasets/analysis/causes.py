"""Why a model failed on an item: one of seven causes, by what lies around the item.

Where training and tested items around it both carry another class than its own label, that label
is in doubt; where the tested ones carry its class and the training ones another, what was taught is
wrong or missing; where people did not agree, the rule is unclear. The bars were chosen on planted
causes, and measured on others of them (bench/causes.py).
"""

from enum import StrEnum
from typing import Any

import numpy as np
from numpy.typing import NDArray

from datasets.analysis.surroundings import Beat, Evidence, Failing, Known, gather

Array = NDArray[Any]
# In widths of the usual range of a reading (see sensor.py).
UNUSUAL = 0.5
# Farther from its 10th training neighbour than this share of training items are from theirs.
FAR = 0.99
# Of as many training items as their number lets expect: fewer are a hole, still fewer nothing.
COVERED, BARE = 0.8, 0.2
# Both classes stand among the neighbours, and people agree on these less than this part of what
# they agree elsewhere: nobody knew which. They need not quarrel where tested items waver as well.
MIXED, QUARRELLED = 0.15, 0.78
AGREED, WAVERING = 0.9, 0.2
# Neighbours with an open question.
QUESTIONED = 0.1
# An own label that so few neighbours carry, while so many carry what the model said, is in doubt.
ALONE, OUTVOTED = 0.25, 0.5
# Neighbours that are strangers to their own labels. Where there is a hole they come from beyond it.
MISTAUGHT = 0.3
# Labels on the list of those that look wrong, times as many as elsewhere.
TIMES = 3
# The class is that much rarer among training neighbours than among tested ones, and not common.
RARER, COMMON = 0.1, 0.6


class Cause(StrEnum):
    """In the order in which they are asked for.

    What nobody can see comes first: its neighbours are those of a blot. Then what nothing teaches,
    as there is no neighbour to ask. An unclear rule makes labels look wrong, so it is asked for
    before these; what is rare comes last, for wrong labels make a class rare as well.
    """

    UNANSWERABLE = "input"
    LACK_OF_DATA = "lack"
    UNCLEAR_RULE = "rule"
    TEST_LABEL = "test_label"
    TRAINING_LABELS = "training"
    WRONG_MIX = "mix"
    MODEL = "model"


def explain(
    failing: Failing, tested: Known, training: Known, *, beat: Beat = lambda: None
) -> tuple[Array, Evidence]:
    """The value of the cause of each failing item (F,), and the evidence.

    A 1 among twelve items of class 1, which the model takes for a 2, is the model's fault:

    >>> vectors = np.repeat(np.eye(2), 12, axis=0)
    >>> carries = np.repeat(np.eye(3, dtype=bool)[1:], 12, axis=0)
    >>> none, unknown = np.zeros(24, bool), np.full(24, np.nan)
    >>> known = Known(vectors, carries, none, unknown, none)
    >>> one = Failing(np.array([0]), np.array([1]), np.array([2]), np.zeros(1))
    >>> explain(one, known, known)[0].tolist()
    ['model']
    """
    evidence = gather(failing, tested, training, beat=beat)
    return judge(failing, tested, training, evidence), evidence


def judge(failing: Failing, tested: Known, training: Known, evidence: Evidence) -> Array:
    """The first cause that the evidence speaks for; (F,) of their values."""
    lacking = evidence.tested_truth - evidence.taught_truth
    is_taught_wrong = is_mistaught(evidence, training)
    found = {
        Cause.UNANSWERABLE: np.abs(failing.unusual) >= UNUSUAL,
        # Where tested items of its class are near, training items of it are missing for a class.
        Cause.LACK_OF_DATA: (evidence.distance >= FAR)
        & ((evidence.coverage < BARE) | (lacking < RARER)),
        Cause.UNCLEAR_RULE: is_unclear(evidence, training),
        Cause.TEST_LABEL: is_in_doubt(evidence, tested.is_doubted[failing.places])
        & ~is_taught_wrong,
        Cause.TRAINING_LABELS: is_taught_wrong,
        Cause.WRONG_MIX: (lacking >= RARER)
        & ((evidence.taught_truth <= COMMON) | (evidence.coverage < COVERED)),
    }
    values = [cause.value for cause in found]
    return np.select(list(found.values()), values, default=Cause.MODEL.value)


def is_unclear(evidence: Evidence, training: Known) -> Array:
    """Whether people do not know what the items around are."""
    known = training.agreement[np.isfinite(training.agreement)]
    usual = float(known.mean()) if len(known) else 1.0
    taught = np.minimum(evidence.taught_truth, evidence.taught_predicted)
    tested = np.minimum(evidence.tested_truth, evidence.tested_predicted)
    agreed = np.nan_to_num(evidence.agreement, nan=usual) / usual
    is_disagreed = (agreed < QUARRELLED) | ((agreed < AGREED) & (tested >= WAVERING))
    return (is_disagreed & (taught >= MIXED)) | (evidence.questioned >= QUESTIONED)


def is_in_doubt(evidence: Evidence, is_doubted: Array) -> Array:
    """Whether all around say another label. One side is enough where a detector doubts it, too."""
    is_outvoted = (evidence.taught_truth <= ALONE) & (evidence.taught_predicted >= OUTVOTED)
    is_denied = (evidence.tested_truth <= ALONE) & (
        evidence.tested_predicted >= evidence.tested_truth
    )
    return (is_outvoted & is_denied) | (is_doubted & is_outvoted)


def is_mistaught(evidence: Evidence, training: Known) -> Array:
    """Whether the training items around carry labels that are not what such items are called."""
    rate = float(training.is_doubted.mean())
    is_listed = (evidence.doubted >= MISTAUGHT) & (evidence.doubted > TIMES * rate)
    is_other = evidence.taught_predicted > evidence.taught_truth
    is_strange = (evidence.mistaught >= MISTAUGHT) & (evidence.coverage >= COVERED)
    return is_strange | (is_listed & is_other)
