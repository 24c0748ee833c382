"""Which question of a project a scenario test measures, and what an answer says to it."""

from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _

from datasets.analysis.scenario_counts import Pair
from datasets.models import DatasetVersion, Evaluation, Scenario
from datasets.services.label_copies import published_schemas
from labelops.errors import DomainError
from tasks.kinds.schema import single_choice

Kind = Evaluation.Kind


def measured_control(version: DatasetVersion) -> tuple[dict[str, Any], Kind]:
    """Of the label schema of a version: its one choice. Raises DomainError when it has none."""
    schema = published_schemas(version.project, up_to=version.schema_number or 0)
    control = single_choice(schema.get(version.schema_number or 0, {"controls": []}))
    if control is None:
        raise DomainError(
            _("A scenario test measures one class an item, which this project does not ask for."),
            code="not_measurable",
        )
    return control, Kind.CLASSES


def pairs_of(
    scenario: Scenario, answers: Iterable[tuple[int, dict[str, Any], dict[str, Any]]]
) -> list[Pair]:
    """Of (item, its label, what the model says)."""
    name = scenario.control
    return [
        Pair(item, _class_in(truth.get(name)), _class_in(said.get(name)))
        for item, truth, said in answers
    ]


def _class_in(value: Any) -> str:
    return value if isinstance(value, str) else ""
