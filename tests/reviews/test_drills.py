"""Drills: built from the worst confusion, answered with the right one shown, measured."""

import json
import random
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.errors import Conflict, NotAllowed
from reviews.models import Drill, Measurement, Review
from reviews.services import drills, feedback
from reviews.services import gold as known_answers
from reviews.services.mistakes import mistakes_of
from tasks.models import Annotation, ReservedItem
from tasks.services import gold, results
from tasks.services.reservations import reserve
from tests.factories import (
    make_batch,
    make_member,
    make_published_project,
    make_team,
)
from tests.reviews.deciding import ROBIN, WREN, decide_next, make_assessed_task
from tests.reviews.training import make_settled

pytestmark = pytest.mark.django_db


class Cast:
    """Ana calls robins wrens; experts have labels of both."""

    def __init__(self, *, mistakes=3, robins=6, wrens=6):
        self.team = make_team()
        self.project = make_published_project(self.team)
        self.batch = make_batch(self.project, self.team, overlap=1, review_percent=100)
        self.ana = make_member(self.team)
        self.expert = make_member(self.team, Role.EXPERT)
        for _number in range(mistakes):
            self.mistake()
        self.robins = [make_settled(self.batch, "robin") for _number in range(robins)]
        self.wrens = [make_settled(self.batch, "wren") for _number in range(wrens)]

    def mistake(self, said="wren", right="robin"):
        task = make_assessed_task(self.batch, said, authors=[self.ana])
        decide_next_of(self.expert, task, right)
        return task

    def start(self, **over):
        return drills.start(self.project, by=self.ana, rng=random.Random(1), **over)


def decide_next_of(expert, task, right):
    review = decide_next(expert, "fix", answer={"species": right})
    assert review.task == task


build = Cast


@pytest.fixture
def cast(made):
    return made


def answer_all(drill, person, *, wrong_first=0):
    for entry in drill.items.select_related("item", "version", "drill"):
        right = entry.answer
        if entry.place <= wrong_first:
            assert not drills.answer(entry, WREN if right == ROBIN else ROBIN, by=person)
        assert drills.answer(entry, right, by=person)
    drill.refresh_from_db()


def test_a_drill_holds_ten_items_half_of_either_class(cast):
    drill = cast.start()
    labels = [entry.answer["species"] for entry in drill.items.all()]
    assert sorted(labels) == ["robin"] * 5 + ["wren"] * 5
    assert (drill.given, drill.expected) == ("wren", "robin")


def test_too_few_mistakes_make_no_drill():
    cast = Cast(mistakes=2)
    assert drills.offer(cast.project, cast.ana) is None
    with pytest.raises(Conflict) as refused:
        cast.start()
    assert refused.value.code == "nothing_to_drill"


def test_a_mistake_counts_once_though_it_was_measured_too(cast):
    assert Measurement.objects.filter(person=cast.ana, is_right=False).exists()
    assert drills.offer(cast.project, cast.ana).pair.count == 3


def test_the_last_decision_on_an_answer_says_what_was_right(cast):
    task = feedback.open_entries(cast.ana).first().annotation.task
    results.open_adjudication(results.lock_task(task.pk), by=None, reason="doubt")
    last = decide_next(cast.expert, "fix", answer=ROBIN, cause="slip")
    assert last.task == task
    Review.objects.filter(pk=last.pk).update(answer={"species": "owl"})
    Measurement.objects.all().delete()
    made = mistakes_of(cast.ana, since=timezone.now() - drills.WINDOW)[cast.project.pk]
    assert sorted(mistake.expected for mistake in made) == ["owl", "robin", "robin"]


def test_a_contest_that_was_won_is_no_mistake(cast):
    entry = feedback.open_entries(cast.ana).first()
    make_member(cast.team, Role.EXPERT)
    feedback.contest(entry, words="It is a wren.", by=cast.ana)
    other = make_member(cast.team, Role.EXPERT)
    decide_next(other, "accept", answer=WREN)
    assert drills.offer(cast.project, cast.ana) is None


