"""The command `freeze_dataset`."""

from typing import Any

from django.core.management.base import CommandParser

from datasets.services.freezing import Wish, run_freezing, shares_of, start_freezing
from labelops.accounts.services.system import system_user
from labelops.errors import DomainError
from tasks.management.base import LabelOpsCommand, find_project, finish_job, job_result
from tasks.models import Batch, Project


class Command(LabelOpsCommand):
    help = "Freezes the stored labels of a project into a dataset version."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="short name (slug) of the project")
        parser.add_argument("--name", default="", help="for people")
        parser.add_argument(
            "--batch", action="append", default=[], help="only its labels; may be given again"
        )
        parser.add_argument(
            "--accepted", action="store_true", help="only labels that are accepted now"
        )
        parser.add_argument(
            "--shares", default="80,10,10", help="train, val and test in percent (80,10,10)"
        )
        parser.add_argument(
            "--split", default="split", metavar="FIELD", help="field with the split; empty: none"
        )
        parser.add_argument(
            "--group", default="group", metavar="FIELD", help="field with the group; empty: none"
        )
        parser.add_argument("--seed", type=int, default=0, help="another number, other splits")

    def work(self, **options: Any) -> dict[str, Any]:
        project = find_project(options["project"])
        wish = Wish(
            name=options["name"],
            batches=tuple(_batch(project, name) for name in options["batch"]),
            accepted_only=options["accepted"],
            shares=shares_of(options["shares"].split(",")),
            split_field=options["split"],
            group_field=options["group"],
            seed=options["seed"],
        )
        version = start_freezing(project, wish, by=system_user())
        result = job_result(finish_job(version.job, run_freezing))
        version.refresh_from_db()
        return {
            "version": version.number,
            **result,
            "splits": version.counts.get("splits", {}),
            "conflicts": version.conflicts.get("count", 0),
            "identical_pairs": version.leaks.get("identical", 0),
            "near_pairs": version.leaks.get("near", 0),
            "changes": version.changes.get("counts", {}),
        }


def _batch(project: Project, name: str) -> Batch:
    batch = Batch.objects.filter(project=project, name=name).first()
    if batch is None:
        raise DomainError(f"There is no batch “{name}”.", code="not_found", field="batch")
    return batch
