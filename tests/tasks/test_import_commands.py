import io
import json
import os

import pytest
from django.core.management import call_command

from labelops.accounts.models import Team, User
from labelops.accounts.services.system import system_user
from labelops.jobs.models import Job
from tasks.management import base
from tasks.models import Annotation, Batch, Item, Project, Task
from tasks.services import batch_filling
from tests.factories import make_batch, make_image_bytes, make_published_project, make_team

pytestmark = pytest.mark.django_db
SCHEMA = {
    "controls": [
        {
            "name": "bird",
            "type": "choice",
            "title": "Which bird?",
            "required": True,
            "multiple": False,
            "options": [{"value": "robin"}, {"value": "wren"}],
        }
    ]
}


def run(capsys, *arguments):
    """Status, the JSON object on stdout (which holds nothing else), and stderr."""
    capsys.readouterr()
    status = 0
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command(*map(str, arguments), "--json", stdout=out, stderr=err)
    except SystemExit as exit_:
        status = exit_.code
    assert capsys.readouterr().out == ""
    return status, json.loads(out.getvalue()), err.getvalue()


@pytest.fixture
def schema_file(tmp_path):
    path = tmp_path / "schema.json"
    path.write_text(json.dumps(SCHEMA))
    return path


@pytest.fixture
def project():
    return make_published_project(make_team(), slug="birds")


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return path


def test_create_project_publishes_a_first_version(capsys, schema_file):
    status, result, _err = run(capsys, "create_project", "birds", "--schema", schema_file)
    project = Project.objects.get(slug="birds")
    assert (status, result["instruction_version"]) == (0, 1)
    assert project.instruction_versions.get().state == "published"
    assert project.teams.get().kind == Team.Kind.IN_HOUSE
    assert project.created_by == system_user()


def test_a_taken_slug_is_refused_and_nothing_is_made(capsys, schema_file, project):
    status, result, err = run(capsys, "create_project", "birds", "--schema", schema_file)
    assert (status, result["errors"][0]["code"]) == (1, "slug_taken")
    assert "taken" in err


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "bad_json"),
        ('{"controls": 1}', None),
        ('{"controls": [], "controls": []}', "duplicate_key"),
        ("[]", None),
    ],
)
def test_a_wrong_schema_names_the_file(capsys, tmp_path, text, code):
    path = written(tmp_path, "schema.json", text)
    status, result, _err = run(capsys, "create_project", "x", "--schema", path)
    [error] = result["errors"]
    assert status == 1
    assert error["file"] == str(path)
    assert code in (None, error["code"])
    assert not Project.objects.exists()


def test_import_items_tells_what_it_did(capsys, project, tmp_path):
    path = written(tmp_path, "items.csv", "id,text\na,one\nb,two\n")
    status, result, _err = run(capsys, "import_items", "birds", path, "--batch", "first")
    assert (status, result["added"], result["batched"]) == (0, 2, 2)
    assert Batch.objects.get().name == "first"
    status, result, _err = run(capsys, "import_items", "birds", path)
    assert (status, result["added"], result["unchanged"]) == (0, 0, 2)


def test_import_items_is_told_what_the_columns_are(capsys, project, tmp_path):
    path = written(tmp_path, "items.csv", "key,body\na,one\n")
    roles = ("--column", "external_id=key", "--column", "text=body")
    status, _result, _err = run(capsys, "import_items", "birds", path, *roles)
    assert (status, Item.objects.get().external_id) == (0, "a")


def test_import_items_takes_a_folder_of_images(capsys, tmp_path):
    make_published_project(make_team(), slug="photos", item_type="image")
    folder = tmp_path / "photos"
    (folder / "more").mkdir(parents=True)
    for name in ("a.png", "more/b.png", ".hidden.png"):
        (folder / name).write_bytes(make_image_bytes(color=(len(name), 9, 9)))
    (folder / "link.png").symlink_to(folder / "a.png")
    os.utime(folder / "a.png", (0, 0))
    status, result, _err = run(capsys, "import_items", "photos", folder)
    assert (status, result["added"], result["format"]) == (0, 2, "zip")
    assert set(Item.objects.values_list("external_id", flat=True)) == {"a.png", "more/b.png"}


