"""What the built-in model learns from few labels, without a database: pictures, texts, novelty."""

import numpy as np
import pytest
from PIL import Image
from sklearn.datasets import load_digits

from reviews.baseline import learner, novelty, pictures, texts
from reviews.baseline.report_card import ReportCard, Verdict, make_cards
from reviews.baseline.trained import Trained

pytestmark = pytest.mark.once
SEED = 3
FEW = 50


@pytest.fixture(scope="module")
def digits():
    """Vectors and classes of 600 handwritten digits of 8 x 8, which scikit-learn brings along.

    First come five of each.
    """
    found = load_digits()
    chance = np.random.default_rng(SEED).permutation(len(found.images))[:600]
    of_each = [chance[found.target[chance] == digit] for digit in range(10)]
    some = np.concatenate([rows[:5] for rows in of_each] + [rows[5:] for rows in of_each])
    made = [Image.fromarray((image * 15.9).astype(np.uint8)) for image in found.images[some]]
    return np.stack([pictures.vector(picture) for picture in made]), found.target[some]


@pytest.fixture(scope="module")
def lesson(digits):
    rows, targets = digits
    return learner.learn(rows[:FEW], targets[:FEW], range(FEW))


def test_fifty_labels_make_a_model_that_knows_how_sure_it_is(digits, lesson):
    rows, targets = digits
    said = lesson.model.probabilities(rows[FEW:])
    assert (said.argmax(axis=1) == targets[FEW:]).mean() > 0.78
    assert learner.calibration_error(said, targets[FEW:]) < 0.06
    tested = lesson.out_of_fold
    assert tested.sum(axis=1) == pytest.approx(np.ones(FEW))
    # What it is told of itself is no better than what it does.
    assert (tested.argmax(axis=1) == targets[:FEW]).mean() < 0.92


def test_the_same_labels_make_the_same_model(digits, lesson):
    rows, targets = digits
    again = learner.learn(rows[:FEW], targets[:FEW], range(FEW))
    assert np.array_equal(again.model.weights, lesson.model.weights)
    assert np.array_equal(again.out_of_fold, lesson.out_of_fold)


def test_a_copy_of_an_item_does_not_answer_for_it(digits):
    """Labels of chance, each picture twice: whoever looked the copy up would be right."""
    rows = np.repeat(digits[0][:40], 2, axis=0)
    targets = np.repeat(np.random.default_rng(SEED).integers(0, 2, 40), 2)
    honest = learner.learn(rows, targets, np.repeat(np.arange(40), 2))
    fooled = learner.learn(rows, targets, range(80))
    right = [(made.out_of_fold.argmax(axis=1) == targets).mean() for made in (honest, fooled)]
    assert right[0] < 0.7 < right[1]


def test_what_is_loaded_says_the_same(digits, lesson):
    rows, _targets = digits
    model = Trained(list("0123456789"), lesson.model, novelty.familiar(rows[:FEW]))
    loaded = Trained.from_bytes(model.as_bytes())
    for kept, made in zip(loaded.judge(rows[FEW:]), model.judge(rows[FEW:]), strict=True):
        assert np.array_equal(kept, made)
    assert b"pickle" not in model.as_bytes()


def test_what_is_unlike_everything_is_novel(digits):
    rows, _targets = digits
    known = novelty.familiar(rows[::2])
    noise = np.random.default_rng(SEED).integers(0, 255, (20, 20, 3)).astype(np.uint8)
    assert known.novelty(pictures.vector(Image.fromarray(noise))[None]) == 1
    assert 0.35 < np.median(known.novelty(rows[1::2])) < 0.65
    assert 0.45 < np.median(known.own_novelty(rows[::2])) < 0.55


def test_texts_are_learned_and_judged_with_the_same_words():
    chance = np.random.default_rng(SEED)
    kinds = ["glad love happy fine", "awful broken late worst", "when how where why"]
    targets = np.arange(60) % 3
    spoken = [
        " ".join([*chance.choice(kinds[kind].split(), 2), *chance.choice("a the on it".split(), 6)])
        for kind in targets
    ]
    read = texts.counts(spoken)
    rarity = texts.rarity(read)
    lesson = learner.learn(texts.vectors(read, rarity), targets, spoken)
    assert (lesson.out_of_fold.argmax(axis=1) == targets).mean() > 0.9
    model = Trained(list("abc"), lesson.model, novelty.familiar(read), rarity)
    said, _new = Trained.from_bytes(model.as_bytes()).judge(texts.counts(["It was AWFUL, worst!"]))
    assert said.argmax() == 1


def test_a_report_card_tells_what_is_learned_unsure_and_not_yet():
    labels = ["robin"] * 20 + ["wren"] * 10 + ["crow"] * 20
    named = ["robin"] * 20 + ["wren"] * 8 + ["crow"] * 2 + ["crow"] * 6 + ["wren"] * 14
    before = ["crow"] * 20 + ["wren"] * 10 + [None] * 20
    card = ReportCard(make_cards(labels, named, before), 0.03, compared=30, too_few={"owl": 2})
    read = ReportCard.read(card.as_dict())
    assert read == card
    crow, robin, wren = read.classes
    assert (robin.verdict, crow.verdict) == (Verdict.LEARNED, Verdict.NOT_YET)
    assert (robin.learned, wren.forgotten, crow.learned) == (20, 2, 0)
    assert (read.right, read.labels) == (34, 50)
