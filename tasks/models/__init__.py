"""The models of making labels, one file per concept."""

from tasks.models.annotations import Annotation, AnnotationRevision, Draft
from tasks.models.assignments import Assignment, Precedence, SkipReason, Stage
from tasks.models.batches import Batch, Task
from tasks.models.instructions import InstructionVersion
from tasks.models.item_reports import ItemReport
from tasks.models.items import Item
from tasks.models.predictions import ModelVersion, Prediction
from tasks.models.progress import Progress
from tasks.models.projects import Project
from tasks.models.qualifications import Qualification
from tasks.models.tallies import BatchTally
from tasks.models.transfers import Transfer

__all__ = [
    "Annotation",
    "AnnotationRevision",
    "Assignment",
    "Batch",
    "BatchTally",
    "Draft",
    "InstructionVersion",
    "Item",
    "ItemReport",
    "ModelVersion",
    "Precedence",
    "Prediction",
    "Progress",
    "Project",
    "Qualification",
    "SkipReason",
    "Stage",
    "Task",
    "Transfer",
]
