"""The models of deciding which labels are true, one file per concept."""

from reviews.models.attention import AttentionCheck
from reviews.models.batch_figures import BatchFigures
from reviews.models.calibration import CalibrationRun
from reviews.models.coaching import CoachNote
from reviews.models.consensus import Consensus, InferenceModel
from reviews.models.costs import MistakeCost
from reviews.models.drills import Drill, DrillItem
from reviews.models.forecasts import BatchForecast
from reviews.models.gold import GoldAnswer, GoldLeak
from reviews.models.label_issues import DetectorStanding, LabelIssue
from reviews.models.lots import Lot, LotItem
from reviews.models.measurements import Measurement
from reviews.models.model_training import ModelTraining
from reviews.models.model_trust import (
    EvidenceState,
    ModelCheck,
    ModelLook,
    ModelStanding,
    TaskToCheck,
)
from reviews.models.object_checks import ObjectCheck
from reviews.models.pay import Basis, ClosedMonth, PayRate, StatementLine
from reviews.models.picks import Pick, QueueMark
from reviews.models.reviews import Cause, Feedback, RejectReason, Review
from reviews.models.rollups import (
    BatchDay,
    ClassRollup,
    CountedTask,
    ItemRollup,
    PairRollup,
    PersonRollup,
    ProjectClassRollup,
    ProjectPairRollup,
    PurgedWork,
    RollupState,
    TaskChange,
    WorkDay,
)
from reviews.models.second_looks import SecondLook
from reviews.models.snapshots import QualitySnapshot
from reviews.models.suggestion_arms import SuggestionArm
from reviews.models.task_routes import BatchRouting, TaskRoute
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
from reviews.models.withdrawals import Withdrawal, WithdrawnLabel

__all__ = [
    "AttentionCheck",
    "Basis",
    "BatchDay",
    "BatchFigures",
    "BatchForecast",
    "BatchRouting",
    "CalibrationRun",
    "Cause",
    "ClassRollup",
    "ClosedMonth",
    "CoachNote",
    "Consensus",
    "CountedTask",
    "DetectorStanding",
    "Drill",
    "DrillItem",
    "EvidenceState",
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
    "LabelIssue",
    "Lesson",
    "LessonItem",
    "LessonProgress",
    "Lot",
    "LotItem",
    "Measurement",
    "MistakeCost",
    "ModelCheck",
    "ModelLook",
    "ModelStanding",
    "ModelTraining",
    "ObjectCheck",
    "PairRollup",
    "PayRate",
    "PersonRollup",
    "Pick",
    "PracticeRecord",
    "ProjectClassRollup",
    "ProjectPairRollup",
    "PurgedWork",
    "QualitySnapshot",
    "QueueMark",
    "RejectReason",
    "Review",
    "RollupState",
    "SecondLook",
    "StatementLine",
    "SuggestionArm",
    "TaskChange",
    "TaskRoute",
    "TaskToCheck",
    "TrustLook",
    "TrustStanding",
    "Withdrawal",
    "WithdrawnLabel",
    "WorkDay",
]
