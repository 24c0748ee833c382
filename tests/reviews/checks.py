"""Checked answers for tests: what gold and audits have said of somebody, in that order."""

from django.utils import timezone

from reviews.models import Measurement
from tasks.models import Annotation, Assignment, Item, Task
from tests.factories import make_batch


def make_checks(project, person, rights, *, source="gold", now=None):
    """One measurement an entry: True, False, or one of the letters r and w."""
    now = now or timezone.now()
    version = project.instruction_versions.get(state="published")
    batch = project.batches.filter(name="checks").first() or make_batch(project, name="checks")
    verdicts = [right in (True, "r") for right in rights]
    first = Item.objects.count()
    items = Item.objects.bulk_create(
        Item(project=project, external_id=f"check-{first + place}", data={"text": "A bird."})
        for place in range(len(verdicts))
    )
    tasks = Task.objects.bulk_create(Task(batch=batch, item=item) for item in items)
    slots = Assignment.objects.bulk_create(
        Assignment(
            task=task,
            batch=batch,
            slot=1,
            state=Assignment.State.SUBMITTED,
            annotator=person,
            instruction_version=version,
        )
        for task in tasks
    )
    answers = Annotation.objects.bulk_create(
        Annotation(
            task=slot.task,
            author=person,
            assignment=slot,
            instruction_version=version,
            answer={"species": "robin"},
            submitted_at=now,
        )
        for slot in slots
    )
    return Measurement.objects.bulk_create(
        Measurement(
            project=project,
            person=person,
            annotation=answer,
            source=source,
            is_right=is_right,
            score=float(is_right),
            expected="robin" if is_right else "wren",
            given="robin",
            measured_at=now,
        )
        for answer, is_right in zip(answers, verdicts, strict=True)
    )


def spread(right, n):
    """`n` verdicts with so many right, the mistakes evenly among them."""
    wrong = n - right
    at = {round((place + 0.5) * n / wrong) for place in range(wrong)} if wrong else set()
    return [place not in at for place in range(n)]
