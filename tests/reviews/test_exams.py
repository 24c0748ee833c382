"""Exams: pool, attempts, results and what a pass opens, by services and pages."""

import json

import pytest
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.errors import DomainError
from reviews.models import ExamAttempt, ExamItem
from reviews.reports.training import exams_to_take
from reviews.services import exams
from tasks.access import can_see_media, workable_batches
from tasks.models import Qualification, ReservedItem, Task
from tasks.services.qualifications import set_level
from tests.factories import (
    make_batch,
    make_member,
    make_published_project,
    make_task,
    make_team,
)
from tests.reviews.training import PLAN, make_lesson, make_settled, open_exam, sit

pytestmark = pytest.mark.django_db
BIRDS = ["robin"] * 5 + ["wren"] * 5


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def project(team):
    return make_published_project(team)


@pytest.fixture
def batch(project, team):
    return make_batch(project, team)


@pytest.fixture
def expert(team):
    return make_member(team, Role.EXPERT)


@pytest.fixture
def manager(team):
    return make_member(team, Role.MANAGER)


@pytest.fixture
def ana(team):
    return make_member(team)


@pytest.fixture
def exam(project, batch, expert):
    return open_exam(project, batch, *BIRDS, by=expert)


def refusal(service, *arguments, **keywords):
    with pytest.raises(DomainError) as refused:
        service(*arguments, **keywords)
    return refused.value.code


def test_the_pool_takes_each_item_once_with_its_classes_and_keeps_it_from_work(
    project, batch, expert
):
    other = make_batch(project)
    task = make_settled(batch, "robin")
    twin = make_task(other, task.item)
    taught = make_lesson(project, batch, "wren", by=expert).items.get()
    tasks = [task, twin, Task.objects.get(item=taught.item)]
    assert exams.add_to_pool(project, tasks, by=expert) == 1
    assert exams.add_to_pool(project, tasks, by=expert) == 0
    entry = ExamItem.objects.get()
    assert (entry.item, entry.classes) == (task.item, [["species", "robin"]])
    assert ReservedItem.objects.filter(item=task.item, purpose="exam").exists()
    twin.refresh_from_db()
    assert twin.state == Task.State.EXCLUDED


def test_an_exam_opens_over_a_whole_pool_only(project, batch, expert):
    exams.add_to_pool(project, [make_settled(batch, "robin")], by=expert)
    assert refusal(exams.save_plan, project, by=expert, is_open=True, **PLAN) == "exam_pool_small"
    wrong = {**PLAN, "pass_percent": 101}
    assert refusal(exams.save_plan, project, by=expert, is_open=False, **wrong) == "invalid"
    assert not exams.save_plan(project, by=expert, is_open=False, **PLAN).is_open


def test_attempts_hold_as_many_items_of_each_class_and_none_twice(project, exam, ana):
    seen = []
    for number in (1, 2):
        attempt = exams.start(project, by=ana)
        assert attempt.number == number
        labels = [entry.exam_item.answer["species"] for entry in attempt.answers.all()]
        assert sorted(labels) == ["robin", "robin", "wren", "wren"]
        seen += [entry.exam_item_id for entry in attempt.answers.all()]
        sit(attempt, by=ana, wrong=4)
    assert len(set(seen)) == 8
    assert refusal(exams.start, project, by=ana) == "no_attempt_left"


def test_exposures_are_counted_and_the_next_person_gets_the_others(project, exam, ana, team):
    first = exams.start(project, by=ana)
    second = exams.start(project, by=make_member(team))
    drawn = [set(found.answers.values_list("exam_item", flat=True)) for found in (first, second)]
    assert drawn[0].isdisjoint(drawn[1])
    shown = ExamItem.objects.filter(pk__in=drawn[0] | drawn[1])
    assert set(shown.values_list("exposures", flat=True)) == {1}


def test_starting_again_goes_on_with_what_is_open(project, exam, ana):
    first = exams.start(project, by=ana)
    assert exams.start(project, by=ana) == first
    with pytest.raises(IntegrityError), transaction.atomic():
        ExamAttempt.objects.create(
            project=project, person=ana, number=2, started_at=first.started_at
        )


def test_items_in_doubt_retired_or_shown_elsewhere_are_not_drawn(project, exam, expert, ana):
    retired, stale, shown = ExamItem.objects.all()[:3]
    exams.edit_exam_item(retired, explanation="", state="retired", by=expert)
    Task.objects.filter(item=stale.item).update(stale_version=stale.version)
    ReservedItem.objects.create(
        project=project, item=shown.item, purpose="example", reserved_at=timezone.now()
    )
    assert exams.drawable(project).count() == 7
    assert not {retired, stale, shown} & set(exams.drawable(project))


