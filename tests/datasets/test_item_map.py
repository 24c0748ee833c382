"""The map: its page, what it is drawn from, and what is chosen on it; vectors by form and API."""

from datetime import timedelta

import numpy as np
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from datasets.analysis import projection
from datasets.models import ItemSelection, VectorSet
from datasets.services import vector_jobs
from datasets.services.item_maps import make_map
from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.jobs.services import run_job
from tests.datasets.evaluating import evaluate_labels
from tests.datasets.freezing import freeze, make_label
from tests.datasets.vectors import make_vector_set
from tests.factories import make_item, make_member, make_model_version, make_prediction

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def manager(client, mei, monkeypatch):
    client.force_login(mei)
    # A map that is less pretty, and done in a third of the time.
    monkeypatch.setattr(projection, "PARTS", 1)


@pytest.fixture
def items(batch):
    """Twelve labeled ones of two kinds, then three without a label."""
    labeled = [make_label(batch, ("robin", "wren")[number % 2]).item for number in range(12)]
    return labeled + [make_item(batch.project) for _number in range(3)]


@pytest.fixture
def vector_set(project, items):
    """The kinds lie apart; nobody imports scikit-learn for it."""
    rows = {item: (1, 0.01 * at, at % 2) for at, item in enumerate(items)}
    made = make_vector_set(project, rows)
    make_map(made, beat=lambda: None)
    return made


def get(client, name, project, **query):
    return client.get(reverse(name, args=[project.slug]), query)


def post(client, name, *arguments, body=None):
    return client.post(reverse(name, args=arguments), body or {}, follow=True)


def test_an_empty_map_is_computed_by_a_manager_and_only_read_by_an_expert(
    client, project, team, items
):
    assert "Compute the map" in get(client, "item_map", project).text
    assert "Looking at the items" in post(client, "vectors_start", project.slug).text
    made = VectorSet.objects.get()
    assert "hx-get" in get(client, "item_map_progress", project).text
    assert "worked on already" in post(client, "vectors_start", project.slug).text
    run_job(made.job_id, vector_jobs.run)
    assert "The map is ready." in get(client, "item_map_progress", project).text
    VectorSet.objects.update(vector_count=0)
    assert "No vector was taken in." in get(client, "item_map_progress", project).text
    VectorSet.objects.update(vector_count=made.project.items.count())
    page = get(client, "item_map", project).text
    assert "data-item-map" in page
    assert "not compared yet" not in page
    make_item(project)
    assert "1 item has come since" in get(client, "item_map", project).text
    assert "Looking at" in post(client, "vectors_map", project.slug, made.pk).text
    assert "Take in new items" in post(client, "vectors_stop", project.slug, made.pk).text
    client.force_login(make_member(team, Role.EXPERT))
    page = get(client, "item_map", project).text
    assert "has come since" in page
    assert "Take in new items" not in page
    assert "Delete" not in page


def test_points_colours_and_glances_are_those_of_the_items(client, project, items, vector_set):
    places = np.frombuffer(get(client, "item_map_points", project).content, "<f4").reshape(-1, 2)
    assert places.shape == (15, 2)
    assert np.abs(places).max() <= 1
    version = freeze(project)
    model = make_model_version(project)
    make_prediction(model, items[0], {"species": "wren"})
    make_prediction(model, items[1], {"species": "wren"})
    said = {items[0]: "wren", items[1]: "wren"}
    evaluation = evaluate_labels(version, model, said)
    wanted = {
        "label": ([("Robin", 6), ("Wren", 6), ("no label", 3)], [0, 1, 0]),
        "evaluation": ([("right", 1), ("failing", 1), ("not evaluated", 13)], [1, 0, 2]),
    }
    for by, (groups, first) in wanted.items():
        found = get(client, "item_map_colours", project, by=by, evaluation=evaluation.pk).json()
        assert [(group["name"], group["count"]) for group in found["groups"]] == groups
        assert found["codes"][:3] == first
    splits = get(client, "item_map_colours", project, by="split").json()
    assert splits["groups"][-1] == {"name": "not in the version", "count": 3}
    clusters = get(client, "item_map_colours", project, by="cluster").json()
    assert sum(group["count"] for group in clusters["groups"]) == 15
    assert get(client, "item_map_colours", project, by="taste").status_code == 400
    glance = get(client, "item_map_item", project, place=3).text
    assert str(items[3].public_id) in glance
    assert "set=similar" in glance
    for place in ("15", "-1", "x"):
        assert get(client, "item_map_item", project, place=place).status_code == 404
    with CaptureQueriesContext(connection) as asked:
        page = get(client, "item_map", project, evaluation=evaluation.pk).text
        get(client, "item_map_colours", project, by="evaluation", evaluation=evaluation.pk)
    # What failed is stored by item; of matches there may be millions.
    statements = " ".join(str(query["sql"]) for query in asked.captured_queries)
    assert "datasets_evaluationpart" in statements
    assert "datasets_match" not in statements
    assert "1 of 2" in page
    assert f"evaluation={evaluation.pk}" in page
    for query in ({"vectors": "999"}, {"evaluation": "x"}, {"evaluation": "999"}):
        assert get(client, "item_map", project, **query).status_code == 404


