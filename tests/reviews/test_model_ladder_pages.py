"""The ladder of a model as its managers and experts read it, and the checks behind every number."""

import re

import pytest

from labelops.accounts.models import Role
from reviews.models import ModelCheck, ModelLook
from reviews.services import model_trust
from tasks.models import ModelGrant, Task
from tests.factories import (
    make_batch,
    make_member,
    make_model_version,
    make_published_project,
    make_team,
)
from tests.reviews.model_evidence import make_model_checks, right_of

pytestmark = pytest.mark.django_db
Kind = ModelCheck.Kind


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def batch(team):
    return make_batch(make_published_project(team), team)


@pytest.fixture
def model(batch):
    """Alone in one class, with audits; another waits; a third is thin."""
    model = make_model_version(batch.project)
    make_model_checks(model, batch, [True] * 200)
    make_model_checks(model, batch, [True] * 50 + [None] * 4, label="wren")
    model_trust.assess(model, "robin")
    make_model_checks(model, batch, right_of(39, 40), kind=Kind.AUDIT)
    [thin] = make_model_checks(model, batch, [None], label="wren")
    ModelCheck.objects.filter(pk=thin.pk).update(is_enough=False)
    for label in ("robin", "wren"):
        model_trust.assess(model, label)
    return model


@pytest.fixture
def boss(client, team):
    boss = make_member(team, Role.MANAGER)
    client.force_login(boss)
    return boss


def page_of(model, part=""):
    return f"/projects/{model.project.slug}/models/{model.pk}/{part}"


def test_the_ladder_says_what_is_proved_and_each_number_opens_its_checks(client, boss, model):
    text = client.get(page_of(model, "ladder/")).content.decode()
    words = " ".join(re.sub(r"<[^>]*>", " ", text).split())
    for sentence in (
        "Right in at least 97 % of the cases it is sure of: 0 wrong of 200 checked",
        "so it answers alone from score 0.900 on.",
        "Surely at most 11.3 % wrong.",
        "A4: answers alone, with audit",
        "239 of 240",
        "46 more checks",
        "4 wait for an expert",
        "1 check does not count: one person below level 3 cannot settle it.",
    ):
        assert sentence in words, (sentence, words)
    links = re.findall(r'href="([^"]*/checks/[^"]*)"[^>]*>\s*(\d+)', text)
    assert len(links) > 10
    for address, number in links[:12]:
        page = client.get(address.replace("&amp;", "&")).content.decode()
        rows = page.count('<th class="quality-name"')
        assert rows == min(int(number), 50) or "of" in number, (address, number, rows)
    lines = client.get(page_of(model, "ladder/?as=csv")).getvalue().decode().splitlines()
    assert lines[1].startswith("Robin,4,239,240,")
    assert len(lines) == 3


def test_the_ladder_costs_the_same_for_many_classes(
    client, boss, batch, model, django_assert_max_num_queries
):
    client.get(page_of(model, "ladder/"))
    for number in range(12):
        make_model_checks(model, batch, [True, None], label=f"bird {number}")
        model_trust.assess(model, f"bird {number}")
    with django_assert_max_num_queries(11):
        client.get(page_of(model, "ladder/"), headers={"HX-Request": "true"})
    with django_assert_max_num_queries(9):
        client.get(page_of(model, "checks/"))


def test_hostile_filters_are_refused_with_a_sentence(client, boss, model):
    for query in (
        "state=odd",
        "state=decided",
        "look=0",
        "look=x",
        "state=right&state=wrong",
        "a=1",
    ):
        assert client.get(page_of(model, f"checks/?{query}")).status_code == 400, query
    look = ModelLook.objects.filter(bar_percent=95).first()
    for query in (
        f"look={look.pk}&state=right",
        "label=nothing&state=audits",
        "label=%00",
        "cursor=x",
    ):
        assert client.get(page_of(model, f"checks/?{query}")).status_code in (200, 400), query
    assert client.get(page_of(model, "lower/?label=wren")).status_code == 404
    assert client.get(page_of(model, "lower/?label=%00")).status_code == 400
    assert client.post(page_of(model, "ask/"), {"label": "\0"}).status_code == 400
    assert client.get(page_of(model, "ladder/?as=xml")).status_code == 400


def test_a_manager_lowers_a_level_and_asks_experts(client, boss, model):
    address = page_of(model, "lower/?label=robin")
    assert "A4: answers alone" not in re.findall(r"<option.*", client.get(address).content.decode())
    for refused in ({"level": "4", "reason": "Up"}, {"level": "2", "reason": ""}, {}):
        assert client.post(address, refused).status_code == 422
    assert client.post(address, {"level": "2", "reason": "Odd nights."}).status_code == 302
    grant = ModelGrant.objects.get(label="robin")
    assert (grant.level, grant.set_by, grant.redo_since) == (2, boss, None)
    assert "Odd nights." in client.get(page_of(model, "ladder/")).content.decode()
    waiting = ModelCheck.objects.filter(label="wren", is_right=None, is_enough=True)
    tasks = Task.objects.filter(model_checks__in=waiting)
    tasks.update(state=Task.State.ACCEPTED)
    page = client.post(page_of(model, "ask/"), {"label": "wren"}, follow=True).content.decode()
    assert "4 items are on the review desk." in page
    assert set(tasks.values_list("state", flat=True)) == {Task.State.IN_REVIEW}
    page = client.post(page_of(model, "ask/"), {"label": "wren"}, follow=True).content.decode()
    assert "on its way already" in page
