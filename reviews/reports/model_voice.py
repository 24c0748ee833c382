"""What a model's word counts beside those of people, and what became of its objections."""

from dataclasses import dataclass

from reviews.models import Consensus, InferenceModel, QueueMark
from reviews.reports.shares import Share
from reviews.services import model_voices
from tasks.models import ModelVersion

# Of objections, the newest that experts decided, and the most that are counted as waiting.
NEWEST = 1_000
Standing = Consensus.Standing


@dataclass(frozen=True)
class VoicePart:
    """`rival` is heard instead of this version. Without `labels` the model has no weight.

    `explained` is the percentage of what people's labels leave open that its word explains.
    `were_wrong`: of labels that it objected to and experts decided, those that did not stand.
    """

    is_measured: bool
    rival: ModelVersion | None
    labels: int = 0
    explained: int = 0
    waiting: int = 0
    is_more: bool = False
    were_wrong: Share | None = None

    @property
    def is_heard(self) -> bool:
        return self.labels > 0


def voice_of(model: ModelVersion) -> VoicePart:
    """As of the newest fit of its project."""
    fitted = InferenceModel.objects.filter(project=model.project_id).defer("arrays").first()
    if fitted is None or fitted.model_version_id != model.pk:
        newest = model_voices.newest(model.project)
        return VoicePart(is_measured=False, rival=newest if newest != model else None)
    voices = [entry["voice"] for entry in fitted.index if "voice" in entry]
    if not voices:
        return VoicePart(is_measured=True, rival=None)
    objected = Consensus.objects.filter(
        marks__kind=QueueMark.Kind.REASON,
        marks__value=model_voices.DIFFERS,
        project=model.project_id,
    )
    waiting = objected.filter(standing=Standing.UNDECIDED).order_by()[: NEWEST + 1].count()
    decided = objected.exclude(standing=Standing.UNDECIDED).filter(was_wrong__isnull=False)
    verdicts = list(decided.order_by("-pk").values_list("was_wrong", flat=True)[:NEWEST])
    return VoicePart(
        is_measured=True,
        rival=None,
        labels=voices[0]["labels"],
        explained=round(100 * voices[0]["explained"]),
        waiting=min(waiting, NEWEST),
        is_more=waiting > NEWEST,
        were_wrong=Share(sum(verdicts), len(verdicts)),
    )
