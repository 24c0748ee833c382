import krippendorff
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import cohen_kappa_score
from statsmodels.stats.inter_rater import fleiss_kappa as statsmodels_fleiss

from reviews.quality.agreement import overall_agreement, percent_agreement, report
from reviews.quality.alpha import krippendorff_alpha
from reviews.quality.kappas import cohen_kappa, fleiss_kappa
from reviews.quality.tables import tabulate

# Krippendorff 2011, "Computing Krippendorff's Alpha-Reliability", section C: 4 observers, 12 units.
OBSERVERS = {
    "A": [1, 2, 3, 3, 2, 1, 4, 1, 2, None, None, None],
    "B": [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, None, 3],
    "C": [None, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, None],
    "D": [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, None],
}
PUBLISHED = [
    (unit, who, value) for who, values in OBSERVERS.items() for unit, value in enumerate(values)
]

# Fleiss 1971 as worked in Wikipedia: 10 subjects, 14 raters, 5 categories.
FLEISS = [
    [0, 0, 0, 0, 14],
    [0, 2, 6, 4, 2],
    [0, 0, 3, 5, 6],
    [0, 3, 9, 2, 0],
    [2, 2, 8, 1, 1],
    [7, 7, 0, 0, 0],
    [3, 2, 6, 3, 0],
    [2, 5, 3, 2, 2],
    [6, 5, 2, 1, 0],
    [0, 2, 2, 3, 7],
]


def labels_of_counts(counts):
    return [
        (item, who, label)
        for item, row in enumerate(counts)
        for who, label in enumerate(label for label, n in enumerate(row) for _ in range(n))
    ]


def labels_of_pairs(**counts):
    pairs = [pair for pair, n in counts.items() for _ in range(n)]
    return [
        (item, who, label)
        for item, pair in enumerate(pairs)
        for who, label in zip("AB", pair, strict=True)
    ]


@pytest.mark.parametrize(
    ("metric", "alpha"), [("nominal", 0.743), ("ordinal", 0.815), ("interval", 0.849)]
)
def test_alpha_of_krippendorff_s_own_example(metric, alpha):
    assert krippendorff_alpha(PUBLISHED, metric=metric) == pytest.approx(alpha, abs=5e-4)


def test_fleiss_kappa_of_the_published_example():
    assert fleiss_kappa(labels_of_counts(FLEISS)) == pytest.approx(0.210, abs=5e-4)


def test_cohen_kappa_of_the_published_example():
    # 50 grant proposals, two readers: 20 both yes, 15 both no.
    assert cohen_kappa(labels_of_pairs(yy=20, yn=5, ny=10, nn=15)) == pytest.approx(0.4)


def test_percent_agreement_weighs_items_and_overall_agreement_weighs_pairs():
    labels = labels_of_counts([[3, 0], [1, 1]])
    assert percent_agreement(labels) == pytest.approx(0.5)
    assert overall_agreement(labels) == pytest.approx(0.75)


RATINGS = st.lists(
    st.lists(st.one_of(st.none(), st.integers(1, 4)), min_size=3, max_size=3),
    min_size=2,
    max_size=12,
)


def triples(matrix):
    return [(item, who, label) for item, row in enumerate(matrix) for who, label in enumerate(row)]


@settings(max_examples=150, deadline=None)
@given(RATINGS, st.sampled_from(["nominal", "ordinal", "interval"]))
def test_alpha_equals_the_reference_library(matrix, metric):
    ours = krippendorff_alpha(triples(matrix), metric=metric)
    pairable = {label for row in matrix for label in row if sum(x is not None for x in row) > 1} - {
        None
    }
    if len(pairable) < 2:
        assert ours is None
        return
    data = np.array([[np.nan if x is None else x for x in row] for row in matrix], float).T
    reference = krippendorff.alpha(reliability_data=data, level_of_measurement=metric)
    assert ours == pytest.approx(reference, abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.lists(st.integers(0, 3), min_size=4, max_size=4), min_size=2, max_size=15))
