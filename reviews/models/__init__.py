"""The models of deciding which labels are true, one file per concept."""

from reviews.models.calibration import CalibrationRun
from reviews.models.consensus import Consensus, InferenceModel
from reviews.models.measurements import Measurement
from reviews.models.reviews import Cause, Feedback, RejectReason, Review
from reviews.models.rollups import (
    ClassRollup,
    CountedTask,
    ItemRollup,
    PairRollup,
    PersonRollup,
    RollupState,
    TaskChange,
)
from reviews.models.snapshots import QualitySnapshot
from reviews.models.training import (
    ExamAnswer,
    ExamAttempt,
    ExamGrant,
    ExamItem,
    ExamPlan,
    Lesson,
    LessonItem,
    LessonProgress,
)

__all__ = [
    "CalibrationRun",
    "Cause",
    "ClassRollup",
    "Consensus",
    "CountedTask",
    "ExamAnswer",
    "ExamAttempt",
    "ExamGrant",
    "ExamItem",
    "ExamPlan",
    "Feedback",
    "InferenceModel",
    "ItemRollup",
    "Lesson",
    "LessonItem",
    "LessonProgress",
    "Measurement",
    "PairRollup",
    "PersonRollup",
    "QualitySnapshot",
    "RejectReason",
    "Review",
    "RollupState",
    "TaskChange",
]
