"""The queue narrowed by class, annotator, vendor and reason; and why each task was picked."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from labelops.accounts.models import Role, Team
from reviews.models import Consensus, Pick, QueueMark, Review
from reviews.reports import reasons
from reviews.reports.desk_home import queue_filters
from reviews.reports.reviewers import reviewers_page
from reviews.services import consensus, inference, queue, undo
from reviews.services.narrowing import Narrowing, narrowed
from tasks.models import Task
from tests.factories import (
    make_batch,
    make_labeled_task,
    make_member,
    make_published_project,
    make_team,
)
from tests.reviews.test_desk_services import decide

pytestmark = pytest.mark.django_db
Way = Pick.Way


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def vendor():
    return make_team(name="Lagoa", kind=Team.Kind.VENDOR)


@pytest.fixture
def batch(team, vendor):
    project = make_published_project(team, vendor)
    return make_batch(project, team, vendor, overlap=1, review_percent=0)


@pytest.fixture
def people(team, vendor):
    return [make_member(team, name="Ana Secret"), make_member(vendor, name="Bo Secret")]


@pytest.fixture
def expert(team, settings):
    settings.RANDOM_REVIEW_PERCENT = 0
    return make_member(team, Role.EXPERT)


def labeled(batch, author, label, **over):
    task = make_labeled_task(batch, label, authors=[author])
    consensus.assess(task.pk)
    Consensus.objects.filter(task=task).update(**over)
    return task


@pytest.fixture
def four(batch, people):
    """In the order of their risk."""
    ana, bo = people
    given = [(ana, "wren"), (ana, "robin"), (bo, "wren"), (bo, "robin")]
    return [
        labeled(batch, author, label, risk=1 - place / 10)
        for place, (author, label) in enumerate(given)
    ]


def first(expert, batch, **narrow):
    narrowing = narrowed(batch.project, **narrow)
    found = queue.next_review(expert, project=batch.project, narrowing=narrowing)
    return found and found.task


def test_each_filter_serves_the_riskiest_of_its_part(batch, people, expert, vendor, four):
    bo = people[1]
    assert first(expert, batch, class_="species:robin") == four[1]
    other = make_member(batch.teams.first(), Role.EXPERT)
    assert first(other, batch, annotator=bo.pseudonym, class_="robin") == four[3]
    third = make_member(batch.teams.first(), Role.EXPERT)
    assert first(third, batch, team=vendor.pk) == four[2]
    fourth = make_member(batch.teams.first(), Role.EXPERT)
    assert first(fourth, batch, reason="single_label") == four[0]


@pytest.mark.parametrize(
    "unknown", [{"class_": "species:eagle"}, {"annotator": "P-0"}, {"team": 0}, {"reason": "tie"}]
)
def test_what_nobody_has_narrows_the_queue_to_nothing(batch, expert, four, unknown):
    unknown = {name: value or 10_000_000 for name, value in unknown.items()}
    assert first(expert, batch, **unknown) is None


def test_a_narrowed_pick_is_never_one_of_chance(batch, expert, four, settings):
    settings.RANDOM_REVIEW_PERCENT = 100
    Consensus.objects.filter(task=four[1]).update(draw=0.9)
    Consensus.objects.filter(task=four[3]).update(draw=0.1)
    assert first(expert, batch, class_="species:robin") == four[1]
    assert Pick.objects.get().way == Way.FILTER


def test_chance_says_so_and_the_decision_keeps_it(batch, expert, four, settings):
    settings.RANDOM_REVIEW_PERCENT = 100
    held = queue.next_review(expert)
    assert held.pick.way == Way.RANDOM
    review = decide(held, expert, "accept")
    assert review.picked_because == held.pick.reasons
    assert [reason["code"] for reason in review.picked_because] == ["random", "single_label"]


def test_marks_follow_the_label_as_it_is_inferred_anew(batch, expert, four):
    def marked():
        rows = QueueMark.objects.filter(consensus__task=four[0], kind="class")
        return list(rows.values_list("control", "value"))

    assert marked() == [("species", "wren")]
    Consensus.objects.filter(task=four[0]).update(answer={"species": "robin"})
    inference.refit(batch.project)
    stored = Consensus.objects.get(task=four[0]).answer["species"]
    assert marked() == [("species", stored)]


def test_chips_count_and_hide_names_from_the_vendors_people(batch, people, expert, vendor, four):
    found = queue_filters(expert, batch.project)
    counts = {chip.title: chip.count for group in found.groups for chip in group.chips}
    assert counts["Robin"] == counts["Wren"] == counts["Lagoa"] == 2
    assert counts["labelled by one person"] == found.count == 4
    reviewer = make_member(vendor, Role.REVIEWER)
    seen = queue_filters(reviewer, batch.project)
    titles = [chip.title for group in seen.groups for chip in group.chips]
    assert people[1].pseudonym in titles
    assert not any("Secret" in title for title in titles)
    assert "vendor A" in titles
    assert "Lagoa" not in titles


def test_a_chip_leads_to_its_part_and_stays_with_it(batch, expert, four, client):
    client.force_login(expert)
    home = client.get(reverse("review_home"), {"project": batch.project.slug})
    assert "labelled by one person" in home.content.decode()
    sent = {"project": batch.project.slug, "class": "species:robin"}
    address = client.post(reverse("review_next"), sent).headers["Location"]
    assert "class=species%3Arobin" in address
    shown = client.get(address)
    assert shown.context["page"].assignment.task == four[1]
    path, _mark, query = address.partition("?")
    gone = client.post(f"{path}decide/?{query}", {**one_decision(), "decision": "accept"})
    assert client.get(gone.headers["Location"]).context["page"].assignment.task == four[3]
    for wrong in ({"color": "red"}, {"reason": "mood"}, {"class": "a:b"}, {"project": "none"}):
        assert client.post(reverse("review_next"), wrong).status_code == 404


def one_decision():
    return {"request_id": "11111111-2222-4333-8444-555555555555"}


def test_a_withdrawn_decision_counts_nowhere(batch, expert, four):
    held = queue.next_review(expert)
    decide(held, expert, "accept")
    counted = reviewers_page(batch.project, show_names=True)
    assert (len(counted.rows), counted.decisions_read) == (1, 1)
    Review.objects.update(withdrawn_at=held.leased_at)
    counted = reviewers_page(batch.project, show_names=True)
    assert (counted.rows, counted.decisions_read) == ([], 0)
    assert undo.last_decision(expert) is None


@pytest.mark.parametrize("narrowing", [Narrowing(), Narrowing(reason="single_label")])
def test_the_next_task_costs_the_same_however_many_wait(batch, people, expert, narrowing):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            held = queue.next_review(expert, project=batch.project, narrowing=narrowing)
        assert held is not None
        decide(held, expert, "accept")
        return len(queries)

    for _number in range(4):
        labeled(batch, people[0], "wren")
    few = cost()
    for _number in range(12):
        labeled(batch, people[0], "wren")
    assert cost() == few
    assert Task.objects.filter(state="accepted").count() == 16


def test_every_doubt_has_a_title_to_narrow_the_queue_by():
    of_the_pick = {"random", "risk", "offered", "adjudication", "rework", "no_label"}
    assert set(reasons.TITLES) == set(reasons.SENTENCES) - of_the_pick
