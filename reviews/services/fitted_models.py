"""What the newest fit of a project says, kept so that a single task is assessed with it."""

import io
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import numpy as np

from reviews.models import InferenceModel
from reviews.quality.class_model import ClassModel, Fitted
from reviews.quality.judgement import Costs
from reviews.quality.model_voice import Voice
from reviews.services.costs import costs_of
from reviews.services.model_voices import Key, proved_classes
from tasks.models import ModelVersion, Project

ARRAYS = ("confusion", "average", "prior", "common")
Models = dict[Key, ClassModel]


@dataclass(frozen=True)
class Knowledge:
    """What the newest fit says: models by question, and by control the weight of each person.

    Beside it what mistakes cost by now.
    """

    models: Models
    weights: dict[str, dict[int, float]]
    costs: Costs
    # The model version whose word counts beside those of people; None where none does.
    model_version_id: int | None = None
    # The classes in which it has earned that a label follows it.
    proved: frozenset[str] = frozenset()

    def weights_of(self, schema: dict[str, Any], people: list[int]) -> list[float] | None:
        """Of each person the mean over the controls that weigh people; None where none does.

        Somebody new counts as the least of those who are known.
        """
        known = [
            self.weights[control["name"]]
            for control in schema["controls"]
            if self.weights.get(control["name"])
        ]
        if not known:
            return None
        return [
            sum(found.get(who, min(found.values())) for found in known) / len(known)
            for who in people
        ]


def stored(project_id: int) -> Knowledge:
    """What the newest fit says; nothing before the first."""
    costs = costs_of(project_id)
    found = InferenceModel.objects.filter(project=project_id).first()
    if found is None:
        return Knowledge({}, {}, costs)
    weights = {
        name: {int(who): weight for who, weight in people.items()}
        for name, people in found.weights.items()
    }
    with np.load(io.BytesIO(found.arrays), allow_pickle=False) as arrays:
        models: Models = {
            (entry["control"], entry["option"]): ClassModel(
                classes=entry["classes"],
                people=dict(entry["people"]),
                share=entry["share"],
                temperature=entry["temperature"],
                voice=_voice(entry.get("voice")),
                **{name: arrays[f"{number}.{name}"] for name in ARRAYS},
            )
            for number, entry in enumerate(found.index)
        }
    is_heard = any(model.voice for model in models.values())
    heard = found.model_version_id if is_heard else None
    return Knowledge(models, weights, costs, heard, proved_classes(heard))


def keep(
    project: Project,
    fits: Mapping[Key, Fitted],
    weights: dict[str, dict[int, float]],
    version: ModelVersion | None,
    moment: datetime,
    seconds: float,
) -> None:
    """Replace what the fit before said."""
    index, arrays = [], {}
    for number, ((name, option), fitted) in enumerate(fits.items()):
        model = fitted.model
        entry = {
            "control": name,
            "option": option,
            "classes": model.classes,
            "people": sorted(model.people.items()),
            "share": model.share,
            "temperature": model.temperature,
        }
        if model.voice:
            entry["voice"] = asdict(model.voice) | {"common": model.voice.common.tolist()}
        index.append(entry)
        arrays |= {f"{number}.{array}": getattr(model, array) for array in ARRAYS}
    packed = io.BytesIO()
    np.savez_compressed(packed, **arrays)
    labels = max((len(fitted.table.rows) for fitted in fits.values()), default=0)
    InferenceModel.objects.update_or_create(
        project=project,
        defaults={
            "index": index,
            "arrays": packed.getvalue(),
            "weights": weights,
            "label_count": labels,
            "model_version": version,
            "seconds": seconds,
            "fitted_at": moment,
        },
    )


def _voice(kept: dict[str, Any] | None) -> Voice | None:
    return Voice(**kept | {"common": np.array(kept["common"])}) if kept else None
