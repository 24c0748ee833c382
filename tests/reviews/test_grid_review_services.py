"""Review at a glance: what a page holds, and what becomes of each tile."""

import random
import uuid
from collections import Counter
from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.errors import DomainError
from reviews.models import AttentionCheck, Consensus, Feedback, Pick, Review
from reviews.services import attention, consensus, desk, grid_review, queue
from reviews.services.grid_decisions import SINGLY, Mark, confirm_page
from tasks.models import Assignment, Task
from tasks.services import slots
from tests.factories import (
    CHOICE_SCHEMA,
    make_instruction,
    make_labeled_task,
    make_member,
)

pytestmark = pytest.mark.django_db
NO_CHECKS = random.Random(5)
NO_CHECKS.random = lambda: 0.5
ALL_CHECKS = random.Random(5)
ALL_CHECKS.random = lambda: 0.0


@pytest.fixture
def other(team):
    return make_member(team, Role.REVIEWER)


def labeled(batch, author, *labels, risk=None):
    """A task with one label each, assessed: accepted by vote when nothing else was wanted."""
    tasks = []
    for label in labels:
        task = make_labeled_task(batch, label, authors=[author])
        consensus.assess(task.pk)
        if risk is not None:
            Consensus.objects.filter(task=task).update(risk=risk)
        tasks.append(Task.objects.get(pk=task.pk))
    return tasks


def page_of(user, project, value="robin", **over):
    over.setdefault("rng", NO_CHECKS)
    return grid_review.next_page(user, project, value=value, **over)


def task_ids(tiles):
    ids = [tile.public_id for tile in tiles]
    found = dict(Assignment.objects.filter(public_id__in=ids).values_list("public_id", "task"))
    return [found.get(id) for id in ids]


def confirm(user, tiles, *decided, value="robin", key=None):
    """`decided` overrides the tiles in their order; the others are accepted."""
    marks = [Mark(tile.public_id, "accept") for tile in tiles]
    for place, (decision, over) in enumerate(decided):
        marks[place] = Mark(tiles[place].public_id, decision, **over)
    return confirm_page(user, marks, value=value, request_id=key or uuid.uuid4())


def codes(fates):
    return [fate.error.get("code") for fate in fates]


def held(user):
    return Assignment.objects.filter(annotator=user, state="leased").count()


def expert_says(task, label, expert):
    """An expert decides a task, whatever it was stored as."""
    slot = queue.open_look(Task.objects.select_related("batch").get(pk=task.pk))
    slots.claim(
        slot.pk,
        expert,
        now=timezone.now(),
        lease_time=task.batch.lease_time,
        version_id=queue.decided_version(task).pk,
    )
    taken = Assignment.objects.get(pk=slot.pk)
    is_right = task.result_answer == {"species": label}
    desk.decide(
        taken,
        decision="accept" if is_right else "fix",
        reason="" if is_right else "wrong_class",
        answer={"species": label},
        by=expert,
        request_id=uuid.uuid4(),
    )


def test_a_page_holds_one_class_of_others_work_by_risk(project, batch, author, reviewer):
    sure, _wren, doubtful = labeled(batch, author, "robin", "wren", "robin")
    Consensus.objects.filter(task=doubtful).update(risk=0.9)
    Consensus.objects.filter(task=sure).update(risk=0.1)
    labeled(batch, reviewer, "robin")
    tiles = page_of(reviewer, project)
    assert task_ids(tiles) == [doubtful.pk, sure.pk]
    assert held(reviewer) == 2
    # Accepted labels stay accepted while they are looked at.
    assert set(Task.objects.values_list("state", flat=True)) == {"accepted"}


def test_every_fifth_tile_comes_by_chance(project, batch, author, reviewer, settings):
    settings.RANDOM_REVIEW_PERCENT = 20
    tasks = labeled(batch, author, *["robin"] * 12)
    for number, task in enumerate(tasks):
        # The order by chance is the opposite of that by risk.
        Consensus.objects.filter(task=task).update(risk=1 - number / 100, draw=1 - number / 100)
    ids = [task.pk for task in tasks]
    page = task_ids(page_of(reviewer, project, size=12))
    assert page == [*ids[:4], ids[11], *ids[4:8], ids[10], *ids[8:10]]


