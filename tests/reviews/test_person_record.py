"""The record of a person: history, mix-ups, times, reviews and contests, and the coach's page."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import NotAllowed
from reviews.models import CoachNote, Drill, Feedback, Measurement, Review, SecondLook
from reviews.quality.time_spread import BINS, bins
from reviews.services import coaching
from tasks.models import Annotation, Assignment
from tests.factories import make_batch, make_member, make_published_project, make_team
from tests.reviews.checks import make_checks

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team(name="House")


@pytest.fixture
def project(team):
    project = make_published_project(team, slug="birds")
    make_batch(project, team, name="checks")
    return project


@pytest.fixture
def mei(client, team):
    mei = make_member(team, Role.MANAGER, name="Mei")
    client.force_login(mei)
    return mei


@pytest.fixture
def ana(team):
    return make_member(team, name="Ana")


def address(name, person, project="birds"):
    return reverse(name, args=[project, person.pk])


def record(client, person):
    return client.get(address("person_record", person)).context["record"]


def opened(client, query, name="checked_answers", *arguments):
    response = client.get(reverse(name, args=["birds", *arguments]) + f"?{query}")
    assert response.status_code == 200, query
    return response.context["page"].rows


def contest(annotation, reviewer, other, state, words="See the tail."):
    """A decision on the answer, and the author's word against it."""
    task = annotation.task
    slot = task.assignments.count() + 1
    given = {"task": task, "batch": task.batch, "stage": "review", "state": "submitted"}
    made = [
        Assignment.objects.create(
            **given,
            slot=slot + number,
            annotator=person,
            instruction_version=annotation.instruction_version,
        )
        for number, person in enumerate((reviewer, other))
    ]
    first, second = (
        Review.objects.create(
            assignment=slot,
            task=task,
            reviewer=slot.annotator,
            decision="fix",
            answer={"species": "wren"},
            decided_at=timezone.now(),
        )
        for slot in made
    )
    feedback = Feedback.objects.create(
        review=first, annotation=annotation, author=annotation.author, outcome="fixed"
    )
    SecondLook.objects.create(
        first=first,
        kind="contest",
        feedback=feedback,
        words=words,
        task=task,
        round=1,
        slot=slot,
        stood={"species": "robin"},
        state=state,
        second=None if state == "waiting" else second,
        opened_at=timezone.now(),
    )


def test_the_record_has_gold_and_audits_by_week_and_each_count_opens_its_answers(
    client, mei, project, ana
):
    now = timezone.now()
    make_checks(project, ana, "rrw", now=now - timedelta(weeks=2))
    make_checks(project, ana, "rw", source="audit", now=now - timedelta(weeks=2))
    make_checks(project, ana, "r", now=now)
    make_checks(project, ana, "rrrr", now=now - timedelta(weeks=30))
    void = make_checks(project, ana, "w", now=now)
    Measurement.objects.filter(pk=void[0].pk).update(is_void=True)
    found = record(client, ana)
    assert [(row.gold.share.n, row.audit.share.n) for row in found.weeks] == [(1, 0), (3, 2)]
    counted = [found.total, found.gold, found.audit]
    counted += [part for row in found.weeks for part in (row.gold, row.audit)]
    for part in counted:
        rows = opened(client, part.query)
        right = sum(row.is_right for row in rows)
        assert (right, len(rows)) == (part.share.count, part.share.n), part
    assert (found.total.share.count, found.total.share.n) == (4, 6)
    lines = client.get(address("person_record", ana), {"as": "csv"}).getvalue().decode().split()
    assert lines[1].endswith("1,1,0,0")
    assert lines[2].endswith("2,3,1,2")


def test_mix_ups_stand_by_what_was_right_and_open_their_answers(client, mei, project, ana):
    make_checks(project, ana, "rrrww")
    odd = make_checks(project, ana, "w")
    Measurement.objects.filter(pk=odd[0].pk).update(expected="wren", given="owl")
    confusion = record(client, ana).confusion
    assert confusion.titles == ["Robin", "Wren", "owl"]
    rows = {row.title: row for row in confusion.rows}
    assert [cell.count for cell in rows["Robin"].cells] == [3, 0, 0]
    assert [cell.count for cell in rows["Wren"].cells] == [2, 0, 1]
    assert (rows["Wren"].right.share.count, rows["Wren"].right.share.n) == (0, 3)
    for row in confusion.rows:
        for cell in row.cells:
            assert len(opened(client, cell.query)) == cell.count
    page = address("person_record", ana)
    lines = client.get(page, {"as": "csv", "table": "confusion"}).getvalue().decode().split()
    assert lines == [
        "right_class,Robin,Wren,owl,right,checked",
        "Robin,3,0,0,3,3",
        "Wren,2,0,1,0,3",
    ]
    assert client.get(page, {"table": "faces"}).status_code == 400
    assert "owl" in client.get(address("person_record", ana)).content.decode()


