"""Freezing: which labels, in which splits, one moment, and the same sum for the same state."""

import hashlib
import json

import pytest
from django.utils import timezone

from datasets.models import DatasetVersion
from datasets.services import freezing, label_copies, leaks, sealing, split_assignment
from datasets.services.freezing import cancel_freezing, shares_of
from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job
from tasks.models import Task
from tests.datasets.freezing import begin, finish, freeze, make_label, splits
from tests.factories import make_batch, make_item, make_published_project, make_task
from tests.tasks.imports import Killed, as_if_silent

pytestmark = pytest.mark.django_db
OLD = "2020-01-01T00:00Z"


@pytest.fixture
def small_pages(monkeypatch):
    for module in (label_copies, split_assignment):
        monkeypatch.setattr(module, "CHUNK", 3)
    for module in (leaks, sealing):
        monkeypatch.setattr(module, "PAGE", 3)


def test_a_version_holds_the_newest_stored_label_of_each_item(project, batch, team, small_pages):
    other = make_batch(project, team, name="second")
    twice = make_label(batch, "robin", name="a", settled_at=OLD).item
    make_label(other, "wren", item=twice)
    for number in range(8):
        make_label(batch, name=f"b{number}")
    make_label(batch, name="out", state=Task.State.EXCLUDED)
    make_label(batch, name="doubted", state=Task.State.REWORK)
    make_task(batch, make_item(project, external_id="unlabeled"))
    version = freeze(project, name="June", note="For the first model.")
    assert (version.state, version.number, version.parent) == ("frozen", 1, None)
    assert list(splits(version)) == ["a", *(f"b{number}" for number in range(8))]
    entry = version.entries.get(item=twice)
    assert (entry.answer, entry.label, entry.batch_name) == ({"species": "wren"}, "wren", "second")
    assert (entry.revision, entry.instruction_number, entry.source) == (1, 1, "vote")
    assert version.counts["older_labels"] == 1
    assert sum(version.counts["splits"].values()) == version.entry_count == 9
    named = {value: sum(found.values()) for _control, value, found in version.counts["classes"]}
    assert named == {"robin": 8, "wren": 1}
    assert version.job.state == Job.State.DONE
    assert version.job.done_count == version.job.total_count == 27
    verbs = Event.objects.about(version).values_list("verb", flat=True)
    assert list(verbs) == ["dataset.frozen", "dataset.started"]


def test_labels_can_be_limited_to_batches_or_widened_to_all_that_are_stored(project, batch, team):
    make_label(batch, name="a")
    make_label(batch, name="doubted", state=Task.State.REWORK)
    other = make_batch(project, team, name="second")
    make_label(other, name="b")
    assert set(splits(freeze(project, accepted_only=False))) == {"a", "doubted", "b"}
    only = freeze(project, batches=(other,))
    assert set(splits(only)) == {"b"}
    assert only.label_filter == {"batches": [[other.pk, "second"]], "accepted_only": True}


def test_the_same_state_has_the_same_sum_and_another_label_another(project, batch):
    tasks = [make_label(batch, name=f"a{number}") for number in range(4)]
    first, second = freeze(project), freeze(project)
    assert first.sha256 == second.sha256 != ""
    assert second.parent == first
    [page] = sealing.lines_of(first)
    lines = [json.dumps(line._asdict(), sort_keys=True, separators=(",", ":")) for line in page]
    content = "".join(f"{line}\n" for line in lines)
    assert first.sha256 == hashlib.sha256(content.encode()).hexdigest()
    Task.objects.filter(pk=tasks[0].pk).update(result_answer={"species": "wren"})
    assert freeze(project).sha256 != first.sha256


def test_what_changes_afterwards_changes_no_version(project, batch):
    task = make_label(batch, name="a")
    version = freeze(project)
    Task.objects.filter(pk=task.pk).update(result_answer={"species": "wren"}, result_revision=2)
    batch.name = "renamed"
    batch.save()
    entry = version.entries.get()
    assert (entry.label, entry.revision, entry.batch_name) == ("robin", 1, "first")
    assert sealing._counted(version, _another_job(version))[0] == version.sha256


def _another_job(version):
    """Running under a claim, so that progress can be saved."""
    Job.objects.filter(pk=version.job_id).update(state="running")
    return Job.objects.get(pk=version.job_id)


