"""The demo: everything is there after one call, and a second call changes nothing."""

import json

import pytest
from django.core.management import CommandError, call_command

from labelops.accounts.demo_accounts import ACCOUNTS
from labelops.accounts.models import User
from reviews.demo import load
from tasks.models import Annotation, Item, Project

pytestmark = pytest.mark.django_db


@pytest.fixture
def small(monkeypatch):
    monkeypatch.setattr(load, "DIGIT_COUNT", 12)
    monkeypatch.setattr(load, "SCENE_COUNT", 4)


def counts():
    return [model.objects.count() for model in (User, Project, Item, Annotation)]


def test_the_demo_loads_once(small, capsys):
    call_command("demo", json=True)
    told = json.loads(capsys.readouterr().out)
    assert {account["role"] for account in told["accounts"]} == {
        "manager",
        "expert",
        "reviewer",
        "annotator",
    }
    assert set(Project.objects.values_list("slug", flat=True)) == {
        "digits",
        "paper-notes",
        "names",
    }
    authors = User.objects.filter(annotations__isnull=False).distinct()
    assert authors
    assert all(author.is_simulated for author in authors)
    before = counts()
    call_command("demo", json=True)
    assert counts() == before


def test_accounts_are_there_by_the_time_they_are_told(client, capsys):
    call_command("demo", accounts=True)
    told = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert len(told) == len(ACCOUNTS)
    for _role, username, password in told:
        assert client.login(username=username, password=password)
    assert not Project.objects.exists()


def test_public_passwords_never_meet_the_network(settings):
    settings.IS_LOCAL = False
    with pytest.raises(CommandError, match="public passwords"):
        call_command("demo")
