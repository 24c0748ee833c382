"""The command `import_items`."""

import re
from typing import Any

from django.core.management.base import CommandParser

from labelops.accounts.services.system import system_user
from labelops.errors import DomainError
from tasks.formats.table_items import ROLES
from tasks.management.base import (
    LabelOpsCommand,
    find_project,
    finish_job,
    job_result,
)
from tasks.management.sources import opened_source
from tasks.models import Project, Transfer
from tasks.services.import_checks import Mode
from tasks.services.import_labels import LabelUse
from tasks.services.imports import (
    run_import,
    start_bucket_import,
    start_import,
    start_linked_import,
)

LINK = re.compile("https?://", re.IGNORECASE)


class Command(LabelOpsCommand):
    help = (
        "Imports items, and their labels with --labels, from a file whose format is told by its "
        "content, or from a folder. Bad rows are named and left out. Safe to run again."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="short name (slug) of the project")
        parser.add_argument(
            "file", nargs="?", help="a file, a folder of images, or an https:// link"
        )
        parser.add_argument(
            "--bucket-file",
            metavar="PATH",
            help="instead: a file in the project's folder of the object store",
        )
        parser.add_argument("--batch", help="batch that the items join; made when it is missing")
        parser.add_argument(
            "--overlap", type=int, default=2, help="labels per item in a new batch (default 2)"
        )

        parser.add_argument(
            "--mode",
            choices=Mode.values,
            default=Mode.GOOD_ROWS,
            help="whole: all rows or none; check: import nothing (default: good_rows)",
        )
        parser.add_argument(
            "--column",
            action="append",
            default=[],
            metavar="ROLE=NAME",
            help=f"which column of a table is what: {', '.join(ROLES)}; may be repeated",
        )
        parser.add_argument(
            "--labels",
            choices=LabelUse.values,
            default=LabelUse.SKIP,
            help="what becomes of labels that the file brings (default: skip)",
        )
        parser.add_argument(
            "--annotator", default="", help="name for people that the file does not name"
        )
        parser.add_argument("--model", default="", help="with predictions: the name of the model")
        parser.add_argument("--model-version", default="", help="with predictions: its version")

    def work(self, **options: Any) -> dict[str, Any]:
        project = find_project(options["project"])
        transfer = self._started(
            project,
            options["file"],
            options["bucket_file"],
            by=system_user(),
            batch=options["batch"],
            overlap=options["overlap"],
            mode=options["mode"],
            columns=_columns(options["column"]),
            **{name: options[name] for name in ("labels", "annotator", "model", "model_version")},
        )
        job = finish_job(transfer.job, run_import)
        counts = {"added": 0, "unchanged": 0, "duplicate_count": 0}
        return {
            "project": project.slug,
            "format": job.transfer.format,
            **counts,
            **job_result(job),
        }

    def _started(
        self, project: Project, source: str | None, bucket_file: str | None, **keywords: Any
    ) -> Transfer:
        if bool(source) == bool(bucket_file):
            raise DomainError(
                "Give one source of the items: a file or link, or --bucket-file.",
                code="one_source_needed",
                field="file",
            )
        if bucket_file:
            return start_bucket_import(project, bucket_file=bucket_file, **keywords)
        if LINK.match(source):
            return start_linked_import(project, link=source, **keywords)
        with opened_source(source) as (stream, name):
            return start_import(project, file=stream, file_name=name, **keywords)


def _columns(given: list[str]) -> dict[str, str]:
    columns = dict(text.partition("=")[::2] for text in given)
    if wrong := [role for role, name in columns.items() if role not in ROLES or not name]:
        raise DomainError(
            f"“{wrong[0]}” is no role of a column.",
            code="unknown_role",
            field="column",
            hint=f"Write ROLE=NAME; the roles are {', '.join(ROLES)}.",
        )
    return columns
