"""What imports and exports share: the file that came, the job behind it, and its problems."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import (
    ERRORS_KEPT,
    JobRefused,
    JobStopped,
    cancel_job,
    create_job,
    is_held,
)
from labelops.media import storage
from tasks.formats import detect
from tasks.formats.problems import FileRefused, Problem
from tasks.models import Project, Transfer
from tasks.services.archiving import lock_project
from tasks.services.checks import translated
from tasks.services.rejections import log_key

FILE_NAME_LENGTH = 255


def receive_file(
    project: Project,
    *,
    file: BinaryIO,
    file_name: str,
    by: User,
    kind: str,
    payload: dict[str, Any],
    accepts: dict[str, str | None],
) -> Transfer:
    """Keep the file under a random key and queue a job for it. Raises DomainError.

    `accepts` names the formats that can be taken and, for the others, the sentence that says why
    not. The caller wakes the worker.
    """
    name = visible_name(file_name)
    storage.drop_leftovers()
    stored = storage.save(storage.make_key("uploads"), storage.blocks_of(file))
    try:
        format_name = check_format(stored.key, name, accepts)
    except DomainError:
        storage.delete(stored.key)
        raise
    return queue_import(
        project,
        by=by,
        kind=kind,
        payload=payload,
        file_name=name,
        source={"sha256": stored.sha256},
        format=format_name,
        file_key=stored.key,
        byte_count=stored.byte_count,
        sha256=stored.sha256,
    )


def check_format(key: str, file_name: str, accepts: dict[str, str | None]) -> str:
    """The format of a file that is there. Raises DomainError when it cannot be taken."""
    try:
        with storage.open_file(key) as stream:
            format_name = detect(stream)
    except FileRefused as error:
        raise refusal(error.problem.at(field="file"), file_name) from error
    if sentence := accepts.get(format_name, _("This import does not take such a file.")):
        raise DomainError(sentence, code="wrong_format", field="file")
    return format_name


def queue_import(
    project: Project,
    *,
    by: User,
    kind: str,
    payload: dict[str, Any],
    file_name: str,
    source: dict[str, Any],
    **file: Any,
) -> Transfer:
    """The transfer and its job; `source` is what the audit log says of where the file came from.

    Without a format the file is still elsewhere, and the job brings it first.
    """
    with transaction.atomic():
        lock_project(project.pk)
        job = create_job(kind, payload, by=by, project_id=project.pk)
        transfer = Transfer.objects.create(
            project=project,
            direction=Transfer.Direction.IMPORT,
            job=job,
            file_name=file_name,
            **file,
        )
        record(by, "import.started", transfer, after={"file": file_name} | source)
    return transfer


def visible_name(file_name: str) -> str:
    """The last part of a name, for people to read; it never becomes a path of ours."""
    last = file_name.replace("\\", "/").rsplit("/", 1)[-1]
    return "".join(char if char.isprintable() else "�" for char in last)[-FILE_NAME_LENGTH:]


@contextmanager
def handled_file(transfer: Transfer, job: Job) -> Iterator[BinaryIO]:
    """The file of an import that is there, open; else like `handling`."""
    with handling(transfer, job), storage.open_file(transfer.file_key) as stream:
        yield stream


@contextmanager
def handling(transfer: Transfer, job: Job) -> Iterator[None]:
    """In the starter's language; the file is let go when the import has ended.

    It stays when the worker dies or loses the job, since the next run reads it again.
    """
    language = job.created_by.language if job.created_by else None
    with translation.override(language):
        try:
            yield
        except FileRefused as error:
            let_go(transfer, job)
            raise refusal(error.problem, transfer.file_name) from error
        except (DomainError, JobRefused):
            let_go(transfer, job)
            raise
        except JobStopped:
            if was_cancelled(job):
                let_go(transfer, job)
            raise
    let_go(transfer, job)


def let_go(transfer: Transfer, job: Job) -> None:
    """The import has ended: nothing stays of its file, nor of what opens the link it came from.

    A run that failed after another had taken the job over leaves both to that one.
    """
    owned = Job.objects.filter(pk=job.pk, claim=job.claim)
    if not owned.exists():
        return
    if transfer.file_key:
        storage.delete(transfer.file_key)
    storage.delete(log_key(job))
    if "link" in job.payload:
        link = job.payload["link"].partition("?")[0]
        owned.update(payload=job.payload | {"link": link})


def was_cancelled(job: Job) -> bool:
    """Whether this run was stopped by a person; else another worker has the job now."""
    return is_held(job, is_cancel_requested=True)


def cancel_transfer(transfer: Transfer, *, by: User) -> Job:
    """Stop an import or export; one that has not begun leaves no file behind."""
    job = cancel_job(transfer.job, by=by)
    if job.is_finished and transfer.direction == Transfer.Direction.IMPORT:
        let_go(transfer, job)
    return job


def told_of(transfer: Transfer) -> dict[str, Any]:
    """What a webhook reads of any import or export that has finished."""
    return {"job": str(transfer.job.public_id), "file": transfer.file_name}


def add_problem(job: Job, problem: Problem, file_name: str) -> None:
    """Count a bad row; the job keeps the first ones with their place and sentence, a log all."""
    fields = described(problem, file_name)
    job.error_count += 1
    if len(job.errors) < ERRORS_KEPT:
        job.errors.append(fields)
    if job.problem_log is not None:
        job.problem_log.add(job.error_count, fields)


def described(problem: Problem, file_name: str) -> dict[str, Any]:
    """The problem in the error shape, its sentence in the language that is active."""
    words = {"message": translated(problem)}
    if problem.hint:
        words["hint"] = translated(problem.hint)
    return {**problem.as_dict(file_name), **words}


def refusal(problem: Problem, file_name: str) -> DomainError:
    """The problem as the error that ends a whole import."""
    fields = described(problem, file_name)
    return DomainError(
        fields.pop("message"),
        code=fields.pop("code"),
        field=fields.pop("field", None),
        row=fields.pop("row", None),
        hint=fields.pop("hint", None),
        details=fields,
    )
