"""What the tests of webhooks share: a receiver, a project with one webhook, and its people."""

import pytest

from labelops.accounts.models import Role
from labelops.webhooks.events import Told
from labelops.webhooks.services.webhooks import create_webhook
from tests.factories import make_member, make_published_project, make_team
from tests.labelops.receiver import let_out, receiving


@pytest.fixture
def receiver(settings):
    let_out(settings)
    with receiving() as found:
        yield found


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER, username="mei")


@pytest.fixture
def project(team, mei):
    return make_published_project(team)


@pytest.fixture
def hook(project, mei, receiver):
    made, _secret = create_webhook(project.pk, address=receiver.address, events=Told.values, by=mei)
    return made