def test_fleiss_kappa_equals_the_reference_library(matrix):
    ours = fleiss_kappa(triples(matrix))
    table = np.array([[row.count(label) for label in range(4)] for row in matrix])
    if (table.sum(axis=0) > 0).sum() < 2:
        assert ours is None
    else:
        assert ours == pytest.approx(statsmodels_fleiss(table), abs=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3)), min_size=2, max_size=20))
def test_cohen_kappa_equals_the_reference_library(pairs):
    ours = cohen_kappa(triples(pairs))
    first, second = zip(*pairs, strict=True)
    if len({*first, *second}) < 2:
        assert ours is None
    else:
        assert ours == pytest.approx(cohen_kappa_score(first, second), abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(RATINGS, st.randoms(use_true_random=False))
def test_the_order_of_labels_and_the_names_of_people_do_not_matter(matrix, random):
    labels = triples(matrix)
    shuffled = [(f"item {item}", f"person {who}", label) for item, who, label in labels]
    random.shuffle(shuffled)
    for figure in (percent_agreement, overall_agreement, krippendorff_alpha, fleiss_kappa):
        assert figure(shuffled) == pytest.approx(figure(labels))


@pytest.mark.parametrize(
    "labels",
    [
        [],
        [("i1", "ana", "cat")],
        [("i1", "ana", "cat"), ("i2", "rui", "dog")],
        [("i1", "ana", None), ("i1", "rui", "dog")],
    ],
    ids=["nothing", "one rater", "no overlap", "one label of two is empty"],
)
def test_without_two_labels_on_an_item_nothing_is_defined(labels):
    made = report(labels)
    assert made.items == made.labels == 0
    for figure in (made.percent, made.alpha, made.fleiss_kappa, made.cohen_kappa):
        assert figure.value is None
        assert figure.interval is None


def test_with_one_class_only_agreement_is_full_and_the_rest_is_not_defined():
    made = report(labels_of_pairs(aa=5))
    assert made.percent.value == 1
    assert made.alpha.value is made.fleiss_kappa.value is made.cohen_kappa.value is None


def test_items_of_one_label_are_dropped():
    more = [*PUBLISHED, ("alone", "A", 5)]
    assert krippendorff_alpha(more) == krippendorff_alpha(PUBLISHED)
    assert report(more).items == 11


def test_fleiss_kappa_needs_as_many_labels_on_every_item():
    assert fleiss_kappa(labels_of_counts([[2, 0], [1, 1], [1, 2]])) is None


def test_cohen_kappa_needs_two_annotators():
    assert cohen_kappa(triples([[0, 0, 1], [1, 1, 1]])) is None


def test_the_later_of_two_labels_by_one_person_counts():
    labels = [("i1", "ana", "cat"), ("i1", "rui", "dog"), ("i1", "ana", "dog")]
    assert tabulate(labels).counts.tolist() == [[2]]


def test_ordinal_alpha_follows_the_order_given():
    order = ["low", "middle", "high"]
    pairs = [("low", "middle"), ("middle", "high"), ("high", "high"), ("low", "low")]
    by_word = krippendorff_alpha(triples(pairs), metric="ordinal", order=order)
    by_rank = krippendorff_alpha(
        triples([[order.index(x) for x in pair] for pair in pairs]), metric="ordinal"
    )
    assert by_word == pytest.approx(by_rank)


def test_intervals_hold_the_figure_and_repeat_with_the_seed():
    made = report(PUBLISHED)
    assert made.alpha.interval.low < made.alpha.value < made.alpha.interval.high
    assert made == report(PUBLISHED)
    assert made.alpha.interval != report(PUBLISHED, seed=1).alpha.interval


def test_eight_thousand_random_labels_do_not_agree():
    random = np.random.default_rng(0)
    labels = [
        (item, int(who), int(random.integers(4)))
        for item in range(800)
        for who in random.choice(164, 10, False)
    ]
    assert abs(krippendorff_alpha(labels)) < 0.1
    assert report(labels)
