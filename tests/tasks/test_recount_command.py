"""`recount` finds what drifted, says so with status 1, and mends it when asked."""

import io
import json

import pytest
from django.core.management import call_command

from tasks.models import BatchTally, Task
from tests.factories import (
    make_batch,
    make_labeled_task,
    make_published_project,
    make_team,
)

pytestmark = pytest.mark.django_db


def run(*arguments):
    out = io.StringIO()
    call_command("recount", "--json", *arguments, stdout=out)
    return json.loads(out.getvalue())


@pytest.fixture
def batch():
    team = make_team()
    project = make_published_project(team)
    batch = make_batch(project, team)
    make_labeled_task(batch, "robin", "wren")
    return batch


def test_true_counts_pass(batch):
    assert run() == {"batches": 1, "drifted": 0}


def test_drift_is_told_and_mended(batch, capsys):
    BatchTally.objects.filter(person=None).update(pending_count=7)
    BatchTally.objects.exclude(person=None).update(annotation_count=5, active_ms=3)
    Task.objects.update(labels_missing=2)
    with pytest.raises(SystemExit):
        run()
    assert "is stored as 5, its rows say 1" in capsys.readouterr().err
    assert run("--fix")["drifted"] == 6
    assert run() == {"batches": 1, "drifted": 0}