def test_a_pool_without_enough_fresh_items_says_so(project, batch, expert, ana):
    open_exam(project, batch, *BIRDS[3:8], by=expert)
    sit(exams.start(project, by=ana), by=ana, wrong=4)
    assert refusal(exams.start, project, by=ana) == "exam_pool_small"
    assert ExamAttempt.objects.count() == 1


def test_the_last_answer_counts_until_the_exam_is_handed_in(project, exam, ana):
    attempt = exams.start(project, by=ana)
    assert refusal(exams.finish, attempt, by=ana) == "exam_incomplete"
    wrong = {"species": "dragon"}
    assert refusal(exams.answer_place, attempt, 1, wrong, by=ana) == "unknown_option"
    for label in ("robin", "wren"):
        exams.answer_place(attempt, 1, {"species": label}, by=ana)
    entry = attempt.answers.get(place=1)
    assert (entry.answer, entry.score) == ({"species": "wren"}, None)
    sit(attempt, by=ana)
    late = {"species": "robin"}
    assert refusal(exams.answer_place, attempt, 1, late, by=ana) == "exam_finished"
    assert refusal(exams.finish, attempt, by=ana) == "exam_finished"


def test_a_pass_gives_the_level_that_opens_the_gated_batch(project, team, exam, ana):
    gated = make_batch(project, team, min_level=1)
    assert gated not in workable_batches(ana)
    assert [found.opens_work for found in exams_to_take(ana)] == [True]
    attempt = sit(exams.start(project, by=ana), by=ana, wrong=1)
    assert (attempt.state, attempt.score) == (ExamAttempt.State.PASSED, 0.75)
    assert gated in workable_batches(ana)
    assert not exams_to_take(ana)
    level = Qualification.objects.get(person=ana)
    assert (level.level, level.reason) == (1, "passed the exam with 75 %")
    assert refusal(exams.start, project, by=ana) == "exam_passed"


def test_work_that_asks_for_more_than_the_exam_gives_is_not_promised(project, team, exam, ana):
    make_batch(project, team, min_level=2)
    assert [found.opens_work for found in exams_to_take(ana)] == [False]


def test_a_higher_level_stays(project, exam, manager, ana):
    set_level(project, ana, level=3, by=manager, reason="known")
    sit(exams.start(project, by=ana), by=ana)
    assert Qualification.objects.get(person=ana).level == 3


def test_a_failed_exam_reports_each_class_and_gives_nothing(project, exam, ana):
    attempt = sit(exams.start(project, by=ana), by=ana, wrong=2)
    assert attempt.state == ExamAttempt.State.FAILED
    classes = attempt.report["classes"]
    assert [(row["title"], row["n"]) for row in classes] == [("Robin", 2), ("Wren", 2)]
    assert sum(row["score"] for row in classes) == 1.0
    assert not Qualification.objects.exists()


def test_one_more_attempt_is_granted_to_whoever_has_none_left(project, exam, manager, ana):
    assert refusal(exams.grant_attempt, project, ana, by=manager) == "no_grant_needed"
    # Two attempts, then a third: the pool must hold that many fresh items.
    exams.save_plan(project, by=manager, is_open=True, **{**PLAN, "size": 3})
    for _number in range(2):
        sit(exams.start(project, by=ana), by=ana, wrong=3)
    assert refusal(exams.start, project, by=ana) == "no_attempt_left"
    exams.grant_attempt(project, ana, by=manager)
    assert refusal(exams.grant_attempt, project, ana, by=manager) == "no_grant_needed"
    assert exams.start(project, by=ana).number == 3


def test_a_closed_exam_begins_nothing(project, exam, expert, ana):
    exams.save_plan(project, by=expert, is_open=False, **PLAN)
    assert refusal(exams.start, project, by=ana) == "exam_closed"
    assert not exams_to_take(ana)


def place_page(client, attempt, place):
    return client.get(reverse("exam_place", args=[attempt.public_id, place]))


def test_nothing_tells_the_right_answer_before_the_end(client, project, exam, ana):
    ExamItem.objects.update(explanation="Its breast is red.")
    client.force_login(ana)
    response = client.post(reverse("exam_start", args=[project.slug]), follow=True)
    attempt = ExamAttempt.objects.get()
    for entry in attempt.answers.select_related("exam_item__item"):
        url = reverse("exam_place", args=[attempt.public_id, entry.place])
        body = {"answer": json.dumps({"species": "wren"})}
        for page in (place_page(client, attempt, entry.place), client.post(url, body, follow=True)):
            text = page.content.decode()
            assert "Its breast is red." not in text
            assert entry.exam_item.item.external_id not in text
            assert '"answers": [' not in text
        assert (
            '"answer": {"species": "wren"}'
            in place_page(client, attempt, entry.place).content.decode()
        )
    assert response.context["entry"].place == 1
    client.post(reverse("exam_finish", args=[attempt.public_id]))
    missed = attempt.answers.filter(score=0).first()
    assert "Its breast is red." in place_page(client, attempt, missed.place).content.decode()


