"""The store of these tests: started once, and only when a test here asks for it."""

import pytest

from labelops.accounts.models import Role
from labelops.fetching import connections
from labelops.object_store import Store
from tests.factories import make_member, make_project, make_team
from tests.stores.peer import Bucket, S3Server


@pytest.fixture(scope="session")
def s3_server():
    server = S3Server()
    server.address = server.start()
    yield server
    server.stop()


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch):
    monkeypatch.setattr(connections, "JITTER_SECONDS", 0)


@pytest.fixture
def store_at(settings):
    """Makes what answers at an address the store of the settings."""

    def place(address):
        settings.STORE = Store(
            origin=address,
            root="/labels",
            bucket="labels",
            region="us-east-1",
            key_id="canary-key-id",
            secret="canary-secret",
        )

    return place


@pytest.fixture
def bucket(s3_server, store_at):
    """An empty bucket, which is the store of the settings."""
    store_at(s3_server.address)
    with Bucket(s3_server.port) as made:
        yield made


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def project(team):
    return make_project(team)


@pytest.fixture
def mei(team, client):
    mei = make_member(team, Role.MANAGER)
    client.force_login(mei)
    return mei


@pytest.fixture
def offered(settings, tmp_path):
    settings.EXPORT_DIR = tmp_path / "offered"
    settings.EXPORT_DIR.mkdir()
    return settings.EXPORT_DIR
