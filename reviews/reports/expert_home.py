"""What costs most now: all that waits for an expert, first what a minute unblocks most with.

The order is by items waiting / estimated minutes:

- A question blocks the tasks that are on hold for it, and takes 2 minutes to answer. Questions that
  waver between the same classes are one entry; a ruling of 5 minutes answers them all.
- A dispute is all open reviews and adjudications split between the same two classes. Each takes
  as long as this person's adjudications do (the median of the last ones, else 1 minute), or all of
  them together a ruling of 5 minutes, whichever is less.
- A calibration run without agreement blocks its whole batch: a ruling of 5 minutes for each pair of
  classes that people mixed up.
- A version to approve takes 10 minutes. A breaking one concerns everything that is still labeled
  under the old rules meanwhile, any other blocks nothing.
- A ruling to publish takes 2 minutes and concerns the items it is linked to.
- Gold: a minute for each answer to approve, two for each that is in doubt (gold_health.py).
- A contest is a review like any other, and stands among the disputes. Only those that nobody is
  left to decide are named: they wait for one more expert, and take as long as adjudications.

No count goes beyond 1,000, and nothing is counted whole: each part reads at most so many rows.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from statistics import median
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Exists, Min, OuterRef, Q, QuerySet, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labelops.accounts.models import Membership, Role, Team, User
from reviews.models import CalibrationRun, Review
from reviews.quality.pairs import ClassPair, leading_pair, named_pairs
from reviews.reports import gold_health
from reviews.services import queue, second_reviewers
from tasks.access import EXPERTS, projects
from tasks.blocks.classes import Class, schema_classes
from tasks.models import (
    Batch,
    BatchTally,
    InstructionVersion,
    Project,
    Question,
    Ruling,
    Stage,
)

QUESTION_MINUTES = 2
RULING_MINUTES = 5
ADJUDICATION_MINUTES = 1
VERSION_MINUTES = 10
PACE_READ = 100
READ = 1_000
SHOWN = 50
Titles = dict[int, dict[Class, str]]


@dataclass(frozen=True)
class Action:
    title: str
    url: str


@dataclass(frozen=True)
class Entry:
    """One thing to do; `note` says what it stands for beside its title."""

    kind: str
    kind_title: str
    title: str
    project: Project
    waiting: int
    minutes: float
    since: datetime | None
    actions: list[Action]
    note: str = ""
    is_mine: bool = False

    @property
    def per_minute(self) -> float:
        return self.waiting / self.minutes

    @property
    def is_more(self) -> bool:
        """Whether more items wait than were read."""
        return self.waiting >= READ


@dataclass(frozen=True)
class ExpertPage:
    entries: list[Entry]
    hidden_count: int


@dataclass
class Cluster:
    """Open reviews of a project that are split between the same two classes, or in no such way."""

    project: Project
    tasks: set[int] = field(default_factory=set)
    since: datetime | None = None


def expert_page(user: User) -> ExpertPage:
    """The list of one expert, over the projects of their own house's teams."""
    own = {project.pk: project for project in projects(user, EXPERTS)}
    titles = _titles(own)
    entries = [
        *_questions(user, own, titles),
        *_disputes(user, own, titles),
        *_calibrations(own),
        *_versions(user, own),
        *_rulings(user, own),
        *_gold(user, own, titles),
        *_stuck_contests(own),
    ]
    now = timezone.now()
    entries.sort(key=lambda entry: (-entry.per_minute, not entry.is_mine, entry.since or now))
    return ExpertPage(entries[:SHOWN], max(0, len(entries) - SHOWN))


def _titles(own: Iterable[int]) -> Titles:
    versions = InstructionVersion.objects.filter(
        project__in=own, state=InstructionVersion.State.PUBLISHED
    )
    found = versions.values_list("project", "label_schema")
    return {project: schema_classes(schema) for project, schema in found}


def _questions(user: User, own: dict[int, Project], titles: Titles) -> Iterable[Entry]:
    """Oldest first; those about the same classes folded into the oldest of them."""
    asked = Question.objects.filter(project__in=own, state=Question.State.ASKED).order_by("id")
    folded: dict[Any, list[Question]] = defaultdict(list)
    fields = ("public_id", "project_id", "task_id", "text", "classes", "routed_to_id", "asked_at")
    for question in asked.only(*fields)[:READ]:
        pairs = frozenset(named_pairs(question.classes))
        folded[(question.project_id, pairs) if pairs else question.pk].append(question)
    return [_question_entry(user, own, titles, alike) for alike in folded.values()]


