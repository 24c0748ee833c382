"""Reviewers are reviewed: how each decides, from second looks, contests and their pace."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import User
from labelops.errors import DomainError
from labelops.lists import Page, keyset_page
from reviews.models import Review, SecondLook
from reviews.quality.figure import Figure
from reviews.quality.reviewers import (
    Leniency,
    Pair,
    class_kappa,
    leniency,
    needs_a_look,
    verdict_kappa,
)
from reviews.reports.shares import Share
from reviews.services import second_reviewers
from reviews.services.second_looks import FAST_MS
from tasks.blocks.classes import schema_classes
from tasks.kinds.answer import agree, value_of
from tasks.kinds.schema import single_choice
from tasks.models import Project
from tasks.services.instructions import current_schema, published_content

# The figures are of the newest decisions and second looks: so much is read, whatever there is.
DECISIONS_READ = 5_000
LOOKS_READ = 1_000
Kind = SecondLook.Kind
State = SecondLook.State
SETTLED = (State.UPHELD, State.OVERTURNED)
SHOWN = {
    "": gettext_lazy("all decisions"),
    "fast": gettext_lazy("decided in less than 0.8 s"),
    "audits": gettext_lazy("looked at again by chance"),
    "overturned": gettext_lazy("overturned after a look by chance"),
    "contests": gettext_lazy("contested"),
}


@dataclass(frozen=True)
class ReviewerRow:
    """`is_flagged`: kappa or the overturned share is beyond the bar on enough decisions."""

    person: User
    name: str
    decisions: int
    fast: Share
    verdicts: Figure
    classes: Figure
    overturned: Share
    contests: Share
    leniency: list[Leniency]
    # Classes that too few of the looks were about.
    rare_classes: list[str]
    is_flagged: bool


@dataclass(frozen=True)
class ReviewersPage:
    """`stuck`: contests that wait because no other expert of the house is there."""

    rows: list[ReviewerRow]
    decisions_read: int
    is_cut: bool
    stuck: int


@dataclass(frozen=True)
class DecisionsPage:
    person_name: str
    shown: str
    title: str
    page: Page

    @property
    def filters(self) -> str:
        """The query string of the list, without its cursor."""
        return f"show={self.shown}" if self.shown else ""


def reviewers_page(project: Project, *, show_names: bool) -> ReviewersPage:
    newest = Review.objects.standing().filter(task__batch__project=project).order_by("-id")
    read = list(newest.values_list("reviewer", "dwell_ms")[:DECISIONS_READ])
    decisions = Counter(reviewer for reviewer, _dwell in read)
    timed = Counter(reviewer for reviewer, dwell in read if dwell is not None)
    fast = Counter(reviewer for reviewer, dwell in read if dwell is not None and dwell < FAST_MS)
    looks = _looks(project)
    titles = _titles(project)
    people = User.objects.in_bulk(list(decisions))
    rows = [
        _row(
            people[pk],
            people[pk].pseudonym if not show_names else str(people[pk]),
            count,
            Share(fast[pk], timed[pk]),
            looks[pk],
            titles,
        )
        for pk, count in decisions.most_common()
    ]
    stuck = second_reviewers.stuck_contests().filter(task__batch__project=project)
    return ReviewersPage(rows, len(read), len(read) == DECISIONS_READ, stuck.count())


def reviewer_row(project: Project, person: User, *, show_names: bool) -> ReviewerRow | None:
    """The record of one reviewer; None for somebody who has decided nothing."""
    own = Review.objects.standing().filter(task__batch__project=project, reviewer=person)
    read = list(own.order_by("-id").values_list("dwell_ms", flat=True)[:DECISIONS_READ])
    if not read:
        return None
    timed = [dwell for dwell in read if dwell is not None]
    fast = Share(sum(dwell < FAST_MS for dwell in timed), len(timed))
    looks = list(_settled(project).filter(first__reviewer=person).order_by("-id")[:LOOKS_READ])
    name = str(person) if show_names else person.pseudonym
    return _row(person, name, len(read), fast, looks, _titles(project))


def _settled(project: Project) -> QuerySet[SecondLook]:
    return SecondLook.objects.filter(
        task__batch__project=project, second__isnull=False, state__in=SETTLED
    ).select_related("first__assignment", "second")


def _looks(project: Project) -> dict[int, list[SecondLook]]:
    """The newest settled looks of each first reviewer."""
    by_reviewer: dict[int, list[SecondLook]] = defaultdict(list)
    for look in _settled(project).order_by("-id")[:LOOKS_READ]:
        by_reviewer[look.first.reviewer_id].append(look)
    return by_reviewer


def _titles(project: Project) -> dict[str, str]:
    """The classes of the project's single choice in its words."""
    schema = current_schema(project)
    choice = single_choice(schema)
    if choice is None:
        return {}
    titles = schema_classes(schema)
    return {value: title for (control, value), title in titles.items() if control == choice["name"]}


