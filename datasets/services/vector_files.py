"""Vectors brought in a file: JSON lines, stored a chunk at a time."""

from collections.abc import Sequence

from django.db import transaction

from datasets.models import VectorSet
from datasets.services.vector_rows import Given, judged, looked_up
from datasets.services.vectors import add_block, lock_set
from labelops.jobs.models import Job
from labelops.jobs.services import JobRefused, save_progress
from labelops.media import storage
from tasks.formats import jsonl
from tasks.formats.problems import FileRefused, Problem
from tasks.services.checks import translated
from tasks.services.transfers import add_problem

# Of the longest vectors 33 MB.
CHUNK = 2_000


def take_file(vector_set: VectorSet, job: Job) -> None:
    """Store the vectors of the job's file, row by row from where an interrupted run was.

    Rows that are wrong are left out and told of; the same file again changes nothing. Raises
    JobRefused for what is no such file.
    """
    with storage.open_file(job.payload["file"]) as stream:
        try:
            chunk: list[Given | Problem] = []
            for row in jsonl.read_rows(stream, after=job.cursor.get("row", 0)):
                chunk.append(judged(row, vector_set.dimensions))
                if len(chunk) == CHUNK:
                    _take_chunk(vector_set, job, chunk)
                    chunk = []
            if chunk:
                _take_chunk(vector_set, job, chunk)
        except FileRefused as refused:
            add_problem(job, refused.problem, job.payload["file_name"])
            raise JobRefused(translated(refused.problem)) from refused


def _take_chunk(vector_set: VectorSet, job: Job, chunk: Sequence[Given | Problem]) -> None:
    with transaction.atomic():
        locked = lock_set(vector_set.pk)
        found = looked_up(locked, chunk)
        add_block(locked, found.ids, found.rows)
        for problem in found.problems:
            add_problem(job, problem, job.payload["file_name"])
        job.cursor["row"] = chunk[-1].row
        job.done_count += len(chunk)
        save_progress(job)
