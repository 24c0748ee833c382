"""The pages of models elsewhere, the links to pictures that they get, and their passwords."""

import contextlib
from datetime import timedelta

import pytest
from django.core import signing
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from labelops.accounts.models import Role
from labelops.jobs.models import Job
from labelops.sealed import seal, unseal
from tasks.formats.label_studio_predictions import PredictionsReader, Said
from tasks.formats.problems import RowRefused
from tasks.kinds.answer import validate_answer
from tasks.kinds.items import ItemFacts
from tasks.models import ModelBackend
from tasks.services import archiving, shared_media
from tests.factories import make_backend, make_image_item, make_item, make_member, make_project

GIVEN = {
    "name": "Bird model",
    "address": "https://models.example.org",
    "user_name": "ls",
    "password": "canary-password",
    "label_map": "bird 1 = robin\n\n Zaunkönig=wren",
    "items_per_call": "4",
    "seconds": "10",
    "is_active": "on",
}


@pytest.fixture
def mei(team, client):
    found = make_member(team, Role.MANAGER, username="mei")
    client.force_login(found)
    return found


def post(client, route, /, *args, **given):
    return client.post(reverse(route, args=args), given, follow=True)


def text(response):
    return response.content.decode()


@pytest.mark.django_db
def test_a_back_end_is_registered_changed_and_removed(client, project, mei):
    made = post(client, "backend_create", project.slug, **GIVEN)
    assert "Test the connection next" in text(made)
    backend = ModelBackend.objects.get()
    assert backend.label_map == {"bird 1": "robin", "Zaunkönig": "wren"}
    assert "canary" not in backend.password
    assert unseal(backend.password) == "canary-password"
    edited = text(client.get(reverse("backend_edit", args=[backend.pk])))
    assert "canary" not in edited
    assert "Zaunkönig = wren" in edited
    changed = GIVEN | {"password": "", "seconds": "5", "is_active": ""}
    post(client, "backend_edit", backend.pk, **changed)
    backend.refresh_from_db()
    assert (backend.seconds, backend.is_active) == (5, False)
    assert unseal(backend.password) == "canary-password"
    assert "switched off" in text(post(client, "backend_ask", backend.pk))
    post(client, "backend_edit", backend.pk, **changed | {"user_name": ""})
    backend.refresh_from_db()
    assert backend.password == ""
    gone = post(client, "backend_remove", backend.pk)
    assert gone.redirect_chain[-1][0] == reverse("model_list", args=[project.slug])
    assert not ModelBackend.objects.exists()


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("address", "http://10.0.0.5:9090", "LABELOPS_FETCH_ALLOW"),
        ("address", "https://models.example.org:9090", "LABELOPS_FETCH_ALLOW"),
        ("address", "http://169.254.169.254/", "LABELOPS_FETCH_ALLOW"),
        ("address", "ftp://models.example.org", "begins with https"),
        ("address", "https://models.example.org/?a=1", "no question mark"),
        ("label_map", "dog = dodo", "Line 1 does not lead to a class"),
        ("label_map", "robin", "their class = our class"),
        ("user_name", "a:b", "no colon"),
        ("name", "birds", "this name already"),
        ("name", "a\x00b", "Null characters"),
        ("items_per_call", "17", "less than or equal to 16"),
        ("seconds", "26", "less than or equal to 25"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(client, project, mei, field, value, sentence):
    make_backend(project)
    refused = post(client, "backend_create", project.slug, **GIVEN | {field: value})
    assert refused.status_code == 422
    assert sentence in text(refused)
    assert ModelBackend.objects.count() == 1


@pytest.mark.django_db
def test_it_is_asked_once_at_a_time_and_about_own_batches_alone(client, project, mei):
    backend = make_backend(project, address="https://models.example.org")
    other = make_project().batches.create(name="x", created_by=mei)
    assert "no such batch" in text(post(client, "backend_ask", backend.pk, batch=other.pk))
    assert "Nothing was broken off" in text(post(client, "backend_go_on", backend.pk))
    post(client, "backend_ask", backend.pk)
    assert "being asked already" in text(post(client, "backend_ask", backend.pk))
    job = Job.objects.get()
    Job.objects.update(cursor={"item": 7})
    part = client.get(reverse("backend_detail", args=[backend.pk]), headers={"HX-Request": "true"})
    assert "<html" not in text(part)
    assert "Stop asking" in text(part)
    assert "HX-Refresh" not in part
    stopped = text(post(client, "backend_cancel", backend.pk))
    assert "Go on where it broke off" in stopped
    ended = client.get(reverse("backend_detail", args=[backend.pk]), headers={"HX-Request": "true"})
    assert ended["HX-Refresh"] == "true"
    assert "already ended" in text(post(client, "backend_cancel", backend.pk))
    post(client, "backend_go_on", backend.pk)
    backend.refresh_from_db()
    again = backend.job
    assert (again.pk > job.pk, again.cursor) == (True, {"item": 7})


@pytest.mark.django_db
def test_the_list_costs_the_same_for_any_number(client, project, mei):
    def cost():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            client.get(reverse("backend_list", args=[project.slug]))
        return len(queries)

    make_backend(project)
    cost()
    before = cost()
    for number in range(4):
        make_backend(project, name=f"model {number}")
    assert cost() == before <= 7
    sixth = post(client, "backend_create", project.slug, **GIVEN)
    assert "at most 5 back ends" in text(sixth)


@pytest.mark.django_db
def test_a_shared_picture_is_for_whoever_has_its_link_and_for_an_hour(
    client, project, mei, monkeypatch
):
    item = make_image_item(project)
    address = shared_media.address_of(item)
    path = address.removeprefix("http://localhost:8000").removeprefix("http://testserver")
    path = path[path.index("/shared-media/") :]
    client.logout()
    picture = client.get(path)
    assert (picture.status_code, picture["Content-Type"]) == (200, "image/jpeg")
    assert picture["Cache-Control"].startswith("private")
    other = signing.dumps(item.public_id.hex, salt="another purpose")
    words = signing.dumps(make_item(project).public_id.hex, salt=shared_media.SALT)
    for token in (other, words, "x", path.split("/")[2] + "x"):
        assert client.get(reverse("shared_media", args=[token])).status_code == 404
    with monkeypatch.context() as later:
        later.setattr(shared_media, "LIFE", timedelta(seconds=-1))
        assert client.get(path).status_code == 404
    archiving.archive(project, by=mei)
    assert client.get(path).status_code == 404


@pytest.mark.once
@given(st.text(min_size=1, max_size=40))
@hypothesis_settings(max_examples=20)
def test_a_sealed_password_comes_back_and_is_never_seen(password):
    sealed = seal(password)
    assert unseal(sealed) == password
    assert sealed != seal(password)
    assert unseal(sealed[:-1] + ("A" if sealed[-1] != "A" else "B")) is None


@pytest.mark.once
def test_a_sealed_password_outlives_a_change_of_the_key_that_names_the_former_one(settings):
    sealed, former = seal("canary"), settings.SECRET_KEY
    settings.SECRET_KEY = "another" * 10
    assert unseal(sealed) is None
    settings.SECRET_KEY_FALLBACKS = [former]
    assert unseal(sealed) == "canary"
    assert (seal(""), unseal("")) == ("", "")


SCHEMA = {
    "controls": [
        {"name": "bird", "type": "choice", "options": [{"value": "Robin"}, {"value": "wren"}]},
        {"name": "cars", "type": "shapes", "tools": ["box"], "labels": [{"value": "Car"}]},
        {"name": "note", "type": "text"},
    ]
}
SHARES = st.floats(0, 100, allow_nan=False)
BOXES = st.builds(
    lambda x, y, wide, high, label: {
        "from_name": "cars.box",
        "type": "rectanglelabels",
        "value": {
            "x": x,
            "y": y,
            "width": wide * (100 - x) / 100,
            "height": high * (100 - y) / 100,
            "rectanglelabels": [label],
        },
        "score": 0.5,
    },
    *[st.floats(0, 90), st.floats(0, 90), st.floats(5, 99), st.floats(5, 99)],
    st.sampled_from(["Car", "CAR", "auto", "AUTO"]),
)


@pytest.mark.once
@given(st.lists(BOXES, max_size=4), st.sampled_from(["robin", "ROBIN", "Robin", "Rotkehlchen"]))
@hypothesis_settings(max_examples=40)
def test_boxes_in_percent_and_names_of_theirs_become_answers_of_ours(boxes, name):
    reader = PredictionsReader(SCHEMA, {"auto": "Car", "Rotkehlchen": "Robin"})
    chosen = {"from_name": "bird", "type": "choices", "value": {"choices": [name]}}
    facts = ItemFacts("image", width=640, height=480)
    answer = validate_answer(SCHEMA, reader.answer(Said([chosen, *boxes], None, ""), facts), facts)
    assert answer["bird"] == "Robin"
    assert [one["label"] for one in answer["cars"]] == ["Car"] * len(boxes)
    for one, box in zip(answer["cars"], boxes, strict=True):
        x, _y, wide, _high = one["box"]
        assert x == pytest.approx(box["value"]["x"] * 6.4, abs=0.01)
        assert wide == pytest.approx(box["value"]["width"] * 6.4, abs=0.01)


HOSTILE = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-3, 300)
    | st.floats(allow_nan=False)
    | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                "from_name type value id score choices labels rectanglelabels taxonomy points x y "
                "width height rotation start end text meta".split()
            ),
            inner | st.sampled_from(["choices", "rectanglelabels", "labels", "taxonomy", "bird"]),
            max_size=7,
        )
    ),
    max_leaves=12,
)


@pytest.mark.once
@given(st.lists(HOSTILE, max_size=3))
@hypothesis_settings(max_examples=50)
def test_whatever_is_said_is_an_answer_or_is_refused(results):
    facts = ItemFacts("image", width=640, height=480)
    with contextlib.suppress(RowRefused):
        answer = PredictionsReader(SCHEMA, {"x": "Car"}).answer(Said(results, None, ""), facts)
        assert "cars" in answer
