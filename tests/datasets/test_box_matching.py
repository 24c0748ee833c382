"""Matching and average precision of boxes, against loops one can read and against pycocotools."""

import contextlib
import io

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval

from datasets.analysis.average_precision import PrecisionSums, judged, mean_precision
from datasets.analysis.box_matching import FLOOR, USUAL, matched
from datasets.analysis.confusion import Histogram, class_counts, parts
from reviews.detectors.pairing import Objects, assigned, near_pairs, turns_of

pytestmark = pytest.mark.once
CLASSES = 4


def scene(seed, pictures=80):
    """Labels of all sizes; predictions near them, elsewhere, of other classes, twice, or none."""
    dice = np.random.default_rng(seed)
    truth, said = [], []
    for picture in range(pictures):
        for _label in range(dice.integers(0, 7)):
            size = np.exp(dice.uniform(np.log(8), np.log(220), 2))
            box = np.concatenate([dice.uniform(0, 400, 2), size])
            number = dice.integers(1, CLASSES + 1)
            truth.append((picture, number, 1.0, *box))
            for _time in range(dice.choice([0, 1, 1, 1, 2])):
                moved = box + dice.normal(0, 0.12, 4) * [*size, *size]
                moved[2:] = np.maximum(moved[2:], 2)
                other = number if dice.random() < 0.8 else dice.integers(1, CLASSES + 1)
                # Few different scores, so that there are ties.
                said.append((picture, other, dice.integers(1, 50) / 50, *moved))
        for _false in range(dice.integers(0, 3)):
            box = [*dice.uniform(0, 400, 2), *dice.uniform(5, 150, 2)]
            said.append((picture, dice.integers(1, CLASSES + 1), dice.integers(1, 50) / 50, *box))
    return columns(truth), columns(said)


def columns(rows):
    table = np.array(rows, float).reshape(-1, 7)
    corners = np.hstack([table[:, 3:5], table[:, 3:5] + table[:, 5:]])
    return Objects(table[:, 0].astype(int), table[:, 1].astype(int), table[:, 2], corners)


def areas(objects):
    return np.prod(objects.corners[:, 2:] - objects.corners[:, :2], axis=1)


def of_pictures(objects, chosen):
    return Objects(*(column[np.isin(objects.pictures, chosen)] for column in objects))


def coco_of(truth, said):
    def boxes(objects):
        for number in range(len(objects.classes)):
            x, y, right, bottom = objects.corners[number].tolist()
            yield {
                "id": number + 1,
                "image_id": int(objects.pictures[number]) + 1,
                "category_id": int(objects.classes[number]),
                "bbox": [x, y, right - x, bottom - y],
                "area": (right - x) * (bottom - y),
                "iscrowd": 0,
                "score": float(objects.scores[number]),
            }

    with contextlib.redirect_stdout(io.StringIO()):
        labels = COCO()
        images = [{"id": picture + 1} for picture in range(80)]
        classes = [{"id": number, "name": str(number)} for number in range(1, CLASSES + 1)]
        labels.dataset = {"images": images, "categories": classes}
        labels.dataset["annotations"] = list(boxes(truth))
        labels.createIndex()
        result = COCOeval(labels, labels.loadRes(list(boxes(said))), "bbox")
        result.evaluate()
        result.accumulate()
    return result.eval["precision"]


@pytest.mark.parametrize("seed", [1, 2])
def test_average_precision_equals_that_of_pycocotools(seed):
    truth, said = scene(seed)
    sums = PrecisionSums()
    for chunk in np.array_split(np.arange(80), 3):
        own = of_pictures(truth, chunk), of_pictures(said, chunk)
        sums.add(judged(*own, near_pairs(*own, FLOOR), areas=(areas(own[0]), areas(own[1]))))
    theirs = coco_of(truth, said)
    found = sums.precisions()
    assert list(found) == ["all", "small", "medium", "large"]
    for place, name in enumerate(found):
        for number in range(1, CLASSES + 1):
            # Overlaps, recalls, classes, areas, most predictions.
            own = theirs[:, :, number - 1, place, -1]
            wanted = (own.mean(), own[0].mean(), own[5].mean())
            assert found[name][number] == pytest.approx(wanted, abs=1e-12)
        whole = theirs[:, :, :, place, -1]
        assert mean_precision(found[name]).mean == pytest.approx(whole.mean(), abs=1e-12)
    assert 0.1 < mean_precision(found["all"]).mean < 0.9


def test_of_one_class_and_picture_only_the_hundred_most_certain_count():
    dice = np.random.default_rng(3)
    corners = dice.uniform(0, 900, (130, 2))
    corners = np.hstack([corners, corners + 20])
    picture, number = np.zeros(130, int), np.ones(130, int)
    truth = Objects(picture, number, np.ones(130), corners)
    said = truth._replace(scores=dice.permutation(130) / 130)
    sums = PrecisionSums()
    sums.add(judged(truth, said, near_pairs(truth, said, FLOOR), areas=(areas(truth), areas(said))))
    assert mean_precision(sums.precisions()["all"]).mean == pytest.approx(
        coco_of(truth, said)[:, :, 0, 0, -1].mean(), abs=1e-12
    )
    # Of what has no size there are no figures by size, and without anything none at all.
    sums.add(judged(truth, said, near_pairs(truth, said, FLOOR), areas=None))
    assert list(sums.precisions()) == ["all"]
    assert PrecisionSums().precisions() == {}


