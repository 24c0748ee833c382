"""The objects of stored labels that can be looked at by themselves, and what they are called."""

from typing import Any

from tasks.kinds.objects import fingerprint
from tasks.models import Project, Task
from tasks.services.instructions import current_version

Entry = dict[str, Any]


def crop_control(label_schema: dict[str, Any]) -> dict[str, Any] | None:
    """The one question of a schema that asks for shapes; None where there is none, or several."""
    found = [control for control in label_schema["controls"] if control["type"] == "shapes"]
    return found[0] if len(found) == 1 else None


def control_of(project: Project) -> dict[str, Any] | None:
    version = current_version(project)
    return crop_control(version.label_schema) if version else None


def objects_of(task: Task, control: str) -> dict[str, Entry]:
    """The objects of the stored label by their fingerprints."""
    given = (task.result_answer or {}).get(control)
    # Under an older version the question may have been of another kind.
    drawn = [entry for entry in given if isinstance(entry, dict)] if isinstance(given, list) else []
    return {fingerprint(entry): entry for entry in drawn}


def name_of(task: Task, mark: str) -> str:
    return f"{task.public_id}:{mark}"
