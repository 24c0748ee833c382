"""The ladder at work: looks, the alarm, suspensions, and what others' words begin anew."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import DomainError
from reviews.models import Measurement, TrustLook, TrustStanding
from reviews.quality import alarm
from reviews.services import consensus, promotions, sampling, trust, trust_sweeps
from tasks.models import Assignment, Qualification, Suspension
from tasks.services.qualifications import set_level
from tests.factories import (
    make_batch,
    make_labeled_task,
    make_member,
    make_published_project,
    make_team,
    settle,
)
from tests.reviews.checks import make_checks, spread

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def project(team):
    return make_published_project(team)


@pytest.fixture
def ana(team):
    return make_member(team)


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER)


def give(project, person, level, by, *, days_ago=0):
    set_level(project, person, level=level, by=by, reason="known")
    set_at = timezone.now() - timedelta(days=days_ago)
    Qualification.objects.filter(project=project, person=person).update(set_at=set_at)
    return trust.assess(project.pk, person.pk)


def checked(project, person, right, n, **over):
    make_checks(project, person, spread(right, n), **over)
    return trust.assess(project.pk, person.pk)


def level_of(project, person):
    return Qualification.objects.get(project=project, person=person).level


def notch_of(project, person):
    return Qualification.objects.get(project=project, person=person).gold_notch


def test_nothing_is_decided_before_a_look_and_proof_promotes_at_it(project, ana, mei):
    give(project, ana, 1, mei)
    checked(project, ana, 59, 59)
    assert level_of(project, ana) == 1
    standing = checked(project, ana, 1, 1)
    assert level_of(project, ana) == 2
    look = TrustLook.objects.get()
    assert (look.n, look.right, look.outcome, look.level) == (60, 60, "promote", 1)
    assert (standing.n, standing.looked_at) == (0, 0)
    reason = Qualification.objects.get().reason
    assert reason.startswith("60 of 60 checked answers right")


def test_one_right_answer_less_is_no_proof(project, ana, mei):
    give(project, ana, 1, mei)
    standing = checked(project, ana, 54, 60)
    assert (level_of(project, ana), standing.looked_at) == (1, 60)
    # More good answers change nothing until the next look.
    checked(project, ana, 39, 39)
    assert level_of(project, ana) == 1
    checked(project, ana, 1, 1)
    assert level_of(project, ana) == 2


def test_somebody_without_a_level_climbs_on_the_same_proof(project, ana):
    checked(project, ana, 60, 60)
    assert level_of(project, ana) == 2


def test_level_three_waits_for_two_weeks_on_level_two(project, ana, mei):
    give(project, ana, 2, mei)
    standing = checked(project, ana, 100, 100)
    assert (level_of(project, ana), standing.earned_level) == (2, 3)
    later = timezone.now() + timedelta(days=14)
    trust_sweeps.take_looks(now=later)
    assert level_of(project, ana) == 3
    assert TrustStanding.objects.get().earned_level is None


def test_a_reviewer_is_proposed_and_somebody_confirms(project, ana, mei):
    give(project, ana, 3, mei, days_ago=1)
    standing = checked(project, ana, 200, 200)
    assert (level_of(project, ana), standing.earned_level) == (3, 4)
    with pytest.raises(DomainError) as refused:
        promotions.confirm(standing, by=ana)
    assert refused.value.code == "not_allowed"
    standing = promotions.confirm(standing, by=mei)
    assert (level_of(project, ana), standing.earned_level, standing.n) == (4, None, 0)
    with pytest.raises(DomainError) as refused:
        promotions.confirm(standing, by=mei)
    assert refused.value.code == "nothing_proposed"


def test_a_declined_proposal_is_over_until_the_next_look(project, ana, mei):
    give(project, ana, 3, mei)
    standing = checked(project, ana, 200, 200)
    promotions.decline(standing, reason="Reviews need two languages here.", by=mei)
    trust_sweeps.take_all_looks()
    assert TrustStanding.objects.get().earned_level is None
    checked(project, ana, 200, 200)
    assert TrustStanding.objects.get().earned_level == 4


def test_a_managers_word_ends_a_proposal_at_once(project, ana, mei):
    give(project, ana, 3, mei)
    standing = checked(project, ana, 200, 200)
    set_level(project, ana, level=2, by=mei, reason="A new kind of picture.")
    with pytest.raises(DomainError) as refused:
        promotions.confirm(standing, by=mei)
    assert refused.value.code == "nothing_proposed"
    assert level_of(project, ana) == 2


def test_proof_demotes_and_doubt_only_checks_more(project, ana, mei):
    give(project, ana, 3, mei)
    checked(project, ana, 52, 60)
    assert (level_of(project, ana), notch_of(project, ana)) == (3, 1)
    checked(project, ana, 29, 40)
    assert TrustLook.objects.first().outcome == "demote"
    assert (level_of(project, ana), notch_of(project, ana)) == (2, 0)
    event = Event.objects.filter(verb="level.set").first()
    assert event.reason.startswith("81 of 100 checked answers right")


def test_a_good_look_ends_the_extra_checks(project, ana, mei):
    give(project, ana, 3, mei)
    checked(project, ana, 52, 60)
    checked(project, ana, 40, 40)
    assert notch_of(project, ana) == 0


def test_a_series_ends_with_its_last_look_and_another_begins(project, ana, mei):
    give(project, ana, 4, mei)
    standing = checked(project, ana, 391, 410)
    assert [look.n for look in TrustLook.objects.order_by("pk")] == [60, 100, 200, 400]
    assert (standing.n, standing.looked_at) == (10, 0)


def test_the_alarm_checks_more_and_leaves_the_level_to_the_looks(project, ana, mei):
    give(project, ana, 3, mei)
    wrong = [False] * (alarm.bound() // alarm.WRONG_STEP - 1)
    make_checks(project, ana, wrong)
    standing = trust.assess(project.pk, ana.pk)
    assert (level_of(project, ana), notch_of(project, ana)) == (3, 1)
    assert standing.alarmed_at is not None
    assert standing.is_falling
    event = Event.objects.get(verb="trust.alarm")
    assert event.reason == "3 of the newest 3 checked answers were wrong"
    trust.assess(project.pk, ana.pk)
    assert Event.objects.filter(verb="trust.alarm").count() == 1


def test_the_alarm_has_labels_that_stand_unseen_looked_at_again(project, team, ana, mei):
    batch = make_batch(project, team, overlap=1)
    mine = make_labeled_task(batch, "robin", authors=[ana])
    decided = make_labeled_task(batch, "robin", authors=[ana])
    others = make_labeled_task(batch, "robin")
    for task in (mine, decided, others):
        assess_now(task)
    decide(decided)
    # One more than it takes: the decided task is a check, too, where chance has it in the sample.
    make_checks(project, ana, "wwww")
    trust.assess(project.pk, ana.pk)
    looks = Assignment.objects.filter(stage="review", state="open")
    assert [slot.task_id for slot in looks] == [mine.pk]
    mine.refresh_from_db()
    assert mine.state == "accepted"
    assert {"code": "author_in_doubt", "params": {}} in mine.consensus.reasons


def test_somebody_surely_below_seventy_percent_pauses_at_twenty(project, team, ana, mei):
    give(project, ana, 2, mei)
    checked(project, ana, 8, 19)
    assert not Suspension.objects.exists()
    standing = checked(project, ana, 0, 1)
    suspension = Suspension.objects.get()
    assert suspension.started_by is None
    assert suspension.evidence["n"] == 20
    assert suspension.evidence["upper"] < 0.70
    assert (standing.n, standing.clean_after) == (0, Measurement.objects.last().pk)
    trust.assess(project.pk, ana.pk)
    assert Suspension.objects.count() == 1


def test_half_right_in_twenty_suspends_nobody(project, ana):
    checked(project, ana, 10, 20)
    assert not Suspension.objects.exists()


def test_a_word_or_an_exam_begins_a_new_series(project, ana, mei):
    checked(project, ana, 50, 59)
    standing = give(project, ana, 1, mei)
    assert standing.n == 0
    standing = checked(project, ana, 1, 1)
    assert (standing.n, standing.looked_at) == (1, 0)


def test_void_answers_do_not_count_and_what_they_took_is_given_back(project, ana, mei):
    give(project, ana, 3, mei)
    checked(project, ana, 45, 60)
    assert level_of(project, ana) == 2
    # The rule had changed: ten of the mistakes were none.
    wrong = Measurement.objects.filter(is_right=False).values("pk")[:10]
    Measurement.objects.filter(pk__in=list(wrong.values_list("pk", flat=True))).update(is_void=True)
    trust_sweeps.take_all_looks()
    assert level_of(project, ana) == 3
    assert TrustLook.objects.get().reversed_at is not None
    reason = Qualification.objects.get().reason
    assert reason == "the evidence of the step down changed: 45 of 50 right"
    trust_sweeps.take_all_looks()
    assert level_of(project, ana) == 3


def test_re_scored_gold_changes_the_figures_without_a_new_look(project, ana, mei):
    give(project, ana, 1, mei)
    checked(project, ana, 54, 60)
    Measurement.objects.filter(is_right=False).update(is_right=True)
    standing = trust.assess(project.pk, ana.pk)
    assert (standing.right, standing.n, standing.looked_at) == (60, 60, 60)
    assert level_of(project, ana) == 1


def test_the_sweep_finds_who_was_measured_and_does_it_once(project, ana, mei):
    make_checks(project, ana, spread(60, 60))
    assert trust_sweeps.take_looks() == 1
    assert level_of(project, ana) == 2
    later = timezone.now() + timedelta(minutes=10)
    trust_sweeps.take_looks(now=later)
    assert trust_sweeps.take_looks(now=later) == 1  # a level that was set within the hour
    assert TrustLook.objects.count() == 1


def test_nobody_is_measured_by_reviews_that_were_picked_for_their_risk(project, team, ana):
    batch = make_batch(project, team, overlap=1, review_percent=0)
    tasks = [make_labeled_task(batch, "robin", authors=[ana]) for _number in range(3)]
    for place, task in enumerate(tasks):
        assess_now(task)
        task.consensus.draw = 0.1 + place / 10
        task.consensus.save()
    # The riskiest first: what chance would have drawn before it is still undecided.
    decide(tasks[2])
    assert not Measurement.objects.exists()
    decide(tasks[0])
    assert Measurement.objects.get().annotation.task == tasks[0]


def assess_now(task):
    consensus.assess(task.pk)
    task.refresh_from_db()


def decide(task):
    settle(task, task.result_answer or {"species": "robin"})
    sampling.note_decision(task, was_wrong=False)
