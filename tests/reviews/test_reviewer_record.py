"""The record of reviewers: figures from second looks, each with its decisions behind it."""

import random

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from labelops.accounts.models import Role
from reviews.models import Feedback, Review, SecondLook
from reviews.quality.figure import Figure
from reviews.quality.reviewers import (
    Pair,
    class_kappa,
    leniency,
    needs_a_look,
    paired_difference,
    verdict_kappa,
)
from reviews.reports import expert_home
from reviews.reports.reviewers import reviewers_page
from reviews.services import feedback
from tests.factories import make_batch, make_member, make_published_project, make_team
from tests.reviews.deciding import ROBIN, WREN, decide_next, make_assessed_task

VERDICTS = st.builds(Pair, st.booleans(), st.booleans(), stood=st.sampled_from("ab"))


@hypothesis_settings(max_examples=25)
@given(st.lists(VERDICTS, max_size=40))
def test_kappa_does_not_know_who_was_first(pairs):
    turned = [Pair(pair.second_is_right, pair.first_is_right, stood=pair.stood) for pair in pairs]
    one, other = verdict_kappa(pairs), verdict_kappa(turned)
    assert one.n == other.n == len(pairs)
    assert (one.value is None) == (other.value is None)
    assert one.value == pytest.approx(other.value)
    for here, there in zip(leniency(pairs), leniency(turned), strict=True):
        assert (here.label, here.figure.n) == (there.label, there.figure.n)
        if here.figure.value is not None:
            assert here.figure.value == pytest.approx(-there.figure.value)
            assert here.figure.interval.low == pytest.approx(-there.figure.interval.high)


def test_kappa_is_cohens():
    # Cohen 1960 in two by two: 20 and 15 agreed, 5 and 10 not; (.7 - .5) / .5.
    cells = {(True, True): 20, (True, False): 5, (False, True): 10, (False, False): 15}
    pairs = [Pair(*cell) for cell, count in cells.items() for _number in range(count)]
    figure = verdict_kappa(pairs)
    assert (figure.value, figure.n) == (pytest.approx(0.4), 50)
    assert figure.interval.low < 0.4 < figure.interval.high


def test_kappa_of_classes_leaves_out_what_has_none():
    pairs = [Pair(True, True, "a", "a")] * 9 + [Pair(False, True, None, "b")] * 5
    assert class_kappa(pairs) == Figure(None, 9, None)


def test_the_interval_of_a_paired_difference_covers():
    rng = random.Random(7)
    more, less, n, runs = 0.10, 0.03, 80, 400
    covered = 0
    for _run in range(runs):
        drawn = [rng.random() for _pair in range(n)]
        b = sum(value < more for value in drawn)
        c = sum(more <= value < more + less for value in drawn)
        interval = paired_difference(b, c, n)
        covered += interval.low <= more - less <= interval.high
    assert covered / runs >= 0.92


def test_a_flag_needs_enough_decisions():
    assert not needs_a_look(Figure(0.2, 49, None), 0, 9)
    assert needs_a_look(Figure(0.2, 50, None), 0, 9)
    assert not needs_a_look(Figure(None, 0, None), 2, 10)
    assert needs_a_look(Figure(None, 0, None), 3, 10)


class Cast:
    def __init__(self):
        self.team = make_team()
        self.project = make_published_project(self.team)
        self.batch = make_batch(self.project, self.team, overlap=2)
        self.people = [make_member(self.team), make_member(self.team)]
        self.first = make_member(self.team, Role.EXPERT, name="Femi")
        self.second = make_member(self.team, Role.EXPERT, name="Sara")

    def look(self, first, second):
        """A task that the two decide one after the other."""
        task = make_assessed_task(self.batch, "wren", "robin", authors=self.people)
        decide_next(self.first, "accept", answer=first)
        decide_next(self.second, "accept", answer=second)
        return task


@pytest.fixture
def cast(db, settings):
    settings.SECOND_REVIEW_PERCENT = 100
    return Cast()


def row_of(cast, person):
    page = reviewers_page(cast.project, show_names=True)
    return next(row for row in page.rows if row.person == person)


