"""Every Celery door may run twice: nothing is done a second time."""

import functools
import io
from collections import Counter
from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection, transaction
from django.utils import timezone

from datasets.models import Impact, Scenario
from datasets.services import (
    bulk_edits,
    campaigns,
    evaluation_runs,
    evaluations,
    freezing,
    impact,
    impact_shares,
    scenario_runs,
    slice_search,
    tracing,
    vector_jobs,
)
from datasets.services import exports as dataset_exports
from datasets.services.item_sets import QueriedItems
from labelops.accounts.models import Role
from labelops.celery import app
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, run_job
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify
from labelops.webhooks.models import Delivery
from reviews.models import (
    DetectorStanding,
    Feedback,
    LabelIssue,
    Lot,
    Measurement,
    ModelTraining,
    Withdrawal,
)
from reviews.services import (
    calibration,
    consensus,
    feedback,
    label_issues,
    lot_returns,
    lots,
    model_training,
    person_withdrawals,
    rollups,
    task_routing,
)
from tasks.models import (
    Assignment,
    Batch,
    BatchTally,
    Deletion,
    Draft,
    InstructionVersion,
    Item,
    ModelGrant,
    Project,
    Task,
    Transfer,
)
from tasks.services import (
    annotations_import,
    archiving,
    assignments,
    batch_filling,
    batch_items,
    batches,
    deletions,
    exports,
    handout,
    import_undo,
    imports,
    instructions,
    model_backend_asking,
    model_backend_learning,
    results,
    stale,
    suspensions,
)
from tasks.services.item_selection import Selection
from tests.datasets.evaluating import make_frozen_version
from tests.datasets.traced import make_failing
from tests.datasets.vectors import make_vector_set
from tests.factories import (
    make_annotation,
    make_backend,
    make_batch,
    make_block,
    make_delivery,
    make_gold,
    make_gold_answer,
    make_item,
    make_labeled_task,
    make_member,
    make_model_version,
    make_prediction,
    make_published_project,
    make_task,
    make_team,
    settle,
)
from tests.reviews.built_in import make_accepted
from tests.reviews.certified import certify, said_tasks
from tests.reviews.checks import make_checks, spread
from tests.reviews.deciding import decide_next, make_assessed_task
from tests.reviews.gold import known_answer

app.loader.import_default_modules()
OUR_APPS = {"accounts", "audit", "jobs", "webhooks", "notices", "tasks", "reviews", "datasets"}
LONG_AGO = timedelta(days=30)


def build():
    """Something to do for every door."""
    _contested(make_team())
    team = make_team()
    project = make_published_project(team)
    boss = make_member(team, Role.MANAGER)
    people = [make_member(team) for _number in range(2)]
    batch = make_batch(project, team, overlap=2, review_percent=0)
    make_labeled_task(batch, "robin", "robin", authors=people)
    make_labeled_task(batch, "robin", "wren", authors=people)
    _skipped_by_all(batch, people)
    _overdue(batch, people[0])
    make_checks(project, people[0], spread(60, 60))
    _suspended(project, people[1], boss)
    _calibrated(make_published_project(team), team, boss)
    _gold(project, batch, people[0], boss)
    make_delivery(project, created_at=timezone.now() - 2 * LONG_AGO, state="delivered")
    make_delivery(make_published_project(team))
    return {"project": project, "batch": batch, "boss": boss}


@pytest.fixture
def world(made):
    return made


def _suspended(project, person, boss):
    """Until a while ago."""
    long_ago = timezone.now() - LONG_AGO
    suspensions.suspend(project, person, reason="A pause.", days=3, by=boss, now=long_ago)


def _skipped_by_all(batch, people):
    """Both have answered or left this task long ago, and a third label is wanted."""
    task = make_task(batch)
    for person in people:
        make_annotation(task, person, {"species": "robin"})
    Assignment.objects.filter(task=task).update(ended_at=timezone.now() - LONG_AGO)
    Assignment.objects.create(task=task, batch=batch, slot=3, precedence=0)
    Task.objects.filter(pk=task.pk).update(labels_missing=1, labels_complete_at=None)


