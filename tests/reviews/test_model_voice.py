"""What a model's word is worth beside the people: nothing where it foretells nothing."""

import numpy as np
import pytest

from reviews.quality.class_model import fit
from reviews.quality.model_voice import Opinions

pytestmark = pytest.mark.once
CLASSES = ["crow", "owl", "wren"]
ITEMS = 240


@pytest.fixture(scope="module")
def crowd():
    """Two labels an item by six people who are right two times of three."""
    rng = np.random.default_rng(3)
    truth = rng.integers(0, 3, ITEMS)
    labels = []
    for item, true in enumerate(truth):
        for who in rng.choice(6, 2, replace=False):
            said = true if rng.random() < 0.67 else (true + rng.integers(1, 3)) % 3
            labels.append((item, int(who), CLASSES[said]))
    return labels, truth


def sure(named, p=0.9):
    return np.where(np.eye(3)[named] == 1, p, (1 - p) / 2)


def opinions(shares, items=range(ITEMS), classes=CLASSES):
    return Opinions(classes, {item: row for row, item in enumerate(items)}, shares)


def right(fitted, truth):
    return (fitted.posterior.argmax(axis=1) == truth[fitted.table.items]).mean()


def test_a_model_that_knows_is_believed_and_one_that_guesses_is_not(crowd):
    labels, truth = crowd
    rng = np.random.default_rng(5)
    alone = fit(labels)
    taught = fit(labels, opinions=opinions(sure(truth)))
    assert taught.model.voice.weight >= 1
    assert right(taught, truth) > 0.97 > 0.8 > right(alone, truth)
    # What Dawid and Skene say by themselves stays, whatever a model says.
    assert (taught.plain == alone.plain).all()
    for shares in (
        sure(rng.integers(0, 3, ITEMS)),
        sure((truth + 1) % 3),
        np.full((ITEMS, 3), 1 / 3),
    ):
        guessed = fit(labels, opinions=opinions(shares))
        assert guessed.model.voice is None
        assert (guessed.posterior == alone.posterior).all()


def test_the_order_and_number_of_the_models_classes_do_not_matter(crowd):
    labels, truth = crowd
    expected = fit(labels, opinions=opinions(sure(truth))).posterior
    order = [2, 0, 1]
    other = opinions(sure(truth)[:, order], classes=[CLASSES[column] for column in order])
    assert np.allclose(fit(labels, opinions=other).posterior, expected)
    more = np.column_stack([np.zeros(ITEMS), sure(truth)])
    other = opinions(more, classes=["auk", *CLASSES])
    assert np.allclose(fit(labels, opinions=other).posterior, expected)


def test_items_of_which_the_model_says_nothing_are_judged_by_people(crowd):
    labels, truth = crowd
    half = ITEMS // 2
    found = fit(labels, opinions=opinions(sure(truth[:half]), range(half)))
    silent = np.array(found.table.items) >= half
    assert not found.shift[silent].any()
    assert found.shift[~silent].any(axis=1).all()
    said = [(who, label) for item, who, label in labels if item == half]
    row = found.table.items.index(half)
    judged = found.model.judge(said)
    assert [judged[label] for label in CLASSES] == pytest.approx(found.posterior[row], abs=1e-3)


def test_one_item_is_judged_with_the_models_word_as_the_fit_did(crowd):
    labels, truth = crowd
    said_by_model = opinions(sure(truth))
    found = fit(labels, opinions=said_by_model)
    item = labels[0][0]
    shift = found.model.shift_of(said_by_model, item)
    judged = found.model.judge([(who, label) for at, who, label in labels if at == item], shift)
    row = found.table.items.index(item)
    assert [judged[label] for label in CLASSES] == pytest.approx(found.posterior[row], abs=1e-3)
    true, other = CLASSES[truth[item]], CLASSES[(truth[item] + 1) % 3]
    assert found.model.objection(shift, true) is None
    named, p = found.model.objection(shift, other)
    assert named == true
    assert p > 0.9


def test_items_whose_class_is_certain_measure_the_model_best(crowd):
    labels, truth = crowd
    few = [label for label in labels if label[0] < 40]
    known = {item: CLASSES[truth[item]] for item in range(30)}
    shares = sure(truth, 0.7)
    taught = fit(few, known=known, opinions=opinions(shares))
    misled = fit(few, known=known, opinions=opinions(sure((truth + 1) % 3, 0.7)))
    assert taught.model.voice.weight > 0
    assert misled.model.voice is None
