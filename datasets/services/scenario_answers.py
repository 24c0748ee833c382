"""Which question of a project a scenario test measures, and what answers say to it."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from django.utils.translation import gettext as _

from datasets.analysis.confusion import PARTS
from datasets.analysis.judging import Answer, judge_of
from datasets.analysis.scenario_counts import Pair
from datasets.models import DatasetVersion, Scenario
from datasets.services.evaluations import Control, controls_of
from labelops.errors import DomainError
from tasks.kinds.schema import control_named

JSON = dict[str, Any]


class Told(NamedTuple):
    """An item with its label, and what a model says of it, if anything."""

    item: int
    truth: JSON
    said: JSON
    score: float | None = None
    scores: dict[str, float] | None = None


def measured_control(version: DatasetVersion, name: str = "") -> Control:
    """The question of that name as it was when the labels were frozen; else the first.

    Raises DomainError for one by which no model can be measured.
    """
    controls = controls_of(version)
    control = control_named({"controls": controls}, name) if name else next(iter(controls), None)
    if control is None:
        raise DomainError(
            _("Models are measured by choices, shapes and spans; this asks for none."),
            code="not_measurable",
            field="control" if name else None,
        )
    return control


def pairs_of(scenario: Scenario, told: Sequence[Told]) -> list[Pair]:
    """Labels and predictions matched as evaluations do, at the bars of the scenario."""
    judge = judge_of(measured_control(scenario.dataset_version, scenario.control))
    name = scenario.control
    answers = [
        Answer(one.truth.get(name), one.said.get(name), one.score, one.scores or {}) for one in told
    ]
    found, _precisions = judge.judge(answers)
    classes = ["", *judge.classes.names]
    rows = zip(
        *(column.tolist() for column in (found.places, found.truth, found.predicted)),
        *(column.tolist() for column in (found.scores, found.overlaps)),
        strict=True,
    )
    pairs: list[Pair] = []
    for place, truth, said, score, overlap in rows:
        is_sure = said and score >= scenario.score_bar * PARTS
        item, label, word = told[place].item, classes[truth], classes[said] if is_sure else ""
        is_apart = judge.has_overlaps and overlap < scenario.overlap_bar * PARTS
        if label and word and is_apart:
            pairs += [Pair(item, label, ""), Pair(item, "", word)]
        elif label or word:
            pairs.append(Pair(item, label, word))
    return pairs
