"""Failure cases: who owns one, what begins work on it, and that a passed test alone solves it."""

from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from datasets.models import FailureCase
from datasets.services import bulk_edits, failure_cases, impact, segments
from datasets.services.scenario_runs import run_scenario
from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from labelops.notices.kinds import address, sentence
from labelops.notices.models import Notice
from tests.datasets.campaigning import begin_campaign, make_birds
from tests.datasets.evaluating import make_evaluation
from tests.datasets.scenarios import freeze_birds, item_ids, make_scenario, say
from tests.factories import (
    make_batch,
    make_member,
    make_model_version,
    make_published_project,
    make_team,
)


def build():
    team = make_team()
    mei = make_member(team, Role.MANAGER, name="Mei")
    elena = make_member(team, Role.EXPERT, name="Elena")
    batch = make_batch(make_published_project(team, created_by=mei), team, overlap=1)
    return freeze_birds(batch, tests=14), mei, elena, batch


@pytest.fixture
def version(made):
    return made[0]


@pytest.fixture
def mei(made):
    return made[1]


@pytest.fixture
def elena(made):
    return made[2]


@pytest.fixture
def segment(version, mei):
    return segments.create_static(version.project, "dusk", item_ids(version), by=mei)


def open_case(segment, by, **over):
    over.setdefault("owner", by)
    title = over.pop("title", "Birds at dusk")
    return failure_cases.open_case(segment.project, title, segment, by=by, **over)


def refusal(service, *arguments, **keywords):
    with pytest.raises(DomainError) as refused:
        service(*arguments, **keywords)
    return refused.value


def state(case):
    return FailureCase.objects.get(pk=case.pk).state


def notices(person):
    rows = Notice.objects.filter(person=person).order_by("pk")
    return [(row.kind, sentence(row.kind, row.parameters, row.count)) for row in rows]


def test_a_passed_test_alone_solves_a_case_and_a_failed_one_brings_it_back(
    version, mei, elena, segment
):
    project, ids = version.project, item_ids(version)
    older = say(version, ids)
    seen = say(version, ids, wrong=ids)
    case = open_case(segment, mei, owner=elena, model_version=seen)
    told = f"The failure case “Birds at dusk” of {project.name} is yours."
    assert notices(elena) == [("case.given", told)]

    def lack():
        return refusal(failure_cases.solve, case, by=mei).message

    assert "No scenario test" in lack()
    test = make_scenario(version, segment=segment)
    assert "has not been run on" in lack()
    other = say(version, ids, model=make_model_version(project, name="another"))
    for model in (older, other):
        run_scenario(test, model, by=None)
    assert "has not been run on" in lack()
    run_scenario(test, seen, by=None)
    assert lack().startswith(f"{seen} fails its test “birds at dusk 1”. At most")
    unsure = say(version, ids, wrong=ids[:2])
    run_scenario(test, unsure, by=None)
    assert f"{unsure} has not passed" in lack()
    mended = say(version, ids)
    run_scenario(test, mended, by=None)
    later = timezone.now() + timedelta(seconds=1)
    mended.predictions.filter(item=ids[0]).update(created_at=later)
    assert "predictions have changed since" in lack()
    run_scenario(test, mended, by=None)
    solved = failure_cases.solve(case, by=elena)
    assert (solved.state, solved.solved_with) == ("solved", mended)
    assert refusal(failure_cases.solve, case, by=mei).code == "wrong_state"
    assert refusal(failure_cases.drop, case, "old", by=mei).code == "wrong_state"

    third, fourth = say(version, ids, wrong=ids), say(version, ids)
    for model in (fourth, third):
        run_scenario(test, model, by=None)
    run_scenario(test, say(version, ids, wrong=ids, model=another(project)), by=None)
    assert state(case) == "solved"
    worse = say(version, ids, wrong=ids)
    run_scenario(test, worse, by=None)
    assert state(case) == "back"
    assert notices(elena)[1][0] == "case.back"
    assert address("case.back", Notice.objects.get(kind="case.back").parameters) == reverse(
        "failure_case_detail", args=[project.slug, case.pk]
    )
    event = Event.objects.get(verb="case.came_back")
    assert (event.actor, event.reason) == (None, str(worse))
    # Another number takes the place of the test; what becomes of the former one is no matter.
    newer = make_scenario(version, segment=segment)
    assert "has not been run" in lack()
    best = say(version, ids)
    run_scenario(newer, best, by=None)
    assert failure_cases.solve(case, by=mei).solved_with == best
    run_scenario(test, say(version, ids, wrong=ids), by=None)
    assert state(case) == "solved"


