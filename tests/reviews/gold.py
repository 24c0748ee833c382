"""Gold with its answer for tests."""

from django.utils import timezone

from reviews.models import GoldAnswer

REASON = "Its breast is red."


def known_answer(gold, label="robin", *, by, **over):
    """The answer in force of a gold item."""
    over.setdefault("reason", REASON)
    return GoldAnswer.objects.create(
        gold=gold,
        number=gold.answers.count() + 1,
        version=gold.project.instruction_versions.get(state="published"),
        answer={"species": label},
        author=by,
        approver=by,
        approved_at=timezone.now(),
        **over,
    )
