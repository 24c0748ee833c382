"""Lessons: what experts make of settled labels, and what people learn from them."""

import json

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError, NotAllowed
from reviews.models import Lesson, LessonItem, LessonProgress
from reviews.services import exams, lessons, practice
from reviews.services.references import candidates
from tasks.models import ReservedItem, Task
from tests.factories import (
    make_batch,
    make_block,
    make_instruction,
    make_member,
    make_project,
    make_task,
    make_team,
    settle,
)
from tests.reviews.training import make_lesson, make_settled

pytestmark = pytest.mark.django_db
ROBIN, WREN = {"species": "robin"}, {"species": "wren"}


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def project(team):
    project = make_project(team)
    make_instruction(project, blocks=[make_block("Look at the breast.", id="breast")])
    return project


@pytest.fixture
def batch(project, team):
    return make_batch(project, team)


@pytest.fixture
def expert(team):
    return make_member(team, Role.EXPERT)


@pytest.fixture
def ana(team):
    return make_member(team)


def practice_of(lesson):
    return list(lesson.items.filter(role="practice").select_related("item", "version", "lesson"))


def test_a_picked_label_is_copied_and_its_item_kept_out_of_work(project, batch, expert):
    task = make_task(batch)
    walk = {"tree": "t", "steps": [["1", "yes"]]}
    settle(task, {**ROBIN, "_path": walk})
    lesson = lessons.add_lesson(project, title="Robins", by=expert)
    entry = lessons.add_item(lesson, task, role="worked", by=expert)
    assert (entry.answer, entry.version) == (ROBIN, task.result_version)
    assert ReservedItem.objects.filter(item=task.item, purpose="lesson").exists()
    settle(task, WREN)
    entry.refresh_from_db()
    assert entry.answer == ROBIN


def test_an_item_stands_once_in_a_lesson_and_never_in_a_lesson_and_an_exam(project, batch, expert):
    lesson = lessons.add_lesson(project, title="Robins", by=expert)
    task, secret = make_settled(batch, "robin"), make_settled(batch, "wren")
    lessons.add_item(lesson, task, role="worked", by=expert)
    with pytest.raises(Conflict):
        lessons.add_item(lesson, task, role="practice", by=expert)
    exams.add_to_pool(project, [secret], by=expert)
    with pytest.raises(Conflict):
        lessons.add_item(lesson, secret, role="practice", by=expert)


def test_what_is_offered_is_settled_by_experts_undoubted_and_unused(project, batch, expert):
    reviewed = make_settled(batch, "robin")
    adjudicated = make_settled(batch, "wren", source=Task.Source.ADJUDICATION)
    voted = make_settled(batch, "wren", source=Task.Source.VOTE)
    make_task(batch)
    doubtful, used = make_settled(batch, "robin"), make_settled(batch, "robin")
    doubtful.stale_version = doubtful.result_version
    doubtful.save()
    exams.add_to_pool(project, [used], by=expert)
    assert set(candidates(project)) == {reviewed, adjudicated}
    assert set(candidates(project, by_experts=False)) == {reviewed, adjudicated, voted}
    wren = {"control": "species", "value": "wren"}
    assert list(candidates(project, class_=wren)) == [adjudicated]


def test_a_lesson_needs_practice_before_and_after_it_is_published(project, batch, expert):
    lesson = lessons.add_lesson(project, title="Robins", by=expert)
    with pytest.raises(Conflict, match="at least one item"):
        lessons.publish_lesson(lesson, by=expert)
    entry = lessons.add_item(lesson, make_settled(batch, "robin"), role="practice", by=expert)
    lesson = lessons.publish_lesson(lesson, by=expert)
    assert lesson.state == Lesson.State.PUBLISHED
    with pytest.raises(Conflict, match="at least one item"):
        lessons.remove_item(entry, by=expert)
    with pytest.raises(Conflict, match="at least one item"):
        lessons.edit_item(entry, role="worked", explanation="", by=expert)


def test_lessons_change_places(project, expert):
    titles = ["one", "two", "three"]
    first, _second, third = (lessons.add_lesson(project, title=t, by=expert) for t in titles)
    lessons.move_lesson(third, up=True, by=expert)
    lessons.move_lesson(first, up=True, by=expert)
    assert [lesson.title for lesson in project.lessons.all()] == ["one", "three", "two"]


def test_a_lesson_teaches_a_part_that_exists(project, expert):
    lesson = lessons.add_lesson(project, title="Robins", by=expert)
    with pytest.raises(DomainError) as refused:
        lessons.edit_lesson(lesson, title="Robins", text="", block_id="gone", by=expert)
    assert refused.value.field == "block_id"


