"""The instruction studio: parts of a draft in forms, and nobody's text overwritten."""

import io

import pytest
from django.contrib.messages import get_messages
from django.urls import reverse

from labelops.audit.models import Event
from tasks.models import InstructionPicture, InstructionVersion, ReservedItem
from tasks.services import instruction_blocks, instructions, media
from tasks.services.instruction_blocks import state_of
from tests.factories import (
    ROBIN,
    make_batch,
    make_block,
    make_example,
    make_image_bytes,
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
def words():
    return make_block("Look.", id="words")


@pytest.fixture
def page(project):
    item = make_item(project, external_id="shown", data={"text": "A robin sings in the hedge."})
    example = make_example(item, id="e1", region={"start": 2, "end": 7})
    return make_block("Red.", id="page", kind="class", classes=[ROBIN], examples=[example])


@pytest.fixture
def version(project, words, page):
    return make_instruction(project, blocks=[words, page])


@pytest.fixture
def studio(client, elena, version):
    client.force_login(elena)
    return client


def address(name, *arguments):
    return reverse(name, args=["birds", *arguments])


def said(response):
    return " ".join(str(message) for message in get_messages(response.wsgi_request))


def sent(response, **over):
    """What a browser would send of the part's form, with changes."""
    form = response.context["form"]
    forms = [form]
    for formset in (form.examples, form.nodes):
        if formset is not None:
            forms += [formset.management_form, *formset.forms]
    data = {}
    for shown in forms:
        for field in shown:
            if field.value() is not None and field.value() is not False:
                data[field.html_name] = field.value()
    return {**data, **over}


def parts(project):
    return {block["id"]: block for block in instruction_blocks.newest_blocks(project)}


def test_the_studio_opens_at_the_first_part(studio):
    response = studio.get(address("instruction_edit"))
    assert response.headers["Location"] == address("block_edit", "words")
    shown = studio.get(response.headers["Location"]).content.decode()
    assert "Readers will miss" in shown
    assert "<p>Look.</p>" in shown


def test_an_empty_project_is_told_what_to_do(client, elena, project):
    make_instruction(project, blocks=[], state=InstructionVersion.State.DRAFT)
    client.force_login(elena)
    assert "Nothing is written yet" in client.get(address("instruction_edit")).content.decode()


def test_a_part_is_saved_in_the_next_draft(studio, project, version):
    response = studio.get(address("block_edit", "words"))
    response = studio.post(address("block_edit", "words"), sent(response, body="Look twice."))
    assert "Saved in draft 2" in said(response)
    assert parts(project)["words"]["body"] == "Look twice."
    version.refresh_from_db()
    assert version.blocks[0]["body"] == "Look."


def test_the_second_of_two_experts_sees_both_texts(client, elena, xiu, project, version):
    client.force_login(elena)
    opened = client.get(address("block_edit", "words"))
    theirs = {**version.blocks[0], "body": "Their text."}
    instruction_blocks.save_block(project, theirs, seen=state_of(version.blocks[0]), by=xiu)
    response = client.post(address("block_edit", "words"), sent(opened, body="My text."))
    shown = response.content.decode()
    assert response.status_code == 409
    assert "Their" in shown
    assert "My text." in shown
    assert parts(project)["words"]["body"] == "Their text."
    again = client.post(address("block_edit", "words"), sent(response, body="Both texts."))
    assert again.status_code == 302
    assert parts(project)["words"]["body"] == "Both texts."


def test_two_experts_may_write_at_two_parts(client, elena, xiu, project, version):
    client.force_login(elena)
    opened = client.get(address("block_edit", "words"))
    page = version.blocks[1]
    instruction_blocks.save_block(project, {**page, "body": "Theirs"}, seen=state_of(page), by=xiu)
    client.post(address("block_edit", "words"), sent(opened, body="Mine"))
    assert [block["body"] for block in parts(project).values()] == ["Mine", "Theirs"]


def test_a_part_that_was_removed_meanwhile_is_kept_on_the_page(studio, xiu, project):
    opened = studio.get(address("block_edit", "words"))
    form = sent(opened, body="My long text.")
    instruction_blocks.remove_block(project, "words", by=xiu)
    response = studio.post(address("block_edit", "words"), form)
    assert response.status_code == 409
    assert "My long text." in response.content.decode()


def test_the_preview_stores_nothing_and_lets_nothing_through(studio, project):
    opened = studio.get(address("block_edit", "words"))
    form = sent(opened, body="**New** <script>x</script>")
    shown = studio.post(address("block_preview", "words"), form).content.decode()
    assert "<strong>New</strong> &lt;script&gt;" in shown
    assert "<html" not in shown
    assert instructions.draft_version(project) is None


def test_parts_are_added_moved_and_removed(studio, project):
    studio.post(address("block_add"), {"kind": "class", "target": "species\x1fwren"})
    ids = list(parts(project))
    assert parts(project)[ids[2]]["classes"] == [{"control": "species", "value": "wren"}]
    studio.post(address("block_move", ids[2]), {"up": "1"})
    assert list(parts(project)) == ["words", ids[2], "page"]
    studio.post(address("block_remove", "words"))
    assert list(parts(project)) == [ids[2], "page"]
    assert "Choose the class" in said(studio.post(address("block_add"), {"kind": "class"}))


def test_a_tree_is_written_with_its_questions(studio, project):
    studio.post(address("block_add"), {"kind": "tree"})
    tree_id = list(parts(project))[-1]
    opened = studio.get(address("block_edit", tree_id))
    form = sent(opened, title="Which bird?") | {
        "nodes-TOTAL_FORMS": "2",
        "nodes-0-question": "Is its breast red?",
        "nodes-0-yes": "value:robin",
        "nodes-0-no": "node:2",
        "nodes-1-question": "Is it tiny?",
        "nodes-1-yes": "value:wren",
        "nodes-1-no": "value:robin",
    }
    assert studio.post(address("block_edit", tree_id), form).status_code == 302
    nodes = parts(project)[tree_id]["nodes"]
    assert [(node["id"], node["no"]) for node in nodes] == [
        ("1", {"node": "2"}),
        ("2", {"value": "robin"}),
    ]
    assert "question 2" in studio.get(address("block_edit", tree_id)).content.decode()
    wrong = form | {"nodes-1-no": "node:2"}
    wrong["seen"] = studio.get(address("block_edit", tree_id)).context["form"]["seen"].value()
    assert studio.post(address("block_edit", tree_id), wrong).status_code == 422


def test_examples_are_live_items_with_their_region(studio, project, team):
    task = make_task(make_batch(project, team), make_item(project, external_id="red"))
    settle(task, {"species": "robin"})
    candidates = studio.get(address("block_examples", "page"))
    assert [row.item.external_id for row in candidates.context["candidates"]] == ["red"]
    chosen = {"item": task.item.public_id, "verdict": "dont", "region": "2 7"}
    studio.post(address("block_examples", "page"), chosen)
    added = parts(project)["page"]["examples"][1]
    assert (added["verdict"], added["region"]) == ("dont", {"start": 2, "end": 7})
    opened = studio.get(address("block_edit", "page"))
    assert "<mark>robin</mark>" in opened.content.decode()
    form = sent(opened, **{"examples-0-note": "It is red.", "examples-1-DELETE": "on"})
    studio.post(address("block_edit", "page"), form)
    [kept] = parts(project)["page"]["examples"]
    assert (kept["id"], kept["note"]) == ("e1", "It is red.")


def test_an_item_of_another_project_is_no_example(studio, project):
    foreign = make_item(make_project())
    studio.post(address("block_examples", "page"), {"item": foreign.public_id, "verdict": "do"})
    assert len(parts(project)["page"]["examples"]) == 1


@pytest.mark.parametrize("region", ["1", "a b", "1 2 3", "5 2", "1 1 0 0"])
def test_a_region_that_is_none_is_refused(studio, project, region):
    opened = studio.get(address("block_edit", "page"))
    response = studio.post(
        address("block_edit", "page"), sent(opened, **{"examples-0-region": region})
    )
    assert response.status_code == 422
    assert instructions.draft_version(project) is None


def test_a_translation_is_shown_and_goes_out_of_date(client, studio, project, version, elena):
    where = address("block_translation", "words", "de")
    opened = studio.get(where)
    form = {"seen": opened.context["form"]["seen"].value(), "title": "", "body": "Schau hin."}
    studio.post(where, form)
    elena.language = "de"
    elena.save()
    assert "Schau hin." in studio.get(address("instruction_detail", 2)).content.decode()
    opened = studio.get(address("block_edit", "words"))
    assert "veraltet" not in opened.content.decode()
    studio.post(address("block_edit", "words"), sent(opened, body="Look twice."))
    elena.language = "en"
    elena.save()
    page = studio.get(address("block_edit", "words")).content.decode()
    assert "de out of date" in page
    studio.post(where, {"seen": state_of(parts(project)["words"]), "title": "", "body": ""})
    assert "translations" not in parts(project)["words"]


def test_a_text_is_brought_in_part_by_part(studio, project):
    text = "# Goal\n\nCount birds.\n\n## Wren\n\nSmall.\n\n## When unsure\n\nAsk."
    studio.post(address("instruction_import"), {"text": text, "replace": "on"})
    kinds = [(block["kind"], block["body"]) for block in parts(project).values()]
    assert kinds == [("goal", "Count birds."), ("class", "Small."), ("default", "Ask.")]
    studio.post(address("instruction_import"), {"text": "More."})
    assert len(parts(project)) == 4
    assert studio.post(address("instruction_import"), {"text": " "}).status_code == 422


def test_instructions_are_copied_from_another_project(studio, project, team, page):
    other = make_project(team, slug="other")
    make_instruction(other, state="draft")
    source = instructions.newest_version(project)
    response = studio.post(reverse("instruction_copy", args=["other"]), {"source": source.pk})
    assert response.status_code == 302
    copied = parts(other)
    assert list(copied) == ["words", "page"]
    assert copied["page"]["examples"] == []
    hidden = make_instruction(make_project(make_team()))
    foreign = studio.post(reverse("instruction_copy", args=["other"]), {"source": hidden.pk})
    assert foreign.status_code == 422


def upload(content, name="a.png"):
    file = io.BytesIO(content)
    file.name = name
    return file


def test_pictures_are_seen_by_readers_only(client, studio, project, team):
    studio.post(address("instruction_picture_add"), {"file": upload(make_image_bytes())})
    picture = InstructionPicture.objects.get()
    where = reverse("instruction_picture", args=[picture.public_id])
    assert (
        f"picture:{picture.public_id}"
        in studio.get(address("block_edit", "words")).content.decode()
    )
    client.force_login(make_member(team))
    response = client.get(where)
    assert (response.status_code, response.headers["X-Content-Type-Options"]) == (200, "nosniff")
    client.force_login(make_member(make_team()))
    assert client.get(where).status_code == 404


@pytest.mark.parametrize(
    "content", [b"<svg onload=alert(1)>", b"", b"GIF89a", b"\x89PNG\r\n\x1a\n"]
)
def test_what_is_no_picture_is_refused(studio, content):
    response = studio.post(address("instruction_picture_add"), {"file": upload(content)})
    assert said(response)
    assert not InstructionPicture.objects.exists()


def test_images_of_published_examples_are_seen_by_readers_only(client, project, team, elena):
    key = "items/ab/" + "0" * 32
    media.store_image(key, make_image_bytes())
    item = make_item(project, media_key=key, width=64, height=48)
    where = reverse("item_media", args=[item.public_id, "thumbnail"])
    client.force_login(make_member(team))
    assert client.get(where).status_code == 404
    ReservedItem.objects.create(
        project=project, item=item, purpose="example", reserved_at="2026-01-01T00:00Z"
    )
    assert client.get(where).status_code == 200
    client.force_login(make_member(make_team()))
    assert client.get(where).status_code == 404


def test_each_change_leaves_an_event(studio, project):
    studio.post(address("block_remove", "words"))
    draft = instructions.draft_version(project)
    assert Event.objects.about(draft).get().after["changed"] == ["removed words"]
