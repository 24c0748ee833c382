"""The command `train_model`."""

from typing import Any

from django.core.management.base import CommandParser

from labelops.accounts.services.system import system_user
from reviews.baseline.report_card import ReportCard
from reviews.models import ModelTraining
from reviews.reports.model_training import ClassRow
from reviews.services import model_training
from tasks.management.base import LabelOpsCommand, find_project, finish_job, job_result


class Command(LabelOpsCommand):
    help = (
        "Trains the built-in model of a project from its accepted labels (50 or more), predicts "
        "all items, and prints its report card."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="short name (slug) of the project")

    def work(self, **options: Any) -> dict[str, Any]:
        project = find_project(options["project"])
        begun = model_training.start(project, by=system_user())
        job = finish_job(begun.job, model_training.run_training)
        training = ModelTraining.objects.select_related("model_version").get(pk=begun.pk)
        result = {"project": project.slug, **job_result(job)}
        if training.finished_at is None:
            return result
        card = ReportCard.read(training.report)
        return {
            **result,
            "model_version": str(training.model_version),
            "labels": card.labels,
            "right": card.right,
            "calibration_error": card.calibration_error,
            "predicted": job.done_count - job.result.get("unreadable", 0),
            "classes": [_line(ClassRow(row, row.name)) for row in card.classes],
        }

    def summary(self, result: dict[str, Any]) -> str:
        lines = [
            f"{line['class']}: {line['verdict']}, finds {line['right']} of {line['labels']}, "
            f"right in {line['right']} of {line['named']}"
            for line in result.get("classes", [])
        ]
        return "\n".join([super().summary(result), *lines])


def _line(row: ClassRow) -> dict[str, Any]:
    card = row.card
    return {
        "class": card.name,
        "verdict": str(row.verdict),
        "labels": card.labels,
        "right": card.right,
        "named": card.named,
        "learned": card.learned,
        "forgotten": card.forgotten,
    }