def _calibrated(project, team, boss):
    """Two people have agreed on the items of a calibration run."""
    batch = make_batch(project, team, state=Batch.State.DRAFT)
    make_task(batch), make_task(batch)
    run = calibration.start_run(batch, by=boss, item_count=2)
    for task in run.run.tasks.all():
        for slot in task.assignments.all():
            make_annotation(task, slot.offered_to, {"species": "robin"})


def _gold(project, batch, person, boss):
    """Answers that nobody has measured, and others that betray who knew them."""
    made = make_gold(project)
    known_answer(made, by=boss)
    make_gold_answer(made, batch, person, "robin")
    for number in range(12):
        worn = make_gold(project)
        held = make_gold_answer(worn, batch, person, "robin", earlier_count=number)
        Measurement.objects.create(
            project=project,
            person=person,
            annotation=held.annotation,
            source=Measurement.Source.GOLD,
            is_right=number >= 6,
            score=1,
            measured_at=timezone.now(),
        )


def a_gold_answer(world):
    [team] = world["batch"].teams.all()
    made = make_gold(world["project"])
    known_answer(made, by=world["boss"])
    return make_gold_answer(made, world["batch"], make_member(team), "wren").pk


def a_followed_suggestion(world):
    batch = world["batch"]
    Batch.objects.filter(pk=batch.pk).update(suggestions="shown", blind_percent=0)
    batch.refresh_from_db()
    task = make_task(batch)
    make_prediction(make_model_version(world["project"]), task.item)
    [team] = batch.teams.all()
    make_annotation(task, make_member(team), {"species": "robin"})
    return NOTHING


def _overdue(batch, person):
    make_task(batch), make_task(batch)
    given = handout.next_assignments(person, count=2).assignments
    old = timezone.now() - LONG_AGO
    assignments.save_draft(given[0], {"species": "wren"}, by=person)
    assignments.save_draft(given[1], {"species": "wren"}, by=person, now=old)
    assignments.release(given[1], by=person)
    Assignment.objects.filter(pk=given[0].pk).update(leased_until=old)


def _contested(team):
    """A contest whose slot was lost when the task was sent to be labeled anew."""
    batch = make_batch(make_published_project(team), team)
    expert, _other = (make_member(team, Role.EXPERT) for _number in range(2))
    task = make_assessed_task(batch, "robin", "wren")
    decide_next(expert, "fix", answer={"species": "robin"})
    entry = Feedback.objects.get(outcome="fixed")
    feedback.contest(entry, words="It is a wren.", by=entry.author)
    with transaction.atomic():
        results.open_relabel(results.lock_task(task.pk), [], by=None, reason="rule", note={})


def _sent(content):
    return {"file": io.BytesIO(content), "file_name": "rows.csv"}


def an_import(world):
    project, boss = world["project"], world["boss"]
    content = b"external_id,text\na,one\nb,two\n"
    return imports.start_import(project, **_sent(content), batch="new", by=boss).job_id


def an_undo(world):
    """Of an import that nobody has worked on."""
    transfer = Transfer.objects.get(job=an_import(world))
    run_job(transfer.job_id, imports.run_import)
    return import_undo.start_undo(transfer, by=world["boss"]).job_id


def an_annotation_import(world):
    project, boss = world["project"], world["boss"]
    make_item(project, external_id="1")
    content = b"item,annotator,label\n1,ana,robin\n"
    return annotations_import.start_annotation_import(project, **_sent(content), by=boss).job_id


def an_export(world):
    return exports.start_export(world["project"], format_name="jsonl", by=world["boss"]).job_id


def a_freezing(world):
    """Of one accepted label."""
    task = make_labeled_task(world["batch"], "wren", "wren")
    settle(task, {"species": "wren"})
    return freezing.start_freezing(world["project"], freezing.Wish(), by=world["boss"]).job_id


