"""Takes a person's work of a project out since a moment, and puts back what nobody has redone.

Two jobs walk the answers by key, in chunks, and may be interrupted anywhere: each answer is locked
and looked at again before anything happens to it.
"""

from datetime import datetime

from django.db import models, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError, NotAllowed
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, save_progress
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify
from reviews.models import CalibrationRun, Measurement, Withdrawal, WithdrawnLabel
from reviews.services.references import BY_EXPERTS
from tasks.models import Annotation, Project, Task
from tasks.services import slots, taken_out, tallies
from tasks.services.archiving import lock_project
from tasks.services.checks import REASON_LENGTH, check_words

KIND = "withdraw_work"
UNDO_KIND = "undo_withdrawal"
CHUNK = 25
STOPPED = (Job.State.CANCELLED, Job.State.FAILED)
Outcome = WithdrawnLabel.Outcome


class Fate(models.TextChoices):
    """What a withdrawal does with an answer: the first four go out."""

    ACCEPTED = "accepted", gettext_lazy("an accepted label rests on it: the task opens again")
    REVIEWED = "reviewed", gettext_lazy("waits for a review, which ends: the task opens again")
    LABELING = "labeling", gettext_lazy("is still being labeled: somebody else is asked")
    ASIDE = "aside", gettext_lazy("its round is over, or an expert has it: nobody else is asked")
    DECIDED = "decided", gettext_lazy("stays: an expert has decided")
    GOLD = "gold", gettext_lazy("stays: gold, which measures the person")
    CALIBRATION = "calibration", gettext_lazy("stays: given in a calibration")


GOES_OUT = (Fate.ACCEPTED, Fate.REVIEWED, Fate.LABELING, Fate.ASIDE)


def answers_since(
    project: Project, person: User, since: datetime, until: datetime
) -> QuerySet[Annotation]:
    """What the person answered in that time, each with its `fate`; nothing of items in the bin."""
    rows = Annotation.objects.filter(
        author=person,
        submitted_at__gte=since,
        submitted_at__lte=until,
        task__batch__project=project,
        task__set_aside__isnull=True,
    )
    is_held = When(task__state=Task.State.ON_HOLD, then=F("task__held_state"))
    is_this_round = Q(assignment__round=F("task__round"))
    by_vote = Q(work_state=Task.State.ACCEPTED, task__result_source__in=taken_out.BY_ANNOTATORS)
    decided = (
        ~Q(state=Annotation.State.SUBMITTED)
        | Q(work_state=Task.State.ACCEPTED, task__result_source__in=BY_EXPERTS)
        | Exists(Measurement.objects.filter(annotation=OuterRef("pk"), is_void=False))
    )
    calibrations = CalibrationRun.objects.filter(run=OuterRef("task__batch"))
    return rows.annotate(
        work_state=Case(is_held, default=F("task__state")),
        fate=Case(
            When(task__state=Task.State.GOLD, then=Value(Fate.GOLD)),
            When(Exists(calibrations), then=Value(Fate.CALIBRATION)),
            When(decided, then=Value(Fate.DECIDED)),
            When(by_vote & is_this_round, then=Value(Fate.ACCEPTED)),
            When(is_this_round & Q(work_state=Task.State.IN_REVIEW), then=Value(Fate.REVIEWED)),
            When(is_this_round & Q(work_state__in=slots.UNANSWERED), then=Value(Fate.LABELING)),
            default=Value(Fate.ASIDE),
            output_field=models.CharField(),
        ),
    )


def withdraw(
    project: Project,
    person: User,
    *,
    since: datetime,
    reason: str,
    by: User,
    now: datetime | None = None,
) -> Withdrawal:
    """Begin to take the work out; the caller wakes the job.

    Raises NotAllowed for one's own work, DomainError for a moment to come or when there is
    nothing, Conflict `still_running` while another withdrawal of the person is under way, or when
    the project is not live.
    """
    now = now or timezone.now()
    reason = check_words(reason, REASON_LENGTH, field="reason")
    if by.pk == person.pk:
        raise NotAllowed(_("Nobody takes out their own work."))
    if since >= now:
        raise DomainError(_("This moment is still to come."), field="since")
    with transaction.atomic():
        _require_rest(lock_project(project.pk), person)
        if not answers_since(project, person, since, now).filter(fate__in=GOES_OUT).exists():
            raise DomainError(
                _("There is no answer of this person since then that can be taken out."),
                code="nothing_to_withdraw",
                field="since",
            )
        withdrawal = Withdrawal(
            project=project,
            person=person,
            since=since,
            until=now,
            reason=reason,
            started_by=by,
            started_at=now,
            changed_at=now,
        )
        job = withdrawal.job = create_job(KIND, {}, by=by, project_id=project.pk)
        withdrawal.save()
        job.payload = {"withdrawal": withdrawal.pk}
        job.save(update_fields=["payload"])
        after = {"person": person.pk, "since": since.isoformat()}
        record(by, "withdrawal.started", withdrawal, after=after, reason=reason)
        told = {"project": project.name, "detail": reason}
        notify([person], Kind.ANSWERS_TAKEN_OUT, about=withdrawal, parameters=told)
    return withdrawal