def test_splits_are_given_kept_by_group_or_drawn(project, batch, small_pages):
    make_label(batch, name="given", data={"split": "Validation", "group": "g"})
    for number in range(5):
        make_label(batch, name=f"g{number}", data={"group": "g"})
    for number in range(40):
        make_label(batch, name=f"scene{number}", data={"group": number % 10})
    make_label(batch, name="odd", data={"split": ["test"]})
    first = freeze(project, shares=shares_of("40,30,30".split(",")))
    found = splits(first)
    assert {found[f"g{number}"] for number in range(5)} == {found["given"]} == {"val"}
    scenes = [{found[f"scene{n}"] for n in range(scene, 40, 10)} for scene in range(10)]
    assert all(len(names) == 1 for names in scenes)
    assert len(set.union(*scenes)) == 3
    assert first.conflicts == {"count": 0, "groups": []}
    assert first.counts["unreadable_splits"] == 1
    # Other shares move nothing that a model has seen; new members of a group join it.
    make_label(batch, name="late", data={"group": 3})
    second = freeze(project, shares=shares_of([0, 0, 100]), seed=9)
    later = splits(second)
    assert {name: later[name] for name in found} == found
    assert later["late"] == found["scene3"]
    assert freeze(project, split_field="", group_field="").counts["unreadable_splits"] == 0


def test_a_group_that_the_data_puts_into_two_splits_is_reported(project, batch):
    for name, split in (("a", "train"), ("b", "test"), ("c", "train"), ("d", None)):
        make_label(batch, name=name, data={"scene": "s", "split": split})
    version = freeze(project, group_field="scene")
    assert splits(version) == {"a": "train", "b": "test", "c": "train", "d": "train"}
    assert version.conflicts == {
        "count": 1,
        "groups": [{"group": "s", "splits": {"test": 1, "train": 3}}],
    }


def test_a_field_of_other_things_is_no_split(project, batch):
    for number in range(21):
        make_label(batch, data={"split": f"value {number}"})
    version = freeze(project)
    assert (version.state, version.job.state) == ("failed", "failed")
    assert version.job.errors[0]["code"] == "not_a_split"
    assert not version.entries.exists()
    assert freeze(project, split_field="").state == "frozen"


SENTENCE = "the small brown bird sang from the old oak by the river at dawn on a cold day"


def test_what_two_splits_have_in_common_is_reported(project, batch):
    for name, split, text in (
        ("a", "train", SENTENCE),
        ("b", "test", SENTENCE.upper().replace(" ", "  ")),
        ("c", "test", SENTENCE.replace("by", "near")),
        ("d", "train", SENTENCE),
        ("e", "test", "something else that nobody would take for the bird by the river"),
    ):
        make_label(batch, name=name, text=text, data={"split": split})
    leaked = freeze(project).leaks
    assert (leaked["identical"], leaked["near"], leaked["is_complete"]) == (2, 1, True)
    pairs = [
        (pair["kind"], *(item["external_id"] for item in pair["both"])) for pair in leaked["pairs"]
    ]
    assert pairs == [("identical", "a", "b"), ("identical", "b", "d"), ("near", "a", "c")]


def test_images_that_look_alike_are_reported(team):
    """Of other bytes, with hashes two bits apart; flat ones look like nothing in particular."""
    project = make_published_project(team, item_type="image")
    batch = make_batch(project, team)
    for name, split, sha256, looks in (
        ("a", "train", "a" * 64, -2),
        ("b", "test", "b" * 64, -5),
        ("c", "test", "c" * 64, 12345),
        ("d", "test", "a" * 64, -2),
        ("e", "train", "e" * 64, 0),
        ("f", "test", "f" * 64, 0),
        ("g", "test", "g" * 64, None),
    ):
        facts = {"sha256": sha256, "perceptual_hash": looks, "data": {"split": split}}
        make_label(batch, item=make_item(project, external_id=name, **facts))
    leaked = freeze(project).leaks
    pairs = [
        (pair["kind"], *(item["external_id"] for item in pair["both"])) for pair in leaked["pairs"]
    ]
    assert pairs == [("identical", "a", "d"), ("near", "a", "b")]
    assert (leaked["identical"], leaked["near"], leaked["is_complete"]) == (1, 1, True)


