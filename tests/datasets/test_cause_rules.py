"""Each cause planted in a small world of two classes, and what an input itself says."""

import numpy as np
import pytest
from PIL import Image, ImageFilter

from datasets.analysis import sensor
from datasets.analysis.causes import Cause, explain
from datasets.analysis.failure_clusters import clusters_of
from datasets.analysis.surroundings import Failing, Known
from datasets.models.causes import Cause as StoredCause

pytestmark = pytest.mark.once
ROBIN, WREN = 1, 2
SIZE = 120


def around(angle, count, dice):
    """Vectors of length 1 about one direction of a plane of 8 dimensions."""
    middle = np.zeros(8)
    middle[:2] = np.cos(angle), np.sin(angle)
    rows = middle + dice.normal(0, 0.05, (count, 8))
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def known(parts):
    """Items at (angle, class, count), in this order."""
    dice = np.random.default_rng(len(parts))
    vectors = np.concatenate([around(angle, count, dice) for angle, _code, count in parts])
    codes = np.concatenate([np.full(count, code) for _angle, code, count in parts])
    size = len(codes)
    carries = np.arange(3) == codes[:, None]
    doubted, questioned, read = np.zeros((3, size), bool)
    unknown = np.full(size, np.nan)
    differs = np.zeros((size, 3), bool)
    return Known(vectors, carries, doubted, unknown, questioned, read, differs)


ROBINS, WRENS = (0.0, ROBIN, SIZE), (1.0, WREN, SIZE)
# A look of robins of its own, between both.
ODD = (0.6, ROBIN, 30)
PLAIN = [ROBINS, WRENS, ODD]


def cause_of(tested, training, *, place=2 * SIZE, truth=ROBIN, predicted=WREN, unusual=0.0):
    asked = Failing(
        np.array([place]), np.array([truth]), np.array([predicted]), np.array([unusual])
    )
    return Cause(explain(asked, tested, training)[0][0])


def test_each_planted_cause_is_named():
    whole = known(PLAIN)
    assert cause_of(whole, whole) == Cause.MODEL
    assert cause_of(whole, whole, unusual=-0.8) == Cause.UNANSWERABLE
    assert cause_of(whole, known([ROBINS, WRENS])) == Cause.LACK_OF_DATA
    # Training labels of the look are those of the other class; the tested ones are right.
    assert cause_of(whole, known([ROBINS, WRENS, (0.6, WREN, 30)])) == Cause.TRAINING_LABELS
    # Wrens of that look are there in plenty in both, robins of it among the tested only.
    tested = known([ROBINS, WRENS, ODD, (0.6, WREN, 10)])
    assert cause_of(tested, known([ROBINS, WRENS, (0.6, WREN, 12)])) == Cause.WRONG_MIX
    # One robin among the wrens.
    alone = known([ROBINS, WRENS, (1.0, ROBIN, 1)])
    assert cause_of(alone, known([ROBINS, WRENS])) == Cause.TEST_LABEL


def test_nobody_knows_what_people_do_not_agree_on():
    mixed = known([ROBINS, WRENS, (0.6, ROBIN, 15), (0.6, WREN, 15)])
    assert cause_of(mixed, mixed) == Cause.MODEL
    mixed.agreement[:] = 1.0
    mixed.agreement[2 * SIZE :] = 0.5
    assert cause_of(mixed, mixed) == Cause.UNCLEAR_RULE
    whole = known(PLAIN)
    whole.is_questioned[2 * SIZE :] = True
    assert cause_of(whole, whole) == Cause.UNCLEAR_RULE


def test_people_who_answered_blind_and_differ_are_heard():
    """About what lies around: nobody knows which; about the item alone: its label is in doubt."""
    mixed = known([ROBINS, WRENS, (0.6, ROBIN, 15), (0.6, WREN, 15)])
    mixed.agreement[:] = 1.0
    mixed.is_read[:] = True
    assert cause_of(mixed, mixed) == Cause.MODEL
    mixed.differs[2 * SIZE + 1 :: 5, 1:] = True
    assert cause_of(mixed, mixed) == Cause.MODEL
    mixed.differs[2 * SIZE + 1 :: 3, 1:] = True
    assert cause_of(mixed, mixed) == Cause.MODEL
    mixed.differs[2 * SIZE, 1:] = True
    assert cause_of(mixed, mixed) == Cause.UNCLEAR_RULE
    # People who differ about everything have no unclear rule.
    mixed.differs[:, 1:] = True
    assert cause_of(mixed, mixed) != Cause.UNCLEAR_RULE
    # So many robins are outvoted only where one of two who read it says so, too.
    alone = known([ROBINS, WRENS, (1.0, ROBIN, 1)])
    some = known([ROBINS, WRENS, (1.0, ROBIN, 60)])
    assert cause_of(alone, some) == Cause.MODEL
    alone.is_read[-1] = True
    alone.differs[-1, 1:] = True
    assert cause_of(alone, some) == Cause.TEST_LABEL


