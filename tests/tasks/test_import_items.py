import io
import json
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from labelops.audit.models import Event
from labelops.errors import DomainError
from labelops.jobs.models import Job
from tasks.models import Batch, Item, Task
from tasks.services import import_reading, imports
from tasks.services.transfer_report import report
from tests.factories import (
    make_batch,
    make_image_bytes,
    make_item,
    make_project,
    make_team,
    make_zip_bytes,
)
from tests.tasks.imports import import_bytes

pytestmark = pytest.mark.django_db
TWO = b"external_id,text,lang\na,Hello,en\nb,Hallo,de\n"


@pytest.fixture
def project():
    return make_project(make_team())


@pytest.fixture
def image_project():
    return make_project(make_team(), item_type="image")


def stored_files(settings):
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_good_rows_become_items(project):
    job = import_bytes(project, TWO)
    assert (job.state, job.result["added"], job.error_count) == (Job.State.DONE, 2, 0)
    assert Item.objects.get(external_id="b").data == {"text": "Hallo", "lang": "de"}
    assert job.percent == 100


def test_jsonl_becomes_items_with_all_its_fields(project):
    line = {"id": "a", "text": "Hello", "tags": ["x"], "score": 1}
    import_bytes(project, json.dumps(line).encode(), name="items.txt")
    assert Item.objects.get().data == {"text": "Hello", "tags": ["x"], "score": 1}


def test_the_same_file_again_changes_nothing(project):
    import_bytes(project, TWO)
    before = list(Item.objects.values())
    job = import_bytes(project, TWO)
    assert (job.result["added"], job.result["unchanged"], job.error_count) == (0, 2, 0)
    assert list(Item.objects.values()) == before


def test_a_bad_row_is_named_and_the_others_are_imported(project):
    job = import_bytes(project, b"id,text\na,one\nb\nc,three\n", name="birds.csv")
    assert job.state == Job.State.DONE
    assert job.errors == [
        {
            "code": "ragged_row",
            "message": "The row has 1 fields, but the header has 2.",
            "file": "birds.csv",
            "row": 3,
            "value": "b",
            "hint": "Put a field that holds the separator in quotes.",
        }
    ]
    assert Item.objects.count() == 2


def test_one_id_with_two_contents_names_both_rows(project):
    job = import_bytes(project, b"id,text\na,one\nb,two\na,other\n")
    [error] = job.errors
    assert (error["code"], error["row"]) == ("duplicate_id", 4)
    assert "Rows 2 and 4" in error["message"]
    assert Item.objects.get(external_id="a").data["text"] == "one"


def test_one_id_twice_with_one_content_is_counted_as_unchanged(project):
    job = import_bytes(project, b"id,text\na,one\na,one\n")
    assert (job.result["added"], job.result["unchanged"], job.error_count) == (1, 1, 0)


def test_an_id_of_the_project_with_other_content_is_a_problem(project):
    make_item(project, external_id="a", sha256="0" * 64)
    job = import_bytes(project, b"id,text\na,one\n")
    assert job.errors[0]["code"] == "duplicate_id"


def test_other_metadata_is_other_content(project):
    import_bytes(project, b"id,text,lang\na,one,en\n")
    job = import_bytes(project, b"id,text,lang\na,one,de\n")
    assert job.errors[0]["code"] == "duplicate_id"


def test_equal_content_under_another_id_is_imported_and_reported(project):
    import_bytes(project, b"id,text\na,one\n")
    job = import_bytes(project, b"id,text\nb,one\nc,two\nd,two\n")
    assert job.result["added"] == 3
    assert job.result["duplicates"] == [
        {"row": 2, "item": "b", "same_as": "a"},
        {"row": 4, "item": "d", "same_as": "c"},
    ]


def test_a_file_that_breaks_off_keeps_what_was_before_and_says_so(project):
    job = import_bytes(project, b'id,text\na,one\nb,"open\n')
    assert job.state == Job.State.FAILED
    assert (job.errors[0]["code"], job.errors[0]["row"]) == ("unclosed_quote", 3)
    assert Item.objects.get().external_id == "a"


def test_the_first_problems_are_kept_and_all_are_counted(project):
    job = import_bytes(project, b"id,text\n" + b"x\n" * 1_500)
    assert (len(job.errors), job.error_count) == (1_000, 1_500)


@pytest.mark.parametrize("content", [b"", b"id,text\n", b"\x00\x01\x02\x03", b"%PDF-1.4"])
def test_a_file_that_is_no_import_leaves_nothing_behind(project, content, settings):
    with suppress(DomainError):
        assert import_bytes(project, content).state == Job.State.FAILED
    assert stored_files(settings) == []


def test_a_text_project_refuses_images_and_both_take_tables(project, image_project):
    with pytest.raises(DomainError, match="labels texts"):
        import_bytes(project, make_zip_bytes({"a.png": make_image_bytes()}))
    for chosen in (project, image_project):
        begun = imports.start_import(
            chosen, file=io.BytesIO(TWO), file_name="a.csv", by=project.created_by
        )
        assert begun.format == "csv"


def test_images_are_kept_with_their_size_and_derivatives(image_project, settings):
    content = make_zip_bytes({"birds/01.png": make_image_bytes((64, 48))})
    import_bytes(image_project, content, name="birds.zip")
    item = Item.objects.get()
    assert (item.external_id, item.width, item.height) == ("birds/01.png", 64, 48)
    assert item.media_type == "image/png"
    assert len(stored_files(settings)) == 3


