"""The models of making labels, one file per concept."""

from tasks.models.annotations import Annotation, AnnotationRevision, Draft
from tasks.models.assignments import Assignment, SkipReason, Stage
from tasks.models.batches import Batch, BatchProgress, Task
from tasks.models.instructions import InstructionVersion
from tasks.models.items import Item
from tasks.models.projects import Project
from tasks.models.transfers import Transfer

__all__ = [
    "Annotation",
    "AnnotationRevision",
    "Assignment",
    "Batch",
    "BatchProgress",
    "Draft",
    "InstructionVersion",
    "Item",
    "Project",
    "SkipReason",
    "Stage",
    "Task",
    "Transfer",
]