def test_a_page_and_the_one_ahead_and_never_more(project, batch, author, reviewer):
    labeled(batch, author, *["robin"] * 30)
    known = []
    sizes = []
    for _page in range(4):
        tiles = page_of(reviewer, project, size=12, known=known)
        sizes.append(len(tiles))
        known += [tile.public_id for tile in tiles]
    assert sizes == [12, 12, 6, 0]
    # What is held comes again to a page that does not know of it.
    assert len(page_of(reviewer, project, size=60)) == 30
    assert held(reviewer) == 30


def test_no_more_is_leased_than_two_pages(project, batch, author, reviewer, monkeypatch):
    monkeypatch.setattr(grid_review, "LEASES", 5)
    labeled(batch, author, *["robin"] * 8)
    first = page_of(reviewer, project, size=12)
    assert len(first) == 5
    assert page_of(reviewer, project, known=[tile.public_id for tile in first]) == []


def test_two_reviewers_of_one_class_get_different_tiles(
    project, batch, author, reviewer, other, monkeypatch
):
    labeled(batch, author, *["robin"] * 8)
    first = []
    claim = grid_review._claim

    def late(wanted, task_ids):
        # Between the look at the queue and the lease somebody else takes a page.
        if not first:
            first.append(None)
            first.extend(page_of(other, project, size=3))
        return claim(wanted, task_ids)

    monkeypatch.setattr(grid_review, "_claim", late)
    second = page_of(reviewer, project, size=3)
    assert len(second) == 3
    assert not set(task_ids(second)) & set(task_ids(first[1:]))
    assert (held(reviewer), held(other)) == (3, 3)


def test_each_tile_is_decided_as_it_is_marked(project, batch, author, reviewer):
    labeled(batch, author, *["robin"] * 4)
    tiles = page_of(reviewer, project)
    fates = confirm(
        reviewer,
        tiles,
        ("fix", {"value": "wren"}),
        ("reject", {"reason": "rule_not_followed"}),
        (SINGLY, {}),
    )
    assert codes(fates) == [None] * 4
    decided = Review.objects.order_by("assignment").values_list("decision", "reason")
    by_task = {review.task_id: review for review in Review.objects.all()}
    fixed, rejected, single, accepted = task_ids(tiles)
    assert (by_task[fixed].decision, by_task[fixed].reason) == ("fix", "wrong_class")
    assert Task.objects.get(pk=fixed).result_answer == {"species": "wren"}
    assert by_task[rejected].reason == "rule_not_followed"
    assert Task.objects.get(pk=rejected).state == "rework"
    assert by_task[accepted].decision == "accept"
    assert len(decided) == 3
    assert held(reviewer) == 1
    # What is left open is opened on the desk next.
    assert queue.next_review(reviewer).task_id == single


def test_a_page_confirmed_again_changes_nothing(project, batch, author, reviewer):
    labeled(batch, author, *["robin"] * 3)
    tiles = page_of(reviewer, project)
    key = uuid.uuid4()
    fixed = ("fix", {"value": "wren"})
    assert codes(confirm(reviewer, tiles, fixed, key=key)) == [None] * 3
    before = list(Review.objects.values()), list(Feedback.objects.values())
    assert codes(confirm(reviewer, tiles, fixed, key=key)) == [None] * 3
    assert (list(Review.objects.values()), list(Feedback.objects.values())) == before
    changed = ("reject", {"reason": "wrong_class"})
    assert codes(confirm(reviewer, tiles, changed, key=key))[0] == "request_id_reused"
    assert codes(confirm(reviewer, tiles)) == ["lease_lost"] * 3


