"""Who works on a batch, how much and how well: those whom it loses most work by come first."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, F, Min, Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from reviews.models import PersonRollup, WorkDay
from reviews.quality.figure import Figure
from reviews.quality.rollup_figures import share
from reviews.reports.dashboard_figures import Shown, answers, show
from reviews.reports.ordering import unknown_last
from tasks.models import Assignment, Batch, Stage

# Weeks even out weekends: the last seven days are held against the three weeks before them, or
# as much of both as there was work in the batch.
LATELY = timedelta(days=7)
BEFORE = timedelta(days=21)
SHOWN = 100


@dataclass(frozen=True)
class PersonRow:
    """One person. Paces are labels and decisions a day; `before` is None for newcomers."""

    person: User
    name: str
    team: str
    today: int
    labels_today: int
    lately: float
    before: float | None
    labels: int
    minutes: float
    seconds_each: float | None
    held: int
    held_since: datetime | None
    first_pass: Figure
    accuracy: Figure
    batch_id: int
    day: date

    @property
    def lost(self) -> float:
        """What the batch gets less of the person a day than it did."""
        return max(0.0, (self.before or 0.0) - self.lately)

    @property
    def is_behind(self) -> bool:
        """Down by a third or more, from at least a label a day."""
        return bool(self.before and self.before >= 1 and self.lost >= self.before / 3)

    @property
    def query(self) -> str:
        return urlencode({"batch": self.batch_id, "annotator": self.person.pk})

    @property
    def held_query(self) -> str:
        return urlencode({"batch": self.batch_id, "holder": self.person.pk})

    @property
    def today_query(self) -> str:
        return f"{self.query}&{urlencode({'day': self.day.isoformat()})}"

    @property
    def shown_first_pass(self) -> Shown:
        query = {"batch": self.batch_id, "annotator": self.person.pk, "judged": "all"}
        return show(self.first_pass, query, answers(self.first_pass.n))

    @property
    def shown_accuracy(self) -> Shown:
        query = {"batch": self.batch_id, "annotator": self.person.pk, "measured": "all"}
        return show(self.accuracy, query, answers(self.accuracy.n))


SORTS: dict[str, Callable[[PersonRow], Any]] = {
    "lost": lambda row: -row.lost,
    "name": lambda row: row.name.lower(),
    "labels": lambda row: row.labels,
    "held": lambda row: row.held_since,
    "first_pass": lambda row: row.first_pass.value,
    "accuracy": lambda row: row.accuracy.value,
}


def people_of_batch(
    batch: Batch, *, show_names: bool, sort: str = "lost", now: datetime | None = None
) -> list[PersonRow]:
    """Everybody who did or holds something, in four statements."""
    now = now or timezone.now()
    work = {row["person"]: row for row in _work(batch, now.date())}
    quality = {row["person"]: row for row in _quality(batch)}
    held = {row["annotator"]: row for row in _held(batch)}
    people = _people(batch, {*work, *held})
    first = min((row["first"] for row in work.values()), default=now.date())
    since = (now.date() - first).days + 1
    spans = min(LATELY.days, since), min(BEFORE.days, since - LATELY.days)
    rows = [
        _row(batch, person, team, show_names, now.date(), spans, work, quality, held)
        for person, team in people
    ]
    return _sorted(rows, sort)


def _work(batch: Batch, today: date) -> Any:
    lately, before = today - LATELY, today - LATELY - BEFORE
    is_label = Q(stage=Stage.ANNOTATE)
    return (
        WorkDay.objects.filter(batch=batch)
        .values("person")
        .annotate(
            first=Min("day"),
            today=Sum("done", filter=Q(day=today), default=0),
            labels_today=Sum("done", filter=Q(day=today) & is_label, default=0),
            lately=Sum("done", filter=Q(day__gt=lately), default=0),
            before=Sum("done", filter=Q(day__gt=before, day__lte=lately), default=0),
            timed=Sum("timed", filter=is_label, default=0),
            label_ms=Sum("active_ms", filter=is_label, default=0),
            total_ms=Sum(F("active_ms") + F("reading_ms"), default=0),
        )
    )


def _quality(batch: Batch) -> Any:
    names = ("labels", "accepted", "fixed", "rejected", "measured", "right")
    rows = PersonRollup.objects.filter(batch=batch).values("person")
    return rows.annotate(**{f"all_{name}": Sum(name) for name in names})


def _held(batch: Batch) -> Any:
    held = Assignment.objects.filter(batch=batch, state=Assignment.State.LEASED).order_by()
    return held.values("annotator").annotate(n=Count("pk"), since=Min("leased_at"))


def _people(batch: Batch, ids: set[int]) -> list[tuple[User, str]]:
    """With the name of their team on the batch, or of any when they came from elsewhere."""
    people = User.objects.filter(pk__in=ids).prefetch_related("memberships__team")
    own = set(batch.teams.values_list("pk", flat=True))
    found = []
    for person in people:
        teams = [membership.team for membership in person.memberships.all()]
        teams.sort(key=lambda team: (team.pk not in own, team.pk))
        found.append((person, teams[0].name if teams else ""))
    return found


def _row(
    batch: Batch,
    person: User,
    team: str,
    show_names: bool,
    day: date,
    spans: tuple[int, int],
    work: dict[int, Any],
    quality: dict[int, Any],
    held: dict[int, Any],
) -> PersonRow:
    done, judged = work.get(person.pk, {}), quality.get(person.pk, {})
    holds = held.get(person.pk, {})
    states = [judged.get(f"all_{state}", 0) for state in ("accepted", "fixed", "rejected")]
    timed = done.get("timed", 0)
    return PersonRow(
        person=person,
        name=str(person) if show_names else person.pseudonym,
        team=team,
        today=done.get("today", 0),
        labels_today=done.get("labels_today", 0),
        lately=done.get("lately", 0) / spans[0],
        before=done["before"] / spans[1] if done and spans[1] > 0 else None,
        # Hidden gold is work of a day, and no label of the batch.
        labels=judged.get("all_labels", 0),
        minutes=done.get("total_ms", 0) / 60_000,
        seconds_each=done["label_ms"] / 1_000 / timed if timed else None,
        held=holds.get("n", 0),
        held_since=holds.get("since"),
        first_pass=share(states[0], sum(states)),
        accuracy=share(judged.get("all_right", 0), judged.get("all_measured", 0)),
        batch_id=batch.pk,
        day=day,
    )


def _sorted(rows: list[PersonRow], sort: str) -> list[PersonRow]:
    """Of the same, who holds work longest is first."""
    rows = sorted(rows, key=lambda row: row.name)
    rows = unknown_last(rows, lambda row: row.held_since, is_down=False)
    return unknown_last(rows, SORTS[sort.removeprefix("-")], is_down=sort.startswith("-"))


def columns() -> list[str]:
    return [
        _("name"),
        _("team"),
        _("today"),
        _("a day, last 7 days"),
        _("a day, 3 weeks before"),
        _("labels"),
        _("minutes, reading included"),
        _("seconds a label"),
        _("tasks held"),
        _("held since"),
        _("first-pass yield, %"),
        _("answers judged"),
        _("accuracy, %"),
        _("answers measured"),
    ]


def line(row: PersonRow) -> list[Any]:
    return [
        row.name,
        row.team,
        row.today,
        round(row.lately, 2),
        None if row.before is None else round(row.before, 2),
        row.labels,
        round(row.minutes, 1),
        None if row.seconds_each is None else round(row.seconds_each, 1),
        row.held,
        row.held_since.isoformat() if row.held_since else None,
        *_percent(row.first_pass),
        *_percent(row.accuracy),
    ]


def _percent(figure: Figure) -> list[Any]:
    return [None if figure.value is None else round(100 * figure.value, 2), figure.n]
