from datasets.models.campaigns import Campaign, CampaignItem, CampaignSeed
from datasets.models.causes import Cause, FailureCause, FailureCluster, Tracing
from datasets.models.edits import BulkEdit, BulkEditRow
from datasets.models.evaluations import BACKGROUND, Comparison, Evaluation, EvaluationPart, Match
from datasets.models.failure_cases import FailureCase
from datasets.models.impact import Impact
from datasets.models.scenarios import Scenario, ScenarioItem, ScenarioRun
from datasets.models.segments import Segment, SegmentItem, SliceFinding, SliceSearch
from datasets.models.vectors import ItemMap, ItemSelection, VectorBlock, VectorSet
from datasets.models.versions import DatasetEntry, DatasetVersion

__all__ = [
    "BACKGROUND",
    "BulkEdit",
    "BulkEditRow",
    "Campaign",
    "CampaignItem",
    "CampaignSeed",
    "Cause",
    "Comparison",
    "DatasetEntry",
    "DatasetVersion",
    "Evaluation",
    "EvaluationPart",
    "FailureCase",
    "FailureCause",
    "FailureCluster",
    "Impact",
    "ItemMap",
    "ItemSelection",
    "Match",
    "Scenario",
    "ScenarioItem",
    "ScenarioRun",
    "Segment",
    "SegmentItem",
    "SliceFinding",
    "SliceSearch",
    "Tracing",
    "VectorBlock",
    "VectorSet",
]
