"""Imports from the folder of the server: only below it, only the project's own part of it."""

import os
from pathlib import Path

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import DomainError
from labelops.jobs.models import Job
from labelops.jobs.services import cancel_job, run_job
from labelops.media import server_folder
from tasks.models import Item, Transfer
from tasks.services import arrivals, imports, server_files
from tasks.services.imports import run_import, start_server_import
from tests.factories import make_image_bytes, make_member, make_project, make_team, make_zip_bytes
from tests.tasks.imports import Killed, as_if_silent, finish

pytestmark = pytest.mark.django_db
TABLE = b"id,text\na,one\nb,two\n"


@pytest.fixture
def project(team):
    return make_project(team)


@pytest.fixture
def images(team):
    return make_project(team, item_type="image")


@pytest.fixture
def mei(team, client):
    mei = make_member(team, Role.MANAGER)
    client.force_login(mei)
    return mei


@pytest.fixture
def offered(settings, tmp_path):
    """Makes the files of a project in the import folder."""
    settings.IMPORT_DIR = tmp_path / "offered"
    settings.IMPORT_DIR.mkdir()
    (settings.IMPORT_DIR / "secret.csv").write_bytes(TABLE)

    def make(project, **files):
        folder = settings.IMPORT_DIR / server_files.folder_name(project)
        folder.mkdir(exist_ok=True)
        for name, content in files.items():
            path = folder / name.replace("__", "/")
            path = path.with_name(path.name.replace("_", "."))
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return folder

    return make


@pytest.fixture
def read_only(monkeypatch):
    monkeypatch.setattr(server_files, "is_read_only", lambda _descriptor: True)


def begin(project, path, **keywords):
    return start_server_import(project, server_file=path, by=project.created_by, **keywords)


def imported(project, path, **keywords):
    return finish(begin(project, path, **keywords), run_import)


def stored(settings):
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_a_file_is_copied_and_imported(project, offered, settings):
    folder = offered(project, birds__a_csv=TABLE)
    transfer = begin(project, "birds/a.csv", batch="first")
    assert (transfer.file_name, transfer.format) == ("a.csv", "")
    job = finish(transfer, run_import)
    assert (job.state, job.result["added"], job.result["batched"]) == ("done", 2, 2)
    assert job.transfer.byte_count == len(TABLE)
    assert (folder / "birds/a.csv").read_bytes() == TABLE
    assert not stored(settings)
    assert Event.objects.get(verb="import.started").after["server_file"] == "birds/a.csv"


def test_a_file_that_nobody_can_write_to_is_read_in_place(project, offered, settings, read_only):
    folder = offered(project, a_csv=TABLE)
    job = imported(project, "a.csv", batch="first")
    assert (job.state, job.result["added"], job.result["batched"]) == ("done", 2, 2)
    assert job.transfer.file_key == ""
    assert not stored(settings)
    assert (folder / "a.csv").exists()


@pytest.mark.parametrize("is_in_place", [False, True])
def test_a_file_that_changed_meanwhile_is_not_imported(
    project, offered, monkeypatch, settings, is_in_place
):
    monkeypatch.setattr(server_files, "is_read_only", lambda _descriptor: is_in_place)
    folder = offered(project, a_csv=TABLE)
    transfer = begin(project, "a.csv")
    (folder / "a.csv").write_bytes(b"id,text\nc,other\n")
    job = finish(transfer, run_import)
    assert (job.state, job.errors[0]["code"]) == ("failed", "file_changed")
    assert not Item.objects.exists()
    assert not stored(settings)


def test_a_change_while_it_is_read_is_noticed(project, offered, read_only, monkeypatch):
    folder = offered(project, a_csv=TABLE)
    real = imports.take_chunk

    def changing(*arguments):
        real(*arguments)
        with (folder / "a.csv").open("ab") as stream:
            stream.write(b"c,three\n")

    monkeypatch.setattr(imports, "take_chunk", changing)
    assert imported(project, "a.csv").errors[0]["code"] == "file_changed"


