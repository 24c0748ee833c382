"""The models of making labels, one file per concept."""

from tasks.models.annotations import Annotation, AnnotationRevision, Draft
from tasks.models.assignments import Assignment, Precedence, SkipReason, Stage
from tasks.models.batches import WORK_STATES, Batch, LabelClass, Task
from tasks.models.caps import WorkCap
from tasks.models.deletions import Deletion
from tasks.models.gold import GoldItem, GoldServing
from tasks.models.instructions import Acknowledgement, InstructionVersion
from tasks.models.item_reports import ItemReport
from tasks.models.item_tags import ItemTag
from tasks.models.items import Item
from tasks.models.model_backends import ModelBackend
from tasks.models.model_grants import ModelGrant
from tasks.models.moves import WorkMove
from tasks.models.pictures import InstructionPicture
from tasks.models.predictions import ModelVersion, Prediction
from tasks.models.progress import Progress
from tasks.models.projects import Project
from tasks.models.qualifications import Qualification
from tasks.models.questions import Question, Ruling
from tasks.models.reservations import ReservedItem
from tasks.models.suspensions import Suspension
from tasks.models.tallies import BatchTally
from tasks.models.transfers import Transfer
from tasks.models.uploads import Upload

__all__ = [
    "WORK_STATES",
    "Acknowledgement",
    "Annotation",
    "AnnotationRevision",
    "Assignment",
    "Batch",
    "BatchTally",
    "Deletion",
    "Draft",
    "GoldItem",
    "GoldServing",
    "InstructionPicture",
    "InstructionVersion",
    "Item",
    "ItemReport",
    "ItemTag",
    "LabelClass",
    "ModelBackend",
    "ModelGrant",
    "ModelVersion",
    "Precedence",
    "Prediction",
    "Progress",
    "Project",
    "Qualification",
    "Question",
    "ReservedItem",
    "Ruling",
    "SkipReason",
    "Stage",
    "Suspension",
    "Task",
    "Transfer",
    "Upload",
    "WorkCap",
    "WorkMove",
]
