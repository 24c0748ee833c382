"""Who may still label a task: so that no task waits for somebody who does not exist."""

from tasks.access import people_to_work_on
from tasks.models import Task
from tasks.services import slots


def anybody_left(task: Task) -> bool:
    """Whether an eligible person has neither answered, skipped nor taken this round of the task.

    Nor is anybody whose answer was taken out asked again.
    """
    had_it = slots.labeling_slots(task).filter(state__in=slots.DONE_BY_PERSON)
    had_by = set(had_it.values_list("annotator", flat=True))
    had_by |= set(slots.withdrawn(task).values_list("annotator", flat=True))
    return any(person.pk not in had_by for person in people_to_work_on(task.batch))
