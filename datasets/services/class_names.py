"""Classes by the titles that people know; their values are for programs."""

from datasets.models import Evaluation
from datasets.services.evaluations import control_of
from reviews.reports.dashboard_filters import class_titles
from tasks.blocks.classes import schema_classes
from tasks.models import Project
from tasks.services.instructions import current_schema


def class_names(project: Project) -> dict[str, str]:
    """The title of each value, as the questions stand now."""
    classes = schema_classes(current_schema(project))
    return {value: title for (_control, value), title in classes.items()}


def names_of(evaluation: Evaluation) -> dict[str, str]:
    """Those of its question alone, as it stood when the labels were frozen.

    Another question may have a class of the same value, and call it otherwise.
    """
    return class_titles(control_of(evaluation))
