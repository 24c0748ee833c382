"""Asking the real label-studio-ml for predictions: what it says well, and what it says badly."""

import json
import time
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.fetching import connections
from labelops.jobs.models import Job
from labelops.jobs.services import run_job
from tasks.models import ModelBackend, ModelVersion, Prediction
from tasks.services import (
    model_backend_asking,
    model_backend_learning,
    model_backend_rests,
    model_backend_runs,
    model_backends,
    model_grants,
)
from tests.factories import (
    make_backend,
    make_batch,
    make_image_item,
    make_instruction,
    make_item,
    make_member,
    make_project,
    make_task,
)
from tests.labelops.receiver import receiving
from tests.servers import free_port
from tests.tasks.label_studio_peer import Peer, stop_without_package

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def peer(tmp_path_factory):
    stop_without_package()
    running = Peer(tmp_path_factory.mktemp("peer"))
    try:
        yield running.start()
    finally:
        running.stop()


@pytest.fixture(autouse=True)
def no_waiting(monkeypatch):
    monkeypatch.setattr(connections, "JITTER_SECONDS", 0)
    monkeypatch.setattr(model_backend_runs, "PAUSE_SECONDS", 0)


@pytest.fixture
def mei(team, client):
    found = make_member(team, Role.MANAGER, username="mei")
    client.force_login(found)
    return found


@pytest.fixture
def backend(project, mei, peer, settings):
    settings.FETCH_ALLOW = frozenset({peer.address})
    return make_backend(project, address=peer.address, created_by=mei, items_per_call=4)


def say(project, *texts):
    return [make_item(project, data={"text": text}) for text in texts]


def asked(backend, mei, **given):
    """The ended job of a round."""
    job = model_backend_asking.start_asking(backend, by=mei, **given)
    return ended(job)


def ended(job):
    run_job(job.pk, model_backend_runs.run_asking)
    return Job.objects.get(pk=job.pk)


def shown(client, backend):
    return client.get(reverse("backend_detail", args=[backend.pk])).content.decode()


def test_a_round_brings_predictions_of_the_version_that_it_is(client, project, backend, mei):
    texts = ["a bird"] * 5 + ["dodo", "sure", "silent", "a wren", "shy"]
    items = say(project, *texts)
    batch = make_batch(project)
    make_task(batch, items[0])
    trial = model_backends.try_connection(backend, by=mei)
    assert trial.is_up, trial.sentence
    assert "version INITIAL" in trial.sentence
    assert asked(backend, mei, batch=batch).result == {"added": 1}
    job = asked(backend, mei)
    assert (job.state, job.message) == (Job.State.DONE, "")
    assert job.result == {"added": 6, "refused": 2, "silent": 1}
    assert [error["item"] for error in job.errors] == [items[5].external_id, items[6].external_id]
    assert "dodo" in job.errors[0]["message"]
    assert "from 0 to 1" in job.errors[1]["message"]
    [version] = ModelVersion.objects.all()
    assert (version.name, version.version, version.origin) == ("birds", "INITIAL", "backend")
    said = Prediction.objects.filter(model_version=version)
    assert {(one.label, one.score) for one in said} == {("robin", 0.75)}
    again = asked(backend, mei)
    assert again.result == {"refused": 2, "silent": 1}
    page = shown(client, backend)
    assert "INITIAL" in page
    assert "from 0 to 1" in page


def test_it_learns_when_it_is_asked_to_and_is_another_version_then(client, project, backend, mei):
    say(project, "a bird")
    unknown = client.post(reverse("backend_learn", args=[backend.pk]), follow=True)
    assert "Test the connection first" in unknown.content.decode()
    asked(backend, mei)
    client.post(reverse("backend_learn", args=[backend.pk]))
    assert "Asked to learn" in shown(client, backend)
    pressed = client.post(reverse("backend_learn", args=[backend.pk]), follow=True)
    assert "just been asked" in pressed.content.decode()
    job = Job.objects.get(kind=model_backend_learning.KIND)
    run_job(job.pk, model_backend_learning.run_learning)
    job.refresh_from_db()
    assert job.state == Job.State.DONE, job.message
    end = time.monotonic() + 20
    while not model_backend_learning.look_for_learned():
        assert time.monotonic() < end
        time.sleep(0.05)
    backend.refresh_from_db()
    assert backend.learning_since is None
    assert backend.model_version.version.isdecimal()
    assert backend.model_version.parent.version == "INITIAL"
    assert asked(backend, mei).result == {"added": 1}
    assert Prediction.objects.count() == 2
    now = timezone.now()
    ModelBackend.objects.filter(pk=backend.pk).update(learning_since=now)
    assert model_backend_learning.look_for_learned(now=now + timedelta(hours=23)) == 0
    assert "Asked to learn" in shown(client, backend)
    assert model_backend_learning.look_for_learned(now=now + timedelta(hours=25)) == 0
    assert "the same version a day later" in shown(client, backend)


