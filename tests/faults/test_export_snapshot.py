"""An export shows one moment of the database, and holds nobody up while it is written.

LABELOPS_SOAK=1 writes 50 exports while people label, or as many as LABELOPS_SOAK_EXPORTS says, from
LABELOPS_SOAK_SEED.
"""

import json
import os

import pytest
from django.db import transaction

from tasks.models import Item
from tasks.services.snapshots import read_snapshot
from tests.factories import make_item, make_project, make_team
from tests.faults.installation import Installation
from tests.fresh_databases import fresh_database

# One worker runs both, so that they share one installation.
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("test_export_snapshot")]
IS_LONG = bool(os.environ.get("LABELOPS_SOAK"))
EXPORTS = int(os.environ.get("LABELOPS_SOAK_EXPORTS") or 50) if IS_LONG else 4
SEED = int(os.environ.get("LABELOPS_SOAK_SEED") or 20261127)
LOOK = """
import json
from tests.faults.test_export_snapshot import look
print(json.dumps(look()))
"""
RUSH = """
import json
from tests.faults.pairs import rush
print(json.dumps(rush(
    pairs={pairs}, people={people}, exports={exports}, page={page}, seed={seed}
)))
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


@pytest.fixture(scope="module")
def installation(tmp_path_factory):
    """With a real database of the kind that this run is about."""
    folder = tmp_path_factory.mktemp("installation")
    installation = Installation(folder, database_url=fresh_database(folder))
    yield installation
    installation.stop()


def told(installation, code):
    return json.loads(installation.python(code).splitlines()[-1])


def test_others_write_while_an_export_reads(installation):
    assert told(installation, LOOK) == EXPECTED


def test_no_export_is_torn_while_sixteen_people_label(installation):
    """And it would show: without the snapshot, some are."""
    size = {"pairs": 500, "page": 20} if IS_LONG else {"pairs": 100, "page": 5}
    wanted = {"people": 16, "exports": EXPORTS, "seed": SEED, **size}
    report = told(installation, RUSH.format(**wanted))
    print(f"\n{wanted}\n{report}", flush=True)
    assert (report["broken"], report["errors"]) == ([], [])
    assert report["exports"] == EXPORTS
    assert report["torn_without_snapshot"]
