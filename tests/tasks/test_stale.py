"""Labels that a breaking change put in doubt: exactly those, found by index, decided by a job."""

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from reviews.services import consensus
from tasks.kinds.answer import classes_in
from tasks.models import Assignment, LabelClass, Task
from tasks.reports.publishing import preview
from tasks.reports.stale import stale_page
from tasks.services import batches, exports, instructions, publishing, recounts, stale
from tests.factories import (
    make_annotation,
    make_batch,
    make_block,
    make_example,
    make_instruction,
    make_item,
    make_member,
    make_project,
    make_task,
    settle,
)

pytestmark = pytest.mark.django_db

BIRDS = ["robin", "wren", "crow", "rook"]
SCHEMA = {
    "controls": [
        {
            "name": "species",
            "type": "choice",
            "title": "Which birds?",
            "required": True,
            "multiple": True,
            "options": [
                {"value": "small", "title": "Small", "key": "1", "color": "#2f9e44",
                 "children": [{"value": "robin", "title": "Robin"},
                              {"value": "wren", "title": "Wren"}]},
                {"value": "crow", "title": "Crow", "key": "2", "color": "#1971c2"},
                {"value": "rook", "title": "Rook", "key": "3", "color": "#1971c2"},
            ],
        }
    ]
}  # fmt: skip


def bird(value):
    return {"control": "species", "value": value}


@pytest.fixture
def project(team):
    project = make_project(team)
    pages = [
        make_block(value, id=value, kind="class", classes=[bird(value)], examples=[])
        for value in ("small", "crow", "rook")
    ]
    make_instruction(project, label_schema=SCHEMA, blocks=pages)
    return project


@pytest.fixture
def batch(project, team):
    return make_batch(project, team)


def labeled(batch, *answers):
    tasks = []
    for answer in answers:
        task = make_task(batch)
        settle(task, {"species": answer})
        tasks.append(task)
    return tasks


def changed(project, by, *names, change="breaking", policy="relabel", sample=50):
    """Publish a version whose pages of these names differ; the job is not run yet."""
    items = [make_item(project) for _ in range(3)]
    blocks = [
        {**block, "body": block["body"] + "!", "examples": [make_example(item) for item in items]}
        if block["id"] in names
        else block
        for block in instructions.newest_version(project).blocks
    ]
    draft = instructions.edit_draft(project, by=by, blocks=blocks)
    draft = publishing.request_approval(draft, changes=dict.fromkeys(names, change), by=by)
    return publishing.publish(draft, by=by, policy=policy, sample=sample)


def job_of(version):
    """The job that publishing a version has queued."""
    return stale.jobs_of(version).last()


def run(job):
    run_job(job.pk, stale.run_stale)
    return Job.objects.get(pk=job.pk)


def stale_ids(version):
    return set(Task.objects.filter(stale_version=version).values_list("pk", flat=True))


@pytest.mark.parametrize("seed", range(5))
def test_exactly_the_labels_that_name_a_changed_class_are_found(project, batch, elena, seed):
    chance = random.Random(seed)
    answers = [chance.sample(BIRDS, chance.randint(1, 3)) for _ in range(40)]
    tasks = labeled(batch, *answers)
    names = chance.sample(["small", "crow", "rook"], chance.randint(1, 2))
    version = changed(project, elena, *names, policy="audit", sample=1)
    touched = set(names) | ({"robin", "wren"} if "small" in names else set())
    brute_force = {
        task.pk
        for task in tasks
        if touched & {value for _control, value in classes_in(SCHEMA, task.result_answer)}
    }
    job = run(job_of(version))
    [sampled] = job.result["sample"] or [None]
    assert stale_ids(version) == brute_force
    assert int(sampled) in brute_force
    assert (job.state, job.done_count) == ("done", len(brute_force))


