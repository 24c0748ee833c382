"""What differs between two versions: counted at once, and listed page by page."""

import pytest

from datasets.services.differences import KINDS, count_differences, differing
from tasks.models import Task
from tests.datasets.freezing import freeze, make_label
from tests.factories import make_instruction

pytestmark = pytest.mark.django_db


def names(before, after, kind):
    rows = differing(before, after, kind).order_by("position")
    return list(rows.values_list("item__external_id", flat=True))


@pytest.fixture
def pair(project, batch):
    """Of a to e: a goes, b and c become wrens, d's rules change, e moves; f comes."""
    tasks = {name: make_label(batch, name=name, data={"split": "train"}) for name in "abcde"}
    before = freeze(project)
    Task.objects.filter(pk=tasks["a"].pk).update(state="rework")
    changed = Task.objects.filter(pk__in=[tasks["b"].pk, tasks["c"].pk])
    changed.update(result_answer={"species": "wren"})
    project.instruction_versions.update(state="superseded")
    version = make_instruction(project, number=2)
    Task.objects.filter(pk=tasks["d"].pk).update(result_version=version)
    moved = tasks["e"].item
    moved.data = moved.data | {"split": "test"}
    moved.save()
    make_label(batch, name="f", data={"split": "train"})
    return before, freeze(project)


def test_each_kind_is_counted_and_listed(pair, django_assert_num_queries):
    before, after = pair
    wanted = {
        "added": ["f"],
        "removed": ["a"],
        "relabelled": ["b", "c"],
        "moved": ["e"],
        "reinstructed": ["d"],
    }
    assert {kind: names(before, after, kind) for kind in KINDS} == wanted
    counts = {kind: len(found) for kind, found in wanted.items()}
    with django_assert_num_queries(3):
        counted = count_differences(before, after)
    assert counted == after.changes
    assert counted["counts"] == counts
    assert counted["relabelled_pairs"] == [["robin", "wren", 2]]
    assert counted["moved_pairs"] == [["train", "test", 1]]
    # Looked at from the other side what was added is removed.
    back = count_differences(after, before)["counts"]
    assert (back["added"], back["removed"]) == (1, 1)


def test_a_version_does_not_differ_from_itself(pair):
    _before, after = pair
    assert set(count_differences(after, after)["counts"].values()) == {0}
    assert [names(after, after, kind) for kind in KINDS] == [[]] * len(KINDS)