@pytest.mark.parametrize("part", ["_split", "_compare", "seal"])
def test_a_killed_run_is_gone_on_with(project, batch, monkeypatch, part):
    for number in range(5):
        make_label(batch, name=f"a{number}")
    version = begin(project)

    def die(*_arguments):
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(freezing, part, die)
        with pytest.raises(Killed):
            finish(version)
    copied = list(version.entries.values_list("pk", flat=True))
    as_if_silent(version.job_id)
    make_label(batch, name="meanwhile")
    whole = finish(version)
    assert (whole.state, list(whole.entries.values_list("pk", flat=True))) == ("frozen", copied)
    assert finish(whole).sha256 == whole.sha256


def test_a_copy_that_was_killed_begins_anew_with_one_moment(project, batch, monkeypatch):
    monkeypatch.setattr(label_copies, "CHUNK", 2)
    tasks = [make_label(batch, name=f"a{number}") for number in range(5)]
    version = begin(project)
    real, calls = label_copies.insert_rows, []

    def die(*arguments):
        calls.append(1)
        if len(calls) == 2:
            raise Killed
        return real(*arguments)

    with monkeypatch.context() as patch:
        patch.setattr(label_copies, "insert_rows", die)
        with pytest.raises(Killed):
            finish(version)
    assert version.entries.count() == 2
    as_if_silent(version.job_id)
    Task.objects.filter(pk=tasks[0].pk).update(result_answer={"species": "wren"})
    whole = finish(version)
    assert whole.entries.count() == 5
    assert whole.entries.first().label == "wren"


def test_a_cancelled_version_keeps_its_number_and_nothing_else(project, batch, monkeypatch):
    make_label(batch)
    waiting = begin(project)
    with pytest.raises(Conflict, match="being frozen"):
        begin(project)
    cancel_freezing(waiting, by=project.created_by)
    waiting.refresh_from_db()
    assert waiting.state == "failed"
    version = begin(project)
    real = freezing.leaks_of

    def cancel(*arguments):
        cancel_job(Job.objects.get(pk=version.job_id), by=project.created_by)
        return real(*arguments)

    monkeypatch.setattr(freezing, "leaks_of", cancel)
    stopped = finish(version)
    assert (stopped.number, stopped.state, stopped.job.state) == (2, "failed", "cancelled")
    assert not stopped.entries.exists()
    with pytest.raises(Conflict):
        cancel_freezing(stopped, by=project.created_by)


def test_a_run_that_lost_its_job_takes_nothing_back(project, batch, monkeypatch):
    make_label(batch)
    version = begin(project)

    def be_overtaken(*_arguments):
        Job.objects.filter(pk=version.job_id).update(claim="0" * 32, heartbeat_at=timezone.now())
        raise ValueError

    monkeypatch.setattr(freezing, "leaks_of", be_overtaken)
    with pytest.raises(ValueError):
        finish(version)
    stored = DatasetVersion.objects.get(pk=version.pk)
    assert (stored.state, stored.entries.count()) == ("building", 1)


def test_a_version_that_was_given_up_on_makes_room_for_the_next(project, batch, monkeypatch):
    make_label(batch)
    left = begin(project)
    label_copies.copy_labels(left, _another_job(left))
    Job.objects.filter(pk=left.job_id).update(state="failed")
    left = DatasetVersion.objects.get()
    assert (left.state, left.standing, left.entries.count()) == ("building", "failed", 1)
    version = freeze(project)
    assert (version.number, version.state, version.parent) == (2, "frozen", None)
    left.refresh_from_db()
    assert (left.state, left.entries.count()) == ("failed", 0)
    assert Event.objects.about(left).first().verb == "dataset.failed"


def test_nothing_to_freeze_is_refused(project, batch):
    make_label(batch, state=Task.State.REWORK)
    with pytest.raises(DomainError) as refusal:
        begin(project)
    assert refusal.value.code == "no_labels"
    assert not DatasetVersion.objects.exists()


@pytest.mark.parametrize("given", [[80, 20], [80, 10, 11], [-10, 100, 10], ["a", "b", "c"], []])
def test_shares_must_come_to_a_hundred(given):
    with pytest.raises(DomainError) as refusal:
        shares_of(given)
    assert refusal.value.field == "shares"
