"""How far suggestions sway people: what is kept of it, what it proves, and what follows."""

import pytest

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.notices.models import Notice
from reviews.models import Measurement, SuggestionArm
from reviews.quality.anchoring import bias
from reviews.services import anchoring, consensus
from tasks.services import model_grants
from tests.factories import (
    make_batch,
    make_grant,
    make_member,
    make_model_version,
    make_prediction,
    make_published_project,
    make_task,
    make_team,
)
from tests.reviews.deciding import decide_next
from tests.reviews.suggested import make_suggested
from tests.tasks.labeling import answer, take

pytestmark = pytest.mark.django_db


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def batch(team):
    return make_batch(make_published_project(team), team, suggestions="shown", review_percent=100)


@pytest.fixture
def version(batch):
    return make_model_version(batch.project)


def arms(batch):
    fields = ("mode", "answers", "wrong", "followed", "wrong_items", "right_share", "median_ms")
    return {row[0]: row[1:] for row in SuggestionArm.objects.order_by("mode").values_list(*fields)}


def test_the_arms_count_each_answer_once_and_prove_a_bias_once(batch, version, team):
    ana, mei = make_member(team), make_member(team, Role.MANAGER)
    make_suggested(batch, version, ana, "shown", "f" * 9 + "c" * 2 + "o" + "r" * 4, active_ms=4000)
    make_suggested(batch, version, ana, "blind", "f" + "c" * 9 + "r" * 3, active_ms=6000)
    anchoring.measure(batch)
    assert arms(batch) == {
        "shown": (16, 12, 9, 12, 2.0, 4000),
        "blind": (13, 10, 1, 10, 9.0, 6000),
    }
    version.refresh_from_db()
    assert version.sways_since is not None
    assert bias(*anchoring.compared(version)).interval.low > 0.04
    # Void or taken out, an answer proves nothing; what was told is not told again.
    Measurement.objects.filter(given="wren").update(is_void=True)
    anchoring.measure_all()
    assert arms(batch)["shown"][:4] == (16, 3, 0, 3)
    assert Event.objects.filter(verb="model_version.sways").count() == 1
    notice = Notice.objects.get()
    assert (notice.person, notice.parameters["model_id"]) == (mei, version.pk)


def test_nothing_is_proved_without_a_blind_arm_nor_by_few(batch, version, team):
    ana = make_member(team)
    make_suggested(batch, version, ana, "shown", "f" * 30)
    anchoring.measure(batch)
    assert bias(*anchoring.compared(version)).interval is None
    make_suggested(batch, version, ana, "blind", "fc")
    anchoring.measure(batch)
    version.refresh_from_db()
    assert version.sways_since is None


def test_a_decision_says_whether_the_suggestion_was_right(batch, version, team):
    ana, bo = make_member(team), make_member(team)
    expert = make_member(team, Role.EXPERT)
    batch.blind_percent = 0
    batch.save()
    task = make_task(batch)
    make_prediction(version, task.item, "wren")
    for person, value in ((ana, "wren"), (bo, "robin")):
        [held] = take(person)
        answer(held, person, value)
    consensus.assess_waiting()
    decide_next(expert, "fix", answer={"species": "robin"})
    rows = Measurement.objects.order_by("pk")
    assert [(row.is_right, row.suggestion_is_right) for row in rows] == [
        (False, False),
        (True, False),
    ]
    anchoring.measure(batch)
    assert arms(batch)["shown"][:5] == (2, 2, 1, 1, 0.5)


def test_the_pages_say_it_and_every_count_opens_its_answers(
    client, batch, version, team, django_assert_max_num_queries
):
    ana, mei = make_member(team), make_member(team, Role.MANAGER)
    make_suggested(batch, version, ana, "shown", "f" * 9 + "c" * 3, active_ms=4000)
    make_suggested(batch, version, ana, "blind", "f" + "c" * 9 + "r", active_ms=6000)
    # Nothing of one's own is known to oneself.
    make_suggested(batch, version, mei, "shown", "c")
    anchoring.measure(batch)
    client.force_login(mei)
    of_batch, of_model = f"/batches/{batch.pk}/", f"/projects/{batch.project.slug}/models/"
    of_model += f"{version.pk}/"
    assert f"{of_batch}suggestions/" in client.get(of_batch).content.decode()
    assert f"{of_model}following/" in client.get(of_model).content.decode()
    for address in (f"{of_batch}suggestions/", f"{of_model}following/"):
        with django_assert_max_num_queries(12):
            page = client.get(address).content.decode()
        assert ">9</a> of <a" in page
        assert "33 % less" in page
        assert "Proved to be more than 4 points" in page
        assert client.get(f"{address}?as=csv").getvalue().decode().count("\n") == 3
    page = client.get(f"{of_batch}suggestions/").content.decode()
    assert "nothing proves yet that it is right often enough" in page
    make_grant(version, "robin", level=2)
    assert "nothing proves yet" not in client.get(f"{of_batch}suggestions/").content.decode()
    batch.suggestions = "earned"
    batch.save()
    make_grant(make_model_version(batch.project), "wren", level=0)
    page = client.get(f"{of_batch}suggestions/")
    earned = page.context["earned"]
    # Proved to sway, it is seen after the answer; a newer one has earned nothing yet.
    assert (earned.model, earned.first, earned.after) == (version, [], ["Robin"])
    model_grants.stop(version, by=mei, reason="It guesses.", redo=False)
    batch.suggestion_model = version
    batch.save()
    assert "nothing is suggested" in client.get(f"{of_batch}suggestions/").content.decode()
    [found] = page.context["found"]
    opened = {
        query: len(client.get(f"{of_model}answers/?{query}").context["page"].rows)
        for row in found.rows
        for query in (row.query, row.wrong_query, row.followed_query)
    }
    assert [*opened.values()] == [12, 12, 9, 11, 10, 1]
    record = client.get(f"/projects/{batch.project.slug}/levels/{ana.pk}/record/")
    [followed] = record.context["followed"]
    assert (followed.share.count, followed.share.n) == (9, 12)
    opened = client.get(f"{of_model}answers/?{followed.query}").context["page"].rows
    assert len(opened) == 12
    for query in ("mode=x", "model=right", "batch=0", "person=x", "followed=2", "colour=red"):
        assert client.get(f"{of_model}answers/?{query}").status_code == 400, query