def test_no_item_that_teaches_is_gold_or_was_labeled_by_the_person():
    cast = Cast(robins=5, wrens=5)
    reserve([cast.robins[0].item], ReservedItem.Purpose.EXAM, by=cast.expert)
    gold.add(cast.robins[1].item, label_class="robin", by=cast.expert, state="active")
    drill = cast.start()
    drawn = set(drill.items.values_list("item", flat=True))
    own = set(Annotation.objects.filter(author=cast.ana).values_list("task__item", flat=True))
    assert not drawn & {cast.robins[0].item_id, cast.robins[1].item_id}
    assert not drawn & own
    assert len(drawn) == 3 + 5


def test_whoever_drilled_on_an_item_is_not_measured_with_it(cast):
    task = cast.start().items.first().item.tasks.get()
    made = known_answers.propose(task, reason="The breast says it.", by=cast.expert)
    assert cast.ana in made.known_to.all()


def test_too_few_labels_of_experts_are_said():
    cast = Cast(robins=5, wrens=0)
    with pytest.raises(Conflict) as refused:
        cast.start()
    assert refused.value.code == "too_few_labels"


def test_wrong_answers_come_back_and_the_first_try_is_what_counts(cast):
    drill = cast.start()
    answer_all(drill, cast.ana, wrong_first=3)
    assert (drill.right_count, drill.item_count, drill.mistakes) == (7, 10, 3)
    assert drill.finished_at is not None
    assert drill.before_right <= drill.before_count


def test_answering_again_changes_nothing(cast):
    drill = cast.start()
    answer_all(drill, cast.ana)
    entry = drill.items.first()
    drills.answer(entry, WREN if entry.answer == ROBIN else ROBIN, by=cast.ana)
    again = Drill.objects.get()
    assert (again.right_count, again.mistakes) == (10, 0)


def test_a_begun_drill_goes_on_and_a_finished_one_is_fresh_after_a_week(cast):
    drill = cast.start()
    assert cast.start() == drill
    answer_all(drill, cast.ana)
    with pytest.raises(Conflict) as refused:
        cast.start()
    assert refused.value.code == "drilled_lately"
    later = timezone.now() + timedelta(days=7, minutes=1)
    assert cast.start(now=later) != drill


def test_another_pair_is_drilled_at_once(cast):
    drill = cast.start()
    answer_all(drill, cast.ana)
    Drill.objects.update(given="owl")
    assert cast.start() != drill


def test_nobody_answers_anothers_drill(cast):
    drill = cast.start()
    with pytest.raises(NotAllowed):
        drills.answer(drill.items.first(), ROBIN, by=cast.expert)


def test_one_click_on_the_strip_starts_the_drill_and_its_page_leads_through(cast, client):
    client.force_login(cast.ana)
    inbox = client.get(reverse("inbox")).content.decode()
    assert "“Wren” where “Robin” was right, 3 times" in inbox
    begun = client.post(reverse("drill_start", args=[cast.project.slug]))
    drill = Drill.objects.get()
    assert begun.headers["Location"] == reverse("drill", args=[drill.public_id])
    page = client.get(reverse("drill", args=[drill.public_id])).content.decode()
    assert "1 of 10" in page
    config = page[page.index('id="editor-config"') :]
    assert '"answer": {}' in config
    first = drill.items.first()
    wrong = WREN if first.answer == ROBIN else ROBIN
    url = reverse("drill_answer", args=[drill.public_id, 1])
    client.post(url, {"answer": json.dumps(wrong)})
    assert "Not yet." in client.get(reverse("drill", args=[drill.public_id])).content.decode()
    assert client.post(url, {"answer": "{"}).status_code == 422
    answer_all(drill, cast.ana)
    done = client.get(reverse("drill", args=[drill.public_id])).content.decode()
    assert "9 of 10" in done


def test_a_week_later_the_strip_is_gone_but_the_pair_is_still_offered(cast):
    later = timezone.now() + timedelta(days=8)
    assert drills.offer(cast.project, cast.ana, now=later).pair.count == 3
    assert drills.offer(cast.project, cast.ana, now=later + timedelta(days=90)) is None


def test_an_item_under_contest_is_in_no_drill():
    cast = Cast(robins=2, wrens=2)
    bo = make_member(cast.team)
    contested = make_assessed_task(cast.batch, "wren", authors=[bo])
    decide_next_of(cast.expert, contested, "robin")
    feedback.contest(feedback.open_entries(bo).get(), words="It is a wren.", by=bo)
    drawn = set(cast.start().items.values_list("item", flat=True))
    assert drawn == {task.item_id for task in cast.robins + cast.wrens}