def test_a_tile_that_cannot_be_decided_does_not_hold_up_the_others(
    project, batch, author, reviewer
):
    labeled(batch, author, *["robin"] * 4)
    tiles = page_of(reviewer, project)
    lost, changed, mistaken, fine = task_ids(tiles)
    grid_review.release_page(reviewer, [tiles[0].public_id])
    Consensus.objects.filter(task=changed).update(label="wren", answer={"species": "wren"})
    accept = ("accept", {})
    fates = confirm(reviewer, tiles, accept, accept, ("fix", {"value": "dodo"}))
    assert codes(fates) == ["lease_lost", "label_changed", "unknown_option", None]
    assert list(Review.objects.values_list("task", flat=True)) == [fine]
    assert Task.objects.get(pk=mistaken).state == "accepted"
    assert Assignment.objects.get(task=lost, state="revoked").stage == "review"


def test_nobody_decides_keeps_or_gives_back_for_another(project, batch, author, reviewer, other):
    labeled(batch, author, "robin")
    tiles = page_of(reviewer, project)
    ids = [tile.public_id for tile in tiles]
    assert codes(confirm(other, tiles)) == ["not_found"]
    assert codes(grid_review.release_page(other, ids)) == ["not_found"]
    assert codes(grid_review.beat_page(other, ids)) == ["lease_lost"]
    assert held(reviewer) == 1


def test_leaving_a_page_ends_the_looks_that_were_opened_for_it(project, batch, author, reviewer):
    labeled(batch, author, "robin")
    batch.review_percent = 100
    batch.save()
    [wanted] = labeled(batch, author, "robin")
    tiles = page_of(reviewer, project)
    later = timezone.now() + timedelta(minutes=5)
    ids = [tile.public_id for tile in tiles]
    assert codes(grid_review.beat_page(reviewer, ids, now=later)) == [None, None]
    ends = Assignment.objects.filter(annotator=reviewer).values_list("leased_until", flat=True)
    assert set(ends) == {later + batch.lease_time}
    assert codes(grid_review.release_page(reviewer, ids)) == [None, None]
    # The one that was drawn for review waits on; the other was nobody's wish.
    assert [slot.task_id for slot in queue.waiting(reviewer)] == [wanted.pk]
    assert len(page_of(reviewer, project)) == 2


def test_a_fix_counts_against_the_version_that_the_author_had(project, batch, author, reviewer):
    first = project.instruction_versions.get()
    labeled(batch, author, "robin")
    first.state = "superseded"
    first.save()
    make_instruction(project, number=2)
    tiles = page_of(reviewer, project)
    assert codes(confirm(reviewer, tiles, ("fix", {"value": "wren"}))) == [None]
    review = Review.objects.get()
    assert review.assignment.instruction_version == first
    assert review.feedback.get().annotation.instruction_version == first
    assert review.task.result_version == first


def test_tasks_decided_under_another_question_are_left_to_the_single_view(
    project, batch, author, reviewer
):
    labeled(batch, author, "robin")
    [control] = CHOICE_SCHEMA["controls"]
    project.instruction_versions.update(state="superseded")
    make_instruction(project, number=2, label_schema={"controls": [control | {"name": "bird"}]})
    assert page_of(reviewer, project) == []
    assert held(reviewer) == 0


def test_a_class_must_be_asked_for_by_the_project(project, reviewer):
    with pytest.raises(DomainError):
        page_of(reviewer, project, value="dodo")


def test_a_page_of_one_author(project, batch, author, reviewer, team):
    somebody = make_member(team)
    labeled(batch, author, "robin")
    [theirs] = labeled(batch, somebody, "robin")
    assert task_ids(page_of(reviewer, project, by=somebody.pseudonym)) == [theirs.pk]


@pytest.fixture
def known_wrong(batch, author, team):
    """Two that were stored as robins and are wrens, as an expert says, and a plain wren."""
    expert = make_member(team, Role.EXPERT)
    tasks = labeled(batch, author, "robin", "robin", "wren")
    for task in tasks:
        expert_says(task, "wren", expert)
    return tasks