def test_what_detectors_doubt_counts_where_it_is_more_than_elsewhere():
    # The neighbours are wrens to all who labeled; only the list of doubtful labels objects.
    training = known([ROBINS, WRENS, (0.6, WREN, 30)])
    tested = known([ROBINS, WRENS, (0.6, WREN, 30)])
    tested.carries[2 * SIZE] = [False, True, False]
    assert cause_of(tested, training) == Cause.TEST_LABEL
    training.is_doubted[2 * SIZE :] = True
    assert cause_of(tested, training) == Cause.TRAINING_LABELS
    training.is_doubted[:] = True
    assert cause_of(tested, training) == Cause.TEST_LABEL


def test_objects_that_were_missed_or_are_not_there_have_causes_too():
    """Of pictures: the class is among their objects, or it is not."""
    whole = known(PLAIN)
    assert cause_of(whole, whole, predicted=0) == Cause.MODEL
    empty = known([ROBINS, WRENS, (0.6, 0, 30)])
    assert cause_of(whole, empty, predicted=0) == Cause.TRAINING_LABELS
    one = known([ROBINS, WRENS, (0.0, 0, 1)])
    assert cause_of(one, known([ROBINS, WRENS]), truth=0, predicted=ROBIN) == Cause.TEST_LABEL


def test_few_items_are_judged_by_what_there_is():
    few = known([(0.0, ROBIN, 2), (1.0, WREN, 1)])
    assert cause_of(few, few, place=0) in Cause
    one = known([(0.0, ROBIN, 1)])
    assert cause_of(one, one, place=0) in Cause


def test_the_stored_causes_are_those_that_are_found():
    assert set(StoredCause.values) == {cause.value for cause in Cause}


def test_spoiled_inputs_leave_the_usual_range_and_others_do_not():
    dice = np.random.default_rng(1)
    scenes = [
        Image.fromarray((np.kron(dice.random((8, 8)), np.ones((8, 8))) * 200 + 20).astype(np.uint8))
        for _number in range(80)
    ]
    usual = np.stack([sensor.of_picture(scene) for scene in scenes[:60]])
    fine = np.stack([sensor.of_picture(scene) for scene in scenes[60:]])
    assert np.abs(sensor.beyond(fine, usual)).max() < 0.5
    last = scenes[-1]
    grain = np.clip(np.asarray(last) + dice.normal(0, 60, (64, 64)), 0, 255).astype(np.uint8)
    spoiled = [last.filter(ImageFilter.GaussianBlur(8)), last.point(lambda v: v // 20)]
    spoiled = [*spoiled, Image.fromarray(grain)]
    found = sensor.beyond(np.stack([sensor.of_picture(picture) for picture in spoiled]), usual)
    names = list(sensor.PICTURE_READINGS)
    assert found[0, names.index("sharpness")] < -0.5
    assert found[1, names.index("brightness")] < -0.5
    assert found[2, names.index("noise")] > 0.5
    texts = np.stack([sensor.of_text(f"the bird number {n} sings well") for n in range(60)])
    junk = sensor.beyond(sensor.of_text("▒▒▓ ▒▒▓ ▒▒▓ ▒▒▓")[None], texts)[0]
    assert junk[1] < -0.5
    assert junk[2] > 0.5
    assert not sensor.beyond(fine, usual[:10]).any()


def test_clusters_hold_every_failure_once_the_most_typical_first():
    dice = np.random.default_rng(3)
    vectors = np.concatenate([around(0.0, 40, dice), around(1.5, 20, dice)])
    truth, predicted = np.repeat([ROBIN, WREN], [40, 20]), np.repeat([WREN, ROBIN], [40, 20])
    found = clusters_of(vectors, truth, predicted)
    assert sorted(np.concatenate(found).tolist()) == list(range(60))
    assert [len(places) for places in found] == sorted(map(len, found), reverse=True)
    assert all(len(set(truth[places])) == 1 for places in found)
    assert clusters_of(vectors[:0], truth[:0], predicted[:0]) == []
