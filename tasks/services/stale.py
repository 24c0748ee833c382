"""Labels that a change of the rules put in doubt: found, marked, sampled, made anew or kept.

The affected set is a query over the index of classes (`label_classes`); what is done to it is a
job that walks the set by key, in chunks, and may be interrupted anywhere.
"""

import hashlib
import json
import random
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import User
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, save_progress
from tasks.blocks.classes import Class
from tasks.models import Annotation, Batch, InstructionVersion, LabelClass, Project, Task
from tasks.services import batches, results
from tasks.services.archiving import lock_project
from tasks.services.label_classes import touched_classes

KIND = "stale_labels"
CHUNK = 500
SAMPLE = 50
SAMPLE_MOST = 500


class Policy(models.TextChoices):
    """What becomes of accepted labels that a breaking change touches."""

    KEEP = "keep", gettext_lazy("keep them as they are")
    AUDIT = "audit", gettext_lazy("have experts look at a random sample first")
    RELABEL = "relabel", gettext_lazy("have all of them labeled anew")


@dataclass(frozen=True)
class Affected:
    """The accepted labels of a project that name certain classes; None stands for all labels."""

    project: Project
    classes: frozenset[Class] | None

    @classmethod
    def by_change(cls, version: InstructionVersion) -> "Affected":
        touched = touched_classes(version)
        return cls(version.project, None if touched is None else frozenset(touched))

    def count(self) -> int:
        """One probe of the index, or the running counts when it is all labels."""
        if self.classes is None:
            own = self.project.batches.filter(tallies__isnull=False)
            return own.aggregate(count=models.Sum("tallies__accepted_count"))["count"] or 0
        if not self.classes:
            return 0
        named = self._named()
        if len(self.classes) == 1:
            return named.count()
        return named.aggregate(count=models.Count("task", distinct=True))["count"]

    def tasks(self) -> QuerySet[Task]:
        accepted = Task.objects.filter(batch__project=self.project.pk, state=Task.State.ACCEPTED)
        return accepted if self.classes is None else accepted.filter(pk__in=self.task_ids())

    def task_ids(self) -> QuerySet[LabelClass, int]:
        return self._named().order_by().values_list("task", flat=True)

    def _named(self) -> QuerySet[LabelClass]:
        any_of = Q(pk__in=[])
        by_control: dict[str, list[str]] = {}
        for control, value in sorted(self.classes or ()):
            by_control.setdefault(control, []).append(value)
        for control, values in by_control.items():
            any_of |= Q(control=control, value__in=values)
        return LabelClass.objects.filter(any_of, project=self.project.pk)

    def after(self, place: list[Any] | None) -> tuple[list[int], list[Any] | None]:
        """The next task ids after a place in the walk, and the place where they end (None: done).

        Class by class along the index, so that a chunk costs the same anywhere in the walk. A task
        that names two of the classes comes twice.
        """
        if self.classes is None:
            last = place[1] if place else 0
            rows = self.tasks().filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)
            ids = list(rows[:CHUNK])
            return ids, [0, ids[-1]] if len(ids) == CHUNK else None
        ordered = sorted(self.classes)
        index, last = place or [0, 0]
        if index >= len(ordered):
            return [], None
        control, value = ordered[index]
        rows = LabelClass.objects.filter(
            project=self.project.pk, control=control, value=value, task__gt=last
        )
        ids = list(rows.order_by("task").values_list("task", flat=True)[:CHUNK])
        if len(ids) == CHUNK:
            return ids, [index, ids[-1]]
        return ids, [index + 1, 0] if index + 1 < len(ordered) else None


def start(version: InstructionVersion, *, policy: str, sample: int, by: User) -> Job | None:
    """Queue what the policy asks for; None when it asks for nothing. The caller wakes the job."""
    if policy not in Policy.values:
        raise DomainError(_("This is not one of the choices."), field="policy")
    is_breaking = InstructionVersion.Change.BREAKING in version.changes.values()
    if not is_breaking or policy == Policy.KEEP:
        return None
    if not 1 <= sample <= SAMPLE_MOST:
        raise DomainError(
            _("A sample has 1 to %(most)d labels.") % {"most": SAMPLE_MOST}, field="sample"
        )
    seed = random.SystemRandom().getrandbits(32)
    payload = {"version": version.pk, "policy": policy, "sample": sample, "seed": seed}
    return create_job(KIND, payload, by=by, project_id=version.project_id)


def decide_rest(version: InstructionVersion, *, policy: str, by: User) -> Job:
    """Keep, or have labeled anew, whatever is still marked as stale by a version."""
    if policy not in {Policy.KEEP, Policy.RELABEL}:
        raise DomainError(_("This is not one of the choices."), field="policy")
    with transaction.atomic():
        lock_project(version.project_id)
        if unfinished_job(version):
            raise Conflict(
                _("The labels are still being gone through. Wait until that is done."),
                code="still_running",
            )
        payload = {"version": version.pk, "rest": policy}
        return create_job(KIND, payload, by=by, project_id=version.project_id)