def _require_rest(project: Project, person: User) -> None:
    running = Q(job__state__in=Job.UNFINISHED) | Q(undoing__state__in=Job.UNFINISHED)
    if Withdrawal.objects.filter(running, project=project, person=person).exists():
        raise Conflict(
            _("Work of this person is being taken out or put back already."),
            code="still_running",
            hint=_("Wait until it has ended, or stop it."),
        )


def go_on(withdrawal: Withdrawal, *, by: User) -> Job:
    """Take up again what was stopped or failed, unless it was undone since."""
    with transaction.atomic():
        found = _locked(withdrawal, by)
        if not can_go_on(found):
            raise Conflict(_("There is nothing to go on with."), code="nothing_to_resume")
        _require_rest(lock_project(found.project_id), found.person)
        found.job = create_job(KIND, found.job.payload, by=by, project_id=found.project_id)
        found.save(update_fields=["job"])
        return found.job


def undo(withdrawal: Withdrawal, *, by: User) -> Job:
    """Begin to put back what nobody has redone; the caller wakes the job."""
    with transaction.atomic():
        found = _locked(withdrawal, by)
        if not can_undo(found):
            raise Conflict(_("There is nothing left to put back."), code="nothing_to_undo")
        _require_rest(lock_project(found.project_id), found.person)
        found.undoing = create_job(UNDO_KIND, found.job.payload, by=by, project_id=found.project_id)
        found.save(update_fields=["undoing"])
        record(by, "withdrawal.undone", found)
        return found.undoing


def _locked(withdrawal: Withdrawal, by: User) -> Withdrawal:
    if by.pk == withdrawal.person_id:
        raise NotAllowed(_("Nobody decides about their own work."))
    rows = Withdrawal.objects.select_for_update(of=("self",))
    return rows.select_related("project", "person", "job", "undoing").get(pk=withdrawal.pk)


def unfinished_job(withdrawal: Withdrawal) -> Job | None:
    jobs = [job for job in (withdrawal.undoing, withdrawal.job) if job is not None]
    return next((job for job in jobs if not job.is_finished), None)


def can_go_on(withdrawal: Withdrawal) -> bool:
    return withdrawal.undoing is None and withdrawal.job.state in STOPPED


def can_undo(withdrawal: Withdrawal) -> bool:
    """Whether nothing runs and something is still out that was not found taken."""
    is_resting = unfinished_job(withdrawal) is None
    return is_resting and withdrawal.labels.filter(outcome=Outcome.OUT).exists()


def run_withdrawal(job: Job) -> None:
    """Take the answers out; called again after a crash it goes on where it was."""
    withdrawal = Withdrawal.objects.select_related("project", "person").get(job=job)
    rows = answers_since(
        withdrawal.project, withdrawal.person, withdrawal.since, withdrawal.until
    ).filter(fate__in=GOES_OUT)
    last = job.cursor.get("annotation", 0)
    rest = rows.filter(pk__gt=last).order_by("pk")
    job.total_count = job.done_count + rest.count()
    while chunk := list(rest.filter(pk__gt=last)[:CHUNK]):
        with transaction.atomic():
            tally = tallies.Changes()
            for annotation in chunk:
                _take_out(withdrawal, annotation, job, tally)
            last = job.cursor["annotation"] = chunk[-1].pk
            job.done_count += len(chunk)
            _store(withdrawal, job, tally)


def _take_out(
    withdrawal: Withdrawal, annotation: Annotation, job: Job, tally: tallies.Changes
) -> None:
    done = taken_out.take_out(
        annotation, by=job.created_by, reason=withdrawal.reason, now=timezone.now(), tally=tally
    )
    if done is None:
        return
    WithdrawnLabel.objects.create(
        withdrawal=withdrawal,
        annotation=annotation,
        batch_id=done.batch_id,
        slot=done.slot,
        state_before=done.state_before,
        was_accepted=done.was_accepted,
    )


def run_undo(job: Job) -> None:
    """Put back whose slots nobody has taken, and note of the others that they stay out."""
    withdrawal = Withdrawal.objects.get(undoing=job)
    last = job.cursor.get("label", 0)
    rest = withdrawal.labels.filter(outcome=Outcome.OUT, pk__gt=last).order_by("pk")
    job.total_count = job.done_count + rest.count()
    rows = rest.select_related("annotation", "slot")
    while chunk := list(rows.filter(pk__gt=last)[:CHUNK]):
        with transaction.atomic():
            tally = tallies.Changes()
            for label in chunk:
                _put_back(label, job, tally)
            last = job.cursor["label"] = chunk[-1].pk
            job.done_count += len(chunk)
            _store(withdrawal, job, tally)


def _put_back(label: WithdrawnLabel, job: Job, tally: tallies.Changes) -> None:
    is_back = taken_out.put_back(
        label.annotation,
        slot=label.slot,
        state_before=label.state_before,
        by=job.created_by,
        reason="the withdrawal was undone",
        now=timezone.now(),
        tally=tally,
    )
    label.outcome = Outcome.BACK if is_back else Outcome.KEPT_OUT
    label.save(update_fields=["outcome"])


def _store(withdrawal: Withdrawal, job: Job, tally: tallies.Changes) -> None:
    withdrawal.changed_at = timezone.now()
    withdrawal.save(update_fields=["changed_at"])
    tally.store(job.created_by_id)
    save_progress(job)
