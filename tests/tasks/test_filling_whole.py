"""People get none or all of what one import, or one filling, adds to a running batch."""

import io

import pytest

from labelops.accounts.models import Role
from labelops.errors import Conflict, DomainError
from labelops.jobs import services as jobs
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job, run_job
from tasks.models import Batch, Task
from tasks.services import (
    batch_filling,
    batch_items,
    batches,
    grid,
    handout,
    import_undo,
    imports,
    item_intake,
    overlaps,
    recounts,
    slots,
)
from tasks.services.imports import run_import, start_import
from tests.factories import make_batch, make_item, make_member, make_task
from tests.tasks.imports import Killed, as_if_silent, finish
from tests.tasks.labeling import answer, take
from tests.tasks.test_predictions_services import predict, suggesting

pytestmark = pytest.mark.django_db
ROWS = 23


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch):
    monkeypatch.setattr(imports, "CHUNK", 5)
    monkeypatch.setattr(imports, "BATCH_CHUNK", 4)
    monkeypatch.setattr(batch_items, "CHUNK", 3)


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER)


@pytest.fixture
def batch(project, team):
    """It runs, and has one task that people may take."""
    batch = make_batch(project, team, name="running", overlap=1)
    make_task(batch)
    return batch


def begin(batch, rows=ROWS, first=0):
    lines = "".join(f"i{number},text\n" for number in range(first, first + rows))
    return start_import(
        batch.project,
        file=io.BytesIO(f"id,text\n{lines}".encode()),
        file_name="f",
        by=batch.project.created_by,
        batch=batch.name,
    )


def at_each_report(monkeypatch, happens):
    """`happens(job)` after each progress report of an import or a filling is written."""
    real = jobs.save_progress

    def watched(job):
        real(job)
        happens(job)

    for module in (imports, item_intake, batch_filling):
        monkeypatch.setattr(module, "save_progress", watched)


def is_whole(batch):
    return not recounts.recount(batch)


def open_to(person):
    """How many tasks the person holds after asking for all there is."""
    return len(take(person, count=50, most=50))


def test_the_hand_out_gives_nothing_of_an_import_before_its_end(batch, ana, bo, monkeypatch):
    held = take(ana, count=50, most=50)
    seen, stored = [], []

    def poll(job):
        stored.append(batch.tasks.count())
        if job.cursor["phase"] != "end":
            seen.append(open_to(bo))

    transfer = begin(batch)
    with monkeypatch.context() as patch:
        at_each_report(patch, poll)
        job = finish(transfer, run_import)
    assert job.state == Job.State.DONE
    assert len(held) == 1
    assert set(seen) == {0}
    assert len({count for count in stored if 1 < count < ROWS + 1}) > 3
    assert open_to(bo) == ROWS
    assert is_whole(batch)


def test_the_reason_says_that_all_is_done(batch, ana, bo, monkeypatch):
    take(ana)
    reasons = []
    at_each_report(monkeypatch, lambda job: reasons.append(handout.next_assignments(bo).reason))
    finish(begin(batch), run_import)
    assert set(reasons[:-1]) == {"You have done everything that is open to you. Thank you!"}


@pytest.mark.parametrize("call", range(6, 14))
@pytest.mark.parametrize("after_write", [False, True])
def test_killed_anywhere_it_shows_nothing_until_it_is_resumed(
    batch, ana, bo, monkeypatch, call, after_write
):
    take(ana)
    transfer, calls = begin(batch), []
    real = jobs.save_progress

    def deadly(job):
        calls.append(job)
        if len(calls) == call and not after_write:
            raise Killed
        real(job)
        if len(calls) == call:
            raise Killed

    with monkeypatch.context() as patch:
        for module in (imports, item_intake):
            patch.setattr(module, "save_progress", deadly)
        with pytest.raises(Killed):
            run_job(transfer.job_id, run_import)
    as_if_silent(transfer.job_id)
    assert open_to(bo) == 0
    assert finish(transfer, run_import).state == Job.State.DONE
    assert open_to(bo) == ROWS
    assert is_whole(batch)


