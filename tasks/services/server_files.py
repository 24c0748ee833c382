"""Imports of files that lie on the server already, in the folder the operator offers.

Each project has a folder of its own below it, so its managers see no other one's files.
"""

import os
import stat
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.media import storage
from labelops.media.server_folder import Listing, NotThere, list_folder, opened
from labelops.media.storage import StoredFile
from tasks.formats import detect
from tasks.formats.problems import FileRefused
from tasks.models import Project, Transfer
from tasks.services.arrivals import BRING, Progress
from tasks.services.folder_packing import pack
from tasks.services.transfers import queue_import, refusal, visible_name

Accepts = Mapping[str, str | None]


def folder_name(project: Project) -> str:
    """With the number: managers choose the short name, and must not reach a folder by it."""
    return f"{project.slug}-{project.pk}"


def list_files(project: Project, path: str = "", *, after: str = "") -> Listing | None:
    """A page of what the project may import; None when there is no such folder."""
    try:
        return list_folder(_root_of(project), path, after=after)
    except NotThere:
        return None


def _root_of(project: Project) -> Path:
    if settings.IMPORT_DIR is None:
        raise NotThere
    return settings.IMPORT_DIR / folder_name(project)


def queue_server_file(
    project: Project, *, path: str, by: User, kind: str, payload: dict[str, Any], accepts: Accepts
) -> Transfer:
    """Queue the import of a file, or of the images in a folder. Raises DomainError.

    A file on a disk that is mounted read-only is read where it lies; all else is copied first.
    """
    with opened(_root_of(project), path) as (descriptor, inside):
        name = visible_name(inside) or folder_name(project)
        file = _file_of(descriptor, name, accepts)
        identity = _identity(descriptor)
    return queue_import(
        project,
        by=by,
        kind=kind,
        payload=payload | {"server_file": inside, "identity": identity},
        file_name=name,
        source={"server_file": inside},
        **file,
    )


def _file_of(descriptor: int, name: str, accepts: Accepts) -> dict[str, Any]:
    """What the transfer knows of its file. Raises DomainError when the project cannot take it."""
    facts = os.fstat(descriptor)
    if stat.S_ISDIR(facts.st_mode):
        if accepts["zip"]:
            raise _wrong_format(
                _("This project labels texts, so it takes no folder: choose a file.")
            )
        return {"file_key": storage.make_key("uploads")}
    with open(descriptor, "rb", closefd=False) as stream:
        try:
            format_name = detect(stream)
        except FileRefused as error:
            raise refusal(error.problem.at(field="server_file"), name) from error
    if sentence := accepts[format_name]:
        raise _wrong_format(sentence)
    if not is_read_only(descriptor):
        return {"file_key": storage.make_key("uploads")}
    return {"format": format_name, "byte_count": facts.st_size}


def _wrong_format(sentence: str) -> DomainError:
    return DomainError(sentence, code="wrong_format", field="server_file")


def is_read_only(descriptor: int) -> bool:
    """Whether nobody can write to the file through this mount."""
    return bool(os.fstatvfs(descriptor).f_flag & os.ST_RDONLY)


def _identity(descriptor: int) -> list[int]:
    """What changes when the file is replaced or written to."""
    facts = os.fstat(descriptor)
    return [facts.st_ino, facts.st_size, facts.st_mtime_ns]


def bring_server_file(job: Job, transfer: Transfer) -> StoredFile:
    """Copy the file, or the images of the folder as one ZIP, under the transfer's key."""
    job.cursor, job.done_count = {"phase": BRING}, 0
    with opened(_root_of(transfer.project), job.payload["server_file"]) as (descriptor, _inside):
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            return pack(job, transfer, descriptor)
    with open_unchanged(job, transfer) as stream:
        job.total_count = job.payload["identity"][1]
        return storage.save(transfer.file_key, _counted(job, stream))


def _counted(job: Job, stream: BinaryIO) -> Iterator[bytes]:
    progress = Progress(job)
    progress.save()
    for block in storage.blocks_of(stream):
        job.done_count += len(block)
        if progress.is_due():
            progress.save()
        yield block


@contextmanager
def open_unchanged(job: Job, transfer: Transfer) -> Iterator[BinaryIO]:
    """The file where it lies; what changes while it is read is noticed. Raises DomainError."""
    with opened(_root_of(transfer.project), job.payload["server_file"]) as (descriptor, _inside):
        _check_identity(job, descriptor)
        with open(descriptor, "rb", closefd=False) as stream:
            yield stream
        _check_identity(job, descriptor)


def _check_identity(job: Job, descriptor: int) -> None:
    if _identity(descriptor) != job.payload["identity"]:
        raise Conflict(
            _("The file on the server has changed since the import was begun."),
            code="file_changed",
            hint=_("Import it again once nobody writes to it any more."),
        )
