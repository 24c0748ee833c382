"""The cast of the work engine's tests; a file that needs another one overrides it."""

import pytest

from labelops.accounts.models import Role
from tests.factories import make_member, make_published_project, make_team


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def project(team):
    return make_published_project(team)


@pytest.fixture
def ana(team):
    return make_member(team)


@pytest.fixture
def bo(team):
    return make_member(team)


@pytest.fixture
def elena(team):
    return make_member(team, Role.EXPERT, username="elena")


@pytest.fixture
def xiu(team):
    return make_member(team, Role.EXPERT, username="xiu")
