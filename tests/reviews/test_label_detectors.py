"""The detectors of label errors against cleanlab's own functions, on the same data."""

import numpy as np
import pytest
from cleanlab.multilabel_classification.rank import get_label_quality_scores as multilabel_quality
from cleanlab.object_detection.rank import (
    compute_badloc_box_scores,
    compute_overlooked_box_scores,
    compute_swap_box_scores,
)
from cleanlab.rank import get_label_quality_scores

from reviews.detectors import boxes, calibration, classes, options, precision
from reviews.detectors.boxes import Boxes, Picture

pytestmark = pytest.mark.once
BIRDS = ("crow", "robin", "wren")


def made_labels(wrong=12, n=240, seed=1):
    """Labels of three birds of which the first few are wrong, and a model that is mostly right."""
    dice = np.random.default_rng(seed)
    truth = dice.integers(0, 3, n)
    given = truth.copy()
    given[:wrong] = (truth[:wrong] + 1) % 3
    sure = dice.uniform(0.6, 0.98, n)
    probabilities = np.repeat((1 - sure)[:, None] / 2, 3, axis=1)
    probabilities[np.arange(n), truth] = sure
    return truth, given, probabilities


def test_wrong_classes_are_found_with_what_is_likelier():
    truth, given, probabilities = made_labels()
    found = classes.find(BIRDS, given, probabilities)
    places = {finding.place for finding in found}
    assert places == set(range(12))
    assert all(finding.suggested == BIRDS[truth[finding.place]] for finding in found)
    assert [finding.score for finding in found] == sorted(finding.score for finding in found)
    expected = get_label_quality_scores(given, probabilities, method="normalized_margin")
    assert classes.normalized_margin(probabilities, given) == pytest.approx(expected)


def test_a_class_that_nobody_gave_and_too_few_labels_break_nothing():
    _truth, given, probabilities = made_labels()
    wider = np.hstack([probabilities * 0.9, np.full((len(given), 1), 0.1)])
    found = classes.find((*BIRDS, "owl"), given, wider)
    assert {finding.suggested for finding in found} == set(BIRDS)
    assert classes.find(BIRDS, given[:5], probabilities[:5]) == []
    assert classes.find(BIRDS, np.zeros(50, int), probabilities[:50]) == []


def test_a_model_that_is_too_sure_is_cooled_to_what_it_gets_right():
    truth, given, probabilities = made_labels(wrong=60)
    hot = calibration.tempered(probabilities, 0.2)
    found = calibration.tempered(hot, calibration.temperature(hot, given))
    right = (given == truth).mean()
    assert abs(found.max(axis=1).mean() - right) < abs(hot.max(axis=1).mean() - right) / 2


def test_options_are_held_against_the_model_one_by_one():
    dice = np.random.default_rng(2)
    chosen = dice.random((200, 3)) < 0.4
    probabilities = np.where(chosen, 0.9, 0.1) + dice.uniform(-0.08, 0.08, chosen.shape)
    chosen[:8, 0] = ~chosen[:8, 0]
    found = options.find(BIRDS, chosen, probabilities)
    assert len(found) > 5
    assert {finding.place for finding in found} <= set(range(8))
    for finding in found:
        named = finding.label or finding.suggested
        assert named == "crow"
        assert bool(finding.label) == chosen[finding.place, 0]
    given = [np.flatnonzero(row).tolist() for row in chosen]
    quality = np.where(chosen, probabilities, 1 - probabilities)
    assert options.pooled(quality) == pytest.approx(multilabel_quality(given, probabilities))


def made_pictures(n=30, seed=3):
    """Pictures with boxes of two classes; the model misses, moves, renames and adds some."""
    dice = np.random.default_rng(seed)
    pictures = []
    for _number in range(n):
        count = int(dice.integers(0, 5))
        low = dice.uniform(0, 800, (count, 2))
        corners = np.hstack([low, low + dice.uniform(40, 200, (count, 2))])
        kinds = dice.integers(0, 2, count)
        added = int(dice.integers(0, 2))
        low = dice.uniform(0, 800, (added, 2))
        extra = np.hstack([low, low + 60])
        seen = np.vstack([corners + dice.normal(0, 12, corners.shape), extra])
        seen_kinds = np.concatenate([kinds, dice.integers(0, 2, added)])
        seen_kinds = np.where(dice.random(len(seen_kinds)) < 0.2, 1 - seen_kinds, seen_kinds)
        sure = np.where(dice.random(len(seen)) < 0.6, 0.97, dice.uniform(0.3, 0.9, len(seen)))
        given = Boxes(corners, kinds, np.ones(count))
        pictures.append(Picture(given, Boxes(seen, seen_kinds, sure)))
    return pictures


def test_boxes_are_scored_as_cleanlab_scores_them():
    pictures = [picture for picture in made_pictures() if len(picture.given.classes)]
    labels = [{"bboxes": p.given.corners, "labels": p.given.classes} for p in pictures]
    # By class, as cleanlab wants them: the model's boxes are put into that order for both.
    pictures = [
        Picture(
            p.given, Boxes(*(column[np.argsort(p.predicted.classes)] for column in p.predicted))
        )
        for p in pictures
    ]
    predictions = [
        np.array(
            [
                np.hstack([p.predicted.corners, p.predicted.confidences[:, None]])[
                    p.predicted.classes == kind
                ]
                for kind in (0, 1)
            ],
            dtype=object,
        )
        for p in pictures
        if len(p.predicted.classes)
    ]
    least = boxes.least_likeness(pictures)
    theirs = {
        rule: np.concatenate(compute(labels=labels, predictions=predictions))
        for rule, compute in (
            ("overlooked", compute_overlooked_box_scores),
            ("placed", compute_badloc_box_scores),
            ("swapped", compute_swap_box_scores),
        )
    }
    ours = {
        "overlooked": np.concatenate([boxes.overlooked(p, least) for p in pictures]),
        "placed": np.concatenate([boxes.badly_placed(p) for p in pictures]),
        "swapped": np.concatenate([boxes.swapped(p, least)[0] for p in pictures]),
    }
    for rule, scores in theirs.items():
        assert ours[rule] == pytest.approx(scores, nan_ok=True), rule
    assert (ours["swapped"] < 0.5).any()
    assert (ours["placed"] < 0.8).any()
    assert np.nanmin(ours["overlooked"]) < 0.1


def test_average_precision_falls_with_what_is_missed_and_added():
    given = Boxes(
        np.array([[0.0, 0, 100, 100], [200, 0, 300, 100]]), np.array([0, 0]), np.array([1.0, 1.0])
    )
    half = Boxes(given.corners[:1], given.classes[:1], np.array([0.9]))
    nothing = Boxes(np.zeros((0, 4)), np.zeros(0, int), np.zeros(0))
    assert precision.average_precisions([Picture(given, half)]) == {0: pytest.approx(0.5)}
    assert precision.average_precisions([Picture(given, nothing)]) == {0: 0.0}
    moved = Boxes(half.corners + [0, 0, 30, 0], half.classes, half.confidences)
    assert 0 < precision.average_precisions([Picture(given, moved)])[0] < 0.5
