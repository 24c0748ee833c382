"""A few items of known answer for the demo, and what its crew made of them."""

import random
import uuid
from collections.abc import Callable

from django.utils import timezone

from labelops.accounts.models import User
from reviews.demo import answers
from reviews.services import gold, gold_measuring
from reviews.services.references import candidates
from tasks.models import Assignment, Batch, Project
from tasks.services import annotations, gold_serving
from tasks.services.instructions import current_version

ITEMS = 6
SERVED_EACH = 3
Answering = Callable[[str, answers.Skill, random.Random], answers.Answer]


def load_gold(
    project: Project, batch: Batch, answer: Answering, *, expert: User, seed: str
) -> None:
    """Gold of what the demo's reviewer decided; doing it again changes nothing."""
    if project.gold_items.exists():
        return
    for task in candidates(project).order_by("pk")[:ITEMS]:
        gold.propose(task, reason="The demo's reviewer decided it.", by=expert)
    rng = random.Random(f"{seed} {project.slug}")
    for skill in answers.CREW:
        _answer(batch, skill, answer, rng)
    gold_measuring.measure_waiting()


def _answer(batch: Batch, skill: answers.Skill, answer: Answering, rng: random.Random) -> None:
    person = User.objects.get(username=skill.username)
    served = gold_serving.serve(
        person,
        batch,
        SERVED_EACH,
        version_id=current_version(batch.project).pk,
        level=None,
        now=timezone.now(),
        rng=rng,
    )
    for held in Assignment.objects.filter(pk__in=served).select_related("task__item"):
        annotations.submit(
            held.public_id,
            answer=answer(held.task.item.external_id, skill, rng),
            request_id=uuid.uuid4(),
            by=person,
        )
