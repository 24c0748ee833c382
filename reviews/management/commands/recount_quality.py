"""The command `recount_quality`."""

from typing import Any

from django.core.management.base import CommandParser

from reviews.services.rollup_recounts import Drift, recount, recount_project
from tasks.management.base import LabelOpsCommand, find_project
from tasks.models import Project


class Command(LabelOpsCommand):
    help = (
        "Counts every label anew and compares that with the sums behind the quality pages. "
        "Status 1 when one drifted and --fix did not mend it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", nargs="?", help="short name (slug); all projects without it")
        parser.add_argument("--fix", action="store_true", help="store what was counted")

    def work(self, **options: Any) -> dict[str, Any]:
        projects = Project.objects.order_by("pk")
        if options["project"]:
            projects = projects.filter(pk=find_project(options["project"]).pk)
        drifts, count = [], 0
        for project in projects:
            for batch in project.batches.order_by("pk"):
                drifts += recount(batch, fix=options["fix"])
                count += 1
            drifts += recount_project(project, fix=options["fix"])
        result: dict[str, Any] = {"batches": count, "drifted": len(drifts)}
        if drifts and not options["fix"]:
            result |= {"error_count": len(drifts), "errors": [_error(drift) for drift in drifts]}
        return result


def _error(drift: Drift) -> dict[str, Any]:
    owner = f"Batch {drift.batch}" if drift.batch else "The whole project"
    return drift.as_dict() | {
        "code": "drift",
        "message": (
            f"{owner}: {drift.name} of {drift.table} {drift.key} is stored as "
            f"{drift.stored}, the labels say {drift.counted}."
        ),
        "hint": "Mend it with recount_quality --fix.",
    }
