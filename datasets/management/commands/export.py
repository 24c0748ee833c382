"""The command `export`: of what is stored now, or of a dataset version."""

from collections.abc import Callable
from typing import Any

from django.core.management.base import CommandParser

from datasets.models import DatasetVersion
from datasets.services import exports
from labelops.accounts.services.system import system_user
from labelops.errors import DomainError
from labelops.jobs.models import Job
from tasks.management.exporting import ExportCommand
from tasks.models import Project, Transfer
from tasks.services.export_choices import Labels


class Command(ExportCommand):
    def add_arguments(self, parser: CommandParser) -> None:
        super().add_arguments(parser)
        parser.add_argument(
            "--dataset-version",
            type=int,
            metavar="V",
            help="the number of a frozen dataset version, instead of what is stored now",
        )
        parser.add_argument(
            "--dataset-split", default="", metavar="NAME", help="only this split of the version"
        )

    def start(
        self, project: Project, options: dict[str, Any]
    ) -> tuple[Transfer, Callable[[Job], None]]:
        if options["dataset_version"] is None:
            _refuse(options, "dataset_split", "Name a dataset version with it.")
            return super().start(project, options)
        for name in ("batch", "split", "label", "settled_from", "settled_to", "purpose"):
            _refuse(options, name, "A version was limited when it was frozen.")
        if options["labels"] != Labels.STORED:
            _refuse(options, "labels", "A version holds the labels that were stored.")
        transfer = exports.start_export(
            _version(project, options["dataset_version"]),
            format_name=options["format"],
            by=system_user(),
            split=options["dataset_split"],
            media=options["media"],
            to=options["to"],
        )
        return transfer, exports.run_export


def _refuse(options: dict[str, Any], name: str, hint: str) -> None:
    if options[name]:
        raise DomainError(
            f"--{name.replace('_', '-')} does not go with this export.",
            code="not_together",
            field=name,
            hint=hint,
        )


def _version(project: Project, number: int) -> DatasetVersion:
    version = project.dataset_versions.filter(number=number).first()
    if version is None:
        known = project.dataset_versions.filter(state=DatasetVersion.State.FROZEN)
        numbers = ", ".join(str(found) for found in known.values_list("number", flat=True)[:20])
        raise DomainError(
            f"There is no dataset version {number}.",
            code="not_found",
            field="dataset_version",
            hint=f"Versions: {numbers}." if numbers else "Make one with freeze_dataset.",
        )
    return version
