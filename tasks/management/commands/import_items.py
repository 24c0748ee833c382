"""The command `import_items`."""

from typing import Any

from django.core.management.base import CommandParser

from labelops.accounts.services.system import system_user
from tasks.management.base import (
    LabelOpsCommand,
    find_project,
    finish_job,
    job_result,
    readable_file,
)
from tasks.services.imports import run_import, start_import


class Command(LabelOpsCommand):
    help = (
        "Imports items: texts from CSV or JSONL, images from a ZIP; told by content. Bad rows are "
        "named and left out. Safe to run again with the same file."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="short name (slug) of the project")
        parser.add_argument("file", help="CSV, JSONL or ZIP")
        parser.add_argument("--batch", help="batch that the items join; made when it is missing")
        parser.add_argument(
            "--overlap", type=int, default=2, help="labels per item in a new batch (default 2)"
        )

    def work(self, **options: Any) -> dict[str, Any]:
        project = find_project(options["project"])
        path = readable_file(options["file"])
        with path.open("rb") as stream:
            transfer = start_import(
                project,
                file=stream,
                file_name=path.name,
                by=system_user(),
                batch=options["batch"],
                overlap=options["overlap"],
            )
        job = finish_job(transfer.job, run_import)
        counts = {"added": 0, "unchanged": 0, "duplicate_count": 0}
        return {"project": project.slug, "format": transfer.format, **counts, **job_result(job)}
