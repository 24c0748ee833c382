"""The matrix, the card and one's own levels: what each shows to whom, and what can be done."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from reviews.models import Measurement, TrustStanding
from reviews.reports.trust import matrix
from reviews.reports.trust_card import card
from reviews.services import trust
from tasks.models import Qualification, Suspension
from tasks.services import suspensions
from tasks.services.qualifications import set_level
from tests.factories import (
    CHOICE_SCHEMA,
    make_instruction,
    make_member,
    make_published_project,
    make_team,
)
from tests.reviews.checks import make_checks, spread

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def project(team):
    return make_published_project(team)


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER, name="Mei")


@pytest.fixture
def expert(team):
    return make_member(team, Role.EXPERT, name="Elena")


@pytest.fixture
def ana(team):
    return make_member(team, name="Ana")


def at_level(project, person, level, by):
    set_level(project, person, level=level, by=by, reason="known")
    trust.assess(project.pk, person.pk)


def checked(project, person, rights, **over):
    make_checks(project, person, rights, **over)
    return trust.assess(project.pk, person.pk)


def yesterday():
    return timezone.now() - timedelta(days=1)


def statements(client, address):
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_the_matrix_has_suspended_then_falling_then_nearest_first(project, team, mei):
    far, near, falling, suspended = (make_member(team, name=name) for name in "abcd")
    for person in (far, near, falling):
        at_level(project, person, 1, mei)
    checked(project, far, spread(10, 10))
    checked(project, near, spread(50, 50))
    checked(project, falling, "www")
    checked(project, suspended, "r")
    suspensions.suspend(project, suspended, reason="A pause.", days=1, by=mei)
    rows = matrix(project, viewer=mei, show_names=True)
    assert [row.name for row in rows] == ["d", "c", "b", "a"]
    assert rows[2].gap == "5 more right of the next 10 checked"


def test_managers_read_names_and_experts_pseudonyms(client, project, mei, expert, ana):
    checked(project, ana, "r")
    for viewer, shown, hidden in ((mei, "Ana", ana.pseudonym), (expert, ana.pseudonym, "Ana")):
        client.force_login(viewer)
        for address in (
            reverse("trust_people", args=[project.slug]),
            reverse("trust_person", args=[project.slug, ana.pk]),
        ):
            page = client.get(address).content.decode()
            assert shown in page
            assert hidden not in page


@pytest.mark.parametrize("name", ["trust_people", "own_levels"])
def test_the_pages_cost_the_same_for_any_number_of_rows(client, team, mei, name):
    ana = make_member(team)
    project = make_published_project(team)
    arguments = [project.slug] if name == "trust_people" else []
    client.force_login(mei if arguments else ana)

    def grow():
        for _number in range(3):
            checked(project, make_member(team), "rw")
            other = make_published_project(team)
            at_level(other, ana, 1, mei)
            checked(other, ana, "rw", now=yesterday())

    grow()
    few = statements(client, reverse(name, args=arguments))
    grow()
    assert statements(client, reverse(name, args=arguments)) == few


def test_the_card_opens_what_was_checked_page_by_page(client, project, mei, ana):
    at_level(project, ana, 3, mei)
    checked(project, ana, spread(58, 60))
    client.force_login(mei)
    address = reverse("trust_person", args=[project.slug, ana.pk])
    assert statements(client, address) <= 22
    page = client.get(address)
    card = page.context["card"]
    assert [(row.look.n, row.look.right) for row in card.looks] == [(60, 58)]
    assert [(pair.expected, pair.given, pair.count) for pair in card.pairs] == [
        ("Wren", "Robin", 2)
    ]
    newest = Measurement.objects.order_by("-pk").first()
    item = newest.annotation.task.item
    assert reverse("item_detail", args=[item.public_id]) in page.content.decode()
    following = client.get(address, {"cursor": card.checks.next_cursor})
    assert following.context["card"].checks.rows[0].pk == newest.pk - 25


def test_nobody_sees_what_was_right_about_their_own_answers(client, project, expert):
    checked(project, expert, "rw")
    client.force_login(expert)
    own_card = reverse("trust_person", args=[project.slug, expert.pk])
    assert client.get(own_card).status_code == 404
    assert matrix(project, viewer=expert, show_names=False) == []


def test_ones_own_page_tells_the_gap_as_of_midnight_and_no_item(client, project, mei, ana):
    at_level(project, ana, 1, mei)
    checks = make_checks(project, ana, spread(47, 50), now=yesterday())
    Qualification.objects.update(set_at=timezone.now() - timedelta(days=2))
    trust.assess(project.pk, ana.pk)
    client.force_login(ana)
    page = client.get(reverse("own_levels")).content.decode()
    assert "8 more right of the next 10 checked" in page
    assert "n = 50" in page
    # What was checked today shows tomorrow: nobody learns which answer it was.
    make_checks(project, ana, "r")
    trust.assess(project.pk, ana.pk)
    page = client.get(reverse("own_levels")).content.decode()
    assert "n = 50" in page
    assert TrustStanding.objects.get().n == 51
    for check in checks:
        assert check.annotation.task.item.external_id not in page
    assert "gold" not in page


def test_a_manager_suspends_and_the_appeal_is_answered_by_an_expert(
    client, project, mei, expert, ana
):
    card = reverse("trust_person", args=[project.slug, ana.pk])
    client.force_login(mei)
    suspend = reverse("trust_suspend", args=[project.slug, ana.pk])
    assert client.post(suspend, {"days": "15", "reason": "A pause."}).status_code == 422
    client.post(suspend, {"days": "2", "reason": "Labels came too fast."})
    suspension = Suspension.objects.get()
    assert (suspension.started_by, suspension.person) == (mei, ana)
    client.force_login(ana)
    assert "Labels came too fast." in client.get(reverse("own_levels")).content.decode()
    appeal = reverse("suspension_appeal", args=[suspension.pk])
    assert client.post(appeal, {"appeal": ""}).status_code == 422
    client.post(appeal, {"appeal": "The items were easy."})
    client.force_login(expert)
    assert "The items were easy." in client.get(card).content.decode()
    answer = reverse("suspension_answer", args=[suspension.pk])
    client.post(answer, {"outcome": "granted", "reason": "They were."})
    suspension.refresh_from_db()
    assert (suspension.answered_by, suspension.is_active) == (expert, False)
    client.force_login(ana)
    assert "They were." in client.get(reverse("own_levels")).content.decode()


def test_the_reason_of_the_system_has_its_figures(client, project, mei, ana):
    checked(project, ana, "w" * 20)
    client.force_login(ana)
    for name in ("own_levels", "home"):
        page = client.get(reverse(name)).content.decode()
        assert "0 of the newest 20 checked answers were right." in page


def test_a_manager_lifts_a_suspension(client, project, mei, ana):
    suspension = suspensions.suspend(project, ana, reason="A pause.", days=2, by=mei)
    client.force_login(mei)
    lift = reverse("suspension_lift", args=[suspension.pk])
    assert client.post(lift, {"reason": ""}).status_code == 422
    client.post(lift, {"reason": "It was a mistake."})
    suspension.refresh_from_db()
    assert suspension.ended_by == mei


@pytest.mark.parametrize(("act", "level"), [("trust_promotion", 4), ("trust_decline", 3)])
def test_a_proposed_promotion_waits_for_a_word(client, project, mei, ana, act, level):
    at_level(project, ana, 3, mei)
    TrustStanding.objects.update(earned_level=4, earned_at=timezone.now())
    client.force_login(mei)
    assert (
        "level 4 proposed"
        in client.get(reverse("trust_people", args=[project.slug])).content.decode()
    )
    client.post(reverse(act, args=[project.slug, ana.pk]), {"reason": "Later."})
    assert Qualification.objects.get().level == level
    assert TrustStanding.objects.get().earned_level is None


def ids_of(response):
    return re.findall(r' id="([^"]+)"', response.content.decode())


def test_no_two_fields_of_a_page_share_an_id(client, project, team, mei, ana):
    at_level(project, ana, 3, mei)
    TrustStanding.objects.update(earned_level=4, earned_at=timezone.now())
    client.force_login(mei)
    card = client.get(reverse("trust_person", args=[project.slug, ana.pk]))
    assert "DeclineForm-reason" in ids_of(card)
    assert len(ids_of(card)) == len(set(ids_of(card)))
    for found in (project, make_published_project(team)):
        suspensions.suspend(found, ana, reason="A pause.", days=1, by=mei)
    client.force_login(ana)
    refused = reverse("suspension_appeal", args=[Suspension.objects.first().pk])
    for page in (client.get(reverse("own_levels")), client.post(refused, {"appeal": ""})):
        assert len([name for name in ids_of(page) if name.startswith("AppealForm")]) >= 2
        assert len(ids_of(page)) == len(set(ids_of(page)))


def test_home_and_training_lead_to_ones_levels(client, ana):
    client.force_login(ana)
    for name in ("home", "training_home"):
        assert reverse("own_levels") in client.get(reverse(name)).content.decode()


def test_the_card_names_classes_by_the_published_questions(project, ana, mei):
    at_level(project, ana, 1, mei)
    checked(project, ana, "rrww")
    before = card(project, ana, cursor="", show_names=True).pairs
    [control] = CHOICE_SCHEMA["controls"]
    renamed = [option | {"title": "Renamed"} for option in control["options"]]
    schema = {"controls": [control | {"options": renamed}]}
    make_instruction(project, number=2, state="draft", label_schema=schema)
    assert before
    assert card(project, ana, cursor="", show_names=True).pairs == before
