"""A small world in which a model fails for known reasons, and its causes traced."""

import numpy as np
from django.utils import timezone

from datasets.jobs import run_tracing
from datasets.models import Tracing
from datasets.services import tracing
from datasets.services.verdicts import MEANS, Verdict, keep
from labelops.accounts.models import Role
from labelops.jobs.models import Job
from tests.datasets.evaluating import evaluate_labels
from tests.datasets.freezing import freeze, make_label
from tests.datasets.vectors import make_vector_set
from tests.factories import (
    make_batch,
    make_member,
    make_model_version,
    make_prediction,
    make_published_project,
    make_team,
)

NOISE = "▒▓ ▒▓ ▒▓ ▒▓"
# (name, how many, angle of the vectors, split, label, what the model says, text)
PLANTED = [
    *(
        ("robin", 20, 0.0, "train", "robin", "robin", ""),
        ("wren", 20, 1.0, "train", "wren", "wren", ""),
    ),
    # Odd robins that were labeled as wrens before the model learned from them.
    ("taught", 16, 0.6, "train", "wren", "wren", ""),
    ("odd", 12, 0.6, "test", "robin", "wren", ""),
    *(
        ("fine", 8, 0.0, "test", "robin", "robin", ""),
        ("right", 8, 1.0, "test", "wren", "wren", ""),
    ),
    ("flipped", 1, 1.0, "test", "robin", "wren", ""),
    ("blot", 1, 0.0, "test", "robin", "wren", NOISE),
    ("easy", 1, 0.0, "test", "robin", "wren", ""),
]


def make_failing():
    """Texts, a frozen version of their labels, an evaluation, and vectors."""
    team = make_team()
    people = {
        "mei": make_member(team, Role.MANAGER, username="mei"),
        "elena": make_member(team, Role.EXPERT, username="elena"),
        "ana": make_member(team, Role.ANNOTATOR, username="ana"),
        "otto": make_member(make_team(), Role.MANAGER, username="otto"),
    }
    project = make_published_project(team, slug="birds")
    batch, model = make_batch(project, team, overlap=1), make_model_version(project)
    dice, said, vectors = np.random.default_rng(5), {}, {}
    for name, count, angle, split, label, word, text in PLANTED:
        for number in range(count):
            written = text or f"bird {name} {number} sings in a garden"
            data = {"split": split}
            item = make_label(batch, label, text=written, data=data, name=f"{name}-{number}").item
            make_prediction(model, item, word)
            middle = np.array([np.cos(angle), np.sin(angle), 0, 0, 0, 0, 0, 0])
            vectors[item] = middle + dice.normal(0, 0.05, 8)
            if split == "test":
                said[item] = word
    evaluation = evaluate_labels(freeze(project), model, said)
    evaluation.split = "test"
    evaluation.save()
    make_vector_set(project, vectors)
    return {"project": project, "evaluation": evaluation, "items": list(vectors), **people}


def trace(world):
    started = tracing.start(world["evaluation"], by=world["mei"])
    run_tracing(started.job_id)
    return Tracing.objects.get(pk=started.pk)


def made_facts(**over):
    """What is stored of a failure, with nothing that speaks for any cause."""
    facts = dict.fromkeys(MEANS, 0.5) | {"reading": "length", "beyond": 0.0, "score": None}
    facts |= {"truth": 1, "predicted": 0, "truth_id": "", "predicted_id": "", "mistake_count": 1}
    return facts | {"neighbours": [], "suspects": []} | over


def make_tracing(evaluation, vector_set, items, *, cause="model", **facts):
    """The items as one group that fails for one cause, without a run."""
    job = Job.objects.create(kind=tracing.KIND, state=Job.State.DONE)
    made = Tracing.objects.create(
        evaluation=evaluation, vector_set=vector_set, job=job, finished_at=timezone.now()
    )
    found = [
        Verdict(item.pk, 1, rank, cause, made_facts(**facts)) for rank, item in enumerate(items, 1)
    ]
    keep(made, found)
    made.save()
    return made
