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

from datasets.analysis.surroundings import (
    NEIGHBOURS,
    WITNESSES,
    Beat,
    Evidence,
    Failing,
    Known,
    gather,
)

Array = NDArray[Any]
# In widths of the usual range of a reading (see sensor.py).
UNUSUAL = 0.5
# Farther from its 10th training neighbour than this share of training items are from theirs.
FAR = 0.99
# Of as many training items as their number lets expect: still fewer are nothing.
BARE = 0.2
# Two who answered blind differ about so many of the items around, that many times as often as about
# other classes; about fewer where they differ about the item itself. Both classes stand there.
QUARRELLED, MORE, IF_DISPUTED, BOTH = 0.5, 1.5, 0.3, 0.1
# With so few training items of its class around, it is at the edge of a hole: not a quarrel.
HOLE = 0.4
# Where too few answered blind: both classes stand among the neighbours, and people agree on these
# less than this part of what they agree elsewhere. They need not quarrel where tested ones waver.
MIXED, DISAGREED = 0.15, 0.78
AGREED, WAVERING = 0.9, 0.2
# Neighbours with an open question.
QUESTIONED = 0.1
# An own label that so few neighbours carry, while so many carry what the model said, is in doubt;
# and that of which two who answered blind say different things, or a detector doubts it.
ALONE, OUTVOTED = 0.2, 0.5
ALONE_IF_DISPUTED, OUTVOTED_IF_DISPUTED = 0.35, 0.3
# Neighbours that are strangers to their own labels; fewer will do where that class is so much
# commoner in training than among the tested. Where there is a hole they come from beyond it.
MISTAUGHT, MISTAUGHT_IF_COMMON, COMMONER, COVERED = 0.3, 0.1, 4, 0.7
# Labels on the list of those that look wrong, times as many as elsewhere.
TIMES = 3
# Of as many training items of the class as the tested ones let expect; or its share among training
# neighbours is that much lower, and within one radius it is no more than expected. It is not common
# there, and the other class is there.
SCARCE, RARER, COMMON, THERE = 0.65, 0.15, 0.8, 0.06


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
    >>> known = Known(vectors, carries, none, unknown, none, none, np.zeros((24, 3), bool))
    >>> one = Failing(np.array([0]), np.array([1]), np.array([2]), np.zeros(1))
    >>> explain(one, known, known)[0].tolist()
    ['model']
    """
    evidence = gather(failing, tested, training, beat=beat)
    return judge(failing, tested, training, evidence), evidence


def judge(failing: Failing, tested: Known, training: Known, evidence: Evidence) -> Array:
    """The first cause that the evidence speaks for; (F,) of their values."""
    is_missing = evidence.tested_truth - evidence.taught_truth >= RARER
    is_taught_wrong = is_mistaught(evidence, training)
    found = {
        Cause.UNANSWERABLE: np.abs(failing.unusual) >= UNUSUAL,
        # Where tested items of its class are near, training items of it are missing for a class.
        Cause.LACK_OF_DATA: (evidence.distance >= FAR) & ((evidence.coverage < BARE) | ~is_missing),
        Cause.UNCLEAR_RULE: is_unclear(evidence, training),
        Cause.TEST_LABEL: is_in_doubt(evidence, tested.is_doubted[failing.places])
        & ~is_taught_wrong,
        Cause.TRAINING_LABELS: is_taught_wrong,
        # Of what nobody takes it for around here too few cannot be the cause.
        Cause.WRONG_MIX: (
            (evidence.truth_coverage <= SCARCE) | (is_missing & (evidence.truth_coverage <= 1))
        )
        & (evidence.taught_truth <= COMMON)
        & (evidence.taught_predicted >= THERE),
    }
    values = [cause.value for cause in found]
    return np.select(list(found.values()), values, default=Cause.MODEL.value)


def is_unclear(evidence: Evidence, training: Known) -> Array:
    """Whether people do not know what the items around are."""
    is_known = np.isfinite(evidence.quarrelled)
    is_disagreed = np.where(
        is_known, _is_quarrelled(evidence, training), _is_disagreed(evidence, training)
    )
    return is_disagreed | (evidence.questioned >= QUESTIONED)


def _is_quarrelled(evidence: Evidence, training: Known) -> Array:
    """By those who answered blind."""
    taught, tested = NEIGHBOURS / (NEIGHBOURS + WITNESSES), WITNESSES / (NEIGHBOURS + WITNESSES)
    truth = taught * evidence.taught_truth + tested * evidence.tested_truth
    predicted = taught * evidence.taught_predicted + tested * evidence.tested_predicted
    is_more = evidence.quarrelled >= MORE * _usual_quarrel(training)
    is_much = np.where(
        evidence.is_disputed,
        evidence.quarrelled >= IF_DISPUTED,
        (evidence.quarrelled >= QUARRELLED) & (evidence.truth_coverage > HOLE),
    )
    return is_much & is_more & (np.minimum(truth, predicted) >= BOTH)


def _usual_quarrel(training: Known) -> float:
    """Of what is of a class and was answered blind by two, how much they differ about; the median.

    That of the classes, as an unclear rule is one of few.
    """
    differs = training.differs[training.is_read, 1:]
    named = (differs | training.carries[training.is_read, 1:]).sum(axis=0)
    is_there = named > 0
    rates = differs.sum(axis=0)[is_there] / named[is_there]
    return float(np.median(rates)) if len(rates) else 0.0


def _is_disagreed(evidence: Evidence, training: Known) -> Array:
    """By how far people agreed at all."""
    known = training.agreement[np.isfinite(training.agreement)]
    usual = float(known.mean()) if len(known) else 1.0
    taught = np.minimum(evidence.taught_truth, evidence.taught_predicted)
    tested = np.minimum(evidence.tested_truth, evidence.tested_predicted)
    agreed = np.nan_to_num(evidence.agreement, nan=usual) / usual
    is_little = (agreed < DISAGREED) | ((agreed < AGREED) & (tested >= WAVERING))
    return is_little & (taught >= MIXED)


def is_in_doubt(evidence: Evidence, is_doubted: Array) -> Array:
    """Whether all around say another label. One side is enough where a detector doubts it, too."""
    alone = np.where(evidence.is_disputed, ALONE_IF_DISPUTED, ALONE)
    outvoted = np.where(evidence.is_disputed, OUTVOTED_IF_DISPUTED, OUTVOTED)
    is_outvoted = (evidence.taught_truth <= alone) & (evidence.taught_predicted >= outvoted)
    is_denied = (evidence.tested_truth <= alone) & (
        evidence.tested_predicted >= evidence.tested_truth
    )
    return (is_outvoted & is_denied) | (is_doubted & is_outvoted)


def is_mistaught(evidence: Evidence, training: Known) -> Array:
    """Whether the training items around carry labels that are not what such items are called."""
    rate = float(training.is_doubted.mean())
    is_listed = (evidence.doubted >= MISTAUGHT) & (evidence.doubted > TIMES * rate)
    is_other = evidence.taught_predicted > evidence.taught_truth
    is_commoner = evidence.predicted_coverage >= COMMONER
    least = np.where(is_commoner, MISTAUGHT_IF_COMMON, MISTAUGHT)
    is_strange = (evidence.mistaught >= least) & (evidence.coverage >= COVERED)
    return is_strange | (is_listed & is_other)