@pytest.mark.parametrize("ending", ["cancelled", "closed"])
def test_what_does_not_end_is_taken_out_again(batch, ana, bo, mei, monkeypatch, ending):
    take(ana)
    monkeypatch.setattr(batch_filling, "CHUNKS_TAKEN_OUT", 2)

    def stop(job):
        if job.cursor.get("phase") != "batch" or batch.tasks.count() < 8:
            return
        if ending == "cancelled":
            cancel_job(Job.objects.get(pk=job.pk), by=mei)
        elif Batch.objects.get(pk=batch.pk).state == Batch.State.RUNNING:
            batches.close_batch(batch, by=mei)

    transfer = begin(batch)
    with monkeypatch.context() as patch:
        at_each_report(patch, stop)
        job = finish(transfer, run_import)
    assert job.state == ("cancelled" if ending == "cancelled" else "failed")
    if ending == "closed":
        assert job.errors[-1]["code"] == "wrong_state"
        batches.start_batch(batch, by=mei)
    assert batch.tasks.count() > 8
    assert open_to(bo) == 0
    added = batch.tasks.last()
    # The number of labels changes meanwhile.
    batches.update_batch(batch, by=mei, overlap=2)
    overlaps.adjust(list(batch.tasks.values_list("pk", flat=True)), by=mei)
    while batch_filling.take_out_abandoned():
        assert open_to_unless_done(batch, bo) <= 0
    batch.refresh_from_db()
    assert (batch.filling, batch.fresh_below) == (None, None)
    assert batch.tasks.count() == 1
    assert not Task.objects.filter(pk=added.pk).exists()
    assert open_to(bo) == 1
    assert is_whole(batch)
    again = finish(begin(batch), run_import)
    assert again.result["batched"] == ROWS


def test_an_import_into_a_batch_that_is_filled_waits_for_its_turn(batch, ana, monkeypatch):
    second, states = begin(batch, rows=4, first=50), []

    def meanwhile(job):
        if job.cursor.get("phase") == "batch" and not states and batch.tasks.count() > 4:
            states.append("going on")
            run_job(second.job_id, run_import)
            states.append(Job.objects.get(pk=second.job_id))

    first = begin(batch)
    with monkeypatch.context() as patch:
        at_each_report(patch, meanwhile)
        finish(first, run_import)
    waiting = states[1]
    assert (waiting.state, waiting.claim, waiting.attempt_count) == ("queued", None, 0)
    assert open_to(ana) == ROWS + 1
    assert finish(second, run_import).result["batched"] == 4
    assert batch.tasks.count() == ROWS + 5


def test_by_hand_nothing_joins_a_batch_that_is_filled(batch, mei, monkeypatch):
    loose, refused = make_item(batch.project), []

    def try_both(job):
        if Batch.objects.get(pk=batch.pk).filling_id is None:
            return
        for attempt in (
            lambda: batch_items.add_items(batch, [loose.pk], by=mei),
            lambda: batches.calibrate_batch(batch, by=mei),
        ):
            with pytest.raises(Conflict) as caught:
                attempt()
            refused.append(caught.value.code)

    with monkeypatch.context() as patch:
        at_each_report(patch, try_both)
        finish(begin(batch), run_import)
    assert set(refused) == {"being_filled"}
    assert batch_items.add_items(batch, [loose.pk], by=mei) == 1


def test_a_filling_by_a_job_opens_all_at_once_too(batch, ana, mei, monkeypatch):
    monkeypatch.setattr(batch_filling, "AT_ONCE", 0)
    answer(take(ana)[0], ana)
    for _number in range(8):
        make_item(batch.project)
    job = batch_filling.fill(batch, "all", by=mei).job
    seen = []
    with monkeypatch.context() as patch:
        at_each_report(patch, lambda _job: seen.append(open_to_unless_done(batch, ana)))
        run_job(job.pk, batch_filling.run_filling)
    assert set(seen[:-1]) == {0}
    assert open_to(ana) == 8


def open_to_unless_done(batch, person):
    is_filling = Batch.objects.get(pk=batch.pk).filling_id is not None
    return open_to(person) if is_filling else -1


def test_items_added_by_hand_come_together(batch, mei):
    ids = [make_item(batch.project).pk for _number in range(7)]
    with pytest.raises(DomainError, match="do not belong"):
        batch_items.add_items(batch, [*ids, 10**9], by=mei)
    assert batch.tasks.count() == 1


def test_such_an_import_is_taken_back_as_any_other(batch, mei):
    transfer = begin(batch)
    finish(transfer, run_import)
    undo = import_undo.start_undo(transfer, by=mei)
    finish(undo, import_undo.run_undo)
    assert batch.tasks.count() == 1
    assert is_whole(batch)


def test_the_grid_looks_at_nothing_that_waits(project, team, ana, monkeypatch):
    batch = suggesting(project, team)
    transfer = begin(batch)

    def die(job):
        if batch.tasks.count() > 8:
            raise Killed

    with monkeypatch.context() as patch:
        at_each_report(patch, die)
        with pytest.raises(Killed):
            run_job(transfer.job_id, run_import)
    as_if_silent(transfer.job_id)
    for task in batch.tasks.select_related("item"):
        predict(project, task.item, "wren")
    waiting = batch.assignments.values_list("pk", flat=True)
    assert grid.next_page(ana, batch.pk).assignments == []
    # What a page looked at a moment before the filling began is judged again when it is claimed.
    assert not slots.still_open(waiting).filter(slots.handed_out()).exists()
    finish(transfer, run_import)
    assert len(grid.next_page(ana, batch.pk).assignments) == 8
