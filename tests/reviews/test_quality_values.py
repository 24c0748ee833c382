"""Agreement on sets, numbers, masks and texts."""

from itertools import combinations

import krippendorff
import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from sklearn.metrics import f1_score, jaccard_score
from statsmodels.formula.api import ols
from statsmodels.stats.anova import anova_lm

from reviews.quality.alpha import alpha_by_distance
from reviews.quality.numeric_agreement import closeness, icc, number_report
from reviews.quality.overlap import boundary_f, dice, dice_of_iou, mask_iou, outline_boundary_f
from reviews.quality.set_agreement import jaccard, masi, option_alphas, set_report
from reviews.quality.text_agreement import chrf, word_agreement

SETS = st.frozensets(st.sampled_from("abcd"), max_size=4)
SET_UNITS = st.lists(st.lists(SETS, min_size=1, max_size=4), min_size=1, max_size=6)
NUMBERS = st.lists(st.lists(st.integers(-20, 20), min_size=3, max_size=3), min_size=3, max_size=8)
MASKS = st.lists(st.booleans(), min_size=36, max_size=36).map(
    lambda cells: np.array(cells).reshape(6, 6)
)
WORDS = st.text("abc ", max_size=12)


@pytest.mark.parametrize("likeness", [jaccard, masi, chrf, word_agreement, mask_iou, dice])
def test_a_likeness_is_1_on_itself_and_lies_between_0_and_1(likeness):
    values = {
        jaccard: [frozenset(), frozenset("a"), frozenset("ab"), frozenset("bc")],
        chrf: ["", "a", "a robin", "the wren"],
        mask_iou: [np.zeros((2, 2), bool), np.eye(2, dtype=bool), np.ones((2, 2), bool)],
    }
    values |= {masi: values[jaccard], word_agreement: values[chrf], dice: values[mask_iou]}
    for first in values[likeness]:
        assert likeness(first, first) == 1
        assert all(0 <= likeness(first, other) <= 1 for other in values[likeness])


@given(SETS, SETS)
def test_masi_is_symmetric_and_at_most_jaccard(first, second):
    assert masi(first, second) == masi(second, first) <= jaccard(first, second)


def test_masi_of_passonneau_s_four_cases():
    a, ab, bc = frozenset("a"), frozenset("ab"), frozenset("bc")
    assert masi(a, a) == 1
    assert masi(a, ab) == pytest.approx(1 / 2 * 2 / 3)
    assert masi(ab, bc) == pytest.approx(1 / 3 * 1 / 3)
    assert masi(a, bc) == 0


@settings(max_examples=50)
@given(SET_UNITS)
def test_figures_of_sets_are_those_of_their_pairs(units):
    made = set_report(units)
    pairable = [unit for unit in units if len(unit) > 1]
    for figure, alpha, likeness in (
        (made.jaccard, made.alpha_jaccard, jaccard),
        (made.masi, made.alpha_masi, masi),
    ):
        assert figure.n == alpha.n == len(pairable)
        expected = [np.mean([likeness(a, b) for a, b in combinations(u, 2)]) for u in pairable]
        assert figure.value == (pytest.approx(np.mean(expected)) if pairable else None)
        by_pairs = alpha_by_distance(units, lambda a, b, likeness=likeness: 1 - likeness(a, b))
        assert alpha.value == pytest.approx(by_pairs.value, abs=1e-9)


def test_each_option_has_an_alpha_of_its_own():
    units = [[frozenset("ab"), frozenset("a")], [frozenset("b"), frozenset("b")], [frozenset()] * 2]
    found = option_alphas(units, "abc")
    assert found["a"].value == 1
    assert 0 < found["b"].value < 1
    assert (found["c"].value, found["c"].n) == (None, 3)


@settings(max_examples=30)
@given(NUMBERS)
def test_the_intraclass_correlation_equals_an_analysis_of_variance(scores):
    scores = np.array(scores, dtype=float)
    n, k = scores.shape
    rows, columns = np.indices(scores.shape)
    frame = pd.DataFrame({"y": scores.ravel(), "row": rows.ravel(), "column": columns.ravel()})
    table = anova_lm(ols("y ~ C(row) + C(column)", frame).fit())
    between, judges, rest = table["sum_sq"] / table["df"]
    below = between + (k - 1) * rest + k * (judges - rest) / n
    assume(abs(below) > 1e-6)
    assert icc(scores) == pytest.approx((between - rest) / below, abs=1e-6)


