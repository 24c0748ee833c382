"""The labels that a change of the rules put in doubt, and what became of them."""

from dataclasses import dataclass

from labelops.intervals import Interval, wilson
from labelops.jobs.models import Job
from labelops.lists import Page, keyset_page
from tasks.models import InstructionVersion, Task
from tasks.services.stale import Policy, digest, jobs_of

# Counting goes on only so far: beyond it the exact figure decides nothing.
COUNTED = 10_000


@dataclass(frozen=True)
class Audit:
    """How many labels of the sample an expert has decided, and how many of them were changed."""

    size: int
    decided: int
    changed: int

    @property
    def interval(self) -> Interval | None:
        """Of the share of all touched labels that are wrong now: the sample was random."""
        return wilson(self.changed, self.decided)

    @property
    def low_percent(self) -> str:
        return f"{100 * self.interval.low:.1f}" if self.interval else ""

    @property
    def high_percent(self) -> str:
        return f"{100 * self.interval.high:.1f}" if self.interval else ""


@dataclass(frozen=True)
class StalePage:
    job: Job | None
    policy: str
    waiting: Page
    waiting_count: int
    is_more: bool
    audit: Audit | None

    @property
    def can_decide(self) -> bool:
        return self.waiting_count > 0 and (self.job is None or self.job.is_finished)


def stale_page(version: InstructionVersion, cursor: str = "") -> StalePage:
    jobs = list(jobs_of(version)[:20])
    stale_tasks = Task.objects.filter(stale_version=version, state=Task.State.ACCEPTED)
    counted = stale_tasks[: COUNTED + 1].count()
    newest = jobs[0] if jobs else None
    policy = newest and (newest.payload.get("policy") or newest.payload.get("rest"))
    return StalePage(
        job=newest,
        policy=Policy(policy).label if policy else "",
        waiting=keyset_page(stale_tasks.select_related("item", "batch", "result_version"), cursor),
        waiting_count=min(counted, COUNTED),
        is_more=counted > COUNTED,
        audit=next((_audit(version, job) for job in jobs if "sample" in job.result), None),
    )


def _audit(version: InstructionVersion, job: Job) -> Audit:
    """A label is decided once somebody has settled it again."""
    sample = job.result["sample"]
    tasks = Task.objects.filter(pk__in=sample, state=Task.State.ACCEPTED)
    decided = [task for task in tasks if task.stale_version_id != version.pk]
    changed = sum(digest(task.result_answer) != sample[str(task.pk)] for task in decided)
    return Audit(len(sample), len(decided), changed)
