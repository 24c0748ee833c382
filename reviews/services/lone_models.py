"""What is stored of a task that a model answered in place of people.

Its certificate vouches for it, and audits watch it: nothing is inferred from other people's labels.
"""

from collections.abc import Iterable

from labelops.accounts.models import User
from reviews.models import Consensus, TaskRoute
from tasks.models import Annotation, Batch, Task
from tasks.services.grid import class_of

# Beside the methods of judgement.
ALONE = "alone"


def is_alone(task: Task, answers: Iterable[Annotation]) -> bool:
    """Whether a model answered a round in place of people. The answers come with their authors.

    A second reader whom the others left is none: nothing proves what it says.
    """
    if any(found.author.kind != User.Kind.MODEL for found in answers):
        return False
    return TaskRoute.objects.filter(task=task, way=TaskRoute.Way.MODEL).exists()


def vouch(consensus: Consensus, answers: list[Annotation], batch: Batch) -> None:
    """Let the model's own answer stand in a consensus that is not stored yet.

    It is as likely wrong as its certificate leaves open at most: of this one answer nothing more
    is known. Without an accuracy asked for any more, the doubt of a single label stays.
    """
    consensus.method = ALONE
    consensus.answer = consensus.voted
    consensus.label = class_of(answers[-1].instruction_version.label_schema, consensus.voted)
    if batch.model_bar_percent is not None:
        consensus.inferred_wrong = consensus.inferred_risk = 1 - batch.model_bar_percent / 100
        consensus.weigh()
        consensus.confidence = 1 - consensus.p_wrong
    consensus.reasons = [{"code": "model_alone", "params": {}}]
