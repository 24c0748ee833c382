"""What is frozen stays as it is, whoever asks: a page, a script, or SQL by hand."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from datasets.models import DatasetEntry, DatasetVersion
from labelops.errors import Conflict
from labelops.jobs.models import Job
from tests.factories import make_task

pytestmark = pytest.mark.django_db


def entry(version, task, position=1):
    return DatasetEntry(
        version=version,
        item=task.item,
        task=task,
        position=position,
        item_sha256="0" * 64,
        batch_name=task.batch.name,
        answer={"species": "robin"},
        answer_sha256="0" * 64,
        annotation_count=1,
        revision=1,
        split="train",
    )


@pytest.fixture
def frozen(project, batch, mei):
    version = DatasetVersion.objects.create(
        project=project,
        number=1,
        job=Job.objects.create(kind="freeze_dataset"),
        created_by=mei,
    )
    entry(version, make_task(batch)).save()
    version.state, version.sha256, version.frozen_at = "frozen", "a" * 64, timezone.now()
    version.save()
    return DatasetVersion.objects.get()


def refused(change):
    with (
        pytest.raises(IntegrityError, match="cannot be changed"),
        transaction.atomic(),
    ):
        change()


def test_the_database_refuses_to_change_a_frozen_version(frozen, batch):
    versions = DatasetVersion.objects.filter(pk=frozen.pk)
    stored = DatasetEntry.objects.filter(version=frozen)
    refused(lambda: versions.update(name="another"))
    refused(lambda: versions.update(state="building"))
    refused(lambda: stored.update(split="test"))
    refused(lambda: stored._raw_delete("default"))
    refused(lambda: versions._raw_delete("default"))
    more = entry(frozen, make_task(batch), 2)
    refused(lambda: DatasetEntry.objects.bulk_create([more]))
    assert stored.get().split == "train"


def test_the_models_say_it_in_a_sentence(frozen, batch):
    frozen.name = "another"
    one = frozen.entries.get()
    for change in (frozen.save, frozen.delete, one.save, one.delete):
        with pytest.raises(Conflict, match="frozen dataset version"):
            change()


def test_a_frozen_version_has_a_moment_and_a_sum(project, mei):
    job = Job.objects.create(kind="freeze_dataset")
    with pytest.raises(IntegrityError), transaction.atomic():
        DatasetVersion.objects.create(
            project=project, number=1, job=job, created_by=mei, state="frozen"
        )
