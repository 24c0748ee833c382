"""The outbox: written with what it tells of, or not at all, and cheap where nobody listens."""

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from labelops.accounts.models import Role
from labelops.errors import Conflict, DomainError
from labelops.jobs.services import create_job, run_job
from labelops.webhooks.events import Told
from labelops.webhooks.models import Delivery, Webhook
from labelops.webhooks.services import webhooks
from labelops.webhooks.services.outbox import FACT_LENGTH, tell
from labelops.webhooks.services.webhooks import MOST_OF_A_PROJECT, create_webhook
from reviews.services import consensus
from tasks.models import Task
from tasks.services import batches, exports, imports, publishing, qualifications, rulings
from tasks.services.instructions import changes_of, current_version, edit_draft
from tests.factories import (
    make_batch,
    make_block,
    make_labeled_task,
    make_member,
    make_published_project,
    make_task,
    settle,
)
from tests.tasks.imports import import_bytes

pytestmark = pytest.mark.django_db
PUBLIC = "https://hooks.example.org/labelops"


@pytest.fixture
def hook(project, mei):
    made, _secret = create_webhook(project.pk, address=PUBLIC, events=Told.values, by=mei)
    return made


def events():
    return [delivery.event for delivery in Delivery.objects.order_by("pk")]


def facts(event):
    return Delivery.objects.filter(event=event).latest("pk").payload["facts"]


def statements(call):
    if connection.vendor == "postgresql":
        # A prepared statement leaves no text behind by which to know it.
        connection.connection.prepare_threshold = None
    with CaptureQueriesContext(connection) as captured:
        call()
    return [query["sql"] for query in captured if "SAVEPOINT" not in query["sql"]]


def test_one_look_where_nobody_listens_and_one_write_where_somebody_does(project, mei):
    def told():
        tell(project.pk, Told.BATCH_CLOSED, {})

    assert len(statements(told)) == 1
    for number in range(1, 11):
        address = f"https://example.org/{number}"
        create_webhook(project.pk, address=address, events=["batch.closed"], by=mei)
    assert len(statements(told)) == 2
    assert Delivery.objects.count() == 10


def test_accepting_a_label_costs_one_look_more_and_no_write(project, team, monkeypatch):
    batch = make_batch(project, team, review_percent=0)
    tasks = [make_labeled_task(batch, "robin", "robin") for _number in range(3)]
    consensus.assess(tasks[0].pk)
    with_look = statements(lambda: consensus.assess(tasks[1].pk))
    monkeypatch.setattr("tasks.services.results.tell", lambda *_all: None)
    without = statements(lambda: consensus.assess(tasks[2].pk))
    assert len(with_look) == len(without) + 1


def test_what_is_rolled_back_is_not_told(hook):
    with pytest.raises(RuntimeError):
        _told_in_vain(hook)
    assert events() == []


def _told_in_vain(hook):
    with transaction.atomic():
        tell(hook.project_id, Told.BATCH_CLOSED, {})
        assert events() == ["batch.closed"]
        raise RuntimeError


def test_a_refused_arrow_tells_nothing(hook, project, team, mei):
    batch = make_batch(project, team, state="draft")
    with pytest.raises(Conflict):
        batches.close_batch(batch, by=mei)
    assert events() == []


def test_only_chosen_events_of_the_own_project_are_noted(hook, mei, team):
    webhooks.update_webhook(hook, events=["ruling.published"], by=mei)
    tell(hook.project_id, Told.BATCH_CLOSED, {})
    tell(make_published_project(team).pk, Told.RULING_PUBLISHED, {})
    assert events() == []
    tell(hook.project_id, Told.RULING_PUBLISHED, {})
    assert events() == ["ruling.published"]


def test_a_large_fact_is_left_out_and_named(hook):
    tell(hook.project_id, Told.ITEM_ACCEPTED, {"task": "x", "answer": "a" * FACT_LENGTH})
    assert facts("item.accepted") == {"task": "x", "left_out": ["answer"]}


def test_an_accepted_label_is_told_with_its_answer(hook, project, team):
    task = make_labeled_task(make_batch(project, team, review_percent=0), "robin", "robin")
    consensus.assess(task.pk)
    task.refresh_from_db()
    assert facts("item.accepted") == {
        "item": str(task.item.public_id),
        "external_id": task.item.external_id,
        "task": str(task.public_id),
        "batch": task.batch_id,
        "answer": {"species": "robin"},
        "source": "vote",
        "revision": 1,
        "instruction_version": task.result_version.number,
    }
    settle(Task.objects.get(pk=task.pk), {"species": "wren"})
    assert facts("item.accepted")["answer"] == {"species": "wren"}
    assert facts("item.accepted")["revision"] == 2


