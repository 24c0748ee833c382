"""The gold manager: made in one click, approved, ruled on; and what learners are told."""

import uuid

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from reviews.models import GoldAnswer, GoldLeak
from reviews.reports.gold_desk import desk, wanted_count
from reviews.services import gold, gold_measuring
from tasks.models import GoldItem, Task
from tests.factories import (
    make_annotation,
    make_batch,
    make_gold,
    make_gold_answer,
    make_member,
    make_published_project,
    make_task,
    make_team,
    settle,
)
from tests.reviews.gold import REASON, known_answer

pytestmark = pytest.mark.django_db
ROBIN = {"species": "robin"}


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def project(team):
    return make_published_project(team, slug="birds")


@pytest.fixture
def batch(project, team):
    return make_batch(project, team, overlap=1)


@pytest.fixture
def elena(team):
    return make_member(team, Role.EXPERT, username="elena")


@pytest.fixture
def xiu(team):
    return make_member(team, Role.EXPERT, username="xiu")


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER, username="mei")


@pytest.fixture
def decided(batch, team):
    task = make_task(batch)
    make_annotation(task, make_member(team), {"species": "wren"})
    settle(task, ROBIN, source=Task.Source.ADJUDICATION)
    return task


@pytest.fixture
def made(project, elena):
    made = make_gold(project)
    known_answer(made, by=elena)
    return made


def page(client, name, *arguments):
    response = client.get(reverse(name, args=["birds", *arguments]))
    assert response.status_code == 200
    return response.content.decode()


def post(client, name, *arguments, **sent):
    return client.post(reverse(name, args=["birds", *arguments]), sent, follow=True)


def test_from_the_item_to_gold_and_a_second_expert(client, decided, elena, xiu):
    client.force_login(elena)
    item = client.get(reverse("item_detail", args=[decided.item.public_id])).content.decode()
    address = reverse("gold_propose", args=["birds", decided.public_id])
    assert address in item
    form = client.get(address).content.decode()
    assert "Also right" in form
    assert "Wren" in form
    shown = client.post(address, {"reason": "", "tolerance": "0"})
    assert shown.status_code == 422
    shown = client.post(address, {"reason": REASON, "tolerance": "0"}, follow=True)
    assert "A second expert approves it." in shown.content.decode()
    made = GoldItem.objects.get()
    assert "another expert approves it" in page(client, "gold_detail", made.pk)
    client.force_login(xiu)
    assert "It is in force." in post(client, "gold_approve", made.pk, number=1).content.decode()
    made.refresh_from_db()
    assert made.state == GoldItem.State.ACTIVE


def test_what_is_also_right_is_chosen_from_what_people_said(client, decided, elena):
    client.force_login(elena)
    address = reverse("gold_propose", args=["birds", decided.public_id])
    [(key, title)] = client.get(address).context["form"].fields["also_right"].choices
    assert title == "Wren"
    client.post(address, {"reason": REASON, "tolerance": "0", "also_right": [key]})
    assert GoldAnswer.objects.get().alternatives == [{"species": "wren"}]


def test_candidates_are_what_experts_decided(client, decided, batch, elena):
    voted = make_task(batch)
    settle(voted, ROBIN, source=Task.Source.VOTE)
    client.force_login(elena)
    shown = page(client, "gold_candidates")
    assert decided.item.external_id in shown
    assert voted.item.external_id not in shown


def test_candidates_cost_the_same_for_any_number(client, batch, elena):
    client.force_login(elena)

    def cost():
        for _number in range(4):
            settle(make_task(batch), ROBIN, source=Task.Source.ADJUDICATION)
        with CaptureQueriesContext(connection) as captured:
            page(client, "gold_candidates")
        return len(captured)

    assert cost() == cost()


def test_an_answer_is_changed_to_another_that_was_given(client, made, batch, elena, team):
    held = make_gold_answer(made, batch, make_member(team), "wren")
    gold_measuring.measure_assignment(held.pk)
    client.force_login(elena)
    address = reverse("gold_revise", args=["birds", made.pk])
    keys = {
        title: key for key, title in client.get(address).context["form"].fields["right"].choices
    }
    sent = {"right": keys["Wren"], "reason": "A wren.", "tolerance": "0"}
    assert "scored anew" in client.post(address, sent, follow=True).content.decode()
    assert made.answers.first().answer == {"species": "wren"}


def test_suspending_and_standing_by_it_need_a_reason(client, made, elena):
    client.force_login(elena)
    post(client, "gold_suspend", made.pk, reason=" ")
    assert GoldItem.objects.get().state == GoldItem.State.ACTIVE
    post(client, "gold_suspend", made.pk, reason="I doubt it.")
    shown = page(client, "gold_detail", made.pk)
    assert "nothing it measured counts" in shown
    assert 'id="doubt-reason"' in shown
    assert 'id="retire-reason"' in shown
    post(client, "gold_resume", made.pk, reason="It is right.")
    post(client, "gold_retire", made.pk, reason="Too easy.")
    assert GoldItem.objects.get().state == GoldItem.State.RETIRED


def test_managers_read_and_change_nothing(client, made, mei):
    client.force_login(mei)
    assert made.item.external_id in page(client, "gold_desk")
    shown = page(client, "gold_detail", made.pk)
    assert reverse("gold_revise", args=["birds", made.pk]) not in shown
    assert post(client, "gold_retire", made.pk, reason="No.").status_code == 404


def test_the_stock_is_told_against_its_target(project, made, elena):
    found = desk(project, show_names=False)
    assert (found.active_count, found.wanted_count) == (1, wanted_count(2))
    rows = [(row.title, row.count, row.wanted, row.missing) for row in found.classes]
    assert rows == [("Robin", 1, 35, 34), ("Wren", 0, 35, 35)]