def test_the_intraclass_correlation_is_not_defined_without_any_spread():
    assert icc(np.ones((4, 3))) is None


@settings(max_examples=50)
@given(NUMBERS)
def test_alpha_of_numbers_equals_the_reference_library(scores):
    made = number_report([list(enumerate(row)) for row in scores])
    if len({number for row in scores for number in row}) < 2:
        assert made.alpha.value is None
        return
    reference = krippendorff.alpha(
        reliability_data=np.array(scores, dtype=float).T, level_of_measurement="interval"
    )
    assert made.alpha.value == pytest.approx(reference, abs=1e-9)


@given(st.lists(st.integers(0, 10), min_size=2, max_size=6))
def test_closeness_is_the_mean_over_pairs(values):
    expected = 1 - np.mean([abs(a - b) for a, b in combinations(values, 2)]) / 10
    assert closeness(values, 10) == pytest.approx(expected)


def test_numbers_without_a_true_zero_or_a_complete_design_lack_these_figures():
    made = number_report([[("a", -1), ("b", 1)], [("a", 2), ("c", 3)]])
    assert made.ratio is None
    assert (made.icc.value, made.icc.n) == (None, 0)
    assert number_report([[("a", 1)]]).closeness.value is None


@settings(max_examples=30)
@given(MASKS, MASKS)
def test_overlap_equals_the_reference_library(first, second):
    assume(first.any() or second.any())
    flat = first.ravel(), second.ravel()
    assert mask_iou(first, second) == pytest.approx(jaccard_score(*flat), abs=1e-9)
    assert dice(first, second) == pytest.approx(f1_score(*flat), abs=1e-9)
    assert dice_of_iou(mask_iou(first, second)) == pytest.approx(dice(first, second))


@settings(max_examples=30)
@given(MASKS, MASKS)
def test_boundaries_are_compared_both_ways(first, second):
    assert boundary_f(first, first) == 1
    found = boundary_f(first, second, 1)
    assert 0 <= found <= 1
    assert found == pytest.approx(boundary_f(second, first, 1))
    assert found <= boundary_f(first, second, 3)


def test_a_thin_line_a_little_off_has_no_area_but_a_boundary_in_common():
    line = [[[0, 10], [300, 10], [300, 11], [0, 11]]]
    beside = [[[x, y + 1] for x, y in line[0]]]
    away = [[[x, y + 20] for x, y in line[0]]]
    assert outline_boundary_f(line, beside) == 1
    assert outline_boundary_f(line, away) == 0


def test_large_outlines_are_compared_at_the_scale_they_are_drawn_at():
    square = [[[0, 0], [4000, 0], [4000, 4000], [0, 4000]]]
    shifted = [[[x + 60, y] for x, y in square[0]]]
    assert outline_boundary_f(square, square) == 1
    assert outline_boundary_f(square, shifted) < 0.6


@pytest.mark.parametrize(
    ("hypothesis", "reference", "expected"),
    [
        # As sacrebleu 2.5.1 has them: CHRF(char_order=6, word_order=0, beta=2).sentence_score.
        ("the cat sat", "the cat sits", 0.6103453442411408),
        ("a robin on a branch", "robins on the branch", 0.432608039377391),
        ("ab", "abc", 0.6363636363636362),
    ],
)
def test_common_character_sequences_as_the_reference_library_counts_them(
    hypothesis, reference, expected
):
    assert chrf(hypothesis, reference) == pytest.approx(expected, abs=1e-9)


@given(WORDS, WORDS)
def test_texts_are_alike_both_ways_when_neither_is_the_reference(first, second):
    assert chrf(first, second, beta=1) == pytest.approx(chrf(second, first, beta=1))
    assert word_agreement(first, second) == word_agreement(second, first)
    assert 0 <= chrf(first, second) <= 1


def test_words_are_counted_whole():
    assert word_agreement("one two three four", "one three four five") == 0.5
