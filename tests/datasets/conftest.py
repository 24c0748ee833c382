"""A project of texts about birds whose labels can be frozen."""

import pytest

from labelops.accounts.models import Role
from tests.factories import make_batch, make_member, make_published_project, make_team


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def project(team):
    return make_published_project(team)


@pytest.fixture
def batch(project, team):
    return make_batch(project, team, name="first", overlap=1)


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER, username="mei")