def another(project):
    return make_model_version(project, name="another")


def test_what_is_done_about_its_items_begins_work_on_a_case(version, mei, elena, segment):
    project, ids = version.project, item_ids(version)
    make_birds(project, wanted=3, others=3)
    cases = [open_case(segment, mei, title=title) for title in ("one", "two")]
    failure_cases.drop(cases[1], "nobody minds", by=mei)
    begin_campaign(project, mei, segment=segment)
    assert [state(case) for case in cases] == ["work", "dropped"]
    assert segment.campaigns.count() == 1

    other = segments.create_static(project, "dawn", ids[:10], by=mei)
    planned, linked, idle = (open_case(other, mei, title=str(number)) for number in range(3))
    test = make_scenario(version)
    values = {"campaigns": [], "scenarios": [], "owner": mei}
    failure_cases.change(planned, by=mei, **values | {"scenarios": [test]})
    assert state(planned) == "open"
    model = say(version, ids, wrong=ids)
    batch = make_batch(project, name="more", purpose="why")
    impact.plan(batch, target=test, before=model, wanted_gain=90, by=mei)
    campaign = begin_campaign(project, mei, name="by hand")
    failure_cases.change(linked, by=mei, **values | {"campaigns": [campaign]})
    assert [state(case) for case in (planned, linked, idle)] == ["work", "work", "open"]
    before = Event.objects.count()
    failure_cases.change(linked, by=mei, **values | {"campaigns": [campaign]})
    assert Event.objects.count() == before
    assert failure_cases.begin(idle, by=elena).state == "work"
    failure_cases.change(idle, by=mei, **values | {"owner": elena})
    assert [kind for kind, _words in notices(elena)] == ["case.given"]

    assert refusal(segments.delete, other, by=mei).code == "segment_in_use"
    stranger = make_member(make_team(), Role.MANAGER)
    assert refusal(open_case, segment, mei, owner=stranger).field == "owner"
    assert refusal(failure_cases.drop, idle, " ", by=mei).field == "reason"
    run_scenario(test, say(version, ids), by=None)
    failure_cases.solve(planned, by=mei)
    assert refusal(failure_cases.change, planned, by=mei, **values).field == "scenarios"
    newer = make_scenario(version)
    failure_cases.change(planned, by=mei, **values | {"scenarios": [newer], "owner": elena})
    assert failure_cases.reopen(planned, by=mei).solved_with is None
    with pytest.raises(IntegrityError), transaction.atomic():
        FailureCase.objects.filter(pk=planned.pk).update(state="solved")
    segment.project.archived_at = timezone.now()
    segment.project.save()
    with pytest.raises(Conflict):
        open_case(segment, mei)