def test_images_again_write_no_further_files(image_project, settings):
    content = make_zip_bytes({"a.png": make_image_bytes(), "b.png": make_image_bytes(color="red")})
    import_bytes(image_project, content)
    before = sorted(stored_files(settings))
    job = import_bytes(image_project, content)
    assert (job.result["added"], job.result["unchanged"]) == (0, 2)
    assert sorted(stored_files(settings)) == before


def test_a_bad_image_is_named_by_its_entry_and_the_others_are_imported(image_project, settings):
    good = make_image_bytes()
    content = make_zip_bytes({"a.png": good, "b.jpg": b"<html>", "c.png": good[:40]})
    job = import_bytes(image_project, content)
    assert [(error["entry"], error["code"]) for error in job.errors] == [
        ("b.jpg", "type_mismatch"),
        ("c.png", "image_unreadable"),
    ]
    assert job.result["added"] == 1
    # Beside the three files of the image there is the one of what was left out.
    assert len(stored_files(settings)) == 3 + 1


def test_items_join_a_new_batch_when_all_are_there(project):
    job = import_bytes(project, TWO, batch="first", overlap=3)
    batch = Batch.objects.get()
    assert (batch.name, batch.state, batch.overlap) == ("first", Batch.State.DRAFT, 3)
    assert Task.objects.filter(batch=batch).count() == job.result["batched"] == 2
    assert job.transfer.batch == batch


def test_items_that_were_there_join_the_batch_too(project):
    import_bytes(project, TWO)
    import_bytes(project, TWO + b"c,New,en\n", batch="first")
    assert Task.objects.count() == 3


def test_items_with_other_content_do_not_join_the_batch(project):
    import_bytes(project, TWO)
    import_bytes(project, b"id,text,lang\na,Changed,en\nb,Hallo,de\n", batch="first")
    assert Task.objects.get().item.external_id == "b"


def test_images_join_a_batch(image_project):
    content = make_zip_bytes({f"{n}.png": make_image_bytes((n, 9)) for n in range(1, 12)})
    import_bytes(image_project, content, batch="first")
    assert Task.objects.count() == 11


def test_a_closed_batch_takes_no_import(project):
    make_batch(project, name="old", state=Batch.State.CLOSED)
    with pytest.raises(DomainError, match="closed"):
        import_bytes(project, TWO, batch="old")


@pytest.mark.parametrize("overlap", [0, 51, -1])
def test_an_impossible_overlap_is_refused(project, overlap):
    with pytest.raises(DomainError) as refusal:
        import_bytes(project, TWO, batch="new", overlap=overlap)
    assert refusal.value.field == "overlap"


def test_the_name_of_the_file_is_only_shown(project, settings):
    job = import_bytes(project, TWO, name="../../etc/\x1bpass\u202ewd.csv")
    assert "/" not in job.transfer.file_name
    assert "\x1b" not in job.transfer.file_name


def test_the_upload_is_let_go_when_the_import_ends(project, settings):
    import_bytes(project, TWO)
    assert stored_files(settings) == []


def test_an_import_stands_in_the_log_once(project):
    import_bytes(project, TWO)
    verbs = set(Event.objects.values_list("verb", flat=True))
    assert {"import.started", "import.finished"} <= verbs


def test_messages_speak_the_language_of_who_began(project):
    project.created_by.language = "de"
    project.created_by.save()
    job = import_bytes(project, b"id,text\nb\n")
    assert job.errors[0]["message"]


def test_large_rows_go_in_by_small_chunks(project, monkeypatch):
    """What a chunk holds is bounded in bytes, however few rows that are."""
    monkeypatch.setattr(import_reading, "CHUNK_BYTES", 3_000)
    taken, real = [], imports.take_chunk
    monkeypatch.setattr(
        imports,
        "take_chunk",
        lambda job, transfer, chunk: (taken.append(len(chunk)), real(job, transfer, chunk)),
    )
    lines = [f'{{"id": "i{n}", "text": "{n} {"x" * 1_000}"}}' for n in range(10)]
    job = import_bytes(project, "\n".join(lines).encode(), name="large.jsonl")
    assert job.result["added"] == 10
    assert max(taken) == 3


def test_an_array_of_any_layout_becomes_items(project):
    rows = [{"id": f"i{n}", "text": "one\ntwo"} for n in range(3)]
    content = json.dumps([*rows, {"id": "bad"}, *rows[:1]], indent=1).encode()
    job = import_bytes(project, content, name="items.json")
    assert (job.state, job.result["added"], job.result["unchanged"]) == (Job.State.DONE, 3, 1)
    assert [(error["code"], error["row"]) for error in job.errors] == [("missing_text", 4)]
    assert list(Item.objects.order_by("pk").values_list("external_id", "import_row")) == [
        ("i0", 1),
        ("i1", 2),
        ("i2", 3),
    ]


@pytest.mark.parametrize(
    ("done", "words"),
    [
        (0, ""),
        (25, "about 3 minutes left of this step"),
        (75, "less than a minute left of this step"),
    ],
)
def test_the_page_says_how_long_a_step_takes(project, done, words):
    job = import_bytes(project, TWO)
    now = timezone.now()
    job.state, job.done_count, job.total_count = Job.State.RUNNING, done, 100
    # The steps before it took another time.
    job.started_at = now - timedelta(hours=9)
    job.cursor = {"phase": "items", "since": (now - timedelta(minutes=1)).isoformat()}
    job.transfer.job = job
    assert report(job.transfer, now=now).time_left == words