def a_dataset_export(world):
    """Of a version of one label."""
    run_job(a_freezing(world), freezing.run_freezing)
    version = world["project"].dataset_versions.get()
    return dataset_exports.start_export(version, format_name="jsonl", by=world["boss"]).job_id


def an_evaluation(world):
    """Of one label and one prediction."""
    task = make_labeled_task(world["batch"], "wren", "wren")
    settle(task, {"species": "wren"})
    model = make_model_version(world["project"])
    make_prediction(model, task.item)
    wish = evaluations.EvaluationWish(make_frozen_version(task), model)
    return evaluations.start(world["project"], wish, by=world["boss"]).job_id


def a_search_for_slices(world):
    run_job(an_evaluation(world), evaluation_runs.run)
    evaluation = world["project"].evaluations.get()
    return slice_search.start(evaluation, by=world["boss"]).job_id


def a_set_of_vectors(world):
    """Of as many items as are just enough."""
    for number in range(10):
        make_item(world["project"], data={"text": f"number {number}"})
    return vector_jobs.start_building(world["project"], by=world["boss"]).job_id


def a_run_of_scenarios(world):
    """Of a test whose items the model says nothing of."""
    run_job(a_freezing(world), freezing.run_freezing)
    project = world["project"]
    version = project.dataset_versions.get()
    Scenario.objects.create(
        project=project,
        dataset_version=version,
        name="birds",
        control="species",
        bar_percent=90,
        item_count=0,
        created_by=world["boss"],
    )
    return scenario_runs.start(make_model_version(project), by=world["boss"]).pk


def a_tracing(world):
    failing = make_failing()
    return tracing.start(failing["evaluation"], by=failing["mei"]).job_id


def a_look_for_candidates(world):
    """Of one unlabeled item like another one."""
    project = world["project"]
    seed, other = make_item(project), make_item(project)
    make_vector_set(project, {seed: (1, 0), other: (0.6, 0.8)})
    seeds = QueriedItems(project, "Missed", Item.objects.filter(pk=seed.pk))
    values = {"name": "dusk", "purpose": "Missed at dusk.", "quota": 1}
    return campaigns.start(project, seeds=seeds, by=world["boss"], **values).job_id


def an_unrun_scenario(world):
    a_run_of_scenarios(world)
    Job.objects.filter(kind=scenario_runs.KIND).delete()
    make_prediction(make_model_version(world["project"]), world["project"].items.first())
    return NOTHING


def an_impact(world):
    """Of a batch without answers, on a test without items; the model has a newer version."""
    a_run_of_scenarios(world)
    models = [make_model_version(world["project"], name="birds") for _twice in range(2)]
    planned = Impact.objects.create(
        batch=make_batch(world["project"]),
        target=world["project"].scenarios.get(),
        before=models[0],
        wanted_gain=5,
        created_by=world["boss"],
    )
    return impact.start_measuring(planned, by=world["boss"]).pk


def a_due_impact(world):
    an_impact(world)
    Job.objects.filter(kind=impact.KIND).delete()
    return NOTHING


def a_known_share(world):
    """tests/datasets/test_impact_shares.py trains to its end, twice."""
    an_impact(world)
    Job.objects.filter(kind=impact.KIND).delete()
    Impact.objects.update(share={"changed": 0})
    payload = {"impact": Impact.objects.get().pk}
    return create_job(impact_shares.KIND, payload, by=world["boss"]).pk


def a_filling(world):
    empty = make_batch(world["project"], state=Batch.State.DRAFT)
    job = Job.objects.create(
        kind=batch_filling.KIND,
        payload={"batch": empty.pk, "source": "all"},
        created_by=world["boss"],
    )
    return job.pk


def a_cancelled_filling(world):
    """It had added a task by then."""
    job = Job.objects.get(pk=a_filling(world))
    batch = Batch.objects.get(pk=job.payload["batch"])
    batch_filling.begin(batch, job)
    batch_items.add_filled(batch, [make_item(world["project"]).pk], job=job)
    Job.objects.filter(pk=job.pk).update(state=Job.State.CANCELLED)
    return NOTHING


