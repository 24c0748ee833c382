"""What every command shares: `--json`, a progress bar on a terminal, one error shape, its status.

Exit status 0 means that all was done; 1 that something was refused, with file, row and field.
"""

import json
import sys
import threading
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand
from django.db import connection
from django.utils import translation

from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from tasks.models import Project

ERRORS_PRINTED = 20
BAR = 30
POLL_SECONDS = 0.2


class LabelOpsCommand(BaseCommand):
    """Subclasses give `work`, which returns what `--json` prints; `errors` in it mean status 1."""

    def create_parser(self, *arguments: Any, **keywords: Any) -> ArgumentParser:
        parser = super().create_parser(*arguments, **keywords)
        parser.add_argument(
            "--json", action="store_true", help="print one JSON object, and nothing else, on stdout"
        )
        return parser

    def handle(self, *arguments: Any, **options: Any) -> None:
        with translation.override("en"):
            try:
                result = self.work(**options)
            except DomainError as error:
                result = {"errors": [error.as_dict()], "error_count": 1}
        if options["json"]:
            self.stdout.write(json.dumps(result, ensure_ascii=False, default=str))
        elif summary := self.summary(result):
            self.stdout.write(summary)
        self._print_errors(result)
        if result.get("error_count"):
            sys.exit(1)

    def work(self, **options: Any) -> dict[str, Any]:
        raise NotImplementedError

    def summary(self, result: dict[str, Any]) -> str:
        shown = {name: value for name, value in result.items() if isinstance(value, int | str)}
        if set(shown) == {"error_count"}:
            return ""
        return "\n".join(f"{name.replace('_', ' ')}: {value}" for name, value in shown.items())

    def _print_errors(self, result: dict[str, Any]) -> None:
        errors = result.get("errors", [])
        for error in errors[:ERRORS_PRINTED]:
            self.stderr.write(error_line(error))
        if hidden := result.get("error_count", 0) - len(errors[:ERRORS_PRINTED]):
            self.stderr.write(f"... and {hidden} more.")


def error_line(error: dict[str, Any]) -> str:
    """An error on one line: where, what, and what to do."""
    names = ("file", "row", "entry", "field")
    place = ", ".join(f"{name} {error[name]}" for name in names if error.get(name) is not None)
    value = f" [{error['value']}]" if error.get("value") else ""
    hint = f" {error['hint']}" if error.get("hint") else ""
    return f"{place + ': ' if place else ''}{error['message']}{value}{hint} ({error['code']})"


def find_project(slug: str) -> Project:
    """The project of a slug. Raises DomainError."""
    project = Project.objects.filter(slug=slug).first()
    if project is None:
        known = ", ".join(Project.objects.order_by("slug").values_list("slug", flat=True)[:20])
        raise DomainError(
            f"There is no project “{slug}”.",
            code="not_found",
            field="project",
            hint=f"Projects: {known}." if known else "Make one with create_project.",
        )
    return project


def readable_file(name: str) -> Path:
    """The path of a file that can be read. Raises DomainError."""
    path = Path(name)
    try:
        path.open("rb").close()
    except OSError as error:
        raise DomainError(
            f"The file cannot be read: {error.strerror}.",
            code="file_not_readable",
            details={"file": name},
        ) from error
    return path


def job_result(job: Job) -> dict[str, Any]:
    """What a finished job comes to. Only a job that ended well with no bad row counts as all."""
    lists = ("duplicates", "looks_like")
    result = {name: value for name, value in job.result.items() if name not in lists}
    errors, error_count = list(job.errors), job.error_count
    if job.state != Job.State.DONE and not errors:
        message = job.message or f"The job ended as {job.state}."
        errors, error_count = [{"code": job.state, "message": message}], 1
    return {
        "job": str(job.public_id),
        "state": job.state,
        **result,
        "error_count": error_count,
        "errors": errors,
    }


def finish_job(job: Job, work: Callable[[Job], None]) -> Job:
    """Do the job here, with a bar on a terminal; if a worker was faster, wait for it."""
    with progress_bar(job):
        run_job(job.pk, work)
        job.refresh_from_db()
        while not job.is_finished:
            time.sleep(POLL_SECONDS)
            job.refresh_from_db()
    return job


@contextmanager
def progress_bar(job: Job) -> Iterator[None]:
    """Draw the progress that the job saves; nothing when stderr is not a terminal."""
    if not sys.stderr.isatty():
        yield
        return
    ended = threading.Event()
    watcher = threading.Thread(target=_draw, args=(job.pk, ended), daemon=True)
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        sys.stderr.write("\r" + " " * (BAR + 8) + "\r")


def _draw(job_id: int, ended: threading.Event) -> None:
    while not ended.wait(POLL_SECONDS):
        percent = Job.objects.get(pk=job_id).percent
        if percent is not None:
            sys.stderr.write(f"\r{'█' * (percent * BAR // 100):<{BAR}} {percent:3} % ")
            sys.stderr.flush()
    connection.close()
