"""What a model version may do in a batch: its levels and certificates, read in two statements."""

import hashlib
import json
from dataclasses import dataclass, field

from reviews.models import ModelLook
from reviews.quality.routing import Allowed, Level
from tasks.models import Batch, ModelGrant, ModelVersion


@dataclass(frozen=True)
class Allowances:
    """By class: the level, and (bar, cut) of each certificate in force."""

    levels: dict[str, int] = field(default_factory=dict)
    certificates: dict[str, list[tuple[int, float]]] = field(default_factory=dict)

    def cut(self, label: str, bar_percent: int) -> float | None:
        """The lowest score from which on it is proved to be right that often, or more often."""
        if self.levels.get(label, 0) < Level.SOLOIST:
            return None
        proved = self.certificates.get(label, [])
        return min((cut for bar, cut in proved if bar >= bar_percent), default=None)

    def of(self, label: str, batch: Batch, bar_percent: int, audit_share: float) -> Allowed:
        return Allowed(
            level=self.levels.get(label, 0),
            cut=self.cut(label, bar_percent),
            audit_share=audit_share,
            overlap=batch.overlap,
        )

    def digest(self, *others: object) -> str:
        """Changes when anything of it does, or any of the others."""
        facts = [sorted(self.levels.items()), sorted(self.certificates.items()), others]
        return hashlib.sha256(json.dumps(facts, default=str).encode()).hexdigest()


def allowances_of(model_version: ModelVersion) -> Allowances:
    """Nothing for a version that was stopped."""
    if model_version.stopped_at is not None:
        return Allowances()
    grants = ModelGrant.objects.filter(model_version=model_version)
    in_force = ModelLook.objects.filter(
        standing__model_version=model_version,
        outcome=ModelLook.Outcome.CERTIFY,
        ended_at=None,
        bar_percent__isnull=False,
    )
    certificates: dict[str, list[tuple[int, float]]] = {}
    rows = in_force.order_by("pk").values_list("standing__label", "bar_percent", "cut")
    for label, bar, cut in rows:
        # Without a cut all answers of the class are proved.
        certificates.setdefault(label, []).append((bar, cut or 0.0))
    return Allowances(dict(grants.values_list("label", "level")), certificates)


def model_of(batch: Batch) -> ModelVersion | None:
    """Whose predictions a batch goes by: the one it names, or the newest; none once stopped."""
    own = ModelVersion.objects.filter(project=batch.project_id, stopped_at=None)
    if batch.suggestion_model_id is not None:
        own = own.filter(pk=batch.suggestion_model_id)
    return own.order_by("-pk").first()
