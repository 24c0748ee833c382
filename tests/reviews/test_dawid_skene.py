"""Inference of classes: properties that must hold whatever the crowd, and two real crowds."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from reviews.quality.class_model import calibrate, fit, tempered
from reviews.quality.dawid_skene import infer, is_feasible, model_share, pooled
from reviews.quality.tables import tabulate
from tests.reviews.test_quality_crowds import rows

LABELS = st.lists(
    st.tuples(st.integers(0, 7), st.integers(0, 4), st.sampled_from("abc")), min_size=1, max_size=40
)


def crowd(seed, *, items=400, people=30, each=5, classes=3, accuracy=0.75):
    """(labels, truth) of people who are right with about this accuracy."""
    random = np.random.default_rng(seed)
    truth = random.integers(0, classes, items)
    skill = np.clip(random.normal(accuracy, 0.12, people), 0.4, 0.98)
    labels = []
    for item, true in enumerate(truth):
        for who in random.choice(people, each, replace=False):
            is_right = random.random() < skill[who]
            others = [label for label in range(classes) if label != true]
            labels.append((item, int(who), int(true if is_right else random.choice(others))))
    return labels, truth


@given(LABELS)
def test_posteriors_are_probabilities_and_the_same_every_time(labels):
    table = tabulate(labels)
    if not is_feasible(table):
        return
    found = infer(table)
    for shares in (found.posterior, found.free, found.confusion, found.average, found.prior):
        assert np.all(shares >= 0)
        assert np.allclose(shares.sum(axis=-1), 1)
    assert infer(table).posterior.tobytes() == found.posterior.tobytes()


@given(LABELS, st.permutations("abc"))
def test_the_names_of_classes_do_not_matter(labels, names):
    renamed = dict(zip("abc", names, strict=True))
    order = {label: place for place, label in enumerate("abc")}
    first = infer(tabulate(labels, classes="abc")).posterior
    second = infer(
        tabulate([(item, who, renamed[label]) for item, who, label in labels], classes="abc")
    ).posterior
    columns = [order[renamed[label]] for label in "abc"]
    assert np.allclose(first, second[:, columns], atol=1e-4)


def test_what_is_known_is_certain_and_teaches():
    labels, truth = crowd(1, accuracy=0.6)
    table = tabulate(labels)
    known = {item: int(truth[item]) for item in range(0, 400, 2)}
    found = infer(table, known=known)
    rest = [row for row, item in enumerate(table.items) if item not in known]
    right = [truth[table.items[row]] for row in rest]
    plain = infer(table).posterior[rest].argmax(axis=1)
    assert all(
        found.posterior[row, known[item]] == 1
        for row, item in enumerate(table.items)
        if item in known
    )
    assert (found.posterior[rest].argmax(axis=1) == right).mean() >= (plain == right).mean()


def test_what_an_item_was_told_to_be_does_not_come_back_from_its_labels():
    """Labels by chance say nothing, so that half of the told classes should look likely."""
    random = np.random.default_rng(8)
    labels = [
        (item, who, int(random.integers(2)))
        for item in range(120)
        for who in random.choice(60, 6, replace=False).tolist()
    ]
    told = {item: int(random.integers(2)) for item in range(120)}
    found = infer(tabulate(labels), known=told)
    claimed = [found.free[row, told[item]] for row, item in enumerate(tabulate(labels).items)]
    assert np.mean(claimed) == pytest.approx(0.5, abs=0.05)


def test_a_second_fit_from_the_first_needs_few_steps():
    labels, truth = crowd(2)
    table = tabulate(labels)
    first = infer(table)
    again = infer(table, known={table.items[0]: int(truth[table.items[0]])}, start=first.posterior)
    assert again.iterations < first.iterations
    assert np.abs(again.posterior[1:] - first.posterior[1:]).max() < 0.2


def test_pooling_with_the_votes_makes_nobody_surer():
    labels, _truth = crowd(3)
    table = tabulate(labels)
    found = infer(table)
    common = table.counts.sum(axis=0) / table.counts.sum()
    mixed = pooled(found.posterior, table.counts, common, model_share(table))
    assert mixed.max(axis=1).mean() < found.posterior.max(axis=1).mean()


def test_one_item_by_itself_is_judged_as_in_the_fit():
    labels, _truth = crowd(4)
    fitted = fit(labels)
    for row, item in enumerate(fitted.table.items[:50]):
        said = [(who, label) for where, who, label in labels if where == item]
        judged = fitted.model.judge(said)
        assert list(judged.values()) == pytest.approx(fitted.posterior[row].tolist(), abs=1e-3)


def test_somebody_unknown_counts_as_the_average():
    labels, _truth = crowd(5)
    model = fit(labels).model
    assert model.judge([(999, 1)])[1] > 0.4
    assert model.judge([(999, "no such class")]) is None


def test_there_is_nothing_to_infer_from_one_class_or_none():
    assert fit([]) is None
    assert fit([("i", 1, None)]) is None
    assert fit([("i", 1, "a"), ("j", 1, "a")]) is None


def test_temperature_brings_boasts_down_to_what_came_true():
    random = np.random.default_rng(6)
    honest = random.dirichlet([2, 1], size=4_000)
    truth = (random.random(4_000) > honest[:, 0]).astype(int)
    boastful = tempered(honest, 0.4)
    found = calibrate(boastful, truth)
    assert found == pytest.approx(2.5, rel=0.15)
    assert calibrate(boastful, np.where(np.arange(4_000) < 29, truth, -1)) == 1.0


@pytest.mark.parametrize(("name", "least"), [("bluebirds", 0.88), ("rte", 0.92)])
def test_real_crowds_are_inferred_better_than_by_vote(name, least):
    truth = dict(rows(name, "truth.csv"))
    fitted = fit(rows(name, "labels.csv"))
    best = fitted.posterior.argmax(axis=1)
    chosen = zip(fitted.table.items, best, strict=True)
    right = sum(fitted.table.classes[label] == truth[item] for item, label in chosen)
    assert right / len(truth) >= least
