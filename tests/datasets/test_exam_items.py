"""What a model was tested on teaches none, in whatever order things happen."""

import json

import pytest
from django.urls import reverse
from django.utils import timezone

from datasets.services import scenarios
from labelops.errors import DomainError
from labelops.jobs.services import run_job
from reviews.services import training_labels
from tasks.models import Annotation, Item, Prediction, Task, Transfer
from tasks.services import deletions, model_backend_client
from tasks.services.exports import run_export
from tasks.services.item_selection import Selection
from tests.datasets.freezing import freeze, make_label, splits
from tests.datasets.scenarios import freeze_birds, make_scenario
from tests.factories import make_backend, make_batch, make_item, make_model_version, make_prediction
from tests.labelops.receiver import receiving

pytestmark = pytest.mark.django_db
NO_TESTS = {"train": 100, "val": 0, "test": 0}


def taught(project):
    """The items that the built-in model would learn from."""
    Task.objects.filter(result_source="vote").update(result_source="adjudication")
    return set(training_labels.accepted_labels(project).values_list("item__external_id", flat=True))


def hashed(*names):
    """Items of one content, as imports store it."""
    Item.objects.filter(external_id__in=names).update(sha256=f"{names[0]:0>64}")


def annotate(task, author):
    version = task.result_version
    done = {"annotator": author, "instruction_version": version, "state": "submitted"}
    Annotation.objects.create(
        task=task,
        author=author,
        assignment=task.assignments.create(batch=task.batch, slot=1, **done),
        instruction_version=version,
        answer=task.result_answer,
        submitted_at=timezone.now(),
    )


def refused(version):
    with pytest.raises(DomainError) as caught:
        make_scenario(version)
    return caught.value.message


def test_what_was_a_test_stays_one_in_every_later_version(project, batch, team):
    for number in range(6):
        make_label(batch, name=f"test{number}", data={"split": "test", "own": "train"})
    make_label(batch, name="seen", data={"split": "train", "own": "test", "scene": "s"})
    make_label(batch, name="alone", data={"split": "train"})
    gone = make_label(batch, name="gone", data={"split": "train", "scene": "t"})
    first = freeze(project, group_field="scene")
    others = make_batch(project, team, name="second")
    make_label(others, name="new")
    # It was not asked for the tests, and so does not say what they are.
    between = freeze(project, batches=(others,), shares=NO_TESTS, seed=9, group_field="scene")
    assert between.parent == first
    assert set(splits(between)) == {"new"}
    assert taught(project) == {"new", "seen", "alone", "gone"}
    Task.objects.filter(pk=gone.pk).update(state=Task.State.EXCLUDED)
    make_label(others, name="copy", data={"own": "train"})
    make_label(others, name="later", data={"scene": "t"})
    hashed("test0", "copy")
    # A copy that has taught a model already is no test.
    hashed("test1", "new")
    all_tests = {"train": 0, "val": 0, "test": 100}
    later = splits(freeze(project, shares=all_tests, split_field="", group_field="scene"))
    assert later == dict.fromkeys([f"test{n}" for n in range(6)] + ["copy"], "test") | {
        **dict.fromkeys(("new", "seen", "alone", "later"), "train")
    }
    given = splits(freeze(project, shares=NO_TESTS, split_field="own"))
    assert {given[name] for name in ("test0", "copy")} == {"test"}
    assert taught(project) == {"alone", "later"}
    # What an earlier version taught is no scenario test, whatever a later one says of it.
    newest = project.dataset_versions.first()
    seen = Item.objects.get(external_id="seen")
    assert given["seen"] == "test"
    with pytest.raises(DomainError, match="1 item is in the training split"):
        make_scenario(newest, [seen.pk], bar_percent=1)


def test_copies_of_tests_teach_nothing_even_when_those_are_in_the_bin(project, batch, mei):
    version = freeze_birds(batch, tests=15)
    scenarios.retire(make_scenario(version), by=mei)
    make_label(batch, name="copy")
    make_label(batch, name="other")
    hashed("test3", "copy")
    learned = {"other", *(f"train{number}" for number in range(4))}
    assert taught(project) == learned
    chosen = Selection(ids=(str(Item.objects.get(external_id="test3").public_id),))
    deletion = deletions.delete(project, chosen, reason="asked for", by=mei)
    assert taught(project) == learned
    deletions.restore(deletion, by=mei)
    assert taught(project) == learned


