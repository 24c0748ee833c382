"""The command `recount_quality`."""

from typing import Any

from django.core.management.base import CommandParser

from reviews.services.rollup_recounts import Drift, recount
from tasks.management.base import LabelOpsCommand, find_project
from tasks.models import Batch


class Command(LabelOpsCommand):
    help = (
        "Counts every label anew and compares that with the sums behind the quality pages. "
        "Status 1 when one drifted and --fix did not mend it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", nargs="?", help="short name (slug); all projects without it")
        parser.add_argument("--fix", action="store_true", help="store what was counted")

    def work(self, **options: Any) -> dict[str, Any]:
        batches = Batch.objects.order_by("pk")
        if options["project"]:
            batches = batches.filter(project=find_project(options["project"]))
        drifts = [drift for batch in batches for drift in recount(batch, fix=options["fix"])]
        result: dict[str, Any] = {"batches": len(batches), "drifted": len(drifts)}
        if drifts and not options["fix"]:
            result |= {"error_count": len(drifts), "errors": [_error(drift) for drift in drifts]}
        return result


def _error(drift: Drift) -> dict[str, Any]:
    return drift.as_dict() | {
        "code": "drift",
        "message": (
            f"Batch {drift.batch}: {drift.name} of {drift.table} {drift.key} is stored as "
            f"{drift.stored}, the labels say {drift.counted}."
        ),
        "hint": "Mend it with recount_quality --fix.",
    }
