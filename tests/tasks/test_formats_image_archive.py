"""Images of archives by the names that labels have for them, and files that are damaged."""

import io
import zipfile

import pytest

from tasks.formats.image_archive import ImageArchive
from tasks.formats.problems import RowRefused
from tests.factories import make_zip_bytes

pytestmark = pytest.mark.once


def archive_of(*names, content=b"x"):
    return ImageArchive(io.BytesIO(make_zip_bytes(dict.fromkeys(names, content))))


def found(names, name, near=""):
    with archive_of(*names) as archive:
        entry = archive.image(name, near)
        return entry and entry.path


@pytest.mark.parametrize(
    ("names", "name", "near", "expected"),
    [
        (["a.jpg", "images/a.jpg"], "a.jpg", "", "a.jpg"),
        (["images/a.jpg", "b/a.jpg"], "a.jpg", "annotations", "images/a.jpg"),
        (["x/images/a.jpg", "y/a.jpg"], "a.jpg", "x/annotations", "x/images/a.jpg"),
        (["v/JPEGImages/1.jpg", "w/1.jpg"], "1.jpg", "v/Annotations", "v/JPEGImages/1.jpg"),
        (["v/JPEGImages/1.JPG"], "1", "v/Annotations", "v/JPEGImages/1.JPG"),
        (["deep/down/a.jpg"], "C:\\photos\\A.jpg", "", "deep/down/a.jpg"),
        (["x/a.jpg", "y/a.jpg"], "a.jpg", "", None),
        (["x/cafe\u0301.jpg"], "./x/caf\u00e9.jpg", "", "x/caf\u00e9.jpg"),
        (["../a.jpg"], "a.jpg", "", None),
        (["a.jpg", "a.png"], "a", "", None),
        (["a.txt"], "b/a.txt", "", None),
    ],
)
def test_an_image_is_found_by_path_then_by_folder_then_by_its_last_part(
    names, name, near, expected
):
    assert found(names, name, near) == expected


def test_a_twin_is_not_found_and_its_problem_names_the_first():
    with archive_of("A.jpg", "a.jpg", "b.jpg") as archive:
        (first, good), (_twin, problem), (last, _good) = archive.entries()
        assert (good, problem.code, problem.params["twin"]) == (None, "duplicate_entry", "A.jpg")
        assert archive.at("a.JPG") == first
        assert [entry for entry, _problem in archive.entries(after=2)] == [last]


def test_files_are_read_to_a_limit_and_damage_names_its_place():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.txt", b"x" * 2_000_000)
        archive.writestr("b.txt", b"content")
    damaged = stream.getvalue().replace(b"content", b"CONTENT")
    with ImageArchive(io.BytesIO(damaged)) as archive:
        large, bad = archive.at("a.txt"), archive.at("b.txt")
        assert len(archive.read(large, 2**21)) == len(archive.open(large).read()) == 2_000_000
        with pytest.raises(RowRefused) as refusal:
            archive.read(large, 2**20)
        assert (refusal.value.problem.code, refusal.value.problem.row) == ("file_too_large", 1)
        with pytest.raises(RowRefused) as refusal:
            archive.open(bad).read()
        assert (refusal.value.problem.code, refusal.value.problem.entry) == ("bad_crc", "b.txt")


def test_images_are_loaded_after_the_names_are_forgotten():
    with archive_of("a.jpg", content=b"one") as archive:
        load = archive.loader(archive.at("a.jpg"))
    assert load() == b"one"
