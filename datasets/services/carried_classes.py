"""Which classes of an evaluation answers name, whatever instructions they were given under."""

from typing import Any

from datasets.models import Evaluation
from tasks.kinds.answer import classes_in, is_undecidable
from tasks.kinds.schema import control_named
from tasks.models import InstructionVersion


class Carried:
    """Reads answers to the question of an evaluation."""

    def __init__(self, evaluation: Evaluation) -> None:
        self.codes = {name: code for code, name in enumerate(evaluation.classes, start=1)}
        versions = InstructionVersion.objects.filter(project=evaluation.project_id)
        self.controls = {
            number: control_named(schema, evaluation.control)
            for number, schema in versions.values_list("number", "label_schema")
        }

    def codes_in(self, answer: dict[str, Any], version: int | None) -> frozenset[int] | None:
        """Empty where nothing is named; None where the question was not decided, or not asked."""
        control = self.controls.get(version)
        if control is None or not answer or is_undecidable(answer):
            return None
        named = classes_in({"controls": [control]}, answer)
        return frozenset(self.codes[name] for _control, name in named if name in self.codes)