def _question_entry(
    user: User, own: dict[int, Project], titles: Titles, alike: list[Question]
) -> Entry:
    oldest, *others = alike
    project = own[oldest.project_id]
    names = [
        titles.get(project.pk, {}).get((entry["control"], entry["value"]), entry["value"])
        for entry in oldest.classes
    ]
    more = ngettext("and %(count)d more alike", "and %(count)d more alike", len(others))
    notes = [" – ".join(names)] + ([more % {"count": len(others)}] if others else [])
    actions = [
        Action(_("Answer"), reverse("question_detail", args=[oldest.public_id])),
        _ruling_action(project, named_pairs(oldest.classes), question=str(oldest.public_id)),
    ]
    return Entry(
        kind="question",
        kind_title=_("question"),
        title=oldest.text,
        note=" · ".join(note for note in notes if note),
        project=project,
        waiting=len({question.task_id for question in alike}),
        minutes=min(QUESTION_MINUTES * len(alike), RULING_MINUTES),
        since=oldest.asked_at,
        actions=actions,
        is_mine=any(question.routed_to_id == user.pk for question in alike),
    )


def _ruling_action(
    project: Project, pairs: Iterable[tuple[str, ClassPair]], **query: str
) -> Action:
    """To a new ruling, with the two classes filled in when there is one pair of them."""
    named = list(pairs)
    if len(named) == 1:
        [(control, (first, second))] = named
        query = {"from": f"{control}:{first}", "to": f"{control}:{second}", **query}
    address = reverse("ruling_create", args=[project.slug])
    return Action(_("Write ruling"), f"{address}?{urlencode(query)}" if query else address)


def _disputes(user: User, own: dict[int, Project], titles: Titles) -> Iterable[Entry]:
    """The oldest open reviews that the person may decide, by the classes they are split between."""
    waiting = queue.waiting(user).filter(batch__project__in=own).order_by("id")
    clusters: dict[Any, Cluster] = {}
    rows = waiting.values_list(
        "task", "batch__project", "task__consensus__votes", "task__consensus__computed_at"
    )
    for task, project, votes, since in rows[:READ]:
        key = (project, leading_pair(votes or {}))
        cluster = clusters.setdefault(key, Cluster(own[project], since=since))
        cluster.tasks.add(task)
    minutes = _adjudication_minutes(user)
    return [
        _dispute_entry(cluster, pair, titles.get(project, {}), minutes)
        for (project, pair), cluster in clusters.items()
    ]


def _dispute_entry(
    cluster: Cluster, pair: tuple[str, ClassPair] | None, titles: dict[Class, str], minutes: float
) -> Entry:
    actions = [Action(_("Decide"), reverse("review_home"))]
    title, spent = _("Other reviews"), minutes * len(cluster.tasks)
    if pair:
        control, classes = pair
        title = " – ".join(titles.get((control, value), value) for value in classes)
        spent = min(spent, RULING_MINUTES)
        actions.append(_ruling_action(cluster.project, [pair]))
    return Entry(
        kind="dispute",
        kind_title=_("dispute") if pair else _("review"),
        title=title,
        project=cluster.project,
        waiting=len(cluster.tasks),
        minutes=spent,
        since=cluster.since,
        actions=actions,
    )


def _adjudication_minutes(user: User) -> float:
    """How long this person has an adjudication before them, as the median of the last ones."""
    decided = Review.objects.standing().filter(reviewer=user).order_by("-id")
    rows = decided.values_list("assignment__stage", "assignment__leased_at", "decided_at")
    spent = [
        (decided_at - leased_at).total_seconds() / 60
        for stage, leased_at, decided_at in rows[:PACE_READ]
        if stage == Stage.ADJUDICATE and leased_at
    ]
    return max(median(spent), 1 / 60) if spent else ADJUDICATION_MINUTES


def _calibrations(own: dict[int, Project]) -> Iterable[Entry]:
    """Runs whose labels are in and whose people do not agree."""
    runs = CalibrationRun.objects.filter(
        batch__project__in=own, state=CalibrationRun.State.RUNNING, measured_at__isnull=False
    )
    counted = runs.select_related("batch").annotate(blocked=Sum("batch__tallies__pending_count"))
    return [_calibration_entry(run, own) for run in counted.order_by("id")[:READ]]