@pytest.mark.parametrize(
    ("word", "sentence"),
    [
        ("slow", "in its time of 1 s"),
        ("short", "asked about 1 tasks and answered for 0"),
        ("shapeless", "no list of regions"),
        ("huge", "larger than 8 MB"),
        ("broken", "status 500"),
    ],
)
def test_what_fails_for_all_stores_nothing_and_leaves_it_alone(
    client, project, backend, mei, word, sentence
):
    ModelBackend.objects.filter(pk=backend.pk).update(seconds=1)
    say(project, *[f"{word} {number}" for number in range(4)])
    job = asked(backend, mei)
    assert job.state == Job.State.FAILED
    assert sentence in job.message
    assert "left alone until" in job.message
    assert not Prediction.objects.exists()
    backend.refresh_from_db()
    assert (backend.failure_count, backend.rest_count) == (3, 1)
    page = shown(client, backend)
    assert sentence in page
    assert "Go on where it broke off" in page
    # While it is left alone nobody asks it, until a test succeeds.
    pressed = client.post(reverse("backend_ask", args=[backend.pk]), follow=True)
    assert "left alone until" in pressed.content.decode()
    assert model_backends.try_connection(backend, by=mei).is_up
    assert "left alone until" not in shown(client, backend).replace(job.message, "")


def test_one_item_that_breaks_it_is_passed_over_and_the_others_are_stored(project, backend, mei):
    items = say(project, *["a bird"] * 5, "short", *["a bird"] * 4)
    job = asked(backend, mei)
    assert job.state == Job.State.DONE, job.message
    assert job.result == {"added": 9, "refused": 1}
    assert job.errors[0]["item"] == items[5].external_id
    backend.refresh_from_db()
    assert (backend.failure_count, backend.last_error) == (0, "")


def test_a_round_that_broke_off_goes_on_where_it_was(client, project, backend, mei, monkeypatch):
    items = say(project, "dodo", *["a bird"] * 7)
    save_progress = model_backend_runs.save_progress
    calls = []

    def killed_later(job):
        calls.append(job)
        if len(calls) == 3:
            raise KeyboardInterrupt
        save_progress(job)

    monkeypatch.setattr(model_backend_runs, "save_progress", killed_later)
    job = model_backend_asking.start_asking(backend, by=mei)
    with pytest.raises(KeyboardInterrupt):
        run_job(job.pk, model_backend_runs.run_asking)
    assert Prediction.objects.count() == 3
    monkeypatch.undo()
    Job.objects.filter(pk=job.pk).update(heartbeat_at=timezone.now().replace(year=2000))
    job = ended(job)
    assert (job.state, job.done_count) == (Job.State.DONE, 8)
    assert [error["item"] for error in job.errors] == [items[0].external_id]
    assert Prediction.objects.count() == 7


@pytest.mark.parametrize(
    ("answer", "sentence"),
    [
        ((200, b"<html>"), "not answer in JSON"),
        ((200, b'{"model_version": ["x"]}'), "no text of at most 100"),
        ((404, b""), "knows no /setup"),
        ((401, b""), "refuses the user name"),
        ((200, b"[]"), "which version it is"),
        ((302, b""), "status 302"),
    ],
)
def test_what_is_no_back_end_is_told_in_words(project, mei, settings, answer, sentence):
    with receiving() as receiver:
        address = receiver.address.removesuffix("/hook")
        settings.FETCH_ALLOW = frozenset({address})
        backend = make_backend(project, address=address, user_name="ls", password="")
        receiver.answers = [answer] * 3
        say(project, "a bird")
        job = asked(backend, mei)
    assert sentence in job.message
    assert not ModelVersion.objects.exists()
    assert receiver.received[0].headers["Authorization"] == "Basic bHM6"
    assert [one.path for one in receiver.received] == ["/setup"] * 3


def answers_for(*versions):
    """What it says to a setup and to a call for one item each, as this version."""
    results = '{"results": [{"result": [], "model_version": "%s"}]}'
    return [
        (200, b'{"model_version": "INITIAL"}'),
        *((200, (results % one).encode()) for one in versions),
    ]


