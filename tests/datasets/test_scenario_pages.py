"""The pages of scenario tests and the release gate over HTTP."""

from urllib.parse import urlencode

import pytest
from django.urls import reverse

from datasets.models import Scenario
from datasets.reports.run_dots import run_dots
from datasets.services import scenario_runs
from datasets.services.item_set_kinds import read_item_set
from datasets.services.scenario_runs import run_scenario
from labelops.accounts.models import Role
from labelops.errors import DomainError
from labelops.jobs.services import run_job
from tests.datasets.scenarios import freeze_birds, item_ids, make_scenario, say
from tests.factories import make_batch, make_member, make_published_project, make_team

JSON = {"content_type": "application/json"}


def build():
    team = make_team()
    mei = make_member(team, Role.MANAGER)
    expert = make_member(team, Role.EXPERT)
    batch = make_batch(make_published_project(team, created_by=mei), team, overlap=1)
    return batch.project, freeze_birds(batch), mei, expert


@pytest.fixture
def project(made):
    return made[0]


@pytest.fixture
def version(made):
    return made[1]


@pytest.fixture(autouse=True)
def manager(client, made):
    client.force_login(made[2])


def shown(client, name, *arguments, query="", status=200):
    response = client.get(reverse(name, args=arguments) + query)
    assert response.status_code == status
    return " ".join(response.text.split())


def named(items, **form):
    ids = ",".join(str(item.public_id) for item in items)
    return "?" + urlencode({"set": "items", "ids": ids} | form)


def test_a_test_is_made_run_and_read(client, project, version, made):
    assert "A scenario test keeps" in shown(client, "scenario_list", project.slug)
    assert "There is none yet" in shown(client, "scenario_create", project.slug)
    items = [entry.item for entry in version.entries.select_related("item")]
    tests = [item for item in items if item.external_id.startswith("test")]
    address = reverse("scenario_create", args=[project.slug])
    asked = {
        "name": "dusk",
        "dataset_version": version.pk,
        "control": "species",
        "measure": "right",
        "score_bar": "0",
        "bar_percent": "80",
        "severity": "blocks",
    }
    form = shown(client, "scenario_create", project.slug, query=named(tests))
    assert "Can it be a test?" not in form
    assert '<option value="robin">Robin</option>' in form
    preview = "scenario_preview", project.slug
    found = shown(client, *preview, query=named(tests, **asked))
    assert "A model passes with 37 of 40 right" in found
    assert "4 items are in the training split" in shown(
        client, *preview, query=named(items, **asked)
    )
    assert "Say what is measured" in shown(client, *preview)
    refused = client.post(address + named(items), asked)
    assert (refused.status_code, Scenario.objects.count()) == (422, 0)
    assert "4 items are in the training split" in refused.text
    client.post(address + named(tests), asked)
    scenario = Scenario.objects.get()
    place = (project.slug, scenario.pk)
    ids = item_ids(version)
    model = say(version, ids, wrong=ids[:5])
    assert "not run" in shown(client, "scenario_list", project.slug)
    assert "Not run yet" in shown(client, "model_scenarios", project.slug, model.pk)
    assert client.post(reverse("scenarios_run", args=[project.slug, model.pk])).status_code == 302
    assert 'hx-trigger="every 1s"' in shown(client, "model_scenarios", project.slug, model.pk)
    scenario_runs.jobs_of(model).update(state="failed", message="No place is left.")
    assert "failed. No place is left" in shown(client, "model_scenarios", project.slug, model.pk)
    run_job(scenario_runs.start(model, by=made[2]).pk, scenario_runs.run_all)
    page = shown(client, "scenario_detail", *place)
    assert "75.4 to 95.0 % (35 of 40): not enough data." in page
    assert "Collect 66 more to label" in page
    client.force_login(made[3])
    assert "Collect 66 more" not in shown(client, "scenario_detail", *place)
    assert "not proved" in shown(client, "model_scenarios", project.slug, model.pk)
    assert "not enough data" in shown(client, "scenario_list", project.slug)
    client.force_login(made[2])
    client.post(reverse("scenario_retire", args=place))
    assert "retired" in shown(client, "scenario_detail", *place)
    assert "Retired" in shown(client, "scenario_list", project.slug)


def test_each_verdict_has_its_sentence_and_opens_its_items(client, project, version):
    scenario = make_scenario(version)
    ids = item_ids(version)
    models = {
        "At least 85.0 %": say(version, ids, wrong=ids[:2]),
        "At most": say(version, ids, wrong=ids[:20]),
        "1 of 40 items has no prediction": say(version, ids[1:], wrong=ids[3:5]),
        "40 items have taught this model": say(version, ids, is_trained_on=True),
    }
    for model in models.values():
        run_scenario(scenario, model, by=None)
    page = shown(client, "scenario_detail", project.slug, scenario.pk)
    for sentence in models:
        assert sentence in page
    assert page.count('class="run-dot"') == 4
    model = models["1 of 40 items has no prediction"]
    given = {"set": "scenario", "scenario": str(scenario.pk), "model": str(model.pk)}
    for outcome, wanted in (
        ("wrong", ids[3:5]),
        ("unpredicted", ids[:1]),
        ("right", [*ids[1:3], *ids[5:]]),
    ):
        found = read_item_set(project, given | {"outcome": outcome})
        assert [member.item_id for member in found.page("", 50).rows] == wanted
        assert found.count() == len(wanted)
    assert read_item_set(project, {"set": "scenario", "scenario": str(scenario.pk)}).count() == 40
    for wrong in ({"scenario": "x"}, {"outcome": "x"}, {"outcome": "wrong", "model": "9" * 30}):
        with pytest.raises(DomainError):
            read_item_set(project, given | wrong)
    assert run_dots([], 0.9) is None
    runs = list(scenario.runs.all())
    titles = [run_dots(shown, 0.9).dots[0].title for shown in (runs[:1], runs * 10)]
    name = str(runs[0].model_version)
    assert titles == [name, f"…{name[-3:]}"]


def test_the_gate_answers_programs(client, project, version):
    address = reverse("api_release_gate", args=[project.slug])
    ids = item_ids(version)
    model = say(version, ids)
    asked = {"model": model.name, "model_version": model.version}
    assert client.get(address, asked).json() == {
        "verdict": "unknown",
        **asked,
        "scenarios": [],
    }
    assert client.post(address, asked, **JSON).json()["code"] == "no_scenarios"
    make_scenario(version)
    waiting = client.get(address, asked).json()
    assert (waiting["verdict"], waiting["scenarios"][0]["sentence"]) == ("unknown", "Not run yet.")
    started = client.post(address, asked, **JSON)
    assert started.status_code == 202
    run_job(scenario_runs.start(model, by=version.created_by).pk, scenario_runs.run_all)
    answer = client.get(address, asked).json()
    assert answer["verdict"] == "pass"
    found = answer["scenarios"][0]
    assert (found["right"], found["count"], found["bar"], found["is_stale"]) == (40, 40, 0.8, False)
    assert found["lower"] > 0.9
    assert client.get(address, asked | {"model_version": "none"}).status_code == 404
    assert client.get(address, {"model": "x"}).status_code == 400
    assert client.get(address, asked | {"other": "x"}).status_code == 400