def _calibration_entry(run: CalibrationRun, own: dict[int, Project]) -> Entry:
    value = run.figures["value"]
    shown = _("not defined") if value is None else f"{100 * value:.0f} %"
    return Entry(
        kind="calibration",
        kind_title=_("calibration"),
        title=run.batch.name,
        note=_("agreement %(value)s, needed %(needed)d %%")
        % {"value": shown, "needed": run.threshold_percent},
        project=own[run.batch.project_id],
        waiting=min(run.blocked or 0, READ),
        minutes=RULING_MINUTES * max(1, run.figures["pairs"]),
        since=run.measured_at,
        actions=[Action(_("Open"), reverse("calibration_detail", args=[run.pk]))],
    )


def _for_a_second(rows: QuerySet[Any], user: User, *, project: str = "project") -> QuerySet[Any]:
    """What others wrote, and the own where there is no other expert."""
    others = Membership.objects.filter(
        role=Role.EXPERT,
        team__kind=Team.Kind.IN_HOUSE,
        team__is_active=True,
        team__projects=OuterRef(project),
        user__is_active=True,
    ).exclude(user=user)
    return rows.filter(~Q(author=user) | ~Exists(others)).order_by("id")


def _gold(user: User, own: dict[int, Project], titles: Titles) -> Iterable[Entry]:
    found = gold_health.matters(
        own, titles, lambda rows: _for_a_second(rows, user, project="gold__project")
    )
    return [
        Entry(
            kind="gold",
            kind_title=_("gold"),
            title=matter.title,
            note=matter.note,
            project=matter.project,
            waiting=min(matter.waiting, READ),
            minutes=matter.minutes,
            since=matter.since,
            actions=[Action(_("Open"), matter.url)],
        )
        for matter in found
    ]


def _versions(user: User, own: dict[int, Project]) -> Iterable[Entry]:
    waiting = InstructionVersion.objects.filter(
        project__in=own, state=InstructionVersion.State.IN_APPROVAL
    )
    found = list(_for_a_second(waiting.defer("blocks", "label_schema"), user)[:READ])
    breaking = [version.project_id for version in found if _is_breaking(version)]
    to_label = _to_label(breaking)
    return [
        Entry(
            kind="version",
            kind_title=_("version"),
            title=_("Version %(number)d waits for approval") % {"number": version.number},
            note=_("breaking") if _is_breaking(version) else "",
            project=own[version.project_id],
            waiting=min(to_label.get(version.project_id, 0), READ),
            minutes=VERSION_MINUTES,
            since=version.updated_at,
            actions=[
                Action(
                    _("Open"), reverse("instruction_approval", args=[own[version.project_id].slug])
                )
            ],
        )
        for version in found
    ]


def _is_breaking(version: InstructionVersion) -> bool:
    return InstructionVersion.Change.BREAKING in version.changes.values()


def _to_label(project_ids: list[int]) -> dict[int, int]:
    """What waits to be labeled in the running batches of projects, from the kept counts."""
    tallies = BatchTally.objects.filter(
        batch__project__in=project_ids, batch__state=Batch.State.RUNNING
    )
    sums = tallies.order_by().values("batch__project").annotate(count=Sum("pending_count"))
    return dict(sums.values_list("batch__project", "count"))


def _rulings(user: User, own: dict[int, Project]) -> Iterable[Entry]:
    drafts = Ruling.objects.filter(project__in=own, state=Ruling.State.DRAFT)
    counted = _for_a_second(drafts, user).annotate(item_count=Count("items"))
    return [
        Entry(
            kind="ruling",
            kind_title=_("ruling"),
            title=ruling.verdict,
            note=_("waits for a second expert"),
            project=own[ruling.project_id],
            waiting=ruling.item_count,
            minutes=QUESTION_MINUTES,
            since=ruling.updated_at,
            actions=[
                Action(
                    _("Open"),
                    reverse("ruling_detail", args=[own[ruling.project_id].slug, ruling.number]),
                )
            ],
        )
        for ruling in counted[:READ]
    ]


def _stuck_contests(own: dict[int, Project]) -> Iterable[Entry]:
    """How many a project has, never which: whoever decided first may read this."""
    stuck = second_reviewers.stuck_contests().filter(task__batch__project__in=own).order_by()
    counted = stuck.values("task__batch__project").annotate(
        count=Count("pk"), since=Min("opened_at")
    )
    title = _("Contests wait for another expert: nobody else of the house is left to decide them")
    return [
        Entry(
            kind="contest",
            kind_title=_("contest"),
            title=title,
            project=own[row["task__batch__project"]],
            waiting=row["count"],
            minutes=ADJUDICATION_MINUTES * row["count"],
            since=row["since"],
            actions=[
                Action(
                    _("Open"), reverse("reviewers", args=[own[row["task__batch__project"]].slug])
                )
            ],
        )
        for row in counted
    ]
