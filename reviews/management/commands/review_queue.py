"""The command `review_queue`."""

import sys
from pathlib import Path
from typing import Any

from django.core.management.base import CommandParser

from reviews.management.tables import single_choice_of, write_table
from reviews.quality.judgement import MODEL, VOTE
from reviews.reports.consensus import AUTO
from reviews.reports.review_queue import review_queue
from reviews.services import inference
from reviews.services.consensus import assess_waiting
from tasks.management.base import LabelOpsCommand, find_project

HEADER = ("position", "item", "label", "p_wrong", "reasons")


class Command(LabelOpsCommand):
    help = (
        "Writes what the review desk would serve, in that order, as CSV (position, item, label, "
        "p_wrong, reasons). Every fifth place follows chance instead of risk."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="short name (slug) of the project")
        parser.add_argument(
            "--method",
            choices=(AUTO, VOTE, MODEL),
            default=AUTO,
            help="whose label is doubted: what the product stores, or one method's",
        )
        parser.add_argument(
            "--no-random", action="store_true", help="leave out what chance would pick"
        )
        parser.add_argument("--output", required=True, metavar="FILE")

    def work(self, **options: Any) -> dict[str, Any]:
        project = find_project(options["project"])
        control = single_choice_of(project)
        if sys.stderr.isatty():
            sys.stderr.write("Assessing what waits …\n")
        assess_waiting(project_id=project.pk)
        found = review_queue(
            project,
            control,
            inference.refit(project),
            method=options["method"],
            has_random=not options["no_random"],
        )
        rows = (
            (place, row.item, row.label, f"{row.p_wrong:.6g}", " ".join(row.reasons))
            for place, row in enumerate(found, start=1)
        )
        write_table(Path(options["output"]), HEADER, rows)
        return {"project": project.slug, "output": options["output"], "items": len(found)}
