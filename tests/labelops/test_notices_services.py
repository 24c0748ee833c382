"""People are told once of each thing, in the transaction of what they are told of."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.utils import timezone, translation

from labelops.accounts.models import Role
from labelops.jobs.models import Job
from labelops.jobs.services import JobRefused, create_job, run_job
from labelops.notices import kinds
from labelops.notices.kinds import Kind
from labelops.notices.models import Notice, Preference
from labelops.notices.services import notices
from labelops.notices.services.notices import notify
from labelops.webhooks.models import Delivery, Webhook
from labelops.webhooks.services import deliveries
from reviews.models import Lot
from reviews.models.lots import pack_members
from reviews.services import lot_returns, lot_samples
from tasks.models import Batch, Question
from tasks.services import (
    acknowledgements,
    due_dates,
    handout,
    instructions,
    publishing,
    qualifications,
    questions,
    suspensions,
)
from tests.factories import (
    make_batch,
    make_block,
    make_delivery,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

pytestmark = pytest.mark.django_db
LEVEL = {"project": "Birds", "level": 2}


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def ana(team):
    return make_member(team, username="ana")


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER, username="mei")


@pytest.fixture
def rui(team):
    return make_member(team, Role.EXPERT, username="rui")


@pytest.fixture
def project(team, ana, mei, rui):
    return make_published_project(team)


def told(person):
    """The sentences that the person has not read, oldest first."""
    return [notice.sentence for notice in person.notices.unread().order_by("pk")]


def kinds_of(person):
    return [notice.kind for notice in person.notices.unread().order_by("pk")]


def test_a_repeat_counts_on_until_it_is_read(ana, mei, project):
    early = timezone.now() - timedelta(hours=1)
    assert notify([ana, mei], Kind.LEVEL_CHANGED, about=project, parameters=LEVEL, now=early) == 2
    first = ana.notices.get()
    assert (first.count, first.told_at) == (1, early)
    notify([ana], Kind.LEVEL_CHANGED, about=project, parameters=LEVEL | {"level": 3})
    again = ana.notices.get()
    assert again.count == 2
    assert again.pk > first.pk
    assert again.told_at > early
    assert again.sentence == "Your level in Birds is now 3."
    notify([ana], Kind.LEVEL_CHANGED, about=project, parameters=LEVEL, occasion="another")
    notices.mark_read(again)
    notify([ana], Kind.LEVEL_CHANGED, about=project, parameters=LEVEL)
    assert sorted(ana.notices.unread().values_list("count", flat=True)) == [1, 1]
    assert mei.notices.get().count == 1


def test_only_active_people_who_want_to_hear_are_told(team, ana, mei, project):
    Preference.objects.create(person=ana, kind=Kind.LEVEL_CHANGED, way=Preference.Way.NONE)
    gone = make_member(team, is_active=False)
    model = make_member(team, kind="model")
    people = [ana, mei, gone, model]
    assert notify(people, Kind.LEVEL_CHANGED, about=project, parameters=LEVEL) == 1
    assert Notice.objects.get().person == mei
    assert notify([ana], Kind.SUSPENSION_ENDED, about=project, parameters=LEVEL) == 1


def test_what_is_rolled_back_was_never_told(ana, project):
    with transaction.atomic():
        notify([ana], Kind.LEVEL_CHANGED, about=project, parameters=LEVEL)
        transaction.set_rollback(True)
    assert not Notice.objects.exists()


def test_telling_costs_the_same_for_any_number_of_people(
    team, ana, project, django_assert_num_queries
):
    people = [make_member(team) for _number in range(9)]
    for crowd in ([ana], people):
        with django_assert_num_queries(5):
            notify(crowd, Kind.LEVEL_CHANGED, about=project, parameters=LEVEL)


@pytest.mark.django_db(transaction=True)
@pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="several connections at once: LABELOPS_TEST_DATABASE=postgresql",
)
def test_two_at_once_are_one_notice_that_counts_both(ana, project):
    def tell(_number):
        try:
            notify([ana], Kind.LEVEL_CHANGED, about=project, parameters=LEVEL)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(tell, range(8)))
    assert ana.notices.get().count == 8


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_words_and_a_page(kind):
    parameters = {
        "project": "Birds",
        "slug": "birds",
        "item": "one",
        "number": 3,
        "level": 2,
        "batch": "Dusk",
        "batch_id": 1,
        "lot_id": 2,
        "model_id": 3,
        "campaign_id": 4,
        "case_id": 5,
        "work": "import",
        "due_at": "2026-11-28T10:00:00+00:00",
        "until_at": "2026-11-28T10:00:00+00:00",
        "webhook": "5d3c2b1a-0000-4000-8000-000000000000",
        "job": "5d3c2b1a-0000-4000-8000-000000000000",
    }
    words = kinds.sentence(kind, parameters, 2)
    assert "%(" not in words
    assert words.endswith(".")
    assert not words.endswith("..")
    assert kinds.address(kind, parameters) != "/"
    # A row of a version that knew less, or more.
    assert kinds.address(kind, {}).startswith("/")
    assert kinds.sentence(kind, {}, 1)
    with translation.override("ar"):
        assert kinds.sentence("future.kind", {}, 1)


def test_every_work_has_a_page(project):
    places = {
        "job": "5d3c2b1a-0000-4000-8000-000000000000",
        "backend": 3,
        "batch": 1,
        "lot": 2,
        "withdrawal": 3,
        "project": "birds",
    }
    for work in kinds.WORK:
        assert kinds.address(Kind.WORK_ENDED, {"work": work, **places}) != "/"
    assert kinds.sentence(Kind.WORK_FAILED, {"work": "unheard of"}, 1) == (
        "What you started has failed: background work."
    )


def test_a_question_reaches_its_expert_and_the_answer_its_asker(project, ana, rui, mei, team):
    batch = make_batch(project, team, overlap=1)
    other = make_member(team, Role.EXPERT)
    for _number in range(2):
        make_task(batch)
        [leased] = handout.next_assignments(ana).assignments
        question = questions.ask(leased, text="Is this a robin?", by=ana)
        questions.route(question, to=rui, by=mei) if question.routed_to != rui else None
    [waiting] = rui.notices.unread()
    assert waiting.sentence == f"2 questions in {project.name} were given to you."
    assert waiting.address == f"/projects/{project.slug}/questions/"
    first, second = Question.objects.order_by("pk")
    before = other.notices.count()
    questions.route(second, to=other, by=other)
    assert other.notices.count() == before, "they took it themselves"
    questions.answer(first, text="Yes: its breast is red.", by=rui)
    questions.close(second, reason="The item was blurred.", by=rui)
    assert kinds_of(ana) == [Kind.QUESTION_ANSWERED] * 2
    answered = ana.notices.order_by("pk").first()
    assert answered.detail == "Yes: its breast is red."
    assert answered.sentence == (
        f"Your question about {first.item.external_id} in {project.name} is answered."
    )
    assert other.notices.filter(kind=Kind.QUESTION_ANSWERED).count() == 0


def test_readers_are_told_of_instructions_until_they_have_read_them(project, ana, mei, rui):
    boss = project.created_by
    draft = instructions.edit_draft(project, by=rui, blocks=[make_block("Look twice.")])
    changes = {
        change.id: "clarifying"
        for change in instructions.changes_of(draft, instructions.current_version(project))
    }
    publishing.request_approval(draft, changes=changes, by=rui)
    publishing.publish(draft, by=boss)
    assert told(ana) == [f"Version 2 of the instructions of {project.name} is new."]
    assert (told(mei), told(rui)) == ([], []), "no reader, and its author"
    acknowledgements.acknowledge(project, ana, number=2, answers={})
    assert told(ana) == []


def test_a_person_is_told_of_their_level_and_of_suspensions(project, ana, mei):
    qualifications.set_level(project, ana, level=2, by=mei)
    qualifications.set_level(project, ana, level=2, by=mei, reason="as before")
    now = timezone.now()
    first = suspensions.suspend(project, ana, reason="Too fast.", days=1, by=mei, now=now)
    suspensions.lift(first, reason="Looked again.", by=mei)
    suspensions.suspend(project, ana, reason="Too fast.", days=1, by=mei, now=now)
    assert suspensions.close_due(now=now + timedelta(days=2)) == 1
    assert kinds_of(ana) == [
        Kind.LEVEL_CHANGED,
        Kind.SUSPENSION_STARTED,
        Kind.SUSPENSION_ENDED,
        Kind.SUSPENSION_STARTED,
        Kind.SUSPENSION_ENDED,
    ]
    assert not mei.notices.exists()


def test_managers_of_the_house_are_told_of_lots(project, ana, mei, team):
    vendor_boss = make_member(make_team(kind="vendor"), Role.MANAGER)
    project.teams.add(vendor_boss.memberships.get().team)
    second = make_member(team, Role.MANAGER)
    batch = make_batch(project, team, overlap=1, review_percent=0)
    lot = Lot.objects.create(
        batch=batch,
        number=1,
        size=3,
        packed_members=pack_members([1, 2, 3]),
        strata={"classes": [["species", "robin", 3]], "people": []},
        aql_percent=1,
        ltpd_percent=5,
        producer_risk_percent=5,
        consumer_risk_percent=10,
        sample_count=3,
        allowed_count=0,
        seed=1,
        version=project.instruction_versions.get(),
        opened_by=mei,
        opened_at=timezone.now(),
    )
    lot_samples.end(lot, Lot.State.REJECTED, by=None, reason="3 wrong, 1 allowed")
    lot_returns.start(lot, way="review", picked=lot_returns.Picked(is_whole=True), by=mei)
    assert kinds_of(mei) == [Kind.LOT_REJECTED]
    assert kinds_of(second) == [Kind.LOT_REJECTED, Kind.LOT_RETURNED]
    assert not vendor_boss.notices.exists()
    assert not ana.notices.filter(kind__startswith="lot").exists()


def test_whoever_started_work_is_told_of_failures_and_of_what_took_long(mei):
    def refuse(job):
        raise JobRefused("Row 3 is damaged.")

    jobs = [create_job("import", {}, by=mei) for _number in range(3)]
    hour = timezone.now() - timedelta(hours=1)
    Job.objects.filter(pk=jobs[2].pk).update(created_at=hour)
    run_job(jobs[0].pk, refuse)
    run_job(jobs[1].pk, lambda job: None)
    run_job(jobs[2].pk, lambda job: None)
    run_job(create_job("import", {}, by=None).pk, refuse)
    failed, ended = mei.notices.order_by("pk")
    assert (failed.kind, failed.detail) == (Kind.WORK_FAILED, "Row 3 is damaged.")
    assert failed.address == f"/transfers/{jobs[0].public_id}/"
    assert (ended.kind, ended.about) == (Kind.WORK_ENDED, f"jobs.job:{jobs[2].pk}")


def test_managers_are_told_of_dates_once_before_and_once_after(project, mei, team):
    now = timezone.now()
    make_batch(project, team, state=Batch.State.CLOSED, due_at=now)
    make_batch(project, team, due_at=now + timedelta(days=9))
    batch = make_batch(project, team, due_at=now + timedelta(days=1), name="Dusk")
    assert due_dates.tell_due(now=now) == 1
    notices.mark_read(mei.notices.get())
    assert due_dates.tell_due(now=now + timedelta(hours=1)) == 0
    assert due_dates.tell_due(now=now + timedelta(days=1, hours=1)) == 1
    assert due_dates.tell_due(now=now + timedelta(days=2)) == 0
    Batch.objects.filter(pk=batch.pk).update(due_at=now + timedelta(days=3))
    assert due_dates.tell_due(now=now + timedelta(days=2)) == 1
    assert kinds_of(mei) == [Kind.BATCH_OVERDUE, Kind.BATCH_DUE]


def test_managers_are_told_of_a_webhook_that_is_given_up(project, mei):
    webhook = make_delivery(project).webhook
    long_ago = timezone.now() - timedelta(days=4)
    Webhook.objects.filter(pk=webhook.pk).update(failing_since=long_ago)
    delivery = Delivery.objects.select_related("webhook").get()
    deliveries._note_failure(delivery, timezone.now())
    [notice] = mei.notices.all()
    assert (notice.kind, notice.address) == (
        Kind.WEBHOOK_GIVEN_UP,
        f"/webhooks/{webhook.public_id}/",
    )


def test_what_was_read_long_ago_is_deleted(ana, project):
    now = timezone.now()
    for days, occasion in ((100, "a"), (10, "b"), (400, "c")):
        then = now - timedelta(days=days)
        where = {"about": project, "occasion": occasion}
        notify([ana], Kind.LEVEL_CHANGED, parameters=LEVEL, now=then, **where)
        if occasion != "c":
            notices.mark_read(ana.notices.first(), now=then)
    assert notices.purge(now=now) == 2
    assert ana.notices.get().about.endswith(":b")
