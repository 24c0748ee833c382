"""An export shows one moment of the database, and holds nobody up while it is written."""

import json
import os

import psycopg
import pytest
from django.db import transaction

from tasks.models import Item
from tasks.services.snapshots import read_snapshot
from tests.factories import make_item, make_project, make_team
from tests.faults.installation import Installation

LOOK = """
import json
from tests.faults.test_export_snapshot import look
print(json.dumps(look()))
"""


def look():
    """What the snapshot and everybody else see while labeling goes on."""
    project = make_project(make_team())
    make_item(project, external_id="before")
    with read_snapshot() as using:
        seen = Item.objects.using(using).filter(project=project)
        first = seen.count()
        with transaction.atomic():
            make_item(project, external_id="meanwhile")
            Item.objects.filter(external_id="before").update(data={"text": "changed"})
        return {
            "first": first,
            "later": seen.count(),
            "text": seen.get().data["text"],
            "others": Item.objects.filter(project=project).count(),
            "alias": using,
        }


EXPECTED = {
    "first": 1,
    "later": 1,
    "text": "A small bird with a red breast.",
    "others": 2,
    "alias": "snapshot",
}


def seen_in(installation):
    installation.manage("migrate", "-v", "0")
    return json.loads(installation.python(LOOK).splitlines()[-1])


def test_on_sqlite_others_write_while_an_export_reads(tmp_path):
    assert seen_in(Installation(tmp_path)) == EXPECTED


@pytest.mark.skipif("LABELOPS_TEST_POSTGRES" not in os.environ, reason="runs with PostgreSQL")
def test_on_postgresql_others_write_while_an_export_reads(tmp_path):
    server = os.environ["LABELOPS_TEST_POSTGRES"]
    with psycopg.connect(f"{server}/postgres", autocommit=True) as database:
        database.execute("CREATE DATABASE snapshot_test")
    assert seen_in(Installation(tmp_path, database_url=f"{server}/snapshot_test")) == EXPECTED
