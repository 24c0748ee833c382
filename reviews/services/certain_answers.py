"""The tasks of a project whose answer is certain, for judging the people who answered them."""

from collections.abc import Mapping
from typing import Any

from reviews.models import Consensus, GoldAnswer
from reviews.services.references import BY_EXPERTS
from tasks.models import Project, Task

CHUNK = 2_000


def certain(project: Project) -> dict[int, dict[str, Any]]:
    """The answers of the tasks that an expert has decided, and of those of gold."""
    decided = Task.objects.filter(
        batch__project=project, state=Task.State.ACCEPTED, result_source__in=BY_EXPERTS
    )
    known = dict(decided.values_list("pk", "result_answer").iterator(chunk_size=CHUNK))
    return known | of_gold(project)


def of_gold(project: Project) -> dict[int, dict[str, Any]]:
    """What is right of each gold task, where one answer is and nothing doubts it."""
    only = GoldAnswer.objects.in_force().filter(gold__project=project, alternatives=[])
    sure = only.exclude(gold__is_doubted=True)
    right = dict(sure.values_list("gold__item", "answer").iterator(chunk_size=CHUNK))
    tasks = Task.objects.filter(batch__project=project, state=Task.State.GOLD)
    rows = tasks.values_list("pk", "item").iterator(chunk_size=CHUNK)
    return {task: right[item] for task, item in rows if item in right}


def sampled(project: Project) -> dict[int, dict[str, Any]]:
    """Those that an expert has decided after chance had drawn them."""
    rows = Task.objects.filter(
        batch__project=project,
        state=Task.State.ACCEPTED,
        result_source__in=BY_EXPERTS,
        consensus__standing=Consensus.Standing.SAMPLED,
    )
    return dict(rows.values_list("pk", "result_answer").iterator(chunk_size=CHUNK))


def values_of(
    answers: Mapping[int, dict[str, Any]], name: str, option: str | None
) -> dict[int, Any]:
    """The values of one question."""
    found = {task: answer[name] for task, answer in answers.items() if name in answer}
    if option is None:
        return found
    return {task: option in value for task, value in found.items()}