def test_what_is_chosen_is_kept_for_a_while_and_not_from_an_older_map(
    client, project, items, vector_set, mei
):
    long_ago = timezone.now() - timedelta(days=31)
    old = ItemSelection.objects.create(
        project=project, packed_items=b"", item_count=0, created_by=mei
    )
    ItemSelection.objects.filter(pk=old.pk).update(created_at=long_ago)
    chosen = {"places": "0,4,4", "stamp": vector_set.map.stamp.hex, "purpose": "segment"}
    address = reverse("item_map_choose", args=[project.slug])
    response = client.post(address, chosen)
    kept = ItemSelection.objects.get()
    assert response.url == (
        reverse("segment_create", args=[project.slug]) + f"?set=selection&selection={kept.pk}"
    )
    assert np.frombuffer(kept.packed_items, "<i8").tolist() == [items[0].pk, items[4].pk]
    for wrong, words in (
        ({"places": "99"}, "no such place"),
        ({"places": ""}, "Choose up to"),
        ({"places": "1,x"}, "Choose up to"),
        ({"stamp": "0"}, "made anew"),
    ):
        assert words in client.post(address, chosen | wrong, follow=True).text
    assert ItemSelection.objects.count() == 1


def test_the_page_asks_as_much_of_few_items_as_of_many(client, project, items, vector_set):
    def statements():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            get(client, "item_map", project)
        return len(queries)

    statements()
    before = statements()
    rows = {make_item(project): (1, 0, at) for at in range(20)}
    make_map(make_vector_set(project, rows, name="more"), beat=lambda: None)
    assert statements() == before


def test_vectors_come_by_form_and_by_api_and_go(client, project, items):
    line = f'{{"item": "{items[0].external_id}", "vector": [1, 2]}}\n'
    body = {"name": "ours", "file": SimpleUploadedFile("v.jsonl", line.encode())}
    address = reverse("vectors_upload", args=[project.slug])
    assert "Taking in vectors" in client.post(address, body, follow=True).text
    made = VectorSet.objects.get()
    run_job(made.job_id, vector_jobs.run)
    bad = SimpleUploadedFile("v.jsonl", b"[]\n")
    refused = client.post(address, {"name": "x", "file": bad})
    assert refused.status_code == 422
    assert "v.jsonl, row 1" in refused.text
    api = reverse("api_project_vectors", args=[project.slug])
    rows = [{"item": item.external_id, "vector": [0, 1]} for item in items[:3]]
    sent = {"name": "ours", "vectors": rows}
    answer = client.post(api, sent, content_type="application/json").json()
    assert (answer["dimensions"], answer["vectors"]) == (2, 3)
    assert client.get(api).json()["results"] == [answer]
    assert "Vectors have changed" in get(client, "item_map", project).text
    for vectors, code in (
        ([*rows, {"item": "nobody", "vector": [0, 1]}], "unknown_item"),
        ([{"item": items[0].external_id, "vector": [1]}], "wrong_length"),
        ([1], "not_an_object"),
        ([{"item": items[0].external_id, "vector": [1, "2"]}], "not_finite"),
    ):
        wrong = client.post(api, sent | {"vectors": vectors}, content_type="application/json")
        assert (wrong.status_code, wrong.json()["code"]) == (400, code)
    assert VectorSet.objects.get().vector_count == 3
    # A list under a new name is one act, and one that adds to it another.
    for verb in ("vectors.created", "vectors.added"):
        client.post(api, sent | {"name": "theirs"}, content_type="application/json")
        told = Event.objects.about(VectorSet.objects.get(name="theirs")).order_by("-pk")
        assert (told[0].verb, told[0].after["sent"]) == (verb, 3)
    assert told.count() == 2
    VectorSet.objects.get(name="theirs").delete()
    assert "has been deleted" in post(client, "vectors_delete", project.slug, made.pk).text
    assert not VectorSet.objects.exists()
