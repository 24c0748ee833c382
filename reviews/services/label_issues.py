"""Finds labels that look wrong, and keeps each until an expert has decided it or it is gone."""

from contextlib import suppress

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, save_progress
from reviews.models import Consensus, LabelIssue
from reviews.services import detector_standings, suspicions
from reviews.services.label_issue_scan import Suspect, labels_of, newest_version, scan
from reviews.services.references import BY_EXPERTS
from tasks.models import ModelVersion, Prediction, Project, Task
from tasks.services import results
from tasks.services.archiving import lock_project, require_live
from tasks.services.instructions import current_schema

KIND = "find_label_issues"
FOUND = ("revision", "model_version", "label", "suggested", "score", "rank", "found_at")


def jobs_of(project: Project) -> QuerySet[Job]:
    return Job.objects.filter(kind=KIND, project_id=project.pk)


def start(project: Project, *, by: User | None) -> Job:
    """Queue a look at all labels; the caller wakes the job. Raises Conflict when there is one."""
    require_live(project)
    if newest_version(project) is None:
        raise Conflict(
            _("No model has predicted anything here that could be held against the labels."),
            code="no_predictions",
            hint=_("Send predictions by the API, or train the model that is built in."),
        )
    with transaction.atomic():
        lock_project(project.pk)
        if unfinished(project):
            raise Conflict(_("The labels are being looked at already."), code="still_running")
        return create_job(KIND, {"project": project.pk}, by=by, project_id=project.pk)


def start_due() -> list[Job]:
    """Once a night: a job for every project that has labels or predictions since its last one."""
    says = Prediction.objects.filter(model_version__project=OuterRef("pk"))
    found = []
    for project in Project.objects.live().filter(Exists(says)):
        if _has_news(project):
            # It may run already, or all its models are stopped.
            with suppress(Conflict):
                found.append(start(project, by=None))
    return found


def _has_news(project: Project) -> bool:
    last = jobs_of(project).filter(state=Job.State.DONE).first()
    if last is None:
        return True
    labels = Consensus.objects.filter(project=project, computed_at__gt=last.created_at)
    said = Prediction.objects.filter(model_version__project=project, created_at__gt=last.created_at)
    return labels.exists() or said.exists()


def run(job: Job) -> None:
    """Look at all labels anew; called again after a crash it begins again, and changes nothing."""
    project = Project.objects.get(pk=job.payload["project"])
    version = newest_version(project)
    job.done_count, job.total_count = 0, labels_of(project).count()

    def tick(count: int) -> None:
        job.done_count += count
        save_progress(job)

    if version is None:
        job.result = {"labels": 0, "found": 0}
        return
    found = scan(version, current_schema(project), tick=tick)
    with transaction.atomic():
        lock_project(project.pk)
        keep(version, found.suspects)
        detector_standings.assess(project)
        suspicions.feed(project)
        job.result = {"labels": found.labels, "found": len(found.suspects)}
        save_progress(job)


def unfinished(project: Project) -> Job | None:
    return jobs_of(project).filter(state__in=Job.UNFINISHED).first()


def send_to_review(project: Project, issue_ids: list[int], *, by: User) -> int:
    """Have experts look at these labels, whatever else waits. Returns how many were sent.

    Those that wait for an expert already are left alone, as are those that one has decided.
    """
    require_live(project)
    if not issue_ids:
        raise DomainError(_("Tick the labels that experts are to look at."), field="issue")
    chosen = LabelIssue.objects.waiting().filter(project=project, pk__in=issue_ids)
    count = 0
    with transaction.atomic():
        for task_id in chosen.order_by("task").values_list("task", flat=True).distinct():
            task = results.lock_task(task_id)
            if task.state == Task.State.ACCEPTED and task.result_source not in BY_EXPERTS:
                results.open_review(task, by=by, reason="the label looks wrong to a model")
                count += 1
    return count


def keep(version: ModelVersion, suspects: list[Suspect]) -> None:
    """Make the open issues of the project those that were found; the same again changes nothing.

    Callers are in a transaction. What an expert decided stays as it is, and is suspected no more.
    """
    suspects = _still_open(suspects)
    open_ones = LabelIssue.objects.filter(project=version.project, is_confirmed__isnull=True)
    known = {(issue.task_id, issue.detector): issue for issue in open_ones}
    now = timezone.now()
    added, changed = [], []
    for suspect in suspects:
        issue = known.pop((suspect.task_id, suspect.detector), None)
        facts = _facts(version, suspect)
        if issue is None:
            added.append(
                LabelIssue(
                    project=version.project,
                    task_id=suspect.task_id,
                    detector=suspect.detector,
                    found_at=now,
                    **facts,
                )
            )
        elif any(getattr(issue, name) != value for name, value in facts.items()):
            if (issue.revision, issue.model_version_id) != (suspect.revision, version.pk):
                issue.found_at = now
            for name, value in facts.items():
                setattr(issue, name, value)
            changed.append(issue)
    LabelIssue.objects.filter(pk__in=[issue.pk for issue in known.values()]).delete()
    LabelIssue.objects.bulk_create(added, batch_size=500)
    LabelIssue.objects.bulk_update(changed, FOUND, batch_size=500)
    if added or known:
        after = {"added": len(added), "gone": len(known), "open": len(suspects)}
        record(None, "label_issues.found", version, after=after)


def _still_open(suspects: list[Suspect]) -> list[Suspect]:
    """Those whose label has not changed since; under the lock that a decision waits for."""
    rows = Consensus.objects.filter(
        task__in=[suspect.task_id for suspect in suspects], standing=Consensus.Standing.UNDECIDED
    ).order_by("pk")
    locked = rows.select_for_update(of=("self",))
    revisions = dict(locked.values_list("task", "task__result_revision"))
    return [suspect for suspect in suspects if revisions.get(suspect.task_id) == suspect.revision]


def _facts(version: ModelVersion, suspect: Suspect) -> dict[str, object]:
    finding = suspect.finding
    return {
        "revision": suspect.revision,
        "model_version_id": version.pk,
        "label": finding.label,
        "suggested": finding.suggested,
        "score": round(finding.score, 6),
        "rank": suspect.rank,
    }
