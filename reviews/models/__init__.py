"""The models of deciding which labels are true, one file per concept."""

from reviews.models.calibration import CalibrationRun
from reviews.models.consensus import Consensus, InferenceModel
from reviews.models.gold import GoldAnswer, GoldLeak
from reviews.models.measurements import Measurement
from reviews.models.reviews import Cause, Feedback, RejectReason, Review
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
    "ExamAnswer",
    "ExamAttempt",
    "ExamGrant",
    "ExamItem",
    "ExamPlan",
    "Feedback",
    "GoldAnswer",
    "GoldLeak",
    "InferenceModel",
    "Lesson",
    "LessonItem",
    "LessonProgress",
    "Measurement",
    "QualitySnapshot",
    "RejectReason",
    "Review",
]
