"""Several people on one queue, in any order of steps: what must hold always, holds."""

import os
import random
import uuid
from datetime import timedelta

import pytest
from django.db import connection, transaction
from django.db.models import Count
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase as HypothesisTestCase
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import Conflict
from reviews.services import consensus, desk, queue
from tasks.models import Annotation, Assignment, Batch, Task
from tasks.services import (
    annotations,
    assignments,
    batches,
    handout,
    leases,
    overlaps,
    withdrawals,
)
from tasks.services.instructions import published_content
from tasks.services.recounts import recount
from tests.factories import (
    make_batch,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

PEOPLE, TASKS = 4, 3
people = st.integers(0, PEOPLE - 1)
# Which of the rows that a step could take, the newest first.
numbers = st.integers(0, 9)
seeds = st.integers(0, 99)
late = st.sampled_from([False, False, False, True])
State = Assignment.State


def changes_made():
    """How many rows this connection has written: the database's own count misses nothing."""
    if connection.vendor == "sqlite":
        return connection.connection.total_changes
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_xact_user_tables"
        )
        return cursor.fetchone()


def any_of(assignments, number):
    found = list(assignments.select_related("annotator").order_by("-pk"))
    return found[number % len(found)] if found else None


class Engine(RuleBasedStateMachine):
    @initialize(overlap=st.integers(1, 3))
    def begin(self, overlap):
        # Each example in a transaction of its own, which is rolled back; row ids begin anew.
        self.example = transaction.atomic()
        self.example.__enter__()
        published_content.cache_clear()
        team = make_team()
        project = make_published_project(team)
        self.people = [make_member(team) for _number in range(PEOPLE)]
        self.reviewer = make_member(team, Role.EXPERT)
        self.manager = make_member(team, Role.MANAGER)
        self.batch = make_batch(project, team, overlap=overlap, review_percent=60)
        for _number in range(TASKS):
            make_task(self.batch)
        self.now = timezone.now()
        # Acknowledged answers that nobody took back: (person, assignment, request key, answer).
        self.acknowledged = {}
        self.most = overlap
        self.seen = None

    def teardown(self):
        if hasattr(self, "example"):
            transaction.set_rollback(True)
            self.example.__exit__(None, None, None)

    def held(self, number):
        return any_of(Assignment.objects.filter(state=State.LEASED, stage="annotate"), number)

    @rule(who=people, count=st.integers(1, 3))
    def take(self, who, count):
        given = handout.next_assignments(self.people[who], count=count, now=self.now)
        assert bool(given.assignments) != bool(given.reason)

    @rule(number=numbers, is_late=late, value=st.sampled_from(["robin", "wren"]))
    def submit(self, number, is_late, value):
        ended = Assignment.objects.filter(stage="annotate", annotator__isnull=False)
        assignment = any_of(ended.exclude(state=State.LEASED), number) if is_late else None
        if assignment := assignment or self.held(number):
            self.send(assignment, value)

    @rule(values=st.lists(st.sampled_from(["robin", "wren"]), min_size=1, max_size=PEOPLE))
    def work(self, values):
        """One answer of each of some people: so there is something to undo, judge and review."""
        for person, value in zip(self.people, values, strict=False):
            given = handout.next_assignments(person, count=1, now=self.now)
            for assignment in given.assignments:
                self.send(assignment, value)

    def send(self, assignment, value):
        person, key = assignment.annotator, uuid.uuid4()
        try:
            done = annotations.submit(
                assignment.public_id,
                answer={"species": value},
                request_id=key,
                by=person,
                now=self.now,
            )
        except Conflict:
            assignment.refresh_from_db()
            assert assignment.state != State.LEASED
            return
        sent = (person, assignment.public_id, key, {"species": value})
        self.acknowledged[done.annotation.assignment_id] = sent

    @rule(number=numbers)
    def replay(self, number):
        if not self.acknowledged:
            return
        pk = sorted(self.acknowledged)[number % len(self.acknowledged)]
        person, public_id, key, answer = self.acknowledged[pk]
        done = annotations.submit(public_id, answer=answer, request_id=key, by=person, now=self.now)
        assert done.is_replay
        assert done.annotation.assignment_id == pk

    @rule(number=numbers)
    def undo(self, number):
        sent = Assignment.objects.filter(state=State.SUBMITTED, stage="annotate")
        assignment = any_of(sent, number)
        if assignment is None:
            return
        person = assignment.annotator
        try:
            withdrawals.withdraw(assignment.public_id, by=person, now=self.now)
        except Conflict:
            assert Annotation.objects.filter(assignment=assignment).exists()
            return
        del self.acknowledged[assignment.pk]

    @rule(number=numbers)
    def skip(self, number):
        if assignment := self.held(number):
            assignments.skip(assignment, reason="too_hard", by=assignment.annotator, now=self.now)

    @rule(number=numbers, has_draft=st.booleans())
    def release(self, number, has_draft):
        if assignment := self.held(number):
            person = assignment.annotator
            if has_draft:
                assignments.save_draft(assignment, {}, by=person, now=self.now)
            assignments.release(assignment, by=person, now=self.now)

    @rule(minutes=st.sampled_from([5, 40, 2_000]))
    def time_passes(self, minutes):
        self.now += timedelta(minutes=minutes)

    @rule()
    def expire(self):
        leases.expire_leases(now=self.now)

    @rule(who=people)
    def revoke(self, who):
        leases.revoke_person(self.people[who], by=self.manager, reason="test", now=self.now)

    @rule()
    def pause_or_resume(self):
        self.batch.refresh_from_db()
        is_running = self.batch.state == Batch.State.RUNNING
        press = batches.pause_batch if is_running else batches.start_batch
        press(self.batch, by=self.manager)

    @rule(overlap=st.integers(1, 3))
    def change_overlap(self, overlap):
        batches.update_batch(self.batch, by=self.manager, overlap=overlap)
        overlaps.adjust(list(self.batch.tasks.values_list("pk", flat=True)), by=self.manager)
        self.most = max(self.most, overlap)

    @rule(seed=seeds)
    def look(self, seed):
        self.assess(seed)

    def assess(self, seed):
        consensus.assess_waiting(rng=random.Random(seed))

    @rule(seed=seeds, decision=st.sampled_from(["accept", "reject", "escalate"]))
    def decide(self, seed, decision):
        self.assess(seed)
        assignment = queue.next_review(self.reviewer, now=self.now)
        if assignment is None:
            return
        if assignment.stage == "adjudicate":
            decided = {"decision": "fix", "answer": {"species": "wren"}, "reason": "wrong_class"}
            if Annotation.objects.filter(task=assignment.task).exists():
                return
        else:
            reason = "wrong_class" if decision == "reject" else ""
            decided = {"decision": decision, "reason": reason}
        desk.decide(assignment, by=self.reviewer, request_id=uuid.uuid4(), now=self.now, **decided)

    @invariant()
    def what_must_hold_holds(self):
        """Looked at after each step that changed something: two of three find nothing to do."""
        seen = changes_made(), self.most, dict(self.acknowledged)
        if seen == self.seen:
            return
        self.seen = seen
        self.nothing_acknowledged_is_lost_or_doubled()
        self.no_task_has_more_live_slots_than_people_wanted()
        self.nobody_has_a_task_twice()
        self.every_unfinished_task_has_somewhere_to_go()
        self.running_counts_are_what_their_rows_say()
        self.every_submit_has_its_event()

    def nothing_acknowledged_is_lost_or_doubled(self):
        stored = dict(Annotation.objects.values_list("assignment", "answer"))
        assert stored == {pk: sent[3] for pk, sent in self.acknowledged.items()}

    def no_task_has_more_live_slots_than_people_wanted(self):
        live = Assignment.objects.filter(
            stage="annotate", state__in=[State.OPEN, State.LEASED, State.SUBMITTED]
        )
        counted = live.values("task", "round").annotate(count=Count("pk"))
        assert [row for row in counted if row["count"] > self.most] == []

    def nobody_has_a_task_twice(self):
        had = Assignment.objects.filter(
            stage="annotate", state__in=[State.LEASED, State.SUBMITTED, State.SKIPPED]
        )
        counted = had.values("task", "round", "annotator").annotate(count=Count("pk"))
        assert all(row["count"] == 1 for row in counted)

    def every_unfinished_task_has_somewhere_to_go(self):
        for task in Task.objects.filter(state__in=["pending", "labeling", "rework"]):
            assert task.labels_missing or task.labels_complete_at, task.state
        waiting = Task.objects.filter(state__in=["in_review", "in_adjudication"])
        for task in waiting:
            assert task.assignments.filter(
                stage__in=["review", "adjudicate"], state__in=[State.OPEN, State.LEASED]
            ).exists()

    def running_counts_are_what_their_rows_say(self):
        assert recount(self.batch) == []

    def every_submit_has_its_event(self):
        submitted = Event.objects.filter(verb="annotation.submitted").count()
        withdrawn = Event.objects.filter(verb="annotation.withdrawn").count()
        assert submitted - withdrawn == Annotation.objects.count()


class TestEngine(HypothesisTestCase, Engine.TestCase):
    settings = settings(
        max_examples=1_000 if os.environ.get("LABELOPS_SOAK") else 40,
        stateful_step_count=40,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )


pytestmark = pytest.mark.django_db
