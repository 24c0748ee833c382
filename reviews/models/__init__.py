"""The models of deciding which labels are true, one file per concept."""

from reviews.models.calibration import CalibrationRun
from reviews.models.consensus import Consensus
from reviews.models.reviews import Feedback, RejectReason, Review
from reviews.models.snapshots import QualitySnapshot

__all__ = [
    "CalibrationRun",
    "Consensus",
    "Feedback",
    "QualitySnapshot",
    "RejectReason",
    "Review",
]
