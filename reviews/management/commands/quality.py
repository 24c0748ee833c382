"""The command `quality`."""

import sys
from typing import Any

from django.core.management.base import CommandParser

from reviews.reports.quality_summary import summary
from reviews.services.consensus import assess_waiting
from reviews.services.quality import compute_snapshot
from tasks.management.base import LabelOpsCommand, find_project

Figure = dict[str, Any]
COLUMNS = ("annotator", "labels", "agreement with others", "accepted", "fixed", "rejected")


class Command(LabelOpsCommand):
    help = (
        "Prints a project's quality figures, each with its n and 95 % interval. Tasks whose labels "
        "are in are assessed first; the quality page then shows the same figures."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="short name (slug) of the project")

    def work(self, **options: Any) -> dict[str, Any]:
        project = find_project(options["project"])
        if sys.stderr.isatty():
            sys.stderr.write("Assessing what waits, computing the figures …\n")
        assess_waiting(project_id=project.pk)
        figures = compute_snapshot(project).figures
        return {"project": project.slug, **summary(project, figures)}

    def summary(self, result: dict[str, Any]) -> str:
        if "agreement" not in result:
            return ""
        parts = [
            *(
                f"{name}\n{_figures(found)}"
                for name, found in result["agreement"]["controls"].items()
            ),
            *(
                f"{name}, alpha of each option\n{_figures(found)}"
                for name, found in result["agreement"].get("options", {}).items()
            ),
            f"estimated error rate, {result['estimated_error_rate']['sampling']}\n"
            f"  {_worded(result['estimated_error_rate'])}",
            _people(result["annotators"]),
            _counts(result["consensus"]),
        ]
        return "\n\n".join(parts)


def _figures(found: dict[str, Figure]) -> str:
    lines = [f"  {name:<20}{_worded(figure)}" for name, figure in found.items()]
    return "\n".join(lines) or "  not defined: no item has two labels"


def _worded(figure: Figure | None) -> str:
    if figure is None or figure["value"] is None:
        return "not defined"
    interval = "no interval"
    if figure["low"] is not None:
        interval = "{low:.4f}–{high:.4f}".format(**figure)
    return f"{figure['value']:.4f} ({interval}), n = {figure['n']}"


def _people(annotators: list[dict[str, Any]]) -> str:
    rows = [
        (
            row["username"] + (" (simulated)" if row["is_simulated"] else ""),
            row["labels"],
            _worded(row["agreement"]),
            row["accepted"],
            row["fixed"],
            row["rejected"],
        )
        for row in annotators
    ]
    return _table([COLUMNS, *rows])


def _table(rows: list[tuple[Any, ...]]) -> str:
    widths = [max(len(str(cell)) for cell in column) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(str(cell).ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def _counts(consensus: dict[str, int]) -> str:
    return _table([("tasks", ""), *((name, count) for name, count in consensus.items())])
