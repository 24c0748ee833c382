"""What the item pages show."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Prefetch, QuerySet

from tasks.kinds import kind_of
from tasks.kinds.answer import UNDECIDABLE, is_undecidable, value_of
from tasks.models import Annotation, Batch, InstructionVersion, Item, Project, Task
from tasks.reports.history import Line, history
from tasks.services import instructions
from tasks.services.item_selection import filtered, work

UNANSWERED = (
    Task.State.PENDING,
    Task.State.LABELING,
    Task.State.REWORK,
    Task.State.ON_HOLD,
)

LABELLED = (Task.State.ACCEPTED, Task.State.IN_REVIEW, Task.State.IN_ADJUDICATION)


def items(
    project: Project,
    *,
    batch: Batch | None = None,
    state: str = "",
    prefix: str = "",
    tag: str = "",
) -> QuerySet[Item]:
    """The items of a project with their tasks, filtered."""
    rows = project.items.prefetch_related(
        Prefetch("tasks", queryset=work().select_related("batch")), "tags"
    )
    return filtered(rows, batch=batch.pk if batch else None, state=state, prefix=prefix, tag=tag)


@dataclass(frozen=True)
class Answered:
    """One question and what was answered."""

    title: str
    answer: str


@dataclass(frozen=True)
class AnnotationLine:
    annotation: Annotation
    author: str
    answers: list[Answered]


@dataclass(frozen=True)
class TaskStory:
    """A task, its result and who answered what; `is_hidden` while people still answer."""

    task: Task
    result: list[Answered]
    annotations: list[AnnotationLine] = field(default_factory=list)
    is_hidden: bool = False

    @property
    def can_be_decided(self) -> bool:
        """Whether there is a label that an expert can look at."""
        return self.task.state in LABELLED

    @property
    def is_decided(self) -> bool:
        """Whether an expert stands for the label, and nothing doubts it."""
        by_expert = self.task.result_source in (Task.Source.REVIEW, Task.Source.ADJUDICATION)
        is_accepted = self.task.state == Task.State.ACCEPTED
        return by_expert and is_accepted and self.task.stale_version_id is None


@dataclass(frozen=True)
class ItemPage:
    tasks: list[TaskStory]
    history: list[Line]
    metadata: list[tuple[str, Any]]
    tags: list[str]


def answers(label_schema: dict[str, Any], answer: dict[str, Any] | None) -> list[Answered]:
    """An answer in the words of its schema."""
    if answer is None:
        return []
    if is_undecidable(answer):
        return [Answered("", str(answer[UNDECIDABLE]))]
    return [
        Answered(control["title"], kind_of(control).summary(control, value))
        for control in label_schema["controls"]
        if (value := value_of(control, answer)) is not None
    ]


def item_page(item: Item, *, is_manager: bool) -> ItemPage:
    """The life of an item. Only managers, who never label, see names and unfinished tasks."""
    tasks = list(
        work()
        .filter(item=item)
        .select_related("batch", "result_version", "stale_version")
        .prefetch_related(
            Prefetch(
                "annotations",
                queryset=Annotation.everything.select_related("author", "instruction_version"),
            )
        )
    )
    schema = instructions.newest_version(item.project)
    stories = [_story(task, schema, is_manager) for task in tasks]
    told = [
        target
        for story in stories
        for target in (story.task, *(line.annotation for line in story.annotations))
    ]
    return ItemPage(
        tasks=stories,
        history=history([item, *told], show_names=is_manager),
        metadata=[(key, value) for key, value in item.data.items() if key != "text"],
        tags=list(item.tags.order_by("name").values_list("name", flat=True)),
    )


def _story(task: Task, newest: InstructionVersion | None, is_manager: bool) -> TaskStory:
    made = list(task.annotations.all())
    version = task.result_version or (made[-1].instruction_version if made else newest)
    schema = version.label_schema if version else {"controls": []}
    result = answers(schema, task.result_answer)
    if task.state in UNANSWERED and not is_manager:
        return TaskStory(task, result, is_hidden=bool(made))
    lines = [
        AnnotationLine(
            annotation,
            str(annotation.author) if is_manager else annotation.author.pseudonym,
            answers(annotation.instruction_version.label_schema, annotation.answer),
        )
        for annotation in made
    ]
    return TaskStory(task, result, lines)