def test_a_tile_says_why_and_the_decision_keeps_it(project, batch, author, reviewer, settings):
    settings.RANDOM_REVIEW_PERCENT = 20
    labeled(batch, author, *["robin"] * 10)
    tiles = page_of(reviewer, project)
    ways = Counter(Pick.objects.values_list("way", flat=True))
    assert ways == {"filter": 8, "random": 2}
    assert all(tile.reasons for tile in tiles)
    confirm(reviewer, tiles)
    said = Review.objects.values_list("picked_because", flat=True)
    assert sorted(map(str, said)) == sorted(str(tile.reasons) for tile in tiles)


def test_known_wrong_tiles_are_never_leased_and_never_decisions(
    project, batch, author, reviewer, known_wrong
):
    work = labeled(batch, author, *["robin"] * 4)
    decisions = Review.objects.count()
    tiles = page_of(reviewer, project, size=12, rng=ALL_CHECKS)
    checks = {check.public_id: check for check in AttentionCheck.objects.all()}
    assert {check.task_id for check in checks.values()} <= {task.pk for task in known_wrong}
    assert len(checks) >= 2
    planted = [tile for tile in tiles if tile.public_id in checks]
    assert {tile.item.pk for tile in planted} == {check.task.item_id for check in checks.values()}
    assert {type(tile.public_id) for tile in tiles} == {uuid.UUID}
    leased = Assignment.objects.filter(state="leased").values_list("task", flat=True)
    assert set(leased) == {task.pk for task in work}
    ids = [tile.public_id for tile in tiles]
    assert codes(grid_review.beat_page(reviewer, ids)) == [None] * len(tiles)
    caught = planted[0].public_id
    marks = [Mark(id, "fix", value="wren") if id == caught else Mark(id, "accept") for id in ids]
    key = uuid.uuid4()
    for _time in range(2):
        fates = confirm_page(reviewer, marks, value="robin", request_id=key)
        assert codes(fates) == [None] * len(tiles)
    assert Review.objects.count() == decisions + len(work)
    measured = dict(AttentionCheck.objects.values_list("public_id", "is_caught"))
    assert measured == {id: id == caught for id in checks}
    for task in known_wrong:
        assert Task.objects.get(pk=task.pk).result_answer == {"species": "wren"}


def test_a_known_wrong_tile_is_shown_once_and_only_while_it_is_before_the_person(
    project, batch, author, reviewer, known_wrong
):
    labeled(batch, author, "robin")
    tiles = page_of(reviewer, project, rng=ALL_CHECKS)
    check = AttentionCheck.objects.first()
    assert attention.is_checked_with(reviewer, check.task.item)
    grid_review.release_page(reviewer, [tile.public_id for tile in tiles])
    assert not AttentionCheck.objects.exists()
    tiles = page_of(reviewer, project, rng=ALL_CHECKS)
    confirm(reviewer, tiles)
    shown = AttentionCheck.objects.count()
    labeled(batch, author, "robin")
    page_of(reviewer, project, rng=ALL_CHECKS)
    assert not attention.is_checked_with(reviewer, check.task.item)
    tasks = list(AttentionCheck.objects.values_list("task", flat=True))
    assert len(tasks) == len(set(tasks)) >= shown


def test_who_decided_or_labeled_a_task_is_not_checked_with_it(
    project, batch, author, team, known_wrong
):
    expert = Review.objects.first().reviewer
    labeled(batch, author, "robin")
    page_of(expert, project, rng=ALL_CHECKS)
    assert not AttentionCheck.objects.exists()


@pytest.mark.parametrize("count", [10, 40])
def test_a_page_costs_the_same_in_a_project_of_any_size(
    project, batch, author, reviewer, count, django_assert_max_num_queries
):
    labeled(batch, author, *["robin"] * count)
    with django_assert_max_num_queries(22):
        tiles = page_of(reviewer, project, size=12)
    assert len(tiles) == min(12, count)