def one_by_one(truth, said, least):
    """What matching at one threshold gives, by a loop: same class first, then any."""
    pairs = {(t, p): o for t, p, o in zip(*near_pairs(truth, said, least), strict=True)}
    found = {}
    for is_same_only in (True, False):
        for p in np.argsort(-said.scores, kind="stable"):
            free = [
                (overlap, t)
                for (t, other), overlap in pairs.items()
                if other == p and t not in found.values() and p not in found
                if not is_same_only or truth.classes[t] == said.classes[p]
            ]
            if free:
                found[p] = max(free)[1]
    return found


@given(seed=st.integers(0, 10_000))
@settings(max_examples=8, deadline=None)
def test_many_pictures_at_once_are_matched_as_by_a_loop(seed):
    truth, said = scene(seed, pictures=6)
    pairs = matched(truth, said, near_pairs(truth, said, FLOOR))
    assert len(set(pairs.truth)) == len(set(pairs.predicted)) == len(pairs.truth)
    assert (truth.pictures[pairs.truth] == said.pictures[pairs.predicted]).all()
    assert (pairs.overlaps >= FLOOR).all()
    near = pairs.only(pairs.overlaps >= USUAL)
    assert dict(zip(near.predicted, near.truth, strict=True)) == one_by_one(truth, said, USUAL)
    # A threshold of the score only takes away: what is left of one class is as matched without
    # the rest.
    sure = np.flatnonzero(said.scores >= 0.5)
    above = Objects(*(column[sure] for column in said))
    again = matched(truth, above, near_pairs(truth, above, FLOOR))
    wanted = same_class(truth, above, again)
    assert {(t, sure[p]) for t, p in wanted} == {
        (t, p) for t, p in same_class(truth, said, pairs) if said.scores[p] >= 0.5
    }


def same_class(truth, said, pairs):
    is_same = truth.classes[pairs.truth] == said.classes[pairs.predicted]
    own = pairs.only(is_same & (pairs.overlaps >= USUAL))
    return set(zip(own.truth, own.predicted, strict=True))


def test_a_picture_of_many_objects_is_compared_in_blocks(monkeypatch):
    truth, said = scene(5)
    wanted = near_pairs(truth, said, FLOOR)
    monkeypatch.setattr("reviews.detectors.pairing.PAIRS_AT_ONCE", 3)
    for one, other in zip(near_pairs(truth, said, FLOOR), wanted, strict=True):
        assert (one == other).all()
    nothing = columns([])
    for pair in ((nothing, said), (truth, nothing), (nothing, nothing)):
        pairs = near_pairs(*pair, FLOOR)
        assert len(matched(*pair, pairs).truth) == 0
        assert len(assigned(pairs, turns_of(pair[1].pictures, pair[1].scores))) == 0


def test_thresholds_of_the_histogram_are_those_of_the_matches_themselves():
    truth, said = scene(7)
    pairs = matched(truth, said, near_pairs(truth, said, FLOOR))
    missed = np.setdiff1d(np.arange(len(truth.classes)), pairs.truth)
    false = np.setdiff1d(np.arange(len(said.classes)), pairs.predicted)
    rows = [
        *zip(
            truth.classes[pairs.truth],
            said.classes[pairs.predicted],
            said.scores[pairs.predicted],
            pairs.overlaps,
            strict=True,
        ),
        *((number, 0, 0.0, 0.0) for number in truth.classes[missed]),
        *((0, said.classes[at], said.scores[at], 0.0) for at in false),
    ]
    table = np.array(rows)
    matches = (*table[:, :2].astype(int).T, parts(table[:, 2]), parts(table[:, 3]))
    half = [column[::2] for column in matches], [column[1::2] for column in matches]
    histogram = Histogram.unpacked(Histogram.empty().plus(*half[0]).plus(*half[1]).packed())
    for score, overlap in ((0, 0), (29, 10), (58, 15), (100, 20)):
        wanted = {}
        for a, b, sure, shared in rows:
            is_said = bool(b > 0 and sure >= score / 100)
            is_pair = is_said and a > 0 and bool(shared >= overlap / 20)
            cells = [(a, b)] if is_pair else [(a, 0)] * int(a > 0) + [(0, b)] * is_said
            for cell in cells:
                wanted[cell] = wanted.get(cell, 0) + 1
        cells = histogram.cells(score, overlap)
        found = dict(zip(zip(cells.truth, cells.predicted, strict=True), cells.counts, strict=True))
        assert found == wanted
        counts = class_counts(cells, CLASSES)
        assert [c.right for c in counts] == [wanted.get((n, n), 0) for n in range(1, CLASSES + 1)]
        assert sum(c.right + c.missed for c in counts) == len(truth.classes)
    at_half = dict(histogram.curve(10))
    assert at_half[0].right == sum(c.right for c in class_counts(histogram.cells(0, 10), CLASSES))
    assert list(at_half.values())[-1] == (0, len(truth.classes), 0)
