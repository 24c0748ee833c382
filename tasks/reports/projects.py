"""What the project pages show: figures of all batches, and what to do next."""

from dataclasses import dataclass

from django.db.models import Count, F, Q, QuerySet, Sum

from tasks.models import WORK_STATES, Batch, InstructionVersion, Progress, Project, Task
from tasks.reports.stages import Segment, segments
from tasks.services import instructions, item_reports

EVERY_TASK = sum(
    (F(f"batches__tallies__{state.value}_count") for state in WORK_STATES[1:]),
    start=F(f"batches__tallies__{Task.State.PENDING.value}_count"),
)


def overview(projects: QuerySet[Project]) -> QuerySet[Project]:
    """The projects with the sums over their batches."""
    # A fresh query: the rows of an access query are joined with teams, and sums would double.
    return Project.objects.filter(pk__in=projects.order_by().values("pk")).annotate(
        running_count=Count("batches", filter=Q(batches__state=Batch.State.RUNNING), distinct=True),
        task_count=Sum(EVERY_TASK, default=0),
        accepted_count=Sum("batches__tallies__accepted_count", default=0),
    )


@dataclass(frozen=True)
class BatchRow:
    batch: Batch
    progress: Progress
    segments: list[Segment]


@dataclass(frozen=True)
class Steps:
    """The way from an empty project to running work."""

    has_instructions: bool
    has_items: bool
    has_batch: bool
    is_started: bool

    @property
    def is_done(self) -> bool:
        return self.has_instructions and self.is_started


@dataclass(frozen=True)
class ProjectPage:
    batches: list[BatchRow]
    current: InstructionVersion | None
    draft: InstructionVersion | None
    steps: Steps
    open_report_count: int


def project_page(project: Project) -> ProjectPage:
    batches = list(project.batches.prefetch_related("tallies"))
    current = instructions.current_version(project)
    states = {batch.state for batch in batches}
    return ProjectPage(
        batches=[batch_row(batch) for batch in batches],
        current=current,
        draft=instructions.draft_version(project),
        steps=Steps(
            has_instructions=current is not None,
            has_items=project.items.exists(),
            has_batch=bool(batches),
            is_started=bool(states - {Batch.State.DRAFT}),
        ),
        open_report_count=item_reports.open_count(project),
    )


def batch_row(batch: Batch) -> BatchRow:
    progress = batch.progress
    return BatchRow(batch, progress, segments(progress))
