"""Checked answers beside a model's suggestion, for tests."""

from datetime import timedelta

from django.utils import timezone

from reviews.models import Measurement
from tasks.models import Annotation, Assignment, Item, Prediction, Task

# By letter: the suggestion is right; wrong and repeated; wrong and corrected; both wrong.
GIVEN = {
    "r": ("robin", "robin"),
    "f": ("wren", "wren"),
    "c": ("wren", "robin"),
    "o": ("wren", "eagle"),
}


def make_suggested(batch, version, person, mode, outcomes, *, active_ms=None):
    """One task with an answer a letter; robin is right."""
    project, now = batch.project, timezone.now()
    rules = project.instruction_versions.get(state="published")
    first = Item.objects.count()
    items = Item.objects.bulk_create(
        Item(project=project, external_id=f"suggested-{first + place}", data={"text": "A bird."})
        for place in range(len(outcomes))
    )
    said = Prediction.objects.bulk_create(
        Prediction(
            model_version=version,
            item=item,
            answer={"species": GIVEN[letter][0]},
            label=GIVEN[letter][0],
            created_at=now - timedelta(hours=1),
        )
        for item, letter in zip(items, outcomes, strict=True)
    )
    tasks = Task.objects.bulk_create(Task(batch=batch, item=item) for item in items)
    slots = Assignment.objects.bulk_create(
        Assignment(
            task=task,
            batch=batch,
            slot=1,
            state=Assignment.State.SUBMITTED,
            annotator=person,
            instruction_version=rules,
            leased_at=now,
        )
        for task in tasks
    )
    answers = Annotation.objects.bulk_create(
        Annotation(
            task=slot.task,
            author=person,
            assignment=slot,
            instruction_version=rules,
            answer={"species": GIVEN[letter][1]},
            submitted_at=now,
            active_ms=active_ms,
            suggestion=prediction,
            suggestion_mode=mode,
            suggestion_changed=len(set(GIVEN[letter])) == 2,
        )
        for slot, prediction, letter in zip(slots, said, outcomes, strict=True)
    )
    return Measurement.objects.bulk_create(
        Measurement(
            project=project,
            person=person,
            annotation=answer,
            source=Measurement.Source.AUDIT,
            is_right=letter in "rc",
            suggestion_is_right=letter == "r",
            score=float(letter in "rc"),
            expected="robin",
            given=GIVEN[letter][1],
            measured_at=now,
        )
        for answer, letter in zip(answers, outcomes, strict=True)
    )
