"""What the tests of exports to elsewhere share."""

from django.utils import timezone

from tasks.models import Task
from tasks.services.exports import open_export, run_export, start_export
from tests.factories import make_batch, make_item, make_published_project
from tests.tasks.imports import finish

SECRETS = ("canary", "Amz-Signature", "AWS4-HMAC")


def make_labeled_project(team):
    project = make_published_project(team)
    batch = make_batch(project)
    for number in range(3):
        Task.objects.create(
            batch=batch,
            item=make_item(project, external_id=f"item-{number}"),
            state=Task.State.ACCEPTED,
            result_answer={"species": "robin"},
            result_source="vote",
            settled_at=timezone.now(),
        )
    return project


def begin(project, to):
    return start_export(project, format_name="jsonl", by=project.created_by, to=to)


def exported(project, to):
    transfer = begin(project, to)
    job = finish(transfer, run_export)
    transfer.refresh_from_db()
    return job, transfer


def content_of(transfer):
    stream, _media_type = open_export(transfer)
    with stream:
        return stream.read()


def files_in(root):
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())
