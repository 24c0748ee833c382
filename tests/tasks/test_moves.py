"""Work goes from one person to a colleague, to the queue, and from team to team."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Membership, Role
from labelops.errors import Conflict, DomainError
from labelops.notices.kinds import Kind
from labelops.notices.models import Notice
from tasks.models import Assignment, Draft, WorkMove
from tasks.services import assignments, moves
from tasks.services.recounts import recount
from tests.factories import (
    make_annotation,
    make_batch,
    make_gold,
    make_gold_answer,
    make_member,
    make_membership,
    make_task,
    make_team,
)
from tests.tasks.labeling import answer, take

pytestmark = pytest.mark.django_db
REASON = "Ana is ill until Monday."
MOST_STATEMENTS = 12


@pytest.fixture
def batch(project, team):
    return make_batch(project, team, overlap=1)


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER, username="mei")


@pytest.fixture
def work(batch, ana, bo):
    """Ana holds two tasks, one with a draft; a third came back to her, a fourth is kept for her."""
    tasks = [make_task(batch) for _number in range(4)]
    held = take(ana, count=2)
    assignments.save_draft(held[0], {"species": "wren"}, by=ana)
    free = Assignment.objects.filter(state="open").order_by("pk")
    note = {"reason": "Wrong class", "comment": ""}
    until = timezone.now() + timedelta(hours=1)
    for slot, came in zip(free, (note, None), strict=True):
        slot.offered_to, slot.offered_until, slot.rework_note = ana, until, came
        slot.precedence = 0
        slot.save()
    return tasks


def test_a_colleague_gets_what_they_may_work_on(project, batch, ana, bo, mei, work):
    make_gold_answer(make_gold(project), batch, ana)
    rows = moves.slots_of(moves.of_people([ana.pk]), Q(batch__project=project))
    kinds = sorted(rows.values_list("kind", flat=True))
    assert kinds == ["held", "held", "pinned", "returned"]
    # What Bo has had already is not for him.
    had = Assignment.objects.filter(annotator=ana, state="leased").exclude(task__state="gold")
    make_annotation(_second_slot(had.last()), bo, {"species": "wren"})
    held = list(had)

    moved = moves.move(project, ana, to=bo, reason=REASON, by=mei)

    assert (moved.held_count, moved.kept_count, moved.stayed_count) == (1, 2, 1)
    lost = Assignment.objects.get(pk=held[0].pk)
    assert (lost.state, lost.reason, lost.comment) == ("revoked", "moved", REASON)
    with pytest.raises(Conflict) as taken:
        assignments.heartbeat(lost, by=ana)
    assert REASON in str(taken.value.message)
    with pytest.raises(Conflict):
        answer(lost, ana)
    # The draft stays with its author (and so does the late answer that came now).
    assert Draft.objects.filter(task=lost.task, annotator=ana).exists()
    assert {row.task_id for row in take(bo, count=5)} == {
        task.pk for task in work if task.pk != held[1].task_id
    }
    assert recount(batch) == []
    told = WorkMove.objects.get()
    notice = Notice.objects.get(person=ana)
    assert (notice.kind, notice.parameters["detail"]) == (Kind.WORK_MOVED, REASON)
    assert (told.person, told.to, told.held_count, told.kept_count) == (ana, bo, 1, 2)


def _second_slot(slot):
    """Another open slot of the same task, as a second person's."""
    slot.task.batch.assignments.create(task=slot.task, slot=2)
    type(slot.task).objects.filter(pk=slot.task_id).update(labels_missing=2)
    return slot.task


def test_the_queue_takes_all_of_it_and_strangers_nothing(project, batch, ana, bo, mei, work):
    stranger = make_member(make_team())
    for wrong in ({"to": stranger}, {"to": ana}, {"to": None, "reason": " "}):
        with pytest.raises(DomainError):
            moves.move(project, ana, **{"reason": REASON, "by": mei} | wrong)
    moved = moves.move(project, ana, to=None, reason=REASON, by=mei)
    assert (moved.held_count, moved.kept_count, moved.stayed_count) == (2, 2, 0)
    assert len(take(bo, count=5)) == 4
    with pytest.raises(DomainError) as nothing:
        moves.move(project, ana, to=None, reason=REASON, by=mei)
    assert nothing.value.code == "nothing_to_move"
    assert recount(batch) == []


def test_a_team_that_leaves_loses_what_its_people_hold(project, batch, team, ana, bo, mei, work):
    other = make_team(name="Night shift")
    project.teams.add(other)
    dora = make_member(other)
    with pytest.raises(DomainError):
        moves.change_teams(batch, [], reason=REASON, by=mei)
    with pytest.raises(DomainError):
        moves.change_teams(batch, [make_team()], reason=REASON, by=mei)
    added = moves.change_teams(batch, [team, other], reason=REASON, by=mei)
    assert (added.held_count, added.kept_count) == (0, 0)
    moved = moves.change_teams(batch, [other], reason=REASON, by=mei)
    assert (moved.held_count, moved.kept_count) == (2, 2)
    assert take(bo) == []
    assert len(take(dora, count=5)) == 4
    # Somebody of a team that stays keeps their work.
    make_membership(dora, team)
    assert moves.change_teams(batch, [team], reason=REASON, by=mei).held_count == 0
    Membership.objects.filter(user=dora, team=team).delete()
    assert recount(batch) == []


def test_the_pages(client, project, batch, team, ana, bo, mei, work):
    client.force_login(mei)
    address = reverse("work_move", args=[project.slug, ana.pk])
    teams = reverse("batch_teams", args=[batch.pk])
    slots = reverse("work_slots", args=[project.slug, ana.pk])
    of_team = reverse("batch_slots", args=[batch.pk])
    client.get(address)

    def costs(address):
        with CaptureQueriesContext(connection) as captured:
            response = client.get(address)
        assert response.status_code == 200
        assert len(captured) <= MOST_STATEMENTS, [query["sql"] for query in captured]
        return response.content.decode()

    assert f"kind=held&amp;batch={batch.pk}" in costs(address)
    assert costs(f"{slots}?kind=held&batch={batch.pk}").count("/items/") == 2
    listed = client.get(f"{slots}?kind=held&as=csv")
    rows = b"".join(listed.streaming_content).decode().splitlines()
    assert rows[0] == "Item,Batch,Person,State"
    assert len(rows) == 3
    assert len(b"".join(client.get(f"{of_team}?as=csv").streaming_content).splitlines()) == 5
    assert costs(f"{slots}?batch={batch.pk}").count("/items/") == 4
    assert f"?team={team.pk}" in costs(teams)
    assert costs(f"{of_team}?team={team.pk}").count("/items/") == 4
    for wrong in (f"{slots}?kind=x", f"{slots}?batch=x", f"{of_team}?team=-1", f"{slots}?who=1"):
        assert client.get(wrong).status_code == 400
    assert client.post(address, {"to": "x", "reason": REASON}).status_code == 422
    assert client.post(address, {"to": "", "reason": ""}).status_code == 422
    assert client.post(teams, {"teams": [], "reason": REASON}).status_code == 422

    client.post(teams, {"teams": [team.pk], "reason": REASON})
    response = client.post(address, {"to": bo.pk, "reason": REASON}, follow=True)
    assert "4 tasks were moved" in response.content.decode()
    assert "holds nothing here" in response.content.decode()
    client.force_login(ana)
    assert REASON in costs(reverse("own_answers"))