def test_the_report_names_what_to_read_again_and_offers_fresh_items(client, project, exam, ana):
    attempt = sit(exams.start(project, by=ana), by=ana, wrong=4)
    client.force_login(ana)
    page = client.get(reverse("exam", args=[attempt.public_id])).content.decode()
    assert "Not passed: 0 %" in page
    assert "too few items to judge" in page
    assert "Try again with fresh items" in page
    after = client.post(
        reverse("exam_place", args=[attempt.public_id, 1]), {"answer": '{"species": "wren"}'}
    )
    assert after.status_code == 409


def test_an_unfinished_exam_is_not_handed_in(client, project, exam, ana):
    attempt = exams.start(project, by=ana)
    client.force_login(ana)
    page = client.post(reverse("exam_finish", args=[attempt.public_id]), follow=True)
    assert "4 items have no answer yet." in page.content.decode()


def test_an_attempt_is_its_persons_own(client, project, exam, ana, team):
    attempt = exams.start(project, by=ana)
    client.force_login(make_member(team))
    assert client.get(reverse("exam", args=[attempt.public_id])).status_code == 404
    assert place_page(client, attempt, 1).status_code == 404


def test_the_image_of_an_exam_is_seen_by_whoever_sits_it_alone(project, exam, ana, team):
    other = make_member(team)
    item = exams.start(project, by=ana).answers.first().exam_item.item
    assert can_see_media(ana, item)
    assert not can_see_media(other, item)
    team.memberships.filter(user=ana).delete()
    assert not can_see_media(ana, item)


def test_an_expert_fills_the_pool_by_checkboxes_and_opens_the_exam(client, project, batch, expert):
    tasks = [make_settled(batch, label) for label in BIRDS[3:8]]
    client.force_login(expert)
    pool = reverse("exam_pool", args=[project.slug])
    assert str(tasks[0].public_id) in client.get(pool).content.decode()
    chosen = [str(task.public_id) for task in tasks[:4]]
    page = client.post(pool, {"tasks": chosen}, follow=True).content.decode()
    assert "4 items added to the pool." in page
    assert chosen[0] not in page
    desk = reverse("training_desk", args=[project.slug])
    plan = {**PLAN, "is_open": "on"}
    assert client.post(desk, {**plan, "size": 5}).status_code == 422
    assert client.post(desk, plan).status_code == 302
    page = client.get(desk).content.decode()
    assert "4 items can be drawn." in page
    entry = ExamItem.objects.first()
    change = {"explanation": "Red.", "state": "retired"}
    client.post(reverse("exam_item", args=[project.slug, entry.pk]), change)
    entry.refresh_from_db()
    assert (entry.explanation, entry.state) == ("Red.", "retired")
    assert "retired" in client.get(reverse("exam_items", args=[project.slug])).content.decode()


def test_a_manager_grants_on_the_desk(client, project, exam, manager, ana):
    for _number in range(2):
        sit(exams.start(project, by=ana), by=ana, wrong=4)
    client.force_login(manager)
    desk = reverse("training_desk", args=[project.slug])
    assert "Grant one more" in client.get(desk).content.decode()
    client.post(reverse("exam_grant", args=[project.slug, ana.pk]))
    assert "Grant one more" not in client.get(desk).content.decode()


def test_home_leads_to_the_exam_until_it_is_passed(client, project, exam, team, ana):
    make_batch(project, team, min_level=1)
    client.force_login(ana)
    assert "opens once you have passed" in client.get(reverse("home")).content.decode()
    assert project.name in client.get(reverse("training_home")).content.decode()
    sit(exams.start(project, by=ana), by=ana)
    assert "opens once you have passed" not in client.get(reverse("home")).content.decode()


def test_the_desk_asks_as_much_for_many_as_for_few(
    client, project, exam, expert, team, django_assert_max_num_queries
):
    client.force_login(expert)
    desk = reverse("training_desk", args=[project.slug])
    sit(exams.start(project, by=make_member(team)), by=expert)
    client.get(desk)
    with django_assert_max_num_queries(30) as few:
        client.get(desk)
    for _number in range(4):
        exams.start(project, by=make_member(team))
    with django_assert_max_num_queries(len(few)):
        client.get(desk)


def test_items_of_other_projects_do_not_enter_a_pool(project, expert):
    foreign = make_settled(make_batch(make_published_project(make_team())), "robin")
    assert exams.add_to_pool(project, [foreign], by=expert) == 0
    assert not ExamItem.objects.exists()
