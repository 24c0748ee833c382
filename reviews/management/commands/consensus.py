"""The command `consensus`."""

import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from reviews.management.tables import single_choice_of, write_table
from reviews.quality.judgement import MODEL, VOTE
from reviews.reports.consensus import AUTO, ItemLabel, item_labels
from reviews.services import inference
from reviews.services.consensus import assess_waiting
from tasks.management.base import LabelOpsCommand, find_project

METHODS = (AUTO, VOTE, MODEL)
HEADER = ("item", "label", "confidence", "method")


class Command(LabelOpsCommand):
    help = (
        "Writes one label per item as CSV (item,label,confidence,method). Method auto is what the "
        "product stores: experts' decisions where there are any, else what the labels say when "
        "each annotator's word is weighed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="short name (slug) of the project")
        parser.add_argument("--method", choices=METHODS, default=AUTO)
        parser.add_argument("--output", required=True, metavar="FILE")

    def work(self, **options: Any) -> dict[str, Any]:
        project = find_project(options["project"])
        control = single_choice_of(project)
        if sys.stderr.isatty():
            sys.stderr.write("Assessing what waits …\n")
        assess_waiting(project_id=project.pk)
        refit = inference.refit(project)
        methods: Counter[str] = Counter()
        ties: Counter[bool] = Counter()
        labels = item_labels(project, control, refit, method=options["method"])
        output = Path(options["output"])
        rows = (
            (found.item, found.label, _number(found.confidence), found.method)
            for found in _counted(labels, methods, ties)
        )
        write_table(output, HEADER, rows)
        return {
            "project": project.slug,
            "output": str(output),
            "items": methods.total(),
            "ties": ties[True],
            "methods": dict(methods),
        }


def _counted(
    labels: Iterable[ItemLabel], methods: Counter[str], ties: Counter[bool]
) -> Iterator[ItemLabel]:
    for label in labels:
        methods[label.method] += 1
        ties[label.is_tie] += 1
        yield label


def _number(confidence: float | None) -> str:
    return "" if confidence is None else f"{confidence:.6g}"