def test_a_reviewers_figures_rest_on_the_looks_at_their_decisions(cast):
    cast.look(WREN, WREN)
    cast.look(ROBIN, WREN)
    Review.objects.filter(reviewer=cast.first).update(dwell_ms=900)
    Review.objects.filter(pk=Review.objects.earliest("pk").pk).update(dwell_ms=799)
    row = row_of(cast, cast.first)
    assert row.decisions == 2
    assert (row.overturned.count, row.overturned.n) == (1, 2)
    assert (row.fast.count, row.fast.n) == (1, 2)
    assert row.verdicts == Figure(None, 2, None)
    assert (row.leniency, row.rare_classes) == ([], ["Robin"])
    other = row_of(cast, cast.second)
    assert (other.overturned.n, other.fast.n) == (0, 0)


def test_a_contest_counts_apart_from_what_chance_picked(cast, settings):
    settings.SECOND_REVIEW_PERCENT = 0
    make_assessed_task(cast.batch, "wren", "robin", authors=cast.people)
    decide_next(cast.first, "accept", answer=ROBIN)
    entry = Feedback.objects.get(author=cast.people[0])
    feedback.contest(entry, words="It is a wren.", by=cast.people[0])
    decide_next(cast.second, "accept", answer=WREN)
    row = row_of(cast, cast.first)
    assert (row.contests.count, row.contests.n) == (1, 1)
    assert (row.overturned.n, row.verdicts.n) == (0, 0)


def test_every_figure_opens_its_decisions(cast, client):
    upheld, overturned = cast.look(WREN, WREN), cast.look(ROBIN, WREN)
    client.force_login(make_member(cast.team, Role.MANAGER))
    page = client.get(reverse("reviewers", args=[cast.project.slug])).content.decode()
    assert "50 %" in page
    address = reverse("reviewer_decisions", args=[cast.project.slug, cast.first.pk])
    for show in ("audits", "overturned", "contests", "fast"):
        assert f"{address}?show={show}" in page
    listed = client.get(address, {"show": "overturned"}).content.decode()
    assert overturned.item.external_id in listed
    assert upheld.item.external_id not in listed
    assert client.get(address, {"show": "slow"}).status_code == 400


def test_a_decision_that_waits_for_its_second_look_is_not_listed(cast, client):
    task = make_assessed_task(cast.batch, "wren", "robin", authors=cast.people)
    decide_next(cast.first, "accept", answer=ROBIN)
    assert SecondLook.objects.get().state == SecondLook.State.WAITING
    client.force_login(cast.second)
    address = reverse("reviewer_decisions", args=[cast.project.slug, cast.first.pk])
    assert task.item.external_id not in client.get(address).content.decode()


def test_only_managers_read_names(cast, client):
    cast.look(WREN, WREN)
    address = reverse("reviewers", args=[cast.project.slug])
    client.force_login(make_member(cast.team, Role.MANAGER))
    assert "Femi" in client.get(address).content.decode()
    client.force_login(cast.second)
    page = client.get(address).content.decode()
    assert "Femi" not in page
    assert cast.first.pseudonym in page


def test_the_page_costs_as_many_statements_with_more_decisions(
    cast, django_assert_num_queries, django_assert_max_num_queries
):
    cast.look(WREN, WREN)
    with django_assert_max_num_queries(12) as once:
        reviewers_page(cast.project, show_names=True)
    cast.look(ROBIN, WREN)
    with django_assert_num_queries(len(once)):
        reviewers_page(cast.project, show_names=True)


def test_a_stuck_contest_shows_on_the_expert_list_and_not_which(cast, settings, client):
    settings.SECOND_REVIEW_PERCENT = 0
    cast.second.is_active = False
    cast.second.save()
    task = make_assessed_task(cast.batch, "wren", "robin", authors=cast.people)
    decide_next(cast.first, "accept", answer=ROBIN)
    entry = Feedback.objects.get(author=cast.people[0])
    feedback.contest(entry, words="It is a wren.", by=cast.people[0])
    [listed] = expert_home.expert_page(cast.first).entries
    assert (listed.kind, listed.waiting) == ("contest", 1)
    client.force_login(cast.first)
    assert task.item.external_id not in client.get(reverse("expert_home")).content.decode()
    assert "1 contest waits" in client.get(listed.actions[0].url).content.decode()
