"""How far suggestions sway people: what is kept of it, what it proves, and what follows."""

import pytest

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.notices.models import Notice
from reviews.models import Measurement, SuggestionArm
from reviews.services import anchoring, consensus
from tests.factories import (
    make_batch,
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
    assert anchoring.bias_percent_points(version).low > 4
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
    assert anchoring.bias_percent_points(version) is None
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
