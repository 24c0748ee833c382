"""Accepted labels for the built-in model to learn from, and a training done to its end."""

import random

from django.utils import timezone

from labelops.jobs.services import run_job
from reviews.models import ModelTraining
from reviews.services import model_training
from tasks.models import Batch, Item, Task
from tasks.services import tallies
from tests.factories import make_batch, make_member, make_published_project, make_team

WORDS = {
    "robin": "red breast orange song garden winter".split(),
    "wren": "brown tail tiny loud hedge cocked".split(),
    "tit": "blue yellow cap acrobat nut box".split(),
}
OTHERS = "a the small bird with its was seen sat on".split()


def words_of(label: str, number: int) -> str:
    """A text that tells its class, and is like no other."""
    chance = random.Random(f"{label} {number}")
    return " ".join([*chance.sample(WORDS[label], 2), *chance.choices(OTHERS, k=5), str(number)])


def make_accepted(batch: Batch, counts: dict[str, int], first: int = 0) -> list[Item]:
    """So many accepted labels of each class, each of an item of its own."""
    labels = [label for label, count in counts.items() for _number in range(count)]
    items = Item.objects.bulk_create(
        Item(
            project=batch.project,
            external_id=f"learn{first + number}",
            data={"text": words_of(label, first + number)},
        )
        for number, label in enumerate(labels)
    )
    Task.objects.bulk_create(
        Task(
            batch=batch,
            item=item,
            state=Task.State.ACCEPTED,
            result_answer={"species": label},
            result_source=Task.Source.REVIEW,
            settled_at=timezone.now(),
        )
        for item, label in zip(items, labels, strict=True)
    )
    tallies.add(batch.pk, None, accepted_count=len(items))
    return items


def make_labeled_batch(counts: dict[str, int], role: str = "manager") -> Batch:
    """Of a project whose creator is a member of its team."""
    team = make_team()
    project = make_published_project(team, created_by=make_member(team, role))
    batch = make_batch(project, team)
    make_accepted(batch, counts)
    return batch


def train(project) -> ModelTraining:
    """To its end, whatever that is."""
    training = model_training.start(project, by=project.created_by)
    run_job(training.job_id, model_training.run_training)
    return ModelTraining.objects.select_related("job", "model_version").get(pk=training.pk)