def test_a_copy_in_training_forbids_a_test_and_a_later_twin_is_told(client, project, batch, mei):
    make_label(batch, name="old", data={"split": "train"})
    freeze(project)
    Task.objects.update(state=Task.State.EXCLUDED)
    version = freeze_birds(batch, tests=16)
    hashed("test0", "old")
    make_prediction(make_model_version(project), make_item(project, external_id="brought"))
    hashed("test1", "brought")
    assert "1 item is in the training split of a version, or a copy" in refused(version)
    assert "taught" not in refused(version)
    Prediction.objects.update(is_trained_on=True)
    assert "1 item, or a copy, has taught a model" in refused(version)
    scenario = make_scenario(version, leaves_out=True)
    assert scenario.item_count == 14
    client.force_login(mei)
    page = reverse("scenario_detail", args=[project.slug, scenario.pk])
    assert "nearly the same" not in client.get(page).text
    text = Item.objects.get(external_id="test5").data["text"]
    twin = make_label(batch, name="twin", text=text.upper(), data={"split": "train"})
    freeze(project)
    told = client.get(page).text
    assert "1 pair of nearly the same items, one of them in this test" in told
    assert ">twin<" in told
    Task.objects.filter(pk=twin.pk).update(state=Task.State.EXCLUDED)
    freeze(project)
    assert "nearly the same" not in client.get(page).text


def test_a_model_elsewhere_is_told_to_fetch_labels_without_tests(
    client, project, batch, mei, settings
):
    freeze_birds(batch, tests=3, trained=2)
    make_label(batch, name="copy")
    hashed("test0", "copy")
    client.force_login(mei)
    with receiving() as receiver:
        address = receiver.address.removesuffix("/hook")
        settings.FETCH_ALLOW = frozenset({address})
        receiver.answers = [(200, b"{}"), (200, b'{"results": [{"result": []}]}')]
        backend = make_backend(project, address=address)
        model_backend_client.start_training(backend, "<View/>")
        tested = Item.objects.get(external_id="test1")
        model_backend_client.predict(backend, "<View/>", [tested])
    told, asked = receiver.received
    assert b"robin" not in told.body + asked.body
    # It may be asked to predict a test item, of which it hears the text alone.
    [task] = json.loads(asked.body)["tasks"]
    bare = {"data": {"text": tested.data["text"]}, "annotations": [], "predictions": []}
    assert task == {"id": tested.pk, **bare}
    export = json.loads(told.body)["export"]
    assert export["address"] == settings.SITE_ADDRESS + reverse(
        "api_export_create", args=[project.slug]
    )
    path = export["address"].removeprefix(settings.SITE_ADDRESS)
    answer = client.post(path, export["body"], content_type="application/json")
    assert answer.status_code == 202, answer.content
    transfer = Transfer.objects.get()
    run_job(transfer.job_id, run_export)
    fetched = client.get(reverse("api_job_download", args=[transfer.job.public_id]))
    found = json.loads(b"".join(fetched.streaming_content))
    assert [task["meta"]["item"] for task in found] == ["train0", "train1"]
    for task in Task.objects.filter(item__external_id__in=("test0", "copy", "train0")):
        annotate(task, mei)
    form = {"format": "jsonl", "labels": "annotations", "purpose": "training"}
    client.post(reverse("export_create", args=[project.slug]), form)
    of_people = Transfer.objects.exclude(pk=transfer.pk).get()
    run_job(of_people.job_id, run_export)
    of_people.refresh_from_db()
    assert (of_people.manifest["count"], of_people.manifest["left_out"]["tests"]) == (1, 2)
    transfer.refresh_from_db()
    assert transfer.manifest["left_out"]["tests"] == 4
    assert transfer.manifest["filter"]["purpose"] == "training"