def test_wrong_answers_come_back_and_the_last_right_one_finishes(project, batch, expert, ana):
    lesson = make_lesson(project, batch, "robin", "wren", by=expert)
    robin, wren = practice_of(lesson)
    assert not lessons.answer_practice(robin, WREN, by=ana)
    assert lessons.answer_practice(robin, ROBIN, by=ana)
    progress = LessonProgress.objects.get(person=ana)
    assert (progress.mistakes, progress.finished_at) == (1, None)
    assert practice.next_item(practice_of(lesson), progress) == wren
    assert lessons.answer_practice(wren, WREN, by=ana)
    # Looking at it again later counts nothing.
    assert not lessons.answer_practice(wren, ROBIN, by=ana)
    progress.refresh_from_db()
    assert progress.mistakes == 1
    assert progress.finished_at is not None
    assert Event.objects.filter(verb="lesson.finished", actor_id=ana.pk).count() == 1


def test_practice_is_checked_like_work_and_only_in_published_lessons(project, batch, expert, ana):
    lesson = make_lesson(project, batch, "robin", by=expert, worked=["wren"])
    [entry] = practice_of(lesson)
    with pytest.raises(DomainError) as refused:
        lessons.answer_practice(entry, {"species": "dragon"}, by=ana)
    assert refused.value.field.startswith("answer")
    worked = lesson.items.select_related("item", "version", "lesson").get(role="worked")
    with pytest.raises(NotAllowed):
        lessons.answer_practice(worked, WREN, by=ana)
    lessons.retire_lesson(lesson, by=expert)
    with pytest.raises(NotAllowed):
        lessons.answer_practice(practice_of(lesson)[0], ROBIN, by=ana)


def send(client, lesson, entry, answer):
    url = reverse("lesson_answer", args=[lesson.pk, entry.pk])
    return client.post(url, {"answer": json.dumps(answer)}, follow=True)


def test_the_page_explains_a_mistake_at_once_and_not_before(client, project, batch, expert, ana):
    lesson = make_lesson(project, batch, "robin", by=expert, worked=["wren"])
    lessons.edit_lesson(
        lesson, title="Robins", text="**Red** breast.", block_id="breast", by=expert
    )
    [entry] = practice_of(lesson)
    LessonItem.objects.filter(pk=entry.pk).update(explanation="Only robins are red.")
    client.force_login(ana)
    page = client.get(reverse("lesson", args=[lesson.pk])).content.decode()
    assert "<strong>Red</strong> breast." in page
    assert "Look at the breast." in page
    assert "Its breast is red." in page  # the worked example
    assert "Only robins are red." not in page
    assert '"answer": {}' in page
    assert (page.count('id="editor-strings"'), page.count("add_hole")) == (1, 1)
    page = send(client, lesson, entry, WREN).content.decode()
    assert "Only robins are red." in page
    assert "missed-config" in page
    page = send(client, lesson, entry, ROBIN).content.decode()
    assert "You have finished this lesson" in page
    assert client.get(reverse("training_project", args=[project.slug])).status_code == 200


def test_an_answer_that_is_none_is_refused_with_a_sentence(client, project, batch, expert, ana):
    lesson = make_lesson(project, batch, "robin", by=expert)
    [entry] = practice_of(lesson)
    client.force_login(ana)
    url = reverse("lesson_answer", args=[lesson.pk, entry.pk])
    for sent, said in [("{", "JSON"), ("{}", "needs an answer")]:
        response = client.post(url, {"answer": sent})
        assert response.status_code == 422
        assert said in response.content.decode()
    assert not LessonProgress.objects.exists()


def test_drafts_and_other_houses_lessons_are_not_found(client, project, batch, expert, ana):
    lesson = make_lesson(project, batch, "robin", by=expert)
    client.force_login(make_member(make_team()))
    assert client.get(reverse("lesson", args=[lesson.pk])).status_code == 404
    draft = lessons.add_lesson(project, title="Later", by=expert)
    client.force_login(ana)
    assert client.get(reverse("lesson", args=[draft.pk])).status_code == 404


def test_an_expert_writes_a_lesson_by_forms(client, project, batch, expert):
    task = make_settled(batch, "robin")
    client.force_login(expert)
    client.post(reverse("lesson_add", args=[project.slug]), {"title": "Robins"})
    lesson = Lesson.objects.get()
    where = [project.slug, lesson.pk]
    words = {"title": "Robins and wrens", "block_id": "breast", "text": "Look."}
    assert client.post(reverse("lesson_edit", args=where), words).status_code == 302
    pick = reverse("lesson_pick", args=where)
    assert str(task.public_id) in client.get(pick).content.decode()
    client.post(pick, {"task": task.public_id, "role": "practice"})
    assert str(task.public_id) not in client.get(pick).content.decode()
    entry = lesson.items.get()
    change = {"role": "practice", "explanation": "Red."}
    client.post(reverse("lesson_item", args=[*where, entry.pk]), change)
    assert "Red." in client.get(reverse("lesson_edit", args=where)).content.decode()
    client.post(reverse("lesson_publish", args=where))
    lesson.refresh_from_db()
    assert (lesson.title, lesson.block_id, lesson.state) == (
        "Robins and wrens",
        "breast",
        "published",
    )
    client.post(reverse("lesson_item", args=[*where, entry.pk]), {"remove": ""})
    assert lesson.items.count() == 1
    assert Event.objects.filter(verb="lesson.published").count() == 1