def test_a_closed_batch_is_told(hook, project, team, mei):
    batch = make_batch(project, team)
    make_task(batch)
    batches.pause_batch(batch, by=mei)
    assert events() == []
    batches.close_batch(batch, by=mei)
    assert events() == ["batch.closed"]
    told = facts("batch.closed")
    assert (told["batch"], told["name"]) == (batch.pk, batch.name)


def test_published_instructions_and_rulings_are_told(hook, project, team):
    elena, xiu = (make_member(team, Role.EXPERT) for _number in range(2))
    former = current_version(project)
    version = edit_draft(project, by=elena, blocks=[*former.blocks, make_block("Anew.")])
    changes = {change.id: "clarifying" for change in changes_of(version, former)}
    version = publishing.request_approval(version, changes=changes, by=elena)
    publishing.publish(version, by=xiu)
    assert facts("instructions.published")["number"] == version.number
    ruling = rulings.create_ruling(project, verdict="It is a bird.", by=elena)
    rulings.publish_ruling(ruling, by=xiu)
    assert facts("ruling.published")["verdict"] == "It is a bird."


def test_a_level_is_told_when_it_changes(hook, project, team, mei):
    ana = make_member(team)
    for level in (2, 2, 3):
        qualifications.set_level(project, ana, level=level, by=mei)
    assert events() == ["level.changed"] * 2
    assert facts("level.changed") == {"person": ana.pseudonym, "before": 2, "level": 3}


def test_a_finished_export_is_told_once(hook, project, mei):
    transfer = exports.start_export(project, format_name="jsonl", by=mei)
    run_job(transfer.job_id, exports.run_export)
    run_job(transfer.job_id, exports.run_export)
    assert events() == ["export.finished"]
    told = facts("export.finished")
    assert (told["job"], told["count"]) == (str(transfer.job.public_id), 0)


def test_a_finished_import_is_told_once(hook, project, mei):
    job = import_bytes(project, b"external_id,text\na,one\nb,two\n")
    run_job(job.pk, imports.run_import)
    assert events() == ["import.finished"]
    told = facts("import.finished")
    assert (told["kind"], told["added"], told["error_count"]) == (imports.KIND, 2, 0)


def test_a_failed_job_is_told_to_its_project_alone(hook, project, mei):
    def refused(_job):
        raise DomainError("Row 7 has no text.")

    for project_id in (project.pk, None):
        job = create_job("count", {}, by=mei, project_id=project_id)
        run_job(job.pk, refused)
    assert events() == ["job.failed"]
    assert facts("job.failed")["message"] == "Row 7 has no text."


def test_a_project_has_a_bounded_number_of_webhooks(project, mei):
    for number in range(MOST_OF_A_PROJECT):
        last, _secret = create_webhook(
            project.pk, address=f"{PUBLIC}{number}", events=["job.failed"], by=mei
        )
    with pytest.raises(Conflict, match="at most"):
        create_webhook(project.pk, address=PUBLIC, events=["job.failed"], by=mei)
    webhooks.delete_webhook(last, by=mei)
    create_webhook(project.pk, address=PUBLIC, events=["job.failed"], by=mei)


def test_an_address_is_registered_once_in_a_project_until_it_is_deleted(hook, project, mei, team):
    def again(project_id):
        return create_webhook(project_id, address=PUBLIC, events=["job.failed"], by=mei)

    with pytest.raises(DomainError, match="already") as refused:
        again(project.pk)
    assert refused.value.field == "address"
    again(make_published_project(team).pk)
    webhooks.delete_webhook(hook, by=mei)
    again(project.pk)
    with pytest.raises(Conflict, match="deleted"):
        webhooks.resume_webhook(hook, by=mei)


@pytest.mark.parametrize(
    ("over", "field"),
    [
        ({"events": []}, "events"),
        ({"events": ["item.accepted", "webhook.test"]}, "events"),
        ({"address": "file:///etc/passwd"}, "address"),
        ({"address": "http://169.254.169.254/"}, "address"),
        ({"address": "https://example.org/" + "a" * 500}, "address"),
    ],
)
def test_what_cannot_be_registered_or_changed_names_its_field(hook, project, mei, over, field):
    wanted = {"address": "https://example.org/", "events": ["job.failed"]} | over
    with pytest.raises(DomainError) as refused:
        create_webhook(project.pk, **wanted, by=mei)
    assert refused.value.field == field
    with pytest.raises(DomainError):
        webhooks.update_webhook(hook, **over, by=mei)
    assert Webhook.objects.count() == 1