def test_a_case_by_its_pages(client, version, mei, elena, segment, made):
    project, ids = version.project, item_ids(version)

    def shown(name, *arguments, query="", status=200):
        response = client.get(reverse(name, args=[project.slug, *arguments]) + query)
        assert response.status_code == status
        return " ".join(response.text.split())

    def send(name, *arguments, query="", **form):
        return client.post(reverse(name, args=[project.slug, *arguments]) + query, form)

    client.force_login(elena)
    assert "says who looks after items" in shown("failure_case_list")
    assert "Of which segment?" in shown("failure_case_create")
    model = say(version, ids, wrong=ids)
    evaluation = make_evaluation(version, model)
    of_cell = "?" + urlencode({"set": "split", "dataset": version.pk, "split": "test"})
    assert "Open a case" in shown("examine", query=of_cell)
    assert "kept as a segment of the same name" in shown("failure_case_create", query=of_cell)
    form = {"title": "dusk", "severity": "critical", "owner": mei.pk, "customer": "Owl & Co"}
    form |= {"hypothesis": "<b>Dark</b> pictures.", "model_version": model.pk}
    taken = send("failure_case_create", query=of_cell, **form)
    assert taken.status_code == 422
    assert "a segment of this name already" in taken.text
    wrong = send("failure_case_create", query=of_cell, **form | {"owner": 10**30})
    assert wrong.status_code == 422
    send("failure_case_create", query=of_cell, **form | {"title": "Night birds"})
    case = FailureCase.objects.get()
    assert (case.segment.name, case.segment.item_count, case.owner) == ("Night birds", 14, mei)
    of_segment = "?" + urlencode({"set": "segment", "segment": case.segment_id})
    send("failure_case_create", query=of_segment, **form | {"severity": "minor", "owner": elena.pk})
    second = FailureCase.objects.get(title="dusk")
    assert second.segment == case.segment
    page = shown("segment_detail", case.segment_id)
    assert f"cases/{second.pk}/" in page

    place = ("failure_case_detail", case.pk)
    page = shown(*place)
    assert "&lt;b&gt;Dark" in page
    assert "Owl &amp; Co" in page
    assert "No scenario test has been made" in page
    assert "Nothing has been done about it yet" in page
    assert "Collect more like these" not in page
    client.force_login(mei)
    assert "Collect more like these" in shown(*place)
    test = make_scenario(version, segment=case.segment)
    run_scenario(test, model, by=None)
    page = shown(*place)
    assert f"{model} fails its test" in page
    assert "It is solved</button>" not in page
    send("failure_case_solve", case.pk)
    assert f"{model} fails its test" in shown(*place)
    batch = make_batch(project, name="more wrens", purpose="why")
    impact.plan(batch, target=test, before=model, wanted_gain=90, by=mei)
    make_birds(project, wanted=3, others=3)
    campaign = begin_campaign(project, mei)
    edited = send(
        "failure_case_edit", case.pk, **form | {"title": "Owls", "campaigns": campaign.pk}
    )
    assert edited.status_code == 302
    bad = send("failure_case_edit", case.pk, **form | {"campaigns": "9" * 30})
    assert bad.status_code == 422
    act = {"act": "tag", "wishes": {"tag": "odd"}}
    source = {"title": "Night birds", "query": {"set": "segment", "segment": str(case.segment_id)}}
    bulk_edits.start(project, {ids[0]: []}, source=source, by=mei, **act)
    page = shown(*place)
    for words in ("more wrens", "not measured yet", ">dusk<", "Tag", "began to work on it"):
        assert words in page
    mended = say(version, ids)
    run_scenario(test, mended, by=None)
    assert "it can be closed" in shown(*place)
    send("failure_case_solve", case.pk)
    assert f"Solved: {mended} has passed its tests." in shown(*place)
    assert f"with <bdi>{mended}</bdi>" in shown("failure_case_list")
    run_scenario(test, say(version, ids, wrong=ids), by=None)
    page = shown(*place)
    assert f"{mended} had solved it, and it is back." in page
    run_scenario(test, say(version, ids), by=None)
    assert "it is back. digits" in shown(*place)
    send("failure_case_drop", case.pk)
    assert "Write a text" in shown(*place)
    send("failure_case_drop", case.pk, reason="No owls any more")
    assert "No owls any more" in shown(*place)
    send("failure_case_reopen", case.pk)
    send("failure_case_begin", case.pk)
    assert state(case) == "work"

    found = shown("failure_case_list", query=f"?state=work&owner={mei.pk}")
    assert "Owls" in found
    assert f"cases/{second.pk}/" not in found
    assert "No case is like this" in shown("failure_case_list", query="?state=dropped")
    for query in ("?state=x", "?owner=x", "?owner=99999", "?cursor=x", "?other=1"):
        shown("failure_case_list", query=query, status=400)
    evaluation.delete()

    def statements(name, *arguments):
        with CaptureQueriesContext(
            connection,
        ) as asked:
            shown(name, *arguments)
        return len(asked)

    before = statements("failure_case_list"), statements(*place)
    for number in range(4):
        row = segments.create_static(project, f"more {number}", ids[:1], by=mei)
        open_case(row, elena, title=f"case {number}")
        make_scenario(version, segment=case.segment, name=f"test {number}")
    assert (statements("failure_case_list"), statements(*place)) == before
