"""The command `import_annotations`."""

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
from tasks.services.annotations_import import (
    run_annotation_import,
    start_annotation_import,
)
from tasks.services.imported_batches import DEFAULT_NAME


class Command(LabelOpsCommand):
    help = (
        "Imports labels made elsewhere, from CSV (item,annotator,label) or JSONL "
        "(item, annotator, answer). They become submitted annotations in a closed batch."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="short name (slug) of the project")
        parser.add_argument("file", help="CSV or JSONL")
        parser.add_argument("--batch", help=f"closed batch, default “{DEFAULT_NAME}”")
        parser.add_argument("--create-items", action="store_true", help="make missing items")
        parser.add_argument(
            "--last-wins", action="store_true", help="a later answer replaces an earlier one"
        )

    def work(self, **options: Any) -> dict[str, Any]:
        project = find_project(options["project"])
        path = readable_file(options["file"])
        with path.open("rb") as stream:
            transfer = start_annotation_import(
                project,
                file=stream,
                file_name=path.name,
                by=system_user(),
                batch=options["batch"],
                create_items=options["create_items"],
                last_wins=options["last_wins"],
            )
        job = finish_job(transfer.job, run_annotation_import)
        counts = {"added": 0, "unchanged": 0, "revised": 0, "items_created": 0}
        return {"project": project.slug, **counts, **job_result(job)}