def an_adjusting(world):
    return batches.update_batch(world["batch"], by=world["boss"], overlap=3).adjusting.pk


def a_stale_check(world):
    """A breaking change of everything, published over two accepted labels."""
    project, boss = world["project"], world["boss"]
    make_labeled_task(world["batch"], "wren", "wren")
    for task in list(Task.objects.filter(labels_complete_at__isnull=False)):
        settle(task, {"species": "wren"})
    now = instructions.current_version(project)
    draft = instructions.edit_draft(project, by=boss, blocks=[*now.blocks, make_block("New")])
    InstructionVersion.objects.filter(pk=now.pk).update(state="superseded")
    changes = {draft.blocks[-1]["id"]: "breaking"}
    InstructionVersion.objects.filter(pk=draft.pk).update(
        state="published", changes=changes, breaking_number=draft.number
    )
    draft.refresh_from_db()
    return stale.start(draft, policy=stale.Policy.RELABEL, sample=1, by=boss).pk


def a_prediction(world):
    [item] = Item.objects.filter(project=world["project"])[:1]
    make_prediction(make_model_version(world["project"]), item)
    return NOTHING


def a_look_at_labels(world):
    a_prediction(world)
    return label_issues.start(world["project"], by=world["boss"]).pk


def a_decided_issue(world):
    """Of a class in which the detector has no standing yet, beside one that a person decided on."""
    consensus.assess_waiting()
    project, now = world["project"], timezone.now()
    found = {"project": project, "detector": "classes"}
    DetectorStanding.objects.create(
        **found, label="wren", set_by=world["boss"], reason="known", computed_at=now - LONG_AGO
    )
    LabelIssue.objects.create(
        **found,
        task=Task.objects.filter(batch=world["batch"]).first(),
        model_version=make_model_version(project),
        label="robin",
        revision=1,
        score=0.1,
        rank=1,
        found_at=now,
        decided_at=now,
        is_confirmed=True,
    )
    return NOTHING


def a_return(world):
    """A rejected lot whose labels all go back."""
    lot, boss = a_lot(world), world["boss"]
    now = timezone.now()
    Lot.objects.filter(pk=lot.pk).update(state=Lot.State.REJECTED, ended_at=now)
    picked = lot_returns.Picked(is_whole=True)
    return lot_returns.start(lot, way="review", picked=picked, by=boss).pk


def a_withdrawal(world):
    """Of one accepted label's answers, by one of its two authors."""
    task = make_labeled_task(world["batch"], "wren", "wren")
    consensus.assess_waiting()
    boss, author = world["boss"], task.annotations.first().author
    long_ago = timezone.now() - LONG_AGO
    wish = {"since": long_ago, "reason": "Too fast", "by": boss}
    return person_withdrawals.withdraw(world["project"], author, **wish).job_id


def a_withdrawal_undone(world):
    job_id = a_withdrawal(world)
    run_job(job_id, person_withdrawals.run_withdrawal)
    return person_withdrawals.undo(Withdrawal.objects.get(job=job_id), by=world["boss"]).pk


def a_training(world):
    """Of as many accepted labels as are just enough."""
    project = world["project"]
    make_accepted(world["batch"], {"robin": 25, "wren": 25})
    return model_training.start(project, by=world["boss"]).job_id


def an_abandoned_training(world):
    """It had said something by then."""
    job_id = a_training(world)
    training = ModelTraining.objects.get(job=job_id)
    version = make_model_version(world["project"], name="built-in", is_ready=False)
    ModelTraining.objects.filter(pk=training.pk).update(model_version=version)
    make_prediction(version, world["project"].items.first())
    Job.objects.filter(pk=job_id).update(state=Job.State.CANCELLED)
    return NOTHING


def a_lot(world):
    """Its sample, of which one look was lost and another item was taken out of the work."""
    for _number in range(3):
        make_labeled_task(world["batch"], "wren", "wren")
    consensus.assess_waiting()
    lot = lots.open_lot(world["batch"], by=world["boss"])
    tasks = [item.task_id for item in lot.items.all()]
    Assignment.objects.filter(task=tasks[0], stage="review").update(state="revoked")
    Task.objects.filter(pk=tasks[1]).update(state=Task.State.EXCLUDED)
    return lot