def test_the_list_costs_the_same_for_ten_and_for_forty(client, project, batch, elena, team):
    client.force_login(elena)

    def cost(count):
        for _number in range(count):
            held = make_gold(project)
            known_answer(held, by=elena)
            given = make_gold_answer(held, batch, make_member(team), "robin")
            gold_measuring.measure_assignment(given.pk)
        with CaptureQueriesContext(connection) as captured:
            shown = page(client, "gold_desk")
        assert "1 of 1" in shown
        return len(captured)

    assert cost(10) == cost(30)


def test_the_page_of_an_item_costs_the_same_for_any_number_of_answers(
    client, made, batch, elena, team
):
    client.force_login(elena)

    def cost(count):
        for _number in range(count):
            held = make_gold_answer(made, batch, make_member(team), "robin")
            gold_measuring.measure_assignment(held.pk)
        gold.revise(made, answer=ROBIN, reason=REASON, by=elena)
        with CaptureQueriesContext(connection) as captured:
            page(client, "gold_detail", made.pk)
        return len(captured)

    assert cost(2) == cost(6)


def test_until_its_approval_a_new_answer_waits_beside_the_one_in_force(
    client, project, made, elena, xiu
):
    for reason in ("A wren.", "A wren, I am sure."):
        gold.revise(made, answer={"species": "wren"}, reason=reason, by=elena)
    client.force_login(xiu)
    [row] = client.get(reverse("gold_desk", args=["birds"])).context["rows"]
    assert (row.summary, row.is_waiting) == ("Robin", True)
    assert "1 known answer waits" in client.get(reverse("expert_home")).content.decode()
    gold.approve(made.answers.first(), by=xiu)
    [row] = client.get(reverse("gold_desk", args=["birds"])).context["rows"]
    assert (row.summary, row.is_waiting) == ("Wren", False)
    assert "waits for approval" not in client.get(reverse("expert_home")).content.decode()


def test_an_expert_approves_what_the_page_showed_and_nothing_newer(
    client, project, made, elena, xiu
):
    shown = gold.revise(made, answer={"species": "wren"}, reason="A wren.", by=elena)
    client.force_login(xiu)
    assert 'name="number" value="2"' in page(client, "gold_detail", made.pk)
    gold.revise(made, answer=ROBIN, reason="A robin after all.", by=elena)
    said = post(client, "gold_approve", made.pk, number=shown.number).content.decode()
    assert "not what waits for approval any more" in said
    assert not made.answers.filter(approver=xiu).exists()
    for number in ("", "x", "9", "9" * 30):
        said = post(client, "gold_approve", made.pk, number=number).content.decode()
        assert "Say which version you approve" in said


def test_a_suspicion_is_shown_and_closed_with_what_was_found(client, project, team, mei, elena):
    person = make_member(team, username="ana")
    GoldLeak.objects.create(
        project=project,
        person=person,
        pattern="later",
        figures={"fresh": {"right": 5, "n": 10}, "exposed": {"right": 10, "n": 10}},
        rotated_count=4,
        found_at=timezone.now(),
    )
    client.force_login(elena)
    assert "ana" not in page(client, "gold_desk")
    client.force_login(mei)
    shown = page(client, "gold_desk")
    assert "ana" in shown
    assert "5 of 10" in shown
    post(client, "gold_leak_close", GoldLeak.objects.get().pk, note="They sat together.")
    assert "Answers may be known" not in page(client, "gold_desk")


def test_the_expert_list_says_what_the_gold_needs(client, made, project, decided, elena, xiu):
    client.force_login(elena)
    sent = {"reason": REASON, "tolerance": "0"}
    client.post(reverse("gold_propose", args=["birds", decided.public_id]), sent)
    GoldItem.objects.filter(pk=made.pk).update(state="suspended")
    own = client.get(reverse("expert_home")).content.decode()
    assert "waits for approval" not in own
    assert "1 known answer is in doubt" in own
    assert "0 in use, 70 wanted" in own
    client.force_login(xiu)
    assert (
        "1 known answer waits for approval" in client.get(reverse("expert_home")).content.decode()
    )


def explained(client, held):
    return client.get(reverse("api_assignment_explanation", args=[held.public_id]))


def submitted(client, held, label):
    return client.post(
        reverse("api_assignment_submit", args=[held.public_id]),
        {"request_id": str(uuid.uuid4()), "answer": {"species": label}},
        content_type="application/json",
    ).json()


def test_gold_that_teaches_says_so_once_it_is_answered(client, made, batch, team):
    ana = make_member(team)
    client.force_login(ana)
    held = make_gold_answer(made, batch, ana, is_teaching=True)
    assert explained(client, held).status_code == 404
    assert submitted(client, held, "wren")["has_explanation"] is True
    assert explained(client, held).json() == {
        "is_right": False, "given": "Wren", "right": "Robin", "alternatives": [], "reason": REASON,
    }  # fmt: skip


def test_hidden_gold_says_nothing(client, made, batch, team):
    ana = make_member(team)
    client.force_login(ana)
    held = make_gold_answer(made, batch, ana)
    assert "has_explanation" not in submitted(client, held, "wren")
    assert explained(client, held).status_code == 404


def test_others_and_gold_in_doubt_are_not_explained(client, made, batch, team):
    ana, bo = make_member(team), make_member(team)
    held = make_gold_answer(made, batch, ana, "robin", is_teaching=True)
    client.force_login(bo)
    assert explained(client, held).status_code == 404
    client.force_login(ana)
    GoldItem.objects.update(state="suspended")
    assert explained(client, held).status_code == 404
