"""The part of the command `export` that needs only this package; datasets holds the command."""

import json
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from labelops.accounts.services.system import system_user
from labelops.errors import DomainError
from labelops.jobs.models import Job
from tasks.formats import WRITERS
from tasks.management.base import LabelOpsCommand, find_project, finish_job, job_result
from tasks.models import Batch, Project, Transfer
from tasks.services.export_choices import DAYS, ExportChoice, Labels, Media, Purpose, Split
from tasks.services.export_targets import Target
from tasks.services.exports import open_export, run_export, start_export


class ExportCommand(LabelOpsCommand):
    help = "Writes the labels of a project to a file, with a manifest beside it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="short name (slug) of the project")
        parser.add_argument("--format", required=True, choices=list(WRITERS))
        parser.add_argument("--output", metavar="PATH", help="needed, unless --to says where")
        parser.add_argument(
            "--to",
            choices=Target.values,
            default=Target.DOWNLOAD,
            help="the export folder or the bucket of this server (default: --output alone)",
        )
        parser.add_argument(
            "--labels",
            choices=Labels.values,
            default=Labels.STORED,
            help="every stored label, those of accepted tasks, or every annotation with its author",
        )
        parser.add_argument("--batch", help="only the labels of this batch")
        parser.add_argument(
            "--split", choices=Split.values, default="", help="only of items with this split"
        )
        parser.add_argument("--label", default="", help="only stored labels of this class")
        for name, day in (("--settled-from", "first"), ("--settled-to", "last")):
            parser.add_argument(name, metavar="DATE", help=f"the {day} day of the labels (UTC)")
        parser.add_argument(
            "--media",
            choices=Media.values,
            default=Media.REFERENCE,
            help="bundled: a ZIP with the original images beside the labels",
        )
        parser.add_argument(
            "--purpose",
            choices=Purpose.values,
            default="",
            help="training: without items that models are tested on, and without copies of them",
        )

    def work(self, **options: Any) -> dict[str, Any]:
        project = find_project(options["project"])
        output = Path(options["output"]) if options["output"] else None
        if output is None and options["to"] == Target.DOWNLOAD:
            raise DomainError("Say where: --output or --to.", code="required", field="output")
        if output and not output.parent.is_dir():
            raise DomainError(
                f"The folder {output.parent} does not exist.",
                code="file_not_writable",
                details={"file": str(output)},
            )
        transfer, run = self.start(project, options)
        result = job_result(finish_job(transfer.job, run))
        transfer.refresh_from_db()
        if transfer.manifest and output:
            _write(transfer, output)
        written = {"output": str(output)} if output else {}
        return {**written, **result, "manifest": transfer.manifest}

    def start(
        self, project: Project, options: dict[str, Any]
    ) -> tuple[Transfer, Callable[[Job], None]]:
        """The queued export, and the work of its job."""
        transfer = start_export(
            project,
            format_name=options["format"],
            by=system_user(),
            batch=_batch(project, options["batch"]),
            to=options["to"],
            choice=_choice(options),
        )
        return transfer, run_export


def _choice(options: dict[str, Any]) -> ExportChoice:
    names = ("labels", "split", "label", "media", "purpose")
    days = {name: _day(options[name], name) for name in DAYS}
    return ExportChoice(**{name: options[name] for name in names}, **days)


def _day(text: str | None, name: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise DomainError(
            f"“{text}” is no day; write it as 2026-12-31.", code="bad_day", field=name
        ) from error


def _batch(project: Project, name: str | None) -> Batch | None:
    if not name:
        return None
    batch = Batch.objects.filter(project=project, name=name).first()
    if batch is None:
        raise DomainError(f"There is no batch “{name}”.", code="not_found", field="batch")
    return batch


def _write(transfer: Transfer, output: Path) -> None:
    """The same bytes as the download; the name appears only when they are complete."""
    temporary = output.with_name(f".{output.name}.part")
    try:
        stream, _media_type = open_export(transfer)
        with stream, temporary.open("wb") as target:
            shutil.copyfileobj(stream, target)
        os.replace(temporary, output)
        manifest = json.dumps(transfer.manifest, indent=2) + "\n"
        output.with_name(f"{output.name}.manifest.json").write_text(manifest)
    except OSError as error:
        raise DomainError(
            f"The file cannot be written: {error.strerror}.",
            code="file_not_writable",
            details={"file": str(output)},
        ) from error
    finally:
        temporary.unlink(missing_ok=True)
