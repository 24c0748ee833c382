"""A folder of images on the server becomes a ZIP in the storage, and is imported like one."""

import os
import stat
import zipfile
from collections.abc import Iterator
from typing import BinaryIO

from labelops.hints import Hint
from labelops.jobs.models import Job
from labelops.media import storage
from labelops.media.server_folder import walk
from labelops.media.storage import StoredFile
from tasks.formats.problems import FileRefused, Problem
from tasks.formats.zip_directory import MAX_ENTRIES, MAX_TOTAL
from tasks.models import Transfer
from tasks.services.arrivals import Progress
from tasks.services.transfers import add_problem

LEFT_OUT = Problem("link_not_allowed", "The entry is a link or a device, not a file.")
UNREADABLE = Problem(
    "file_not_readable",
    "The file cannot be read, or is no longer there.",
    hint=Hint("Let the user that runs LabelOps read it."),
)


def pack(job: Job, transfer: Transfer, folder: int) -> StoredFile:
    """Write all files below the folder (a descriptor) into one ZIP. Raises FileRefused.

    Begins anew in each run; the entries that are left out are problems of the job.
    """
    job.errors, job.error_count = [], 0
    progress = Progress(job)
    progress.save()
    names = _names(job, transfer, folder, progress)
    with storage.writing(transfer.file_key) as target, zipfile.ZipFile(target, "w") as archive:
        for name in names:
            _add(archive, name, job, transfer, folder, progress)
    return StoredFile(transfer.file_key, storage.path_of(transfer.file_key).stat().st_size, "")


def _names(job: Job, transfer: Transfer, folder: int, progress: Progress) -> list[str]:
    """The files to pack, in order; their bytes become the total."""
    names, total = [], 0
    for name, facts in _walked(folder):
        if progress.is_due():
            progress.save()
        if not stat.S_ISREG(facts.st_mode):
            add_problem(job, LEFT_OUT.at(entry=name), transfer.file_name)
            continue
        names.append(name)
        total += facts.st_size
        if len(names) > MAX_ENTRIES or total > MAX_TOTAL:
            raise FileRefused(_too_much())
    if not names:
        raise FileRefused(Problem("no_rows", "The folder holds no files."))
    job.total_count = total
    return names


def _too_much() -> Problem:
    return Problem(
        "folder_too_large",
        "The folder holds more than {count} files or {size} GB.",
        hint=Hint("Choose the folders in it one by one."),
        params={"count": MAX_ENTRIES, "size": MAX_TOTAL // 1024**3},
    )


def _walked(folder: int) -> Iterator[tuple[str, os.stat_result]]:
    """Paths below the folder and what they are; links to folders are given like other links."""
    for path, folders, files, descriptor in os.fwalk(".", dir_fd=folder):
        inner = path.removeprefix(".").removeprefix("/")
        facts = {
            name: os.stat(name, dir_fd=descriptor, follow_symlinks=False)
            for name in sorted(folders + files)
            if not name.startswith(".")
        }
        folders[:] = [name for name, fact in facts.items() if stat.S_ISDIR(fact.st_mode)]
        for name, fact in facts.items():
            if not stat.S_ISDIR(fact.st_mode):
                yield f"{inner}/{name}" if inner else name, fact


def _add(
    archive: zipfile.ZipFile,
    name: str,
    job: Job,
    transfer: Transfer,
    folder: int,
    progress: Progress,
) -> None:
    try:
        name.encode()
        descriptor = walk(os.dup(folder), tuple(name.split("/")))
    except (OSError, UnicodeError):
        add_problem(job, UNREADABLE.at(entry=name), transfer.file_name)
        return
    with open(descriptor, "rb") as source:
        if stat.S_ISREG(os.fstat(descriptor).st_mode):
            _write(archive, name, source, job, progress)
        else:
            add_problem(job, LEFT_OUT.at(entry=name), transfer.file_name)


def _write(
    archive: zipfile.ZipFile, name: str, source: BinaryIO, job: Job, progress: Progress
) -> None:
    with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as entry:
        for block in storage.blocks_of(source):
            entry.write(block)
            job.done_count += len(block)
            if progress.is_due():
                progress.save()