def test_the_preview_counts_what_the_job_will_find(project, batch, elena):
    labeled(batch, ["robin"], ["robin", "wren"], ["crow"], ["rook"])
    blocks = [
        {**block, "body": "New", "examples": [make_example(make_item(project)) for _ in range(3)]}
        if block["id"] == "small"
        else block
        for block in instructions.newest_version(project).blocks
    ]
    project.hour_cost = 12
    project.save()
    draft = instructions.edit_draft(project, by=elena, blocks=blocks)
    draft = publishing.request_approval(draft, changes={"small": "breaking"}, by=elena)
    make_annotation(make_task(batch), make_member(batch.teams.get()), {"species": ["crow"]})
    found = preview(draft)
    assert found.relabel.count == 2
    assert (found.relabel.hours, found.relabel.cost, found.timed_answers) == (None, None, 1)
    batch.tallies.filter(person__isnull=False).update(active_ms=3_600_000, annotation_count=1)
    found = preview(draft)
    assert (found.relabel.answers, found.relabel.hours, found.relabel.cost) == (4, 4.0, 48)
    assert (found.people_count, found.example_count) == (2, 3)
    version = publishing.publish(draft, by=elena, policy="relabel")
    assert run(job_of(version)).done_count == 2


def test_a_change_of_everything_touches_all_labels(project, batch, elena, monkeypatch):
    monkeypatch.setattr(publishing, "QUIZ_LEAST", 0)
    tasks = labeled(batch, ["robin"], ["crow"])
    blocks = [*instructions.newest_version(project).blocks, make_block("Look twice.", id="all")]
    draft = instructions.edit_draft(project, by=elena, blocks=blocks)
    draft = publishing.request_approval(draft, changes={"all": "breaking"}, by=elena)
    assert preview(draft).relabel.count == 2
    version = publishing.publish(draft, by=elena, policy="audit", sample=5)
    run(job_of(version))
    assert stale_ids(version) == {task.pk for task in tasks}


def test_relabeling_opens_a_new_round_and_keeps_the_old_label(project, batch, elena):
    [robin, crow] = labeled(batch, ["robin"], ["crow"])
    version = changed(project, elena, "small")
    run(job_of(version))
    robin.refresh_from_db()
    crow.refresh_from_db()
    assert (robin.state, robin.round, robin.result_answer) == ("pending", 2, {"species": ["robin"]})
    assert robin.result_version.number == 1
    assert robin.assignments.filter(round=2, state="open").count() == batch.overlap
    assert crow.state == "accepted"
    assert not LabelClass.objects.filter(task=robin).exists()
    assert recounts.recount(batch) == []


def test_new_labels_are_decided_like_first_ones(project, batch, team, elena):
    [task] = labeled(batch, ["robin"])
    version = changed(project, elena, "small")
    run(job_of(version))
    for _ in range(batch.overlap):
        make_annotation(task, make_member(team), {"species": ["rook"]})
    consensus.assess(task.pk)
    task.refresh_from_db()
    assert (task.state, task.result_answer) == ("accepted", {"species": ["rook"]})
    assert (task.result_version, task.stale_version) == (version, None)


def test_a_closed_batch_is_opened_again_for_it(project, batch, elena):
    labeled(batch, ["robin"])
    batches.close_batch(batch, by=elena)
    run(job_of(changed(project, elena, "small")))
    batch.refresh_from_db()
    assert batch.state == "running"


def test_labels_in_a_batch_without_a_team_are_counted(project, batch, elena):
    labeled(batch, ["robin"])
    batch.teams.clear()
    version = changed(project, elena, "small")
    assert run(job_of(version)).result["no_team"] == 1
    assert len(stale_ids(version)) == 1


def test_keeping_asks_for_no_job(project, batch, elena):
    labeled(batch, ["robin"])
    assert job_of(changed(project, elena, "small", policy="keep")) is None
    assert job_of(changed(project, elena, "small", change="clarifying")) is None


def test_what_is_answered_under_the_old_version_is_stale_at_once(project, batch, elena):
    late, other = make_task(batch), make_task(batch)
    first = instructions.current_version(project)
    version = changed(project, elena, "small")
    run(job_of(version))
    settle(late, {"species": ["wren"]}, version=first)
    settle(other, {"species": ["rook"]}, version=first)
    assert (late.stale_version, other.stale_version) == (version, None)
    settle(late, {"species": ["wren"]}, version=version)
    assert late.stale_version is None