def test_times_are_counted_in_bins_that_open_their_answers(client, mei, project, ana):
    make_checks(project, ana, "r" * 6)
    gold = make_checks(project, ana, "r")[0].annotation
    for annotation, ms in zip(
        Annotation.objects.all(), (400, 1_000, 1_999, 7_000, 9_000), strict=False
    ):
        Annotation.objects.filter(pk=annotation.pk).update(active_ms=ms)
    Annotation.objects.filter(pk=gold.pk).update(active_ms=500)
    gold.task.state = "gold"
    gold.task.save()
    times = record(client, ana).times
    assert times.n == 5
    counts = {row.bin.low: row.count for row in times.rows}
    assert counts == {0: 1, 1: 2, 2: 0, 5: 2}
    assert times.quantiles[1][1] == pytest.approx(1.999)
    for row in times.rows:
        assert len(opened(client, row.query, "person_timed", ana.pk)) == row.count
    assert len(opened(client, "", "person_timed", ana.pk)) == 5
    file = client.get(address("person_record", ana), {"as": "csv", "table": "times"})
    assert file.getvalue().decode().split()[1:] == ["0,1,1", "1,2,2", "2,5,0", "5,10,2"]
    for query in ("seconds=3", "seconds=x", "minutes=1"):
        wrong = client.get(address("person_timed", ana) + f"?{query}")
        assert wrong.status_code == 400, query


def test_reviews_and_contests_of_a_person(client, mei, project, team, ana):
    elena = make_member(team, Role.EXPERT, name="Elena")
    other = make_member(team, Role.EXPERT)
    answers = [row.annotation for row in make_checks(project, ana, "www")]
    for answer, state in zip(answers, ("overturned", "upheld", "waiting"), strict=True):
        contest(answer, elena, other, state, words=f"<b>{state}</b>")
    page = client.get(address("person_reviews", ana))
    found = page.context["record"]
    assert found.reviewer is None
    assert (found.overturned.count, found.overturned.n, found.waiting) == (1, 2, 1)
    text = page.content.decode()
    assert "&lt;b&gt;upheld" in text
    assert reverse("item_detail", args=[answers[0].task.item.public_id]) in text
    expert = client.get(address("person_reviews", elena)).context["record"]
    assert (expert.reviewer.name, expert.reviewer.decisions) == ("Elena", 3)
    assert (expert.reviewer.contests.count, expert.reviewer.contests.n) == (1, 2)
    assert expert.contests == []
    client.force_login(other)
    unbiased = client.get(address("person_reviews", ana))
    assert len(unbiased.context["record"].contests) == 2
    assert unbiased.context["record"].waiting is None
    assert "&lt;b&gt;waiting" not in unbiased.content.decode()


def test_the_coach_sees_the_worst_pair_its_drill_and_keeps_notes(client, mei, project, ana):
    page = address("person_coach", ana)
    assert client.get(page).context["coaching"].plan is None
    make_checks(project, ana, "www")
    plan = client.get(page).context["coaching"].plan
    assert (plan.given, plan.expected, plan.count) == ("Robin", "Wren", 3)
    assert (plan.is_open, plan.again_at) == (False, None)
    drill = Drill.objects.create(
        project=project,
        person=ana,
        control="species",
        given="robin",
        expected="wren",
        before_right=0,
        before_count=3,
        item_count=10,
        started_at=timezone.now(),
    )
    assert client.get(page).context["coaching"].plan.is_open
    drill.finished_at, drill.right_count = timezone.now(), 8
    drill.save()
    shown = client.get(page).context["coaching"]
    assert shown.plan.again_at is not None
    assert (shown.drills[0].first_tries.count, shown.drills[0].first_tries.n) == (8, 10)
    assert client.post(page, {"text": "  "}).status_code == 422
    assert client.post(page, {"text": "x" * 1_001}).status_code == 422
    assert client.post(page, {"text": "Showed the tail of a wren."}).status_code == 302
    note = CoachNote.objects.get()
    assert (note.project, note.person, note.author) == (project, ana, mei)
    event = Event.objects.about(note).get()
    assert (event.verb, event.actor, event.after["person"]) == ("coach.noted", mei, ana.pk)
    assert "Showed the tail of a wren." in client.get(page).content.decode()


def test_nobody_opens_their_own_record_or_that_of_another_house(client, project, team, ana):
    expert = make_member(team, Role.EXPERT)
    names = ("person_record", "person_timed", "person_reviews", "person_coach")
    client.force_login(expert)
    for name in names:
        assert client.get(address(name, expert)).status_code == 404
        text = client.get(address(name, ana)).content.decode()
        assert ana.pseudonym in text
        assert "Ana" not in text
    with pytest.raises(NotAllowed):
        coaching.add_note(project, expert, "Well done.", by=expert)
    other = make_team()
    make_published_project(other, slug="other")
    client.force_login(make_member(other, Role.MANAGER))
    for name in names:
        assert client.get(address(name, ana)).status_code == 404


def test_each_page_of_the_record_costs_the_same_for_any_number_of_rows(
    client, mei, project, team, ana
):
    elena, other = make_member(team, Role.EXPERT), make_member(team, Role.EXPERT)

    def statements(name):
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address(name, ana)).status_code == 200
        return len(captured)

    def grow():
        for ago in range(3):
            now = timezone.now() - timedelta(weeks=ago)
            made = make_checks(project, ana, "rwww", now=now)
            contest(made[0].annotation, elena, other, "upheld")
        Annotation.objects.update(active_ms=2_500)
        coaching.add_note(project, ana, "Again.", by=elena)

    grow()
    # A process reads the published rules once.
    statements("person_coach")
    few = {
        name: statements(name)
        for name in ("person_record", "person_timed", "person_reviews", "person_coach")
    }
    grow()
    assert {name: statements(name) for name in few} == few
    assert max(few.values()) <= 12, few


@pytest.mark.once
def test_every_time_lies_in_one_bin():
    seconds = [edge.low for edge in BINS] + [0.999, 299.999, 9e9]
    assert sum(count for _bin, count in bins(seconds)) == len(seconds)
    assert bins([]) == []
