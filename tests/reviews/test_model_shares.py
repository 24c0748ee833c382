"""The share of the model in a batch: what a manager reads, tries and sets, and who must not see."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from reviews.quality.routing import Allowed, Said, route
from reviews.reports import model_shares, route_words
from reviews.reports.costs_per_item import cost_per_item
from reviews.services import consensus, rollups, task_routing
from reviews.services.forecast_facts import read_facts
from tasks.models import Batch
from tests.factories import (
    make_batch,
    make_member,
    make_model_version,
    make_published_project,
    make_team,
)
from tests.reviews.certified import certify, said_tasks


@pytest.fixture
def batch():
    team = make_team()
    return make_batch(make_published_project(team), team, overlap=1)


@pytest.fixture
def manager(batch):
    return make_member(batch.teams.get(), Role.MANAGER)


@pytest.fixture
def model(batch):
    return make_model_version(batch.project)


@pytest.mark.once
def test_every_reason_has_its_words():
    said = [
        None,
        Said("wren", 0.9),
        Said("wren", 0.8),
        Said("wren", 0.1),
        Said("wren", None),
        Said("wren", 0.9, former="robin"),
        Said("wren", 0.9, novelty=1.0),
        Said("wren", 0.9, is_trained_on=True),
    ]
    allowed = [
        Allowed(4, 0.9, 0.0),
        Allowed(4, 0.9, 1.0),
        Allowed(3, overlap=2),
        Allowed(),
    ]
    found = {
        (reason.code, sentence)
        for one in said
        for terms in allowed
        for reason in route(one, terms, 0.5).reasons
        for sentence in route_words.sentences([{"code": reason.code, "params": reason.params}])
    }
    codes = {code for code, _sentence in found}
    assert set(route_words.TITLES) == set(route_words.SENTENCES)
    assert codes | {"not_free", "taken_back"} == set(route_words.SENTENCES)
    assert ("near_cut", "the model is nearly sure enough: 0.80 of 0.90") in found


@pytest.mark.django_db
def test_a_manager_tries_an_accuracy_and_then_asks_for_it(client, batch, manager, model):
    client.force_login(manager)
    page = reverse("batch_models", args=[batch.pk])
    assert "counted within a minute" in client.get(page).content.decode()
    tasks = said_tasks(batch, model, 40) + said_tasks(batch, model, 10, score=0.5)
    task_routing.route_waiting()
    text = client.get(page, {"bar": "97"}).content.decode()
    assert "In no class is it proved yet" in text
    certify(model, bar=97)
    text = client.get(page, {"bar": "97"}, headers={"HX-Request": "true"}).content.decode()
    assert "the 50 tasks that nobody has begun" in text
    assert "About 4 of them would be audits" in text
    assert "<html" not in text
    found = model_shares.model_shares(batch, 97).what_if
    assert [(share.name, share.count) for share in found.shares] == [
        ("model", 36),
        ("people", 14),
        ("expert", 0),
    ]
    # Nothing has changed by trying; a bar nobody proved gives the model nothing.
    assert Batch.objects.get().model_bar_percent is None
    assert model_shares.model_shares(batch, 98).what_if.shares[0].count == 0
    for wrong in ("79", "100", "much"):
        assert client.get(page, {"bar": wrong}).status_code == 422
        assert client.post(reverse("batch_model_bar", args=[batch.pk]), {"bar": wrong}).status_code
    assert Batch.objects.get().model_bar_percent is None

    client.post(reverse("batch_model_bar", args=[batch.pk]), {"bar": "97"})
    batch.refresh_from_db()
    assert batch.model_bar_percent == 97
    task_routing.route_waiting()
    section = model_shares.model_shares(batch)
    assert section.shares[0].count + section.audits.sent == 40
    assert section.shares[1].count == 10 + section.audits.sent
    # What was drawn as an audit stays one at every number.
    found = model_shares.model_shares(batch, 97).what_if
    assert (found.audits, found.shares[0].count) == (section.audits.sent, 0)
    assert "nobody has begun" in client.get(page).content.decode()
    routes = reverse("batch_routes", args=[batch.pk])
    text = client.get(routes, {"share": "people", "reason": "unsure"}).content.decode()
    assert tasks[-1].item.external_id in text
    assert "the model is unsure: 0.50" in text
    assert client.get(routes, {"reason": "mood"}).status_code == 400
    text = client.get(reverse("item_routes", args=[tasks[-1].item.public_id])).content.decode()
    assert "the model is unsure: 0.50" in text
    client.post(reverse("batch_model_bar", args=[batch.pk]), {"bar": ""})
    batch.refresh_from_db()
    assert batch.model_bar_percent is None


@pytest.mark.django_db
def test_the_section_costs_the_same_however_many_tasks_there_are(client, batch, manager, model):
    batch.model_bar_percent = 95
    batch.save()
    certify(model)
    client.force_login(manager)
    counts = []
    for size in (3, 30):
        said_tasks(batch, model, size)
        task_routing.route_waiting()
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("batch_models", args=[batch.pk]))
        counts.append(len(queries))
        with CaptureQueriesContext(connection) as queries:
            client.get(reverse("batch_routes", args=[batch.pk]))
        counts.append(len(queries))
    assert counts[:2] == counts[2:]
    assert max(counts) <= 16


@pytest.mark.django_db
def test_who_labels_never_reads_which_task_checks_the_model(client, batch, model, monkeypatch):
    monkeypatch.setattr(task_routing, "dice_of", lambda _public_id: 0.0)
    batch.model_bar_percent = 95
    batch.save()
    certify(model)
    [task] = said_tasks(batch, model, 1)
    task_routing.route_waiting()
    item_page = reverse("item_routes", args=[task.item.public_id])
    client.force_login(make_member(batch.teams.get()))
    for page in ("batch_models", "batch_routes"):
        assert client.get(reverse(page, args=[batch.pk])).status_code == 404
    assert client.get(item_page).status_code == 404
    client.force_login(make_member(batch.teams.get(), Role.EXPERT))
    assert client.get(reverse("batch_routes", args=[batch.pk])).status_code == 404
    assert "audit" not in client.get(item_page).content.decode()
    client.force_login(make_member(batch.teams.get(), Role.MANAGER))
    assert "drawn at random to check the model" in client.get(item_page).content.decode()


@pytest.mark.django_db
def test_what_a_model_answered_costs_nothing_and_breaks_no_page(client, batch, manager, model):
    batch.model_bar_percent = 95
    batch.save()
    certify(model)
    said_tasks(batch, model, 20)
    task_routing.route_waiting()
    consensus.assess_waiting()
    rollups.count_changes()
    client.force_login(manager)
    slug = batch.project.slug
    for page in (
        *(f"/batches/{batch.pk}/{part}" for part in ("", "people/", "classes/", "report/")),
        *(f"/projects/{slug}/{part}" for part in ("quality/", "quality/items/", "pay/")),
        *("/board/", "/board/today/", "/people/matrix/"),
        f"/projects/{slug}/quality/items/?annotator={model.user_id}",
    ):
        assert client.get(page).status_code == 200, page
    people = client.get(f"/batches/{batch.pk}/people/").content.decode()
    assert f'<bdi>{model}</bdi> <span class="badge badge-quiet">model</span>' in people
    assert cost_per_item([batch])[batch.pk].total == 0
    assert read_facts(batch, timezone.now().date()).history == []