def test_predictions_may_name_their_own_version_and_keep_to_it_in_a_round(project, mei, settings):
    say(project, *["a bird"] * 3)
    with receiving() as receiver:
        address = receiver.address.removesuffix("/hook")
        settings.FETCH_ALLOW = frozenset({address})
        backend = make_backend(project, address=address, items_per_call=1)
        receiver.answers = answers_for("v1", "v1", "v1")
        assert asked(backend, mei).result == {"silent": 3}
        backend.refresh_from_db()
        assert (backend.model_version.version, backend.setup_version) == ("v1", "INITIAL")
        receiver.answers = answers_for("v1", "v2")
        job = asked(backend, mei)
        assert (job.state, job.done_count) == (Job.State.FAILED, 1)
        assert "became the version v2" in job.message
        receiver.answers = answers_for("v2", "v2")
        job = ended(model_backend_asking.go_on(backend, by=mei))
        assert (job.state, job.done_count) == (Job.State.DONE, 2)
    backend.refresh_from_db()
    assert backend.model_version.version == "v2"
    assert not Prediction.objects.exists()


def test_a_picture_goes_out_as_a_link_and_boxes_come_back_in_pixels(client, team, mei, settings):
    control = {"name": "cars", "type": "shapes", "tools": ["box"], "labels": [{"value": "car"}]}
    project = make_project(team, item_type="image")
    make_instruction(project, label_schema={"controls": [control]})
    seen = make_image_item(project, (64, 48), data={"plate": "canary"})
    make_image_item(project, (64, 48))
    place = {"x": 25, "y": 50, "width": 50, "height": 25, "rectanglelabels": ["AUTO"]}
    region = {"from_name": "cars.box", "type": "rectanglelabels", "value": place, "score": 0.5}
    said = json.dumps({"results": [{"result": [region]}, {"result": []}]}).encode()
    with receiving() as receiver:
        address = receiver.address.removesuffix("/hook")
        settings.FETCH_ALLOW = frozenset({address})
        backend = make_backend(project, address=address, label_map={"auto": "car"})
        receiver.answers = [(200, b'{"model_version": 7}'), (200, said)]
        assert asked(backend, mei).result == {"added": 2}
    setup, call = (json.loads(one.body) for one in receiver.received)
    assert 'predicted_values="auto"' in setup["schema"]
    assert setup["project"].startswith(f"{project.pk}.")
    [task, _other] = call["tasks"]
    assert list(task["data"]) == ["image"]
    assert "canary" not in receiver.received[1].body.decode()
    assert task["data"]["image"].startswith(f"{settings.SITE_ADDRESS}/shared-media/")
    client.logout()
    assert client.get(task["data"]["image"].removeprefix(settings.SITE_ADDRESS)).status_code == 200
    found, nothing = Prediction.objects.all()
    [box] = found.answer["cars"]
    assert (found.item, found.score, found.model_version.version) == (seen, 0.5, "7")
    assert (box["box"], box["label"]) == ([16, 24, 32, 12], "car")
    assert (nothing.answer, nothing.score) == ({"cars": []}, None)


def test_a_version_that_was_stopped_is_asked_nothing_from_the_next_call_on(
    project, backend, mei, monkeypatch
):
    say(project, *["a bird"] * 9)
    predict = model_backend_runs.client.predict

    def stopped_meanwhile(*given):
        said = predict(*given)
        [version] = ModelVersion.objects.all()
        model_grants.stop(version, by=mei, reason="It is wrong.", redo=False)
        return said

    monkeypatch.setattr(model_backend_runs.client, "predict", stopped_meanwhile)
    job = asked(backend, mei)
    assert job.state == Job.State.FAILED
    assert "was stopped" in job.message
    assert job.done_count == 4


def test_when_it_is_down_the_pauses_grow_and_end_with_a_success(project, mei, settings):
    address = f"http://127.0.0.1:{free_port()}"
    settings.FETCH_ALLOW = frozenset({address})
    backend = make_backend(project, address=address)
    say(project, "a bird")
    assert "Nothing answers" in asked(backend, mei).message
    for minutes in (5, 15, 15):
        ModelBackend.objects.filter(pk=backend.pk).update(rests_until=timezone.now())
        last = model_backend_asking.go_on(backend, by=mei)
        assert "Nothing answers" in ended(last).message
        backend.refresh_from_db()
        left = backend.rests_until - timezone.now()
        assert minutes - 1 < left.total_seconds() / 60 <= minutes
    model_backend_rests.note_success(backend, 12)
    backend.refresh_from_db()
    assert (backend.rest_count, backend.rests_until, backend.median_ms) == (0, None, 12)
