"""The list of items and the life of one."""

import copy

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from labelops import lists
from labelops.accounts.models import Role
from labelops.jobs.services import run_job
from tasks.models import Annotation, Task
from tasks.services import instructions, publishing, stale
from tests.factories import (
    make_batch,
    make_instruction,
    make_item,
    make_member,
    make_project,
    make_task,
    make_team,
    settle,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(team):
    return make_project(team, slug="birds")


@pytest.fixture
def version(project):
    return make_instruction(project)


@pytest.fixture
def mei(client, team):
    mei = make_member(team, Role.MANAGER)
    client.force_login(mei)
    return mei


def listed(client, query=""):
    return client.get(reverse("item_list", args=["birds"]) + query)


def ids(response):
    return [item.external_id for item in response.context["page"].rows]


def answered(task, version, author, value="robin"):
    slot = task.assignments.filter(annotator=None).first()
    slot.state, slot.annotator = "submitted", author
    slot.save()
    return Annotation.objects.create(
        task=task,
        author=author,
        assignment=slot,
        instruction_version=version,
        answer={"species": value},
        submitted_at=timezone.now(),
    )


def test_texts_are_listed_by_excerpt_and_images_by_thumbnail(client, mei, project):
    make_item(project, data={"text": "A " + "very " * 100 + "long text."})
    image = make_item(project, media_key="abc", data={})
    page = listed(client).content.decode()
    assert "A very very" in page
    assert "long text." not in page
    assert reverse("item_media", args=[image.public_id, "thumbnail"]) in page


def test_pages_follow_each_other_without_gaps(client, mei, project, monkeypatch):
    defaults = lists.keyset_page.__kwdefaults__ | {"size": 2}
    monkeypatch.setattr(lists.keyset_page, "__kwdefaults__", defaults)
    for number in range(5):
        make_item(project, external_id=f"i{number}")
    response, found = listed(client), []
    while True:
        found += ids(response)
        cursor = response.context["page"].next_cursor
        if not cursor:
            break
        response = listed(client, f"?cursor={cursor}")
    assert found == ["i0", "i1", "i2", "i3", "i4"]


def test_filters_are_kept_on_the_next_page(client, mei, project, monkeypatch):
    monkeypatch.setitem(lists.keyset_page.__kwdefaults__, "size", 1)
    for number in range(2):
        make_item(project, external_id=f"i{number}")
    assert "?q=i&amp;cursor=" in listed(client, "?q=i").content.decode()


def test_items_are_found_by_batch_state_and_prefix(client, mei, project):
    batch, other = make_batch(project), make_batch(project)
    make_task(batch, make_item(project, external_id="dusk-1"), state=Task.State.ACCEPTED)
    make_task(batch, make_item(project, external_id="dusk-2"))
    make_task(other, make_item(project, external_id="dawn-1"), state=Task.State.ACCEPTED)
    assert ids(listed(client, f"?batch={batch.pk}")) == ["dusk-1", "dusk-2"]
    assert ids(listed(client, f"?batch={batch.pk}&state=accepted")) == ["dusk-1"]
    assert ids(listed(client, "?state=accepted")) == ["dusk-1", "dawn-1"]
    assert ids(listed(client, "?q=dawn")) == ["dawn-1"]
    assert "No item fits" in listed(client, "?q=night").content.decode()


@pytest.mark.parametrize(
    "query",
    [
        "?sort=id",
        "?q__startswith=a",
        "?state=sleeping",
        "?batch=1000000",
        "?batch=x",
        "?cursor=5",
        "?cursor=" + "a" * 500,
        "?q=a&q=b",
        "?q=%00",
        "?_connector=OR",
    ],
)
def test_what_is_not_a_filter_is_refused_with_a_sentence(client, mei, project, query):
    response = listed(client, query)
    assert response.status_code == 400
    assert "This did not work" in response.content.decode()


def test_another_projects_batch_is_no_filter(client, mei, project):
    foreign = make_batch(make_project())
    assert listed(client, f"?batch={foreign.pk}").status_code == 400


def test_the_list_asks_the_same_questions_for_20_items_as_for_10(client, mei, project):
    batch = make_batch(project)
    counts = []
    for _ in range(2):
        for _ in range(10):
            make_task(batch)
        with CaptureQueriesContext(connection) as queries:
            listed(client)
        counts.append(len(queries))
    assert counts[0] == counts[1]


def test_a_manager_reads_the_life_of_an_item(client, mei, team, project, version):
    ana = make_member(team, username="ana")
    task = make_task(make_batch(project))
    answered(task, version, ana)
    settle(task, {"species": "wren"}, version=version, by=mei)
    page = client.get(reverse("item_detail", args=[task.item.public_id])).content.decode()
    assert "Which bird?" in page
    assert "Robin" in page
    assert "Wren" in page
    assert ">ana<" in page
    assert "settled the label" in page


def test_an_expert_sees_pseudonyms_and_no_unfinished_answers(client, team, project, version):
    ana = make_member(team, username="ana")
    client.force_login(make_member(team, Role.EXPERT))
    task = make_task(make_batch(project), state=Task.State.LABELING)
    answered(task, version, ana)
    address = reverse("item_detail", args=[task.item.public_id])
    page = client.get(address).content.decode()
    assert "Robin" not in page
    assert "Answers are shown once everybody has given theirs." in page
    Task.objects.filter(pk=task.pk).update(state=Task.State.IN_REVIEW)
    page = client.get(address).content.decode()
    assert "Robin" in page
    assert ana.pseudonym in page
    assert ">ana<" not in page


def test_an_undecidable_answer_is_shown_with_its_reason(client, mei, team, project, version):
    task = make_task(make_batch(project))
    annotation = answered(task, version, make_member(team))
    Annotation.objects.filter(pk=annotation.pk).update(answer={"_undecidable": "too dark"})
    page = client.get(reverse("item_detail", args=[task.item.public_id])).content.decode()
    assert "too dark" in page


def test_markup_in_an_item_stays_text(client, mei, project):
    item = make_item(project, data={"text": "<script>x</script>", "source": "<b>y</b>"})
    page = client.get(reverse("item_detail", args=[item.public_id])).content.decode()
    assert "<script>x" not in page
    assert "<b>y" not in page


def test_strangers_find_no_items(client, project):
    item = make_item(project)
    client.force_login(make_member(make_team(), Role.MANAGER))
    assert listed(client).status_code == 404
    assert client.get(reverse("item_detail", args=[item.public_id])).status_code == 404


def test_annotators_have_no_item_pages(client, team, project):
    client.force_login(make_member(team, Role.ANNOTATOR))
    assert listed(client).status_code == 404


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_items_are_only_read_here(client, mei, project, method):
    address = reverse("item_list", args=["birds"])
    assert getattr(client, method)(address).status_code == 405


def test_an_old_label_is_read_in_the_words_of_its_version(client, mei, team, project, version):
    """A class that is gone from the questions since, and a label that is in doubt for it."""
    task = make_task(make_batch(project, team))
    settle(task, {"species": "wren"}, version=version)
    newer = copy.deepcopy(version.label_schema)
    newer["controls"][0]["options"].pop()
    draft = instructions.edit_draft(project, by=mei, label_schema=newer)
    draft = publishing.request_approval(draft, changes={"schema:species": "breaking"}, by=mei)
    expert = make_member(team, Role.EXPERT)
    published = publishing.publish(draft, by=expert, policy="audit", sample=1)
    run_job(stale.unfinished_job(published).pk, stale.run_stale)
    page = client.get(reverse("item_detail", args=[task.item.public_id])).content.decode()
    assert "Wren" in page
    assert "version 1" in page
    assert "in doubt since version 2" in page
