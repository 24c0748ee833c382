"""The random sample of what experts decided: the one that figures of quality may rest on.

Every assessed task has a place in the random order of its batch. The sample are the tasks before
the first one that no expert has decided yet, whatever led to their decision: a simple random
sample, however many others were picked for their risk (the stopping place itself is left out, as
in inverse sampling, Haldane 1945).
"""

from django.db import connection
from django.db.models import Min

from reviews.models import Consensus, Measurement
from reviews.services import issue_outcomes, lot_samples
from reviews.services.measurements import measure
from tasks.models import Annotation, Task

Standing = Consensus.Standing
# The first key of PostgreSQL's advisory locks on samples; the second is the batch.
SAMPLE_LOCK = 6_001


def hold(batch_id: int) -> None:
    """Until the transaction ends, nobody else changes the sample of this batch.

    One decision may move the rows of many tasks, and two would wait for each other's. It comes
    after the locks on slots, tasks and lots, and before those on the consensus. SQLite has one
    writer at a time anyway.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", [SAMPLE_LOCK, batch_id])


def note_decision(task: Task, *, was_wrong: bool) -> None:
    """An expert has decided: the stored label was right or wrong. Extends the sample.

    Wrong once, wrong for good: work that came back corrected does not undo the mistake.
    """
    lot_samples.note(task, was_wrong=was_wrong)
    hold(task.batch_id)
    consensus = Consensus.objects.filter(task=task).first()
    if consensus is None:
        return
    consensus.was_wrong = was_wrong or bool(consensus.was_wrong)
    is_sampled = consensus.standing == Standing.SAMPLED
    if not is_sampled:
        consensus.standing = Standing.DECIDED
    consensus.save(update_fields=["standing", "was_wrong"])
    issue_outcomes.note(task, was_wrong=was_wrong)
    if is_sampled:
        measure_task(task)
    else:
        extend(task.batch_id)


def redecide(task: Task, *, was_wrong: bool | None) -> None:
    """Another decision takes the place of the first: what that one said of the label is void.

    `was_wrong` is None while the next decision is still to be noted.
    """
    lot_samples.forget(task)
    if was_wrong is not None:
        lot_samples.note(task, was_wrong=was_wrong)
    hold(task.batch_id)
    Consensus.objects.filter(task=task).update(was_wrong=was_wrong)
    issue_outcomes.redecide(task, was_wrong=was_wrong)
    measured = Measurement.objects.filter(annotation__task=task, source=Measurement.Source.AUDIT)
    if measured.exists():
        measure_task(task)


def reopen(task: Task, *, was_wrong: bool | None = None) -> None:
    """The only decision was taken back: nobody has decided, and nothing was measured.

    The sample ends before the task, as it did: what lies behind it leaves the sample until the
    task is decided again. `was_wrong` is what an earlier round had found.
    """
    lot_samples.forget(task)
    hold(task.batch_id)
    consensus = Consensus.objects.filter(task=task).first()
    if consensus is None:
        return
    if consensus.standing == Standing.SAMPLED:
        _end_before(consensus)
    consensus.standing, consensus.was_wrong = Standing.UNDECIDED, was_wrong
    consensus.save(update_fields=["standing", "was_wrong"])
    issue_outcomes.redecide(task, was_wrong=None)


def _end_before(consensus: Consensus) -> None:
    behind = Consensus.objects.filter(
        batch=consensus.batch_id, standing=Standing.SAMPLED, draw__gte=consensus.draw
    )
    Measurement.objects.filter(
        annotation__task__in=behind.values("task"), source=Measurement.Source.AUDIT
    ).delete()
    behind.update(standing=Standing.DECIDED)


def extend(batch_id: int) -> int:
    """Take what now lies before the first undecided task into the sample; return how many."""
    rows = Consensus.objects.filter(batch=batch_id)
    end = rows.filter(standing=Standing.UNDECIDED).aggregate(end=Min("draw"))["end"]
    decided = rows.filter(standing=Standing.DECIDED)
    if end is not None:
        decided = decided.filter(draw__lt=end)
    # Under their locks none is a decision that is being taken back at this moment.
    rows = decided.select_related("task").order_by("pk").select_for_update(of=("self",))
    found = list(rows)
    for consensus in found:
        consensus.standing = Standing.SAMPLED
        consensus.save(update_fields=["standing"])
        measure_task(consensus.task)
    return len(found)


def measure_task(task: Task) -> None:
    """Hold every answer to a sampled task against the label that experts stand for."""
    if task.state != Task.State.ACCEPTED or task.result_version is None:
        return
    made = Annotation.objects.filter(task=task)
    for annotation in made.select_related("instruction_version", "suggestion", "assignment"):
        measure(
            annotation,
            right=[task.result_answer],
            version=task.result_version,
            source=Measurement.Source.AUDIT,
        )