def a_sample(world):
    a_lot(world)
    return NOTHING


def an_old_rejection(world):
    """Rows that an import left out long ago."""
    file = {"file": io.BytesIO(b"external_id,text\na,\n"), "file_name": "rows.csv"}
    transfer = imports.start_import(world["project"], **file, by=world["boss"])
    run_job(transfer.job_id, imports.run_import)
    Job.objects.filter(pk=transfer.job_id).update(finished_at=timezone.now() - 99 * LONG_AGO)
    return NOTHING


def an_old_event(world):
    """Newer ones are left to the next run."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event (verb, target_type, target_id, reason, created_at) "
            "VALUES ('batch.paused', 'tasks.batch', '1', '', '2026-01-01 00:00:00')"
        )
    return NOTHING


def an_old_notice(world):
    boss, late = world["boss"], timezone.now() - timedelta(days=400)
    parameters = {"project": "Birds", "level": 1}
    notify([boss], Kind.LEVEL_CHANGED, about=boss, parameters=parameters, now=late)
    return NOTHING


def a_model_to_weigh(world):
    """It said beforehand what both people say."""
    team, batch = world["batch"].teams.get(), world["batch"]
    item = make_item(world["project"])
    make_prediction(make_model_version(world["project"]), item)
    task = make_task(batch, item)
    for _number in range(2):
        make_annotation(task, make_member(team), {"species": "robin"})
    consensus.assess_waiting()
    rollups.count_changes()
    return NOTHING


def a_late_batch(world):
    Batch.objects.filter(pk=world["batch"].pk).update(due_at=timezone.now())
    return NOTHING


def _deleted(world, *, more=0):
    """All items of the project; many of them are the work of a job."""
    project = world["project"]
    added = [Item(project=project, external_id=f"more{number}") for number in range(more)]
    Item.objects.bulk_create(added)
    chosen = Selection(last=project.items.latest("pk").pk)
    return deletions.delete(project, chosen, reason="asked to", by=world["boss"])


def a_deletion(world):
    return _deleted(world, more=deletions.AT_ONCE + 1).job_id


def a_restore(world):
    deletion = _deleted(world, more=deletions.AT_ONCE + 1)
    run_job(deletion.job_id, deletions.run_deleting)
    return deletions.restore(deletion, by=world["boss"]).job_id


def a_late_task(world):
    """Somebody added the item to a batch at the moment it was deleted."""
    item = make_item(world["project"])
    _deleted(world)
    make_task(world["batch"], item)
    return NOTHING


def an_old_deletion(world):
    _deleted(world)
    Deletion.objects.update(deleted_at=timezone.now() - 2 * LONG_AGO)
    gone = make_published_project(*world["batch"].teams.all())
    make_task(make_batch(gone))
    archiving.delete(gone, name=gone.name, by=world["boss"])
    Project.everything.filter(pk=gone.pk).update(deleted_at=timezone.now() - 2 * LONG_AGO)
    return NOTHING


def a_certified_model(world):
    """In a batch with tasks that it may answer alone."""
    model, batch = make_model_version(world["project"]), world["batch"]
    Batch.objects.filter(pk=batch.pk).update(model_bar_percent=95)
    certify(model)
    said_tasks(batch, model, 12)
    return batch.pk


def waiting_tasks(world):
    a_certified_model(world)
    return NOTHING


def answers_to_do_anew(world):
    task_routing.route_batch(Batch.objects.get(pk=a_certified_model(world)))
    ModelGrant.objects.update(redo_since=timezone.now() - LONG_AGO)
    return NOTHING


def an_asking(world):
    return model_backend_asking.start_asking(_backend(world), by=world["boss"]).pk


def a_learning(world):
    version = make_model_version(world["project"])
    backend = _backend(world, model_version=version, setup_version=version.version)
    return model_backend_learning.start_learning(backend, by=world["boss"]).pk


def _backend(world, **over):
    """It may not be reached, so the job says so and ends."""
    return make_backend(world["project"], **over)


def _bulk_edit(world):
    meant = {item.pk: [] for item in world["project"].items.all()}
    wishes = {"tag": "odd"}
    return bulk_edits.start(
        world["project"], meant, act="tag", wishes=wishes, source={}, by=world["boss"]
    )


def a_bulk_edit(world):
    return _bulk_edit(world).job_id


def a_bulk_edit_undone(world):
    edit = _bulk_edit(world)
    run_job(edit.job_id, bulk_edits.run)
    return bulk_edits.undo(edit, by=world["boss"]).pk


NOTHING = object()
DOORS = {
    "datasets.jobs.run_bulk_edit": a_bulk_edit,
    "datasets.jobs.run_bulk_edit_undo": a_bulk_edit_undone,
    "datasets.jobs.run_campaign_preparing": a_look_for_candidates,
    "datasets.jobs.run_dataset_export": a_dataset_export,
    "datasets.jobs.run_evaluation": an_evaluation,
    "datasets.jobs.run_freezing": a_freezing,
    "datasets.jobs.run_tracing": a_tracing,
    "datasets.jobs.run_vectors": a_set_of_vectors,
    "datasets.jobs.rerun_scenarios": an_unrun_scenario,
    "datasets.jobs.run_scenarios": a_run_of_scenarios,
    "datasets.jobs.measure_impacts": a_due_impact,
    "datasets.jobs.run_impact": an_impact,
    "datasets.jobs.run_impact_share": a_known_share,
    "datasets.jobs.run_slices": a_search_for_slices,
    "labelops.audit.jobs.seal_events": an_old_event,
    "labelops.jobs.jobs.reap_jobs": NOTHING,
    "labelops.notices.jobs.purge_notices": an_old_notice,
    "labelops.notices.jobs.send_mail": NOTHING,
    "labelops.webhooks.jobs.purge_deliveries": NOTHING,
    "labelops.webhooks.jobs.send_deliveries": NOTHING,
    "reviews.jobs.check_calibrations": NOTHING,
    "reviews.jobs.assess_waiting": NOTHING,
    "reviews.jobs.check_gold_leaks": NOTHING,
    "reviews.jobs.measure_anchoring": a_followed_suggestion,
    "reviews.jobs.measure_gold": a_gold_answer,
    "reviews.jobs.measure_waiting_gold": NOTHING,
    "reviews.jobs.count_changes": NOTHING,
    "reviews.jobs.redo_model_answers": answers_to_do_anew,
    "reviews.jobs.route_batch": a_certified_model,
    "reviews.jobs.route_waiting": waiting_tasks,
    "reviews.jobs.report_quality_drift": NOTHING,
    "reviews.jobs.compute_quality": lambda world: world["project"].pk,
    "reviews.jobs.forecast_batch": lambda world: world["batch"].pk,
    "reviews.jobs.refresh_forecasts": NOTHING,
    "reviews.jobs.refit_models": NOTHING,
    "reviews.jobs.refresh_batch_figures": NOTHING,
    "reviews.jobs.refresh_quality": NOTHING,
    "reviews.jobs.tend_second_looks": NOTHING,
    "reviews.jobs.predict_later_items": an_abandoned_training,
    "reviews.jobs.assess_detectors": a_decided_issue,
    "reviews.jobs.find_label_issues": a_prediction,
    "reviews.jobs.run_label_issues": a_look_at_labels,
    "reviews.jobs.run_return": a_return,
    "reviews.jobs.run_training": a_training,
    "reviews.jobs.run_withdrawal": a_withdrawal,
    "reviews.jobs.run_withdrawal_undo": a_withdrawal_undone,
    "reviews.jobs.tend_lots": a_sample,
    "reviews.jobs.take_all_looks": NOTHING,
    "reviews.jobs.take_looks": NOTHING,
    "reviews.jobs.weigh_all_models": a_model_to_weigh,
    "reviews.jobs.weigh_models": a_model_to_weigh,
    "tasks.jobs.end_suspensions": NOTHING,
    "tasks.jobs.expire_leases": NOTHING,
    "tasks.jobs.purge_drafts": NOTHING,
    "tasks.jobs.purge_files": an_old_rejection,
    "tasks.jobs.purge_bin": an_old_deletion,
    "tasks.jobs.set_aside_late": a_late_task,
    "tasks.jobs.run_deleting": a_deletion,
    "tasks.jobs.run_restoring": a_restore,
    "tasks.jobs.refresh_pace": NOTHING,
    "tasks.jobs.report_drift": NOTHING,
    "tasks.jobs.rescue_stranded": NOTHING,
    "tasks.jobs.run_adjusting": an_adjusting,
    "tasks.jobs.look_for_learned": NOTHING,
    "tasks.jobs.run_asking": an_asking,
    "tasks.jobs.run_learning": a_learning,
    "tasks.jobs.run_annotation_import": an_annotation_import,
    "tasks.jobs.run_export": an_export,
    "tasks.jobs.run_filling": a_filling,
    "tasks.jobs.run_import": an_import,
    "tasks.jobs.run_undo": an_undo,
    "tasks.jobs.run_stale": a_stale_check,
    "tasks.jobs.tell_due": a_late_batch,
    "tasks.jobs.take_out_abandoned": a_cancelled_filling,
}
# These look only, or refresh figures: their first run changes no row count.
QUIET = {
    "labelops.jobs.jobs.reap_jobs",
    "reviews.jobs.report_quality_drift",
    # Without a mail server; tests/labelops/test_notices_mail.py runs it twice with one.
    "labelops.notices.jobs.send_mail",
    # Sets up again what was asked to learn; tests/tasks/test_model_backends.py has one that has.
    "tasks.jobs.look_for_learned",
    "tasks.jobs.refresh_pace",
    "tasks.jobs.report_drift",
}


def door(name, world):
    """The call that Celery would make."""
    prepare = DOORS[name]
    argument = NOTHING if prepare is NOTHING else prepare(world)
    arguments = [] if argument is NOTHING else [argument]
    return lambda: app.tasks[name](*arguments)


@functools.cache
def counting():
    """The statement for each model: to write them anew was half of the time of these tests."""
    statements = {}
    for model in apps.get_models():
        if model._meta.app_label in OUR_APPS:
            rows, parameters = model.objects.order_by().values("pk").query.sql_with_params()
            counted = f"SELECT COUNT(*) FROM ({rows}) AS counted"
            statements[model._meta.label] = counted, parameters
    return statements


def facts():
    """What there is: rows of every table, and the states they are in."""
    counts = {}
    with connection.cursor() as cursor:
        for label, asked in counting().items():
            [counts[label]] = cursor.execute(*asked).fetchone()
    for model in (Task, Assignment, Job, Delivery):
        counts |= {
            (model.__name__, state): count
            for state, count in Counter(model.objects.values_list("state", flat=True)).items()
        }
    counts["rejected"] = Transfer.objects.filter(rejected__isnull=False).count()
    counts["drafts"] = sorted(Draft.objects.values_list("task", "annotator"))
    counts["missing"] = sorted(Task.objects.values_list("pk", "labels_missing"))
    names = [field.name for field in BatchTally._meta.fields if field.name.endswith("_count")]
    counts["tallies"] = [
        sum(values) for values in zip(*BatchTally.objects.values_list(*names), strict=True)
    ]
    return counts


def test_every_door_is_here():
    ours = {name for name in app.tasks if name.partition(".")[0] in OUR_APPS | {"labelops"}}
    assert ours == set(DOORS)


def test_every_door_of_the_schedule_exists():
    assert {entry["task"] for entry in app.conf.beat_schedule.values()} <= set(DOORS)


@pytest.mark.parametrize("name", DOORS)
def test_a_door_that_runs_twice_does_its_work_once(name, world):
    call = door(name, world)
    before = facts()
    call()
    once = facts()
    assert (before == once) == (name in QUIET)
    call()
    assert facts() == once
