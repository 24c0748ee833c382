"""How the tests make labels and freeze them in one call."""

from django.utils import timezone

from datasets.models import DatasetVersion
from datasets.services.freezing import Wish, run_freezing, start_freezing
from labelops.jobs.services import run_job
from tasks.models import Task
from tests.factories import make_item


def make_label(batch, label="robin", *, item=None, text="", data=None, **over):
    """A stored label; each text is another one unless it is given."""
    count = Task.objects.count()
    facts = {"text": text or f"number {count} " * 3} | (data or {})
    item = item or make_item(batch.project, external_id=over.pop("name", f"i{count}"), data=facts)
    over.setdefault("state", Task.State.ACCEPTED)
    over.setdefault("settled_at", timezone.now())
    version = batch.project.instruction_versions.get(state="published")
    return Task.objects.create(
        batch=batch,
        item=item,
        result_answer={"species": label},
        result_source="vote",
        result_confidence=0.75,
        result_revision=1,
        result_version=version,
        **over,
    )


def begin(project, **wish):
    return start_freezing(project, Wish(**wish), by=project.created_by)


def finish(version):
    run_job(version.job_id, run_freezing)
    return DatasetVersion.objects.get(pk=version.pk)


def freeze(project, **wish):
    return finish(begin(project, **wish))


def splits(version):
    return dict(version.entries.values_list("item__external_id", "split"))
