"""Impact: fixed before the work, measured afterwards, and told to those who did it."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from datasets.models import Impact
from datasets.reports.impact import card
from datasets.services import impact as services
from datasets.services.impact_measuring import run_measuring
from labelops.accounts.models import Role, Team
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from labelops.notices.models import Notice
from tests.datasets.scenarios import freeze_birds, item_ids, make_scenario, say
from tests.factories import (
    make_annotation,
    make_batch,
    make_item,
    make_member,
    make_model_version,
    make_project,
    make_published_project,
    make_task,
    make_team,
    settle,
)

SHOWN_TO_PEOPLE = "what your work was for"


def build():
    """Forty tests, of which the model before has twenty wrong; as many other test items."""
    team, vendor = make_team(), make_team(kind=Team.Kind.VENDOR)
    mei = make_member(team, Role.MANAGER)
    project = make_published_project(team, vendor, created_by=mei)
    version = freeze_birds(make_batch(project, team, overlap=1), tests=160)
    batch = make_batch(
        project, team, vendor, name="more wrens", purpose="Wrens are taken for robins."
    )
    return batch, version, mei, make_member(vendor, name="Ana Vendor")


@pytest.fixture
def batch(made):
    return made[0]


@pytest.fixture
def version(made):
    return made[1]


@pytest.fixture
def mei(made):
    return made[2]


@pytest.fixture
def ana(made):
    return made[3]


@pytest.fixture
def target(version):
    return make_scenario(version, item_ids(version)[:80], name="wrens")


def model(version, number, wrong):
    ids = item_ids(version)
    found = make_model_version(version.project, name="birds", version=str(number))
    return say(version, ids, wrong=[ids[place] for place in wrong], model=found)


def plan(batch, target, before, by, gain=20.0):
    return services.plan(batch, target=target, before=before, wanted_gain=gain, by=by)


def measure(impact, by):
    run_job(services.start_measuring(impact, by=by).pk, run_measuring)
    impact.refresh_from_db()
    return impact.result


def work(batch, *people):
    for number, person in enumerate(people):
        task = make_task(batch, make_item(batch.project, external_id=f"work{number}"))
        make_annotation(task, person, {"species": "wren"})
        settle(task, {"species": "wren"})


def refused(*arguments, **over):
    with pytest.raises(DomainError) as caught:
        plan(*arguments, **over)
    return caught.value


def test_a_target_that_nothing_can_show_is_refused_before_the_work(
    batch, target, version, mei, ana
):
    before = model(version, 1, range(40))
    assert "80 items show a gain of" in refused(batch, target, before, mei, gain=2).message
    assert "wrong in 50.0 %" in refused(batch, target, before, mei, gain=51).message
    assert refused(batch, target, before, mei, gain=0).field == "wanted_gain"
    silent = make_model_version(version.project)
    assert refused(batch, target, silent, mei).code == "no_baseline"
    few = make_scenario(version, item_ids(version)[:14], name="few")
    other_model = say(version, item_ids(version), wrong=item_ids(version)[:9])
    assert refused(batch, few, other_model, mei).code == "cannot_be_shown"
    other = make_model_version(make_project())
    assert refused(batch, target, other, mei).field == "before"
    impact = plan(batch, target, before, mei)
    assert refused(batch, target, before, mei).code == "already_planned"
    with pytest.raises(Conflict, match="no newer version"):
        services.start_measuring(impact, by=mei)
    begun = make_batch(batch.project)
    work(begun, ana)
    assert refused(begun, target, before, mei).code == "already_begun"


def test_what_the_work_did_is_measured_against_what_it_did_not_touch(
    batch, target, version, mei, ana
):
    """Thirty of forty are mended, but five of the forty elsewhere that were wrong, too."""
    impact = plan(batch, target, model(version, 1, [*range(40), *range(80, 120)]), mei)
    work(batch, ana, ana, mei)
    after = model(version, 2, [*range(30, 40), *range(85, 120), 70])
    make_scenario(version, item_ids(version)[80:], name="elsewhere")
    found = measure(impact, mei)
    assert (found["n"], found["fixed"], found["broken"], found["right_before"]) == (80, 30, 1, 40)
    assert found["gain"]["value"] == pytest.approx(29 / 80)
    assert found["p_value"] < 0.001
    assert (found["control"]["kind"], found["control"]["names"]) == ("scenarios", ["elsewhere 1"])
    assert found["control"]["gain"]["value"] == pytest.approx(5 / 80)
    assert found["own"]["value"] == pytest.approx(24 / 80)
    assert found["own"]["low"] > 0.1
    assert found["labels"] == {"added": 3, "fixed": 0}
    assert (found["shared"]["own"], found["shared"]["all"]) == (3, 3)
    assert found["regressions"] == []
    assert impact.after == after
    assert set(Notice.objects.values_list("person", flat=True)) == {ana.pk, mei.pk}
    # Another version that breaks what was mended: said as it is, and told anew.
    model(version, 3, [*range(60), *range(80, 120)])
    found = measure(impact, mei)
    assert (found["fixed"], found["broken"], found["cost_per_point"]) == (0, 20, None)
    assert [row["name"] for row in found["regressions"]] == ["wrens 1"]
    assert services.start_due() == []
    model(version, 4, [])
    assert len(services.start_due()) == 1
    assert services.start_due() == []


def test_without_another_scenario_like_items_of_the_test_split_are_the_control(
    batch, target, version, mei
):
    impact = plan(batch, target, model(version, 1, [*range(40), *range(80, 120)]), mei)
    other = make_batch(batch.project, name="crows")
    work(other, mei)
    model(version, 2, [*range(30, 40), *range(85, 120)])
    found = measure(impact, mei)
    assert (found["control"]["kind"], found["control"]["n"]) == ("rest", 80)
    assert found["own"]["value"] == pytest.approx(25 / 80)
    assert (found["shared"]["own"], found["shared"]["names"]) == (0, ["crows"])
    assert "only the built-in model can be trained without it" in card(impact, "EUR").shared


def test_managers_see_the_card_and_people_what_their_work_did(
    client, batch, target, version, mei, ana
):
    part = reverse("impact_card", args=[batch.pk])
    address = reverse("impact_plan", args=[batch.pk])
    own = reverse("impact_of_work", args=[batch.pk])
    before = model(version, 1, range(40))
    client.force_login(mei)
    assert address in client.get(part).text
    form = {"target": target.pk, "before": before.pk, "wanted_gain": "2"}
    assert "80 items show a gain of" in client.post(address, form).text
    assert client.post(address, form | {"wanted_gain": "20"}).status_code == 302
    impact = Impact.objects.get()
    assert "20.0 points" in client.get(part).text
    work(batch, ana, ana)
    client.force_login(ana)
    assert client.get(own).status_code == client.get(part).status_code == 404
    model(version, 2, range(30))
    client.force_login(mei)
    client.post(reverse("impact_measure", args=[batch.pk]))
    assert 'hx-trigger="every 1s"' in client.get(part).text
    Job.objects.filter(kind=services.KIND).update(state="failed", message="No place is left.")
    failed = client.get(part).text
    assert "could not be measured. No place is left." in failed
    assert "every 1s" not in failed
    run_job(services.start_measuring(impact, by=mei).pk, run_measuring)
    assert "No place is left" not in client.get(part).text
    text = " ".join(client.get(part).text.split())
    assert "12.5 points" in text
    measured = Impact.objects.get().measured_at
    assert f'Measured</dt><dd class="col-7"><time datetime="{measured:%Y-%m-%dT%H:%M}' in text
    assert "10 of 80 fixed, 0 broken" in text
    assert "Cost" in text
    client.force_login(ana)
    text = " ".join(client.get(own).text.split())
    assert "Wrens are taken for robins." in text
    assert "2 labels" in text
    for hidden in ("Cost", "Mei", batch.name, "elsewhere", mei.username):
        assert hidden not in text.partition("<main")[2]
    assert reverse("impact_of_work", args=[batch.pk]) in client.get(reverse("own_impacts")).text
    notice = Notice.objects.get(person=ana)
    assert client.post(reverse("notice_open", args=[notice.pk])).url.endswith(own)
    client.force_login(make_member(make_team()))
    assert client.get(own).status_code == 404
    assert batch.name not in client.get(reverse("own_impacts")).text
    Impact.objects.update(measured_at=timezone.now() - timedelta(days=200))
    client.force_login(ana)
    assert own not in client.get(reverse("own_impacts")).text
