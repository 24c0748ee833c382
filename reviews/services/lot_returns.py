"""Labels of a rejected lot that go back: to experts who look at all, or to be labeled anew.

The manager picks the classes and people that failed; a job walks the lot by key, in chunks, and
may be interrupted anywhere. What an expert has decided is left alone.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, save_progress
from labelops.notices.kinds import Kind
from reviews.models import Lot
from reviews.services.lot_notices import tell_managers
from reviews.services.references import BY_EXPERTS
from tasks.models import Annotation, Batch, LabelClass, Task
from tasks.services import results

KIND = "return_lot"
CHUNK = 500


class Way(models.TextChoices):
    """What becomes of the labels that go back."""

    REVIEW = "review", gettext_lazy("experts look at all of them")
    RELABEL = "relabel", gettext_lazy("their authors label them anew")


@dataclass(frozen=True)
class Picked:
    """Which labels of the lot: those that name a class or that a person answered, or all."""

    classes: Sequence[tuple[str, str]] = ()
    people: Sequence[int] = ()
    is_whole: bool = False

    def __bool__(self) -> bool:
        return self.is_whole or bool(self.classes or self.people)


def jobs_of(lot: Lot) -> QuerySet[Job]:
    return Job.objects.filter(kind=KIND, payload__lot=lot.pk)


def count(lot: Lot, picked: Picked) -> int:
    """How many labels would go back now."""
    if not picked:
        return 0
    members = lot.members
    within = Task.objects.filter(batch=lot.batch_id, pk__range=(members[0], members[-1]))
    found = _undecided(within, picked).values_list("pk", flat=True)
    return len(set(members.tolist()).intersection(found))


def start(lot: Lot, *, way: str, picked: Picked, by: User) -> Job:
    """Queue the return; the caller wakes the job. A lot may be returned in several parts."""
    if way not in Way.values:
        raise DomainError(_("This is not one of the choices."), field="way")
    if not picked:
        raise DomainError(
            _("Pick the classes or people whose labels go back, or the whole lot."),
            code="nothing_picked",
            field="classes",
        )
    with transaction.atomic():
        locked = Lot.objects.select_for_update(of=("self",)).select_related("batch__project")
        lot = locked.get(pk=lot.pk)
        if lot.state != Lot.State.REJECTED:
            raise Conflict(_("Only a rejected lot goes back."), code="wrong_state")
        if unfinished(lot):
            raise Conflict(_("Labels of this lot are still going back."), code="still_running")
        if way == Way.RELABEL:
            _require_workers(lot.batch)
        payload = {"lot": lot.pk, "way": way, **asdict(picked)}
        record(by, "lot.returned", lot, after=payload)
        tell_managers(lot, Kind.LOT_RETURNED, but=by)
        return create_job(KIND, payload, by=by, project_id=lot.batch.project_id)


def go_on(lot: Lot, *, by: User) -> Job:
    """Take up again what was stopped or failed; labels that are back stay there."""
    with transaction.atomic():
        Lot.objects.select_for_update(of=("self",)).get(pk=lot.pk)
        last = jobs_of(lot).first()
        if last is None or last.state not in {Job.State.CANCELLED, Job.State.FAILED}:
            raise Conflict(_("There is nothing to go on with."), code="nothing_to_resume")
        return create_job(KIND, last.payload, by=by, project_id=last.project_id)


def unfinished(lot: Lot) -> Job | None:
    return jobs_of(lot).filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).first()


def _require_workers(batch: Batch) -> None:
    if batch.state == Batch.State.CLOSED:
        raise Conflict(
            _("Reopen the batch first: nobody is handed anything of a closed one."),
            code="batch_closed",
        )
    if not batch.teams.exists():
        raise Conflict(_("No team works on the batch."), code="no_team")


def run_return(job: Job) -> None:
    """Send the labels back; called again after a crash it goes on where it was."""
    lot = Lot.objects.get(pk=job.payload["lot"])
    picked = Picked(
        classes=[(control, value) for control, value in job.payload["classes"]],
        people=job.payload["people"],
        is_whole=job.payload["is_whole"],
    )
    members = lot.members
    job.total_count = len(members)
    place = job.cursor.get("place", 0)
    while place < len(members):
        chunk = members[place : place + CHUNK].tolist()
        with transaction.atomic():
            tasks = Task.objects.filter(pk__in=chunk).order_by("pk")
            for task_id in list(_undecided(tasks, picked).values_list("pk", flat=True)):
                _send_back(results.lock_task(task_id), lot, job)
            place = job.cursor["place"] = place + len(chunk)
            job.done_count = place
            save_progress(job)


def _undecided(tasks: QuerySet[Task], picked: Picked) -> QuerySet[Task]:
    """The accepted ones among them that were picked and that no expert has decided."""
    rows = tasks.filter(state=Task.State.ACCEPTED).exclude(result_source__in=BY_EXPERTS)
    if picked.is_whole:
        return rows
    named = Q(pk__in=[])
    for control, value in picked.classes:
        named |= Q(control=control, value=value)
    labels = LabelClass.objects.filter(named, task=OuterRef("pk"))
    answers = Annotation.objects.filter(
        task=OuterRef("pk"), assignment__round=F("task__round"), author__in=picked.people
    )
    return rows.filter(Exists(labels) | Exists(answers))


def _send_back(task: Task, lot: Lot, job: Job) -> None:
    # Somebody may have decided it since it was looked up.
    if task.state != Task.State.ACCEPTED or task.result_source in BY_EXPERTS:
        return
    job.result["returned"] = job.result.get("returned", 0) + 1
    reason = f"lot {lot.number} was rejected"
    if job.payload["way"] == Way.REVIEW:
        results.open_review(task, by=job.created_by, reason=reason)
        return
    answers = Annotation.objects.filter(task=task, assignment__round=task.round)
    authors = [answer.author for answer in answers.select_related("author")]
    note: dict[str, Any] = {
        "reason": _("Too many labels were wrong"),
        "comment": _("A sample of these labels did not pass. Please look again, with care."),
    }
    active = [author for author in authors if author.is_active]
    results.open_relabel(task, active, by=job.created_by, reason=reason, note=note)