def test_import_items_says_that_a_folder_is_empty(capsys, project, tmp_path):
    status, result, _err = run(capsys, "import_items", "birds", tmp_path)
    assert (status, result["error_count"]) == (1, 1)


def test_import_items_with_a_bad_row_ends_with_status_1_and_its_place(capsys, project, tmp_path):
    path = written(tmp_path, "items.csv", "id,text\na,one\nb,\n")
    status, result, err = run(capsys, "import_items", "birds", path)
    assert (status, result["added"], result["error_count"]) == (1, 1, 1)
    assert "file items.csv, row 3, field text" in err


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["import_items", "nowhere", __file__], "not_found"),
        (["import_items", "birds", "/no/such/file"], "file_not_readable"),
        (["import_annotations", "birds", "/tmp"], "file_not_readable"),
        (["import_items", "birds", __file__, "--column", "color=x"], "unknown_role"),
        (["import_annotations", "birds", "/no/such/file"], "file_not_readable"),
        (["export", "birds", "--format", "jsonl", "--output", "/no/where/x"], "file_not_writable"),
        (["export", "birds", "--format", "coco", "--output", "/tmp/x"], "format_not_possible"),
        (
            ["export", "birds", "--format", "csv", "--output", "/tmp/x", "--batch", "b"],
            "not_found",
        ),
    ],
)
def test_bad_arguments_end_with_status_1_and_a_sentence(capsys, project, arguments, code):
    status, result, err = run(capsys, *arguments)
    assert (status, result["errors"][0]["code"]) == (1, code)
    assert err


def test_import_annotations_in_one_command(capsys, project, tmp_path):
    path = written(tmp_path, "labels.csv", "item,annotator,label\n1,ana,robin\n1,bo,wren\n")
    status, result, _err = run(capsys, "import_annotations", "birds", path, "--create-items")
    assert (status, result["added"], result["items_created"]) == (0, 2, 1)
    assert Annotation.objects.count() == 2
    assert User.objects.filter(username__in=["ana", "bo"], is_active=False).count() == 2


def test_export_writes_the_file_and_its_manifest(capsys, project, tmp_path):
    items = written(tmp_path, "items.csv", "id,text\na,one\n")
    run(capsys, "import_items", "birds", items, "--batch", "first")
    Task.objects.update(result_answer={"species": "robin"}, result_source="vote")
    output = tmp_path / "out.csv"
    status, result, _err = run(
        capsys, "export", "birds", "--format", "csv", "--output", output, "--batch", "first"
    )
    assert status == 0
    assert output.read_text().splitlines()[1].startswith("a,first,one,robin")
    manifest = json.loads((tmp_path / "out.csv.manifest.json").read_text())
    assert manifest == result["manifest"]
    assert manifest["byte_count"] == output.stat().st_size
    assert Item.objects.count() == 1


def test_a_summary_for_people_is_not_json(project, tmp_path):
    path = written(tmp_path, "items.csv", "id,text\na,one\n")
    out = io.StringIO()
    call_command("import_items", "birds", str(path), stdout=out)
    assert "added: 1" in out.getvalue()


def test_the_command_waits_for_its_turn_without_a_worker(project, tmp_path, monkeypatch, capsys):
    first = make_batch(project, name="filled")
    other = Job.objects.create(kind="fill_batch", state=Job.State.RUNNING)
    batch_filling.begin(first, other)
    monkeypatch.setattr(base.time, "sleep", lambda _seconds: batch_filling.finish(other))
    path = tmp_path / "items.csv"
    path.write_bytes(b"id,text\na,one\n")
    status, result, _told = run(capsys, "import_items", project.slug, path, "--batch", "filled")
    assert (status, result["batched"]) == (0, 1)