def test_an_audit_tells_how_many_are_wrong_and_the_rest_follows(project, batch, elena):
    labeled(batch, *[["robin"]] * 12)
    version = changed(project, elena, "small", policy="audit", sample=4)
    run(job_of(version))
    in_review = Task.objects.filter(state="in_review", stale_version=version)
    assert in_review.count() == 4
    for task, answer in zip(in_review, (["rook"], ["robin"], ["robin"]), strict=False):
        settle(task, {"species": answer}, by=elena)
    audit = stale_page(version).audit
    assert (audit.size, audit.decided, audit.changed) == (4, 3, 1)
    assert audit.interval.low < 1 / 3 < audit.interval.high
    job = run(stale.decide_rest(version, policy="relabel", by=elena))
    assert job.done_count == 8
    assert Task.objects.filter(state="pending", round=2).count() == 8


def test_the_rest_may_be_kept(project, batch, elena):
    labeled(batch, *[["robin"]] * 5)
    version = changed(project, elena, "small", policy="audit", sample=2)
    run(job_of(version))
    run(stale.decide_rest(version, policy="keep", by=elena))
    assert stale_ids(version) == set(
        Task.objects.filter(state="in_review").values_list("pk", flat=True)
    )
    with pytest.raises(DomainError):
        stale.decide_rest(version, policy="audit", by=elena)


def test_an_interrupted_job_goes_on_where_it_was(project, batch, elena, monkeypatch):
    monkeypatch.setattr(stale, "CHUNK", 2)
    tasks = labeled(batch, *[["robin", "wren"]] * 5)
    version = changed(project, elena, "small", policy="audit", sample=3)
    calls = []
    go_through = stale._go_through

    def stops(*arguments):
        calls.append(1)
        if len(calls) == 3:
            raise KeyboardInterrupt
        go_through(*arguments)

    monkeypatch.setattr(stale, "_go_through", stops)
    with pytest.raises(KeyboardInterrupt):
        run_job(job_of(version).pk, stale.run_stale)
    with pytest.raises(Conflict):
        stale.decide_rest(version, policy="keep", by=elena)
    Job.objects.update(state="queued")
    job = run(job_of(version))
    assert stale_ids(version) == {task.pk for task in tasks}
    assert (job.done_count, len(job.result["sample"])) == (5, 3)


def test_a_stopped_job_is_taken_up_again(project, batch, elena):
    labeled(batch, ["robin"])
    version = changed(project, elena, "small")
    Job.objects.filter(pk=job_of(version).pk).update(state="cancelled")
    assert run(stale.go_on(version, by=elena)).done_count == 1
    with pytest.raises(Conflict):
        stale.go_on(version, by=elena)


def test_exports_say_which_labels_are_stale_and_under_which_version(project, batch, elena):
    labeled(batch, ["robin"], ["crow"])
    version = changed(project, elena, "small", policy="audit", sample=1)
    run(job_of(version))
    settle(Task.objects.get(state="in_review"), {"species": ["rook"]}, by=elena)
    transfer = exports.start_export(project, format_name="jsonl", by=elena)
    run_job(transfer.job_id, exports.run_export)
    transfer.refresh_from_db()
    assert transfer.manifest["instruction_versions"] == [1, 2]


def test_the_preview_asks_the_same_few_questions_for_any_number(project, batch, elena):
    labeled(batch, ["robin"])
    version = changed(project, elena, "small")
    counts = []
    for _ in range(2):
        labeled(batch, *[["wren"]] * 5)
        with CaptureQueriesContext(connection) as queries:
            preview(version)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_reviewed_label_names_the_version_of_the_review(project, batch, elena):
    task = make_task(batch)
    make_annotation(task, make_member(batch.teams.get()), {"species": ["robin"]})
    settle(task, {"species": ["robin"]})
    assert task.result_version.number == 1
    assert Assignment.objects.filter(task=task, state="submitted").exists()
