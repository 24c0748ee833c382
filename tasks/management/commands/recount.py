"""The command `recount`."""

from typing import Any

from django.core.management.base import CommandParser

from tasks.management.base import LabelOpsCommand
from tasks.models import Batch
from tasks.services.recounts import recount


class Command(LabelOpsCommand):
    help = (
        "Counts every batch anew and compares that with its running counts. Status 1 when one "
        "drifted and --fix did not mend it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--fix", action="store_true", help="store what was counted")

    def work(self, **options: Any) -> dict[str, Any]:
        drifts = [
            drift.as_dict()
            for batch in Batch.objects.order_by("pk")
            for drift in recount(batch, fix=options["fix"])
        ]
        result: dict[str, Any] = {"batches": Batch.objects.count(), "drifted": len(drifts)}
        if drifts and not options["fix"]:
            result |= {"error_count": len(drifts), "errors": [_error(drift) for drift in drifts]}
        return result


def _error(drift: dict[str, Any]) -> dict[str, Any]:
    whose = f" of {drift['person']}" if drift["person"] else ""
    return drift | {
        "code": "drift",
        "message": (
            f"Batch {drift['batch']}: {drift['name']}{whose} is stored as {drift['stored']}, "
            f"its rows say {drift['counted']}."
        ),
        "hint": "Mend it with recount --fix.",
    }
