"""Bulk edits: one act on many items, done and taken back by jobs that may be interrupted anywhere.

Each item has a row that says what became of it. A row is stored together with the change itself,
so that a killed job finds only the rest when it is taken up again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from datasets.models import BulkEdit, BulkEditRow
from datasets.services.edit_acts.asking import ASK
from datasets.services.edit_acts.excluding import EXCLUDE
from datasets.services.edit_acts.fixing import FIX
from datasets.services.edit_acts.kinds import Act
from datasets.services.edit_acts.relabeling import RELABEL
from datasets.services.edit_acts.tagging import TAG, UNTAG
from datasets.services.edit_facts import facts_of
from labelops.accounts.models import Role, User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError, NotAllowed
from labelops.jobs.models import Job
from labelops.jobs.services import create_job, save_progress
from tasks import access
from tasks.models import Project
from tasks.services.archiving import require_live
from tasks.services.checks import REASON_LENGTH, check_words

KIND = "bulk_edit"
UNDO_KIND = "undo_bulk_edit"
ITEMS_MOST = 5_000
STOPPED = (Job.State.CANCELLED, Job.State.FAILED)
State = BulkEditRow.State
Kind = BulkEdit.Act
ACTS: dict[str, Act] = {
    Kind.FIX: FIX,
    Kind.RELABEL: RELABEL,
    Kind.QUESTION: ASK,
    Kind.EXCLUDE: EXCLUDE,
    Kind.TAG: TAG,
    Kind.UNTAG: UNTAG,
}
# Others read why: the authors, whoever wonders later where an item has gone.
NEED_REASON = (Kind.RELABEL, Kind.EXCLUDE)
Meant = Mapping[int, Sequence[str]]


def most_items(act: str) -> int:
    """One question is about as many items as a question may be."""
    return ACTS[act].chunk if act == Kind.QUESTION else ITEMS_MOST


def require_permission(project: Project, act: str, *, by: User) -> None:
    """Raises NotAllowed: a label is fixed by those alone who may decide what is right."""
    if act == Kind.FIX and not access.has_role(by, project, Role.EXPERT):
        raise NotAllowed(_("Only experts of the project fix labels."))


def start(
    project: Project,
    meant: Meant,
    *,
    act: str,
    wishes: Mapping[str, str],
    source: dict[str, Any],
    by: User,
) -> BulkEdit:
    """Keep what is to be done with which items; the caller wakes the job or runs it.

    `meant` names the items by id, each with the objects of its label that are meant, none for the
    whole label. Raises DomainError with the field, and NotAllowed.
    """
    require_live(project)
    require_permission(project, act, by=by)
    parameters = ACTS[act].check(project, wishes)
    reason = _checked_reason(act, wishes.get("reason", "").strip())
    most = most_items(act)
    if not 1 <= len(meant) <= most:
        raise DomainError(
            _("This takes 1 to %(most)d items at once.") % {"most": most}, field="item"
        )
    with transaction.atomic():
        edit = BulkEdit.objects.create(
            project=project,
            act=act,
            parameters=parameters,
            source=source,
            reason=reason,
            job=create_job(KIND, {"project": project.slug}, by=by, project_id=project.pk),
            created_by=by,
        )
        rows = (
            BulkEditRow(edit=edit, item_id=item_id, objects_meant=list(objects))
            for item_id, objects in meant.items()
        )
        BulkEditRow.objects.bulk_create(rows, batch_size=1_000)
        after = {"act": act, **parameters, "items": len(meant)}
        record(by, "edit.started", edit, after=after, reason=reason)
    return edit


def unstored(project: Project, act: str, wishes: Mapping[str, str], *, by: User) -> BulkEdit:
    """The edit as it would be, for a look at what it changes; without wishes as far as is known.

    Raises DomainError with the field.
    """
    parameters = ACTS[act].check(project, wishes) if wishes else {}
    return BulkEdit(project=project, act=act, parameters=parameters, created_by=by)


def _checked_reason(act: str, reason: str) -> str:
    if act in NEED_REASON or reason:
        return check_words(reason, REASON_LENGTH, field="reason")
    return ""


def run(job: Job) -> None:
    """Do what is left to do; called again after a crash it goes on where it was."""
    # What is done is done by whoever began this job: another one may go on with an edit.
    edit = BulkEdit.objects.select_related("project", "job__created_by").get(job=job)
    act = ACTS[edit.act]

    def do(rows: list[BulkEditRow]) -> None:
        ids = [row.item_id for row in rows]
        act.do(edit, rows, facts_of(edit.project, ids, by=edit.job.created_by))

    _walk(job, edit.rows.filter(state=State.WAITING), act.chunk, do)


def undo(edit: BulkEdit, *, by: User) -> Job:
    """Begin to take back what nobody has touched since; the caller wakes the job or runs it."""
    with transaction.atomic():
        found = _locked(edit)
        require_live(found.project)
        require_permission(found.project, found.act, by=by)
        if not can_undo(found):
            raise Conflict(_("There is nothing left to take back."), code="nothing_to_undo")
        payload = found.job.payload
        found.undo_job = create_job(UNDO_KIND, payload, by=by, project_id=found.project_id)
        found.save(update_fields=["undo_job"])
        record(by, "edit.undone", found)
        return found.undo_job


def run_undo(job: Job) -> None:
    """Take back row by row; a row that cannot be says why, and stays as it is."""
    edit = BulkEdit.objects.select_related("project").get(undo_job=job)
    act = ACTS[edit.act]
    _walk(
        job,
        edit.rows.filter(state=State.DONE),
        act.chunk,
        lambda rows: act.take_back(edit, rows, job.created_by),
    )


def go_on(edit: BulkEdit, *, by: User) -> Job:
    """Take up again what was stopped or failed."""
    with transaction.atomic():
        found = _locked(edit)
        require_live(found.project)
        require_permission(found.project, found.act, by=by)
        if not can_go_on(found):
            raise Conflict(_("There is nothing to go on with."), code="nothing_to_resume")
        found.job = create_job(KIND, found.job.payload, by=by, project_id=found.project_id)
        found.save(update_fields=["job"])
        record(by, "edit.resumed", found)
        return found.job


def unfinished_job(edit: BulkEdit) -> Job | None:
    """The one that does the edit, or that takes it back; never both at once."""
    jobs = [job for job in (edit.undo_job, edit.job) if job is not None]
    return next((job for job in jobs if not job.is_finished), None)


def can_go_on(edit: BulkEdit) -> bool:
    """Whether it ended before its end, and nobody has begun to take it back."""
    return edit.undo_job is None and edit.job.state in STOPPED


def can_undo(edit: BulkEdit) -> bool:
    """Whether nothing runs, and something is done that was not found touched."""
    return unfinished_job(edit) is None and edit.rows.filter(state=State.DONE).exists()


def _walk(
    job: Job,
    rest: QuerySet[BulkEditRow],
    size: int,
    work: Callable[[list[BulkEditRow]], None],
) -> None:
    """Chunk by chunk; `work` changes the state of every row, so that none is met again."""
    job.total_count = job.done_count + rest.count()
    while rows := list(rest.order_by("pk")[:size]):
        with transaction.atomic():
            work(rows)
            BulkEditRow.objects.bulk_update(rows, ["state", "note", "before"])
            job.done_count += len(rows)
            save_progress(job)


def _locked(edit: BulkEdit) -> BulkEdit:
    rows = BulkEdit.objects.select_for_update(of=("self",))
    return rows.select_related("project", "job", "undo_job").get(pk=edit.pk)
