"""The models of deciding which labels are true, one file per concept."""

from reviews.models.attention import AttentionCheck
from reviews.models.calibration import CalibrationRun
from reviews.models.coaching import CoachNote
from reviews.models.consensus import Consensus, InferenceModel
from reviews.models.costs import MistakeCost
from reviews.models.drills import Drill, DrillItem
from reviews.models.gold import GoldAnswer, GoldLeak
from reviews.models.lots import Lot, LotItem
from reviews.models.measurements import Measurement
from reviews.models.object_checks import ObjectCheck
from reviews.models.picks import Pick, QueueMark
from reviews.models.reviews import Cause, Feedback, RejectReason, Review
from reviews.models.rollups import (
    ClassRollup,
    CountedTask,
    ItemRollup,
    PairRollup,
    PersonRollup,
    ProjectClassRollup,
    ProjectPairRollup,
    RollupState,
    TaskChange,
)
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
    PracticeRecord,
)
from reviews.models.trust import TrustLook, TrustStanding

__all__ = [
    "AttentionCheck",
    "CalibrationRun",
    "Cause",
    "ClassRollup",
    "CoachNote",
    "Consensus",
    "CountedTask",
    "Drill",
    "DrillItem",
    "ExamAnswer",
    "ExamAttempt",
    "ExamGrant",
    "ExamItem",
    "ExamPlan",
    "Feedback",
    "GoldAnswer",
    "GoldLeak",
    "InferenceModel",
    "ItemRollup",
    "Lesson",
    "LessonItem",
    "LessonProgress",
    "Lot",
    "LotItem",
    "Measurement",
    "MistakeCost",
    "ObjectCheck",
    "PairRollup",
    "PersonRollup",
    "Pick",
    "PracticeRecord",
    "ProjectClassRollup",
    "ProjectPairRollup",
    "QualitySnapshot",
    "QueueMark",
    "RejectReason",
    "Review",
    "RollupState",
    "SecondLook",
    "TaskChange",
    "TrustLook",
    "TrustStanding",
]