def go_on(version: InstructionVersion, *, by: User) -> Job:
    """Take up again what was cancelled or failed; labels that are done stay done."""
    with transaction.atomic():
        lock_project(version.project_id)
        last = jobs_of(version).first()
        if last is None or last.state not in {Job.State.CANCELLED, Job.State.FAILED}:
            raise Conflict(_("There is nothing to go on with."), code="nothing_to_resume")
        return create_job(KIND, last.payload, by=by, project_id=version.project_id)


def jobs_of(version: InstructionVersion) -> QuerySet[Job]:
    return Job.objects.filter(kind=KIND, payload__version=version.pk)


def unfinished_job(version: InstructionVersion) -> Job | None:
    return jobs_of(version).filter(state__in=[Job.State.QUEUED, Job.State.RUNNING]).first()


def run_stale(job: Job) -> None:
    """Carry a policy out; called again after a crash it goes on where it was."""
    version = InstructionVersion.objects.select_related("project").get(pk=job.payload["version"])
    if "rest" in job.payload:
        _go_through_rest(job, version)
    else:
        _go_through_affected(job, version)


def _go_through_affected(job: Job, version: InstructionVersion) -> None:
    affected = Affected.by_change(version)
    if job.total_count is None:
        job.total_count = affected.count()
    place = job.cursor.get("place")
    while not job.cursor.get("is_walked"):
        ids, place = affected.after(place)
        with transaction.atomic():
            _go_through(job, version, ids)
            job.cursor = {"place": place, "is_walked": place is None}
            save_progress(job)
    if job.payload["policy"] == Policy.AUDIT:
        _open_sample(job, version)


def _go_through(job: Job, version: InstructionVersion, ids: list[int]) -> None:
    """Mark the labels that were decided under older versions; a second visit changes nothing."""
    is_older = Q(result_version=None) | Q(result_version__number__lt=version.number)
    rows = Task.objects.filter(is_older, pk__in=ids, state=Task.State.ACCEPTED)
    rows = rows.exclude(stale_version=version).select_for_update(of=("self",))
    found = list(rows.order_by("pk").values_list("pk", flat=True))
    Task.objects.filter(pk__in=found).update(stale_version=version)
    job.done_count += len(found)
    if job.payload["policy"] == Policy.AUDIT:
        _draw(job, found)
        return
    for task_id in found:
        _relabel(job, version, results.lock_task(task_id))


def _draw(job: Job, task_ids: list[int]) -> None:
    """Keep the tasks with the smallest random numbers: a uniform sample, however often resumed."""
    seed = job.payload["seed"]
    numbers = [[hashlib.sha256(f"{seed}:{pk}".encode()).hexdigest()[:16], pk] for pk in task_ids]
    drawn = sorted([*job.result.get("drawn", []), *numbers])
    job.result["drawn"] = drawn[: job.payload["sample"]]


def digest(answer: Any) -> str:
    """Tells whether an audit changed a label."""
    return hashlib.sha256(json.dumps(answer, sort_keys=True).encode()).hexdigest()[:16]


def _open_sample(job: Job, version: InstructionVersion) -> None:
    """Put the sample on the review desk."""
    with transaction.atomic():
        sample = {}
        for _number, task_id in job.result.pop("drawn", []):
            task = results.lock_task(task_id)
            if task.state == Task.State.ACCEPTED and task.stale_version_id == version.pk:
                sample[task_id] = digest(task.result_answer)
                reason = f"audit after version {version.number}"
                results.open_review(task, by=job.created_by, reason=reason)
        if "sample" not in job.result:
            job.result["sample"] = sample
        save_progress(job)


def _relabel(job: Job, version: InstructionVersion, task: Task) -> None:
    if not can_be_worked_on(task.batch, by=job.created_by):
        job.result["no_team"] = job.result.get("no_team", 0) + 1
        return
    answers = Annotation.objects.filter(task=task, assignment__round=task.round)
    authors = [answer.author for answer in answers.select_related("author")]
    note = {
        "reason": _("The rules have changed"),
        "comment": _("Please answer under version %(number)d.") % {"number": version.number},
    }
    results.open_relabel(
        task,
        [author for author in authors if author.is_active],
        by=job.created_by,
        reason=f"labeled anew after version {version.number}",
        note=note,
    )


def can_be_worked_on(batch: Batch, *, by: User | None) -> bool:
    """Reopens a closed batch; one without a team has nobody who could label it."""
    if not batch.teams.exists():
        return False
    if batch.state == Batch.State.CLOSED and by is not None:
        batches.start_batch(batch, by=by)
    return True


def _go_through_rest(job: Job, version: InstructionVersion) -> None:
    waiting = Task.objects.filter(stale_version=version, state=Task.State.ACCEPTED)
    if job.total_count is None:
        job.total_count = waiting.count()
    last = job.cursor.get("last", 0)
    while ids := list(
        waiting.filter(pk__gt=last).order_by("pk").values_list("pk", flat=True)[:CHUNK]
    ):
        with transaction.atomic():
            for task_id in ids:
                task = results.lock_task(task_id)
                if task.state != Task.State.ACCEPTED or task.stale_version_id != version.pk:
                    continue
                job.done_count += 1
                if job.payload["rest"] == Policy.RELABEL:
                    _relabel(job, version, task)
                else:
                    task.stale_version = None
                    task.save(update_fields=["stale_version"])
            last = job.cursor["last"] = ids[-1]
            save_progress(job)