def _row(
    person: User,
    name: str,
    decisions: int,
    fast: Share,
    looks: list[SecondLook],
    titles: dict[str, str],
) -> ReviewerRow:
    audits = [look for look in looks if look.kind == Kind.AUDIT]
    contests = [look for look in looks if look.kind == Kind.CONTEST]
    pairs = [pair for look in audits if (pair := pair_of(look))]
    overturned = _overturned(audits)
    verdicts = verdict_kappa(pairs)
    by_class = [Leniency(titles.get(row.label, row.label), row.figure) for row in leniency(pairs)]
    return ReviewerRow(
        person=person,
        name=name,
        decisions=decisions,
        fast=fast,
        verdicts=verdicts,
        classes=class_kappa(pairs),
        overturned=overturned,
        contests=_overturned(contests),
        leniency=[row for row in by_class if row.figure.value is not None],
        rare_classes=[row.label for row in by_class if row.figure.value is None],
        is_flagged=needs_a_look(verdicts, overturned.count, overturned.n),
    )


def _overturned(looks: list[SecondLook]) -> Share:
    return Share(sum(look.state == State.OVERTURNED for look in looks), len(looks))


def pair_of(look: SecondLook) -> Pair | None:
    """The two decisions side by side; None where one is no verdict, or there was no label."""
    if look.stood is None or look.second.decision == Review.Decision.ESCALATE:
        return None
    schema = published_content(look.first.assignment.instruction_version_id).label_schema
    choice = single_choice(schema)

    def let_stand(review: Review) -> bool:
        return review.answer is not None and agree(schema, review.answer, look.stood)

    def class_of(answer: dict[str, Any] | None) -> str | None:
        value = value_of(choice, answer) if choice and answer is not None else None
        return None if value is None else str(value)

    return Pair(
        let_stand(look.first),
        let_stand(look.second),
        class_of(look.first.answer),
        class_of(look.second.answer),
        class_of(look.stood),
    )


def decisions_page(
    project: Project, person: User, given: Mapping[str, str], cursor: str, *, show_names: bool
) -> DecisionsPage:
    """The decisions behind a figure. Raises DomainError for a list that there is not."""
    shown = given.get("show", "")
    if shown not in SHOWN:
        raise DomainError(_("This filter has no such value."), field="show", code="unknown_value")
    rows = (
        _shown(project, person, shown).select_related("task__item").prefetch_related("second_looks")
    )
    return DecisionsPage(
        person_name=str(person) if show_names else person.pseudonym,
        shown=shown,
        title=str(SHOWN[shown]),
        page=keyset_page(rows, cursor, newest_first=True),
    )


def _shown(project: Project, person: User, shown: str) -> QuerySet[Review]:
    """Without what is being looked at again: who reads the list may be the one to do it."""
    looks = SecondLook.objects.filter(first=OuterRef("pk"))
    settled = looks.filter(state__in=SETTLED)
    audits = settled.filter(kind=Kind.AUDIT)
    filters: dict[str, Q] = {
        "": Q(),
        "fast": Q(dwell_ms__lt=FAST_MS),
        "audits": Q(Exists(audits)),
        "overturned": Q(Exists(audits.filter(state=State.OVERTURNED))),
        "contests": Q(Exists(settled.filter(kind=Kind.CONTEST))),
    }
    rows = Review.objects.standing().filter(
        filters[shown], task__batch__project=project, reviewer=person
    )
    return rows.exclude(Exists(looks.filter(state__in=SecondLook.UNSETTLED)))
