"""The pages of bulk edits: the preview, doing it, what became of it, and taking it back."""

import pytest
from django.urls import reverse

from datasets.models import BulkEdit
from datasets.services import bulk_edits
from labelops.accounts.models import Role
from labelops.jobs.models import Job
from tasks.models import Question, Task
from tasks.services import item_tags
from tasks.services.item_selection import Selection
from tests.datasets.test_examine_pages import build as build_sets
from tests.factories import make_gold

pytestmark = pytest.mark.django_db


def build():
    return build_sets()


@pytest.fixture
def client_of(client, made):
    client.force_login(made["expert"])
    return client


def address(made, project="texts", **query):
    path = reverse("bulk_edit", args=[made[project].slug])
    split = {"set": "split", "dataset": made["version"].pk}
    parts = [f"{name}={value}" for name, value in ({**split, **query}).items() if name != "tick"]
    parts += [f"tick={tick}" for tick in query.get("tick", [])]
    return f"{path}?{'&'.join(parts)}"


def ticks(made, count):
    return [str(item.public_id) for item in made["texts"].items.order_by("pk")[:count]]


def test_a_few_are_fixed_at_once_and_taken_back(client_of, made):
    make_gold(made["texts"], item=made["texts"].items.order_by("pk")[0])
    chosen = address(made, act="fix", tick=ticks(made, 3))
    page = client_of.get(chosen)
    # Before a label is chosen nothing can be sent.
    assert page.context["preview"].item_count == 3
    assert b"Change 2 items" not in page.content
    page = client_of.get(f"{chosen}&edit-label=species:wren")
    assert b"Change 2 items" in page.content
    assert "left alone: is gold, which measures people" in page.content.decode()
    assert page.content.decode().count("becomes: Wren") == 2
    sent = {"edit-label": "species:wren", "edit-reason": "A wren."}
    found = client_of.post(chosen, sent, follow=True)
    edit = BulkEdit.objects.get()
    assert found.redirect_chain[-1][0] == reverse(
        "bulk_edit_detail", args=[made["texts"].slug, edit.pk]
    )
    content = found.content.decode()
    assert "2 of 3 items" not in content
    assert "is gold, which measures people: 1" in content
    assert f"set=edit&amp;edit={edit.pk}&amp;state=done" in content
    labels = Task.objects.filter(batch__project=made["texts"], result_source="review")
    assert {task.result_answer["species"] for task in labels} == {"wren"}
    found = client_of.post(
        reverse("bulk_edit_undo", args=[made["texts"].slug, edit.pk]), follow=True
    )
    assert "taken back" in found.content.decode()
    assert not Task.objects.filter(batch__project=made["texts"], result_source="review").exists()
    listed = client_of.get(reverse("bulk_edit_list", args=[made["texts"].slug]))
    assert "Fix the label: <bdi>Wren</bdi>" in listed.content.decode()


def test_the_whole_set_is_taken_where_nothing_is_ticked(
    client_of, made, django_capture_on_commit_callbacks
):
    chosen = address(made, act="question", split="test")
    page = client_of.get(chosen)
    assert "All 12 items" in page.content.decode()
    assert len(page.context["preview"].tiles) == 12
    empty = client_of.post(chosen, {"edit-text": " "})
    assert empty.status_code == 422
    client_of.post(chosen, {"edit-text": "Are these birds?"})
    assert Question.objects.get().others.count() == 11
    question = client_of.get(reverse("examine", args=[made["texts"].slug]), {
        "set": "question", "question": Question.objects.get().public_id,
    })  # fmt: skip
    assert question.context["count"] == 12


def test_what_is_stopped_goes_on(client_of, made):
    meant = {pk: [] for pk in made["texts"].items.values_list("pk", flat=True)}
    edit = bulk_edits.start(
        made["texts"], meant, act="tag", wishes={"tag": "odd"}, source={}, by=made["expert"]
    )

    def pressed(name):
        """What is said then, which buttons there are, and the state of the job."""
        path = reverse(f"bulk_edit_{name}", args=["birds", edit.pk])
        content = client_of.post(path, follow=True).content.decode()
        edit.refresh_from_db()
        others = ("stop", "go_on")
        found = [n for n in others if reverse(f"bulk_edit_{n}", args=["birds", edit.pk]) in content]
        return content, found, edit.job.state

    content, *rest = pressed("go_on")
    assert rest == [["stop"], Job.State.QUEUED]
    assert "nothing to go on with" in content
    for words in ("Cancelled", "already ended"):
        content, *rest = pressed("stop")
        assert rest == [["go_on"], Job.State.CANCELLED]
        assert words in content
    _content, *rest = pressed("go_on")
    assert rest == [["stop"], Job.State.QUEUED]


def test_objects_are_relabelled_alone_and_drawn_labels_need_the_desk(client_of, made):
    item = made["streets"].items.get()
    drawn = reverse("bulk_edit", args=["streets"])
    query = f"?act=fix&set=items&ids={item.public_id}"
    whole = client_of.get(f"{drawn}{query}")
    assert "looked at one by one" in whole.content.decode()
    gone = client_of.get(f"{drawn}{query}&tick={item.public_id}:gone&edit-label=objects:bus")
    assert "has none of the objects that are meant" in gone.content.decode()
    ticked = f"{drawn}{query}&tick={item.public_id}:o1"
    page = client_of.get(f"{ticked}&edit-label=objects:bus")
    assert b"Change 1 item" in page.content
    client_of.post(ticked, {"edit-label": "objects:bus"})
    objects = Task.objects.get(item=item).result_answer["objects"]
    labels = [(entry["id"], entry["label"]) for entry in objects]
    assert labels == [("o1", "bus"), ("o2", "bus"), ("o9", "car")]
    client_of.post(reverse("bulk_edit_undo", args=["streets", BulkEdit.objects.get().pk]))
    objects = Task.objects.get(item=item).result_answer["objects"]
    assert [entry["label"] for entry in objects] == ["car", "bus", "car"]


def test_addresses_that_cannot_be_are_refused(client_of, made):
    for wrong in (
        {"act": "nothing"},
        {"act": "tag", "tick": ["x"]},
        {"act": "tag", "tick": [f"{ticks(made, 1)[0]}:{'o' * 65}"]},
        {"act": "tag", "tick": ticks(made, 1) * 201},
        {"act": "tag", "odd": "1"},
        {"act": "tag", "set": "odd"},
    ):
        assert client_of.get(address(made, **wrong)).status_code == 400, wrong
    made["team"].memberships.filter(user=made["expert"]).update(role=Role.MANAGER)
    assert client_of.get(address(made, act="fix")).status_code == 403
    assert client_of.get(address(made, act="exclude")).status_code == 200


def test_an_item_shows_its_tags_and_the_list_finds_it_by_them(client_of, made):
    item = made["texts"].items.order_by("pk")[4]
    item_tags.put_on([item], "odd one", by=made["expert"])
    listed = client_of.get(reverse("item_list", args=["birds"]), {"tag": "odd one"})
    assert listed.context["page"].rows == [item]
    # What deletes all that fit the filter goes by the tag, too.
    assert list(Selection(tag="odd one", last=item.pk + 9).rows(made["texts"])) == [item]
    made["team"].memberships.filter(user=made["expert"]).update(role=Role.MANAGER)
    asked = client_of.post(
        reverse("item_delete", args=["birds"]), {"all": "1", "tag": "odd one"}
    ).content.decode()
    assert '<input type="hidden" name="tag" value="odd one">' in asked
    assert (
        "odd one" in client_of.get(reverse("item_detail", args=[item.public_id])).content.decode()
    )