def test_a_file_that_has_gone_is_said_to(project, offered):
    folder = offered(project, a_csv=TABLE)
    transfer = begin(project, "a.csv")
    (folder / "a.csv").unlink()
    assert finish(transfer, run_import).errors[0]["code"] == "file_not_found"


OUTSIDE = [
    "../secret.csv",
    "/etc/passwd",
    "birds/../../secret.csv",
    "link_out",
    "folder_out/secret.csv",
    "link_other",
    "loop",
    "pipe",
    "no/such/file",
    "a.csv/x",
    "a.csv\x00",
    "\ud800",
    "x" * 5_000,
    "\\..\\secret.csv",
    "%2e%2e/secret.csv",
]


@pytest.fixture
def trapped(project, team, offered, settings):
    """A folder with links and devices that lead out of it, and another project's beside it."""
    other = offered(make_project(team), theirs_csv=TABLE)
    folder = offered(project, a_csv=TABLE, birds__b_csv=TABLE)
    (folder / "link_out").symlink_to("/etc/passwd")
    (folder / "folder_out").symlink_to(settings.IMPORT_DIR)
    (folder / "link_other").symlink_to(other / "theirs.csv")
    (folder / "loop").symlink_to("loop")
    (folder / "link_in").symlink_to("birds/b.csv")
    (folder / "folder_in").symlink_to("birds")
    (folder / ".hidden").write_bytes(TABLE)
    (folder / "two\nlines").write_bytes(TABLE)
    Path(os.fsdecode(bytes(folder) + b"/\xff")).write_bytes(TABLE)
    os.mkfifo(folder / "pipe")
    return folder


@pytest.mark.parametrize("path", OUTSIDE)
def test_nothing_outside_of_the_project_is_imported_or_listed(trapped, project, path):
    with pytest.raises(DomainError) as caught:
        begin(project, path)
    assert (caught.value.code, caught.value.field) == ("file_not_found", "server_file")
    assert server_files.list_files(project, path) is None
    assert not Job.objects.exists()


def test_the_list_shows_what_can_be_chosen(trapped, project):
    names = [entry.name for entry in server_files.list_files(project).entries]
    assert names == ["a.csv", "birds", "folder_in", "link_in"]
    assert server_files.list_files(project, "folder_in").path == "birds"


def test_links_that_stay_inside_are_followed(trapped, project):
    job = imported(project, "link_in")
    assert (job.transfer.file_name, job.result["added"]) == ("b.csv", 2)


