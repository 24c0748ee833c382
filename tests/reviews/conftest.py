"""A project with one label a task, and the two who work on it: for tests that need no more.

A file that needs another one defines it anew under the same name.
"""

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
    return make_batch(project, team, overlap=1)


@pytest.fixture
def author(team):
    return make_member(team)


@pytest.fixture
def reviewer(team):
    return make_member(team, Role.REVIEWER)
