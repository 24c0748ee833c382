"""The models of deciding which labels are true, one file per concept."""

from reviews.models.calibration import CalibrationRun
from reviews.models.consensus import Consensus, InferenceModel
from reviews.models.drills import Drill, DrillItem
from reviews.models.measurements import Measurement
from reviews.models.reviews import Cause, Feedback, RejectReason, Review
from reviews.models.second_looks import SecondLook
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
    "Consensus",
    "Drill",
    "DrillItem",
    "ExamAnswer",
    "ExamAttempt",
    "ExamGrant",
    "ExamItem",
    "ExamPlan",
    "Feedback",
    "InferenceModel",
    "Lesson",
    "LessonItem",
    "LessonProgress",
    "Measurement",
    "QualitySnapshot",
    "RejectReason",
    "Review",
    "SecondLook",
]