def test_a_project_folder_that_is_a_link_is_not_followed(project, offered, settings, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere/a.csv").write_bytes(TABLE)
    root = settings.IMPORT_DIR / server_files.folder_name(project)
    root.symlink_to(tmp_path / "elsewhere")
    assert server_files.list_files(project) is None
    with pytest.raises(DomainError):
        begin(project, "a.csv")


def test_a_link_put_in_between_the_look_and_the_opening_is_not_followed(
    project, offered, settings, monkeypatch
):
    folder = offered(project, birds__a_csv=TABLE)
    real = server_folder.walk

    def swapped(descriptor, parts):
        (folder / "birds").rename(folder / "old")
        (folder / "birds").symlink_to("/etc")
        return real(descriptor, parts)

    monkeypatch.setattr(server_folder, "walk", swapped)
    with pytest.raises(DomainError):
        begin(project, "birds/a.csv")


def test_no_descriptor_is_left_open(trapped, project):
    before = len(os.listdir("/proc/self/fd"))
    for path in OUTSIDE:
        with pytest.raises(DomainError):
            begin(project, path)
    imported(project, "a.csv")
    server_files.list_files(project)
    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize(
    ("content", "code"), [(b"%PDF-1.7", "format_not_supported"), (b"", "empty_file")]
)
def test_what_is_no_import_is_refused_at_once(project, offered, content, code):
    offered(project, a_csv=content)
    with pytest.raises(DomainError) as caught:
        begin(project, "a.csv")
    assert (caught.value.code, caught.value.field) == (code, "server_file")
    assert not Job.objects.exists()


def test_texts_come_neither_in_folders_nor_among_images(project, offered):
    offered(project, birds__a_csv=TABLE, a_zip=make_zip_bytes({"a.png": make_image_bytes()}))
    for path in ("birds", "a.zip"):
        with pytest.raises(DomainError) as caught:
            begin(project, path)
        assert caught.value.code == "wrong_format"


def pictures(count):
    return {f"day__{n}_png": make_image_bytes((n + 1, 9)) for n in range(count)}


class TestFolder:
    @pytest.fixture(autouse=True)
    def saving_always(self, monkeypatch):
        monkeypatch.setattr(arrivals, "SAVE_SECONDS", 0)

    def test_its_images_are_imported_by_their_path(self, images, offered, settings):
        folder = offered(images, **pictures(3), top_png=make_image_bytes((50, 9)))
        (folder / "day/link.png").symlink_to("0.png")
        (folder / "linked").symlink_to("day")
        (folder / ".hidden.png").write_bytes(make_image_bytes((60, 9)))
        Path(os.fsdecode(bytes(folder) + b"/\xff.png")).write_bytes(b"x")
        job = imported(images, ".")
        ids = sorted(Item.objects.values_list("external_id", flat=True))
        assert ids == ["day/0.png", "day/1.png", "day/2.png", "top.png"]
        codes = {error["entry"]: error["code"] for error in job.errors}
        assert codes == {
            "day/link.png": "link_not_allowed",
            "linked": "link_not_allowed",
            "\\udcff.png": "file_not_readable",
        }
        assert job.transfer.file_name == server_files.folder_name(images)
        assert all("uploads" not in path.parts for path in stored(settings))

    @pytest.mark.parametrize(
        ("format_name", "files", "ids"),
        [
            (
                "yolo",
                {
                    "data_yaml": b"names: [car]",
                    "images__train__a_png": make_image_bytes((9, 9)),
                    "labels__train__a_txt": b"0 0.5 0.5 0.5 0.5\n",
                },
                ["train/a.png"],
            ),
            (
                "voc",
                {
                    "Annotations__a_xml": b"<annotation><filename>a.png</filename></annotation>",
                    "JPEGImages__a_png": make_image_bytes((9, 9)),
                    "JPEGImages__b_png": make_image_bytes((9, 8)),
                },
                ["a.png", "b.png"],
            ),
        ],
    )
    def test_one_with_labels_arrives_in_its_format(self, images, offered, format_name, files, ids):
        offered(images, **files)
        job = imported(images, ".")
        assert (job.state, job.transfer.format, job.errors) == ("done", format_name, [])
        assert sorted(Item.objects.values_list("external_id", flat=True)) == ids

    def test_an_empty_one_is_said_to_be(self, images, offered):
        offered(images)
        assert imported(images, ".").errors[0]["code"] == "no_rows"

    def test_one_that_is_too_full_is_refused_before_it_is_copied(
        self, images, offered, monkeypatch, settings
    ):
        monkeypatch.setattr("tasks.services.folder_packing.MAX_ENTRIES", 2)
        offered(images, **pictures(3))
        assert imported(images, ".").errors[0]["code"] == "folder_too_large"
        assert not stored(settings)

    @pytest.mark.parametrize("call", range(1, 6))
    def test_a_killed_one_is_packed_again(self, images, offered, monkeypatch, call):
        folder = offered(images, **pictures(3))
        (folder / "link.png").symlink_to("0.png")
        transfer, calls, real = begin(images, "."), [], arrivals.save_progress

        def deadly(job):
            calls.append(job)
            real(job)
            if len(calls) == call:
                raise Killed

        with monkeypatch.context() as patch:
            patch.setattr(arrivals, "save_progress", deadly)
            with pytest.raises(Killed):
                run_job(transfer.job_id, run_import)
        as_if_silent(transfer.job_id)
        job = finish(transfer, run_import)
        assert (job.state, job.result["added"], job.error_count) == ("done", 3, 1)

    def test_it_can_be_cancelled(self, images, offered, monkeypatch, settings):
        offered(images, **pictures(3))
        real, calls = arrivals.save_progress, []

        def save(job):
            calls.append(job)
            if len(calls) == 4:
                cancel_job(Job.objects.get(pk=job.pk), by=images.created_by)
            real(job)

        monkeypatch.setattr(arrivals, "save_progress", save)
        assert imported(images, ".").state == Job.State.CANCELLED
        assert not stored(settings)


class TestPages:
    def listed(self, client, project, **query):
        return client.get(reverse("import_folder", args=[project.slug]), query)

    def test_a_file_is_chosen_from_the_list(self, client, mei, project, offered):
        offered(project, birds__a_csv=TABLE)
        assert (
            "Files on the server" in client.get(reverse("import_create", args=[project.slug])).text
        )
        assert "?path=birds" in self.listed(client, project).text
        inner = self.listed(client, project, path="birds")
        assert "?server_file=birds%2Fa.csv" in inner.text
        assert "whole folder" not in inner.text
        form = client.get(
            reverse("import_create", args=[project.slug]), {"server_file": "birds/a.csv"}
        )
        assert 'value="birds/a.csv"' in form.text
        response = client.post(
            reverse("import_create", args=[project.slug]),
            {"server_file": "birds/a.csv", "overlap": 2, "mode": "good_rows"},
        )
        assert response.status_code == 302
        assert Transfer.objects.get().file_name == "a.csv"

    def test_the_list_pages_by_name_and_asks_the_database_no_more(
        self, client, mei, images, offered, monkeypatch, django_assert_max_num_queries
    ):
        monkeypatch.setattr(server_folder, "PAGE_SIZE", 10)
        offered(images, **{f"f{n:02}_png": b"x" for n in range(25)})
        seen, after = [], ""
        for _page in range(3):
            with django_assert_max_num_queries(12):
                listing = self.listed(client, images, after=after).context["listing"]
            seen += [entry.name for entry in listing.entries]
            after = listing.after
        assert (len(seen), seen, after) == (25, sorted(seen), "")
        assert "whole folder" in self.listed(client, images).text

    def test_too_full_a_folder_is_said_to_be_cut(self, client, mei, images, offered, monkeypatch):
        monkeypatch.setattr(server_folder, "MOST_SCANNED", 3)
        offered(images, **pictures(1), a_png=b"", b_png=b"", c_png=b"")
        assert "too many files" in self.listed(client, images).text

    @pytest.mark.parametrize("path", ["..", "/etc", "no", "a.csv", "\x00"])
    def test_what_is_no_folder_of_the_project_is_404(self, client, mei, project, offered, path):
        offered(project, a_csv=TABLE)
        assert self.listed(client, project, path=path).status_code == 404

    def test_without_files_or_folder_the_page_says_who_may_help(
        self, client, mei, project, offered, settings
    ):
        assert server_files.folder_name(project) in self.listed(client, project).text
        settings.IMPORT_DIR = None
        assert "No folder of the server" in self.listed(client, project).text
        form = client.get(reverse("import_create", args=[project.slug]))
        assert "Files on the server" not in form.text
        assert self.listed(client, project, path="x").status_code == 404
        assert self.listed(client, project, order="x").status_code == 400

    def test_others_learn_nothing(self, client, project, offered, team):
        offered(project, a_csv=TABLE)
        for person in (
            make_member(make_team(), Role.MANAGER),
            make_member(team, Role.EXPERT),
            make_member(team, Role.ANNOTATOR),
        ):
            client.force_login(person)
            assert self.listed(client, project).status_code == 404

    @pytest.mark.parametrize("is_on", [True, False])
    def test_the_api_takes_a_path_only_where_a_folder_is_offered(
        self, client, mei, project, offered, settings, is_on
    ):
        offered(project, a_csv=TABLE)
        settings.IMPORT_DIR = settings.IMPORT_DIR if is_on else None
        address = reverse("api_import_create", args=[project.slug])
        response = client.post(address, {"server_file": "a.csv"}, content_type="application/json")
        assert response.status_code == (202 if is_on else 400)
        if not is_on:
            assert response.json()["field"] == "server_file"
