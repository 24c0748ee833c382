"""Classes by the titles that people know; their values are for programs."""

from tasks.blocks.classes import schema_classes
from tasks.models import Project
from tasks.services.instructions import current_schema


def class_names(project: Project) -> dict[str, str]:
    """The title of each value, as the questions stand now."""
    classes = schema_classes(current_schema(project))
    return {value: title for (_control, value), title in classes.items()}
