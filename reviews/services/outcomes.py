"""What a decision makes of the answers behind it, and what their authors read of that."""

from typing import Any

from reviews.models import Consensus, Feedback, Review
from tasks.kinds import answer as answers
from tasks.models import Annotation, Task


def round_annotations(task: Task, number: int | None = None) -> list[Annotation]:
    """The answers of a round, the present one when none is named."""
    return list(
        Annotation.objects.filter(task=task, assignment__round=number or task.round)
        .select_related("author", "instruction_version")
        .order_by("id")
    )


def tell(review: Review, outcomes: dict[Annotation, Annotation.State]) -> None:
    """Store what becomes of each answer, with an entry in its author's inbox."""
    for annotation, state in outcomes.items():
        annotation.state = state
        annotation.save(update_fields=["state"])
    Feedback.objects.bulk_create(
        Feedback(review=review, annotation=annotation, author=annotation.author, outcome=state)
        for annotation, state in outcomes.items()
    )


def accepted_or_fixed(is_right: bool) -> Annotation.State:
    return Annotation.State.ACCEPTED if is_right else Annotation.State.FIXED


def is_overruled(task: Task, review: Review, schema: dict[str, Any]) -> bool:
    """Whether the label that annotators stood for does not stand after the decision."""
    consensus = Consensus.objects.filter(task=task).first()
    return consensus is not None and not answers.equal(schema, review.answer, consensus.answer)
