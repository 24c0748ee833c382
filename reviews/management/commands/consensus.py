"""The command `consensus`."""

import csv
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from labelops.errors import DomainError
from reviews.reports.consensus import ItemLabel, item_labels
from reviews.services.consensus import assess_waiting
from tasks.kinds.schema import single_choice
from tasks.management.base import LabelOpsCommand, find_project
from tasks.models import Project
from tasks.services.instructions import current_version

METHODS = ("auto", "vote")
HEADER = ("item", "label", "confidence", "method")


class Command(LabelOpsCommand):
    help = (
        "Writes one label per item as CSV (item,label,confidence,method). Method auto is what the "
        "product stores: experts' decisions where there are any, else the vote."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="short name (slug) of the project")
        parser.add_argument("--method", choices=METHODS, default="auto")
        parser.add_argument("--output", required=True, metavar="FILE")

    def work(self, **options: Any) -> dict[str, Any]:
        project = find_project(options["project"])
        control = _choice(project)
        if sys.stderr.isatty():
            sys.stderr.write("Assessing what waits …\n")
        assess_waiting(project_id=project.pk)
        methods: Counter[str] = Counter()
        ties: Counter[bool] = Counter()
        labels = item_labels(project, control, only_votes=options["method"] == "vote")
        output = Path(options["output"])
        _write(output, _counted(labels, methods, ties))
        return {
            "project": project.slug,
            "output": str(output),
            "items": methods.total(),
            "ties": ties[True],
            "methods": dict(methods),
        }


def _choice(project: Project) -> dict[str, Any]:
    version = current_version(project)
    control = single_choice(version.label_schema) if version else None
    if control is None:
        raise DomainError(
            f"The project “{project.slug}” has no single choice question, or several: its "
            "consensus is not one label an item.",
            code="no_single_choice",
            hint="Use the command export instead.",
        )
    return control


def _counted(
    labels: Iterable[ItemLabel], methods: Counter[str], ties: Counter[bool]
) -> Iterator[ItemLabel]:
    for label in labels:
        methods[label.method] += 1
        ties[label.is_tie] += 1
        yield label


def _write(output: Path, labels: Iterable[ItemLabel]) -> None:
    """The name appears only when the file is complete."""
    temporary = output.with_name(f".{output.name}.part")
    try:
        with temporary.open("w", newline="", encoding="utf-8") as stream:
            lines = csv.writer(stream)
            lines.writerow(HEADER)
            # Values stay as they are: programs match them, and a class may well be called "-1".
            lines.writerows(
                (found.item, found.label, _number(found.confidence), found.method)
                for found in labels
            )
        os.replace(temporary, output)
    except OSError as error:
        raise DomainError(
            f"The file cannot be written: {error.strerror}.",
            code="file_not_writable",
            details={"file": str(output)},
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


def _number(confidence: float | None) -> str:
    return "" if confidence is None else f"{confidence:.6g}"
