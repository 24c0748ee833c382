"""The pages of evaluations: a new one, its figures at moving thresholds, two side by side."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from datasets.models import Comparison, Evaluation
from datasets.services import comparisons, evaluation_runs
from labelops.accounts.models import Role
from labelops.jobs.services import run_job
from tests.datasets.freezing import freeze, make_label
from tests.factories import make_member, make_model_version, make_prediction

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def manager(client, mei):
    client.force_login(mei)


@pytest.fixture
def version(project, batch):
    for number in range(8):
        make_label(batch, "robin" if number % 2 else "wren", data={"split": "test"})
    return freeze(project)


def make_evaluated(version, said):
    model = make_model_version(version.project)
    for entry, name in zip(version.entries.select_related("item"), said, strict=False):
        make_prediction(model, entry.item, name, score=0.4)
    return model


def shown(client, name, *arguments, **query):
    response = client.get(reverse(name, args=arguments), query)
    assert response.status_code == 200, response.text
    return " ".join(response.text.split())


def start(client, version, model, **over):
    form = {"dataset_version": version.pk, "model_version": model.pk, "split": "test"}
    return client.post(reverse("evaluation_create", args=[version.project.slug]), form | over)


def finish():
    evaluation = Evaluation.objects.order_by("-pk").first()
    run_job(evaluation.job_id, evaluation_runs.run)
    return Evaluation.objects.get(pk=evaluation.pk)


def test_an_evaluation_is_asked_for_looked_at_and_compared(client, project, version, monkeypatch):
    slug = project.slug
    assert "every number opens its items" in shown(client, "evaluation_list", slug)
    assert client.get(reverse("evaluation_create", args=[slug]), {"model": 1}).status_code == 400
    assert "There is no model yet" in shown(client, "evaluation_create", slug)
    first = make_evaluated(version, ["wren", "wren", "robin", "robin", "wren", "robin", "wren"])
    response = start(client, version, first, split="train")
    assert (response.status_code, "choice" in response.text) == (422, True)
    response = start(client, version, first)
    evaluation = Evaluation.objects.get()
    assert response.url == reverse("evaluation_detail", args=[slug, evaluation.pk])
    waiting = shown(client, "evaluation_detail", slug, evaluation.pk)
    assert 'hx-trigger="every 1s"' in waiting
    assert start(client, version, first).status_code == 422
    evaluation = finish()
    page = shown(client, "evaluation_detail", slug, evaluation.pk)
    assert "evaluated a model" in page
    assert "every 1s" not in page
    for sentence in ("71.4 %", "35.9 – 91.8", "n = 7", "1 without a prediction", "own thresholds"):
        assert sentence in page
    assert "outcome=right&amp;score=0.00" in page
    assert "truth=wren&amp;predicted=robin&amp;score=0.00" in page
    with CaptureQueriesContext(
        connection,
    ) as queries:
        moved = shown(client, "evaluation_figures", slug, evaluation.pk, score="0.41")
    assert not [query for query in queries if "datasets_match" in query["sql"]]
    assert len(queries) < 12
    assert "Keep these" in moved
    assert "<html" not in moved
    kept = {"score": "0.30", "overlap": "0.5"}
    client.post(reverse("evaluation_bars", args=[slug, evaluation.pk]), kept)
    evaluation.refresh_from_db()
    assert (evaluation.score_bar, evaluation.overlap_bar) == (0.3, 0.5)
    assert "no other evaluation" in shown(client, "evaluation_compare", slug, evaluation.pk)
    second = make_evaluated(version, ["wren", "robin", "wren", "robin", "wren", "wren"])
    start(client, version, second)
    after = finish()
    compared = shown(client, "evaluation_compare", slug, after.pk)
    for sentence in ("+16.7", "n = 6", "may well be chance", "change=fixed", "label=wren"):
        assert sentence in compared
    assert f'value="{evaluation.pk}" selected' in compared
    # Counted once: from then on the page reads one row, and of items those parts that it shows.
    with CaptureQueriesContext(
        connection,
    ) as queries:
        assert "+16.7" in shown(client, "evaluation_compare", slug, after.pk)
    assert "datasets_evaluationpart" not in " ".join(str(query["sql"]) for query in queries)
    assert len(queries) < 12
    Comparison.objects.update(bars=[], counted_parts=0)
    with monkeypatch.context() as patched:
        patched.setattr(comparisons, "PARTS_A_LOOK", 0)
        waiting = shown(client, "evaluation_compare", slug, after.pk)
    assert 'hx-trigger="load"' in waiting
    assert "+16.7" not in waiting
    htmx = client.get(
        reverse("evaluation_compare", args=[slug, after.pk]), headers={"HX-Request": "true"}
    )
    assert "+16.7" in htmx.text
    assert "<html" not in htmx.text
    assert "Evaluation" in shown(client, "model_evaluations", slug, second.pk)
    listed = shown(client, "evaluation_list", slug)
    assert listed.count("badge-good") == 2
    client.post(reverse("evaluation_delete", args=[slug, evaluation.pk]))
    assert Evaluation.objects.get() == after
    for name, query in (
        ("evaluation_detail", "?score=2"),
        ("evaluation_figures", "?scores=0"),
        ("evaluation_compare", "?before=1&before=2"),
    ):
        assert client.get(reverse(name, args=[slug, after.pk]) + query).status_code == 400
    for query in ("?before=x", f"?before={after.pk}"):
        address = reverse("evaluation_compare", args=[slug, after.pk])
        assert client.get(address + query).status_code == 404


def test_experts_look_and_only_managers_begin(client, project, version, team):
    model = make_evaluated(version, ["wren"])
    start(client, version, model)
    evaluation = Evaluation.objects.get()
    address = reverse("evaluation_cancel", args=[project.slug, evaluation.pk])
    client.force_login(make_member(team, Role.EXPERT, username="ede"))
    page = shown(client, "evaluation_detail", project.slug, evaluation.pk)
    assert address not in page
    assert client.post(address).status_code == 404
    assert start(client, version, model).status_code == 404
    assert "Evaluate a model" not in shown(client, "evaluation_list", project.slug)


def test_an_evaluation_is_asked_for_and_read_over_http(client, project, version):
    model = make_evaluated(version, ["wren", "wren", "wren", "robin"])
    address = reverse("api_project_evaluations", args=[project.slug])
    body = {"dataset_version": version.pk, "model": model.name, "model_version": model.version}
    for over, code in (({"model": "none"}, "not_found"), ({"split": "none"}, "unknown_value")):
        refused = client.post(address, body | over, content_type="application/json")
        assert (refused.status_code, refused.json()["code"]) == (400, code)
    response = client.post(address, body, content_type="application/json")
    assert (response.status_code, response.json()["state"]) == (202, "queued")
    own = reverse("api_evaluation", args=[response.json()["id"]])
    assert client.get(own).json()["figures"] is None
    finish()
    [listed] = client.get(address).json()["results"]
    found = client.get(own, {"score": "0.3"}).json()
    assert listed["state"] == found["state"] == "done"
    assert (found["items"], found["without_prediction"]) == (8, 4)
    figures = found["figures"]
    assert (figures["score"], figures["overlap"]) == (0.3, 0.5)
    assert figures["all"]["precision"]["value"] == figures["all"]["recall"]["value"] == 0.75
    assert figures["all"]["precision"]["n"] == 4
    assert {"truth": "robin", "predicted": "wren", "count": 1} in figures["confusion"]
    by_name = {one["name"]: one for one in figures["classes"]}
    assert by_name["robin"]["missed"] == by_name["wren"]["false"] == 1
    assert client.get(own, {"score": "x"}).status_code == 400
