"""The pages of models, what a grant holds, and the stop that takes everything away."""

import pytest
from django.db import IntegrityError, transaction

from labelops.accounts.models import Role
from labelops.audit.models import Event
from tasks.models import ModelGrant
from tasks.services import model_grants
from tests.factories import (
    make_grant,
    make_member,
    make_model_version,
    make_published_project,
    make_team,
)

pytestmark = pytest.mark.django_db
Level = ModelGrant.Level


@pytest.fixture
def model():
    return make_model_version(make_published_project(make_team()))


def test_a_grant_keeps_what_held_before(model):
    first = make_grant(model, level=Level.FIRST_READER)
    then = make_grant(model, level=Level.SOLOIST)
    assert (then.former_level, then.level) == (Level.FIRST_READER, Level.SOLOIST)
    assert then.since > first.since
    again = make_grant(model, level=Level.SOLOIST, cut=0.7)
    assert (again.former_level, again.since) == (Level.FIRST_READER, then.since)


def test_nobody_answers_alone_without_a_proved_cut(model):
    with pytest.raises(IntegrityError), transaction.atomic():
        make_grant(model, level=Level.SOLOIST, cut=None)


def test_the_earliest_moment_of_what_is_done_anew_stays(model):
    early, late = model.created_at, make_grant(model).since
    make_grant(model, level=Level.SECOND_READER, redo_since=early)
    grant = make_grant(model, level=Level.FIRST_READER, redo_since=late)
    assert grant.redo_since == early


def test_a_manager_stops_a_model_and_lets_it_begin_again(client, model):
    make_grant(model)
    manager = make_member(model.project.teams.get(), Role.MANAGER)
    client.force_login(manager)
    page = f"/projects/{model.project.slug}/models/{model.pk}/"
    assert client.post(f"{page}stop/", {"reason": " "}).status_code == 422
    client.post(f"{page}stop/", {"reason": "It guesses.", "redo": "on"})
    grant = model.grants.get()
    assert (grant.level, grant.redo_since) == (Level.SHADOW, model.created_at)
    assert "It guesses." in client.get(page).content.decode()
    assert "stopped" in client.get(f"/projects/{model.project.slug}/models/").content.decode()
    client.post(f"{page}resume/")
    model.refresh_from_db()
    assert model.stopped_at is None
    verbs = Event.objects.values_list("verb", flat=True)
    assert {"model_version.stopped", "model_version.resumed"} <= set(verbs)


def test_stopping_twice_changes_nothing(model):
    by = model.project.created_by
    model_grants.stop(model, by=by, reason="first", redo=False)
    assert model_grants.stop(model, by=by, reason="second", redo=True).stop_reason == "first"


def test_a_newer_version_comes_after_the_older_one(model):
    newer = make_model_version(model.project)
    assert newer.parent == model
