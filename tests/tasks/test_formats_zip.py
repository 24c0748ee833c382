import io
import struct
import unicodedata
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.formats import zip_directory
from tasks.formats.problems import FileRefused, Problem, RowRefused
from tests.factories import make_zip_bytes
from tests.tasks import formats


def read(content):
    return formats.read("zip", content)


def refusal_of(content):
    with pytest.raises(FileRefused) as refusal:
        read(content)
    return refusal.value.problem.code


def codes(content):
    return [row.code if isinstance(row, Problem) else row.external_id for row in read(content)]


def raw_zip(*entries):
    """Entries as ZipInfo, bytes: for names and attributes that writestr would tidy up."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for info, content in entries:
            archive.writestr(info, content)
    return stream.getvalue()


def renamed(old, new):
    """An archive whose one entry has a name that Python itself would not write."""
    assert len(old) == len(new)
    return make_zip_bytes({old.decode(): b"x"}).replace(old, new)


def test_the_path_is_the_id_and_bytes_are_read_on_demand():
    stream = io.BytesIO(make_zip_bytes({"birds/01.png": b"one", "birds/02.png": b"two"}))
    loaded = [(row.external_id, row.load()) for row in formats.read("zip", stream)]
    assert loaded == [("birds/01.png", b"one"), ("birds/02.png", b"two")]


def test_folders_and_what_systems_leave_behind_do_not_count():
    content = make_zip_bytes(
        {"a/": b"", "__MACOSX/a/._1.png": b"x", ".DS_Store": b"x", "a/Thumbs.db": b"x", "a/1": b"x"}
    )
    assert codes(content) == ["a/1"]


def test_decomposed_names_are_composed():
    name = unicodedata.normalize("NFD", "é.png")
    assert codes(make_zip_bytes({name: b"x"})) == [unicodedata.normalize("NFC", name)]


@pytest.mark.parametrize(
    "name", ["../../x", "/etc/x", "C:\\x", "..\\x", "a/../b", "a//b", "./x", "a/./b", "\\\\host\\x"]
)
def test_paths_that_lead_elsewhere_are_refused(name):
    info = zipfile.ZipInfo("x" * len(name))
    content = raw_zip((info, b"x")).replace(b"x" * len(name), name.encode())
    assert codes(content) == ["bad_path"]


def test_a_control_character_in_a_name_is_refused():
    assert codes(renamed(b"abc.png", b"ab\n.png")) == ["bad_path"]
    assert codes(renamed(b"abc.png", b"ab\0.png")) == ["bad_path"]
    assert codes(renamed(b"abc.png", b"\0bc.png")) == ["bad_path"]


def test_links_and_devices_are_refused():
    link, device = zipfile.ZipInfo("link"), zipfile.ZipInfo("device")
    link.external_attr = 0o120777 << 16
    device.external_attr = 0o060666 << 16
    assert codes(raw_zip((link, b"/etc/passwd"), (device, b""))) == ["link_not_allowed"] * 2


def test_names_that_differ_only_in_case_or_composition_name_each_other():
    content = make_zip_bytes({"A.png": b"x", "a.png": b"y", "é": b"x", "e\u0301": b"y"})
    first, second, third, fourth = read(content)
    assert (second.code, second.params["twin"]) == ("duplicate_entry", "A.png")
    assert fourth.code == "duplicate_entry"
    assert (first.external_id, third.external_id) == ("A.png", "é")


def test_the_same_name_twice_is_refused():
    with pytest.warns(UserWarning, match="Duplicate"):
        content = raw_zip((zipfile.ZipInfo("a"), b"1"), (zipfile.ZipInfo("a"), b"2"))
    assert codes(content) == ["a", "duplicate_entry"]


def test_an_encrypted_entry_is_refused():
    content = bytearray(make_zip_bytes({"a.png": b"x"}))
    place = content.index(b"PK\x01\x02")
    content[place + 8] |= 1
    assert codes(bytes(content)) == ["encrypted_entry"]


def test_a_bad_checksum_is_found_when_the_entry_is_read():
    content = raw_zip((zipfile.ZipInfo("a.png"), b"content")).replace(b"content", b"CONTENT")
    record, *_others = read(content)
    with pytest.raises(RowRefused) as refusal:
        record.load()
    assert refusal.value.problem.code == "bad_crc"
    assert refusal.value.problem.entry == "a.png"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_only_the_usual_packing_is_read(method):
    """What these decoders say of damage is not what others say, and LZMA may ask for gigabytes."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        archive.writestr("a.png", b"content" * 99)
    (record,) = read(stream.getvalue())
    with pytest.raises(RowRefused) as refusal:
        record.load()
    assert refusal.value.problem.code == "unsupported_compression"


def test_a_long_name_is_refused():
    assert codes(make_zip_bytes({"x" * 5_000: b"x"})) == ["id_too_long"]


def test_a_bomb_is_refused_before_it_is_unpacked():
    assert refusal_of(make_zip_bytes({"zeros.png": b"\0" * 30_000_000})) == "archive_too_large"


def test_overlapping_entries_are_refused():
    content = bytearray(make_zip_bytes({"a": b"x" * 100, "b": b"y" * 100}))
    second = content.rindex(b"PK\x01\x02")
    struct.pack_into("<L", content, second + 42, 0)
    assert refusal_of(bytes(content)) == "overlapping_entries"


def test_too_many_entries_are_counted_and_not_believed(monkeypatch):
    monkeypatch.setattr(zip_directory, "MAX_ENTRIES", 3)
    content = bytearray(make_zip_bytes({str(n): b"" for n in range(5)}))
    end = content.rindex(b"PK\x05\x06")
    struct.pack_into("<2H", content, end + 8, 1, 1)
    assert refusal_of(bytes(content)) == "too_many_entries"


@pytest.mark.parametrize("cut", [1, 10, 22, 40, 60])
def test_a_cut_archive_is_refused(cut):
    content = make_zip_bytes({"a.png": b"x" * 50})
    assert refusal_of(content[:-cut]) == "zip_unreadable"


def test_an_empty_archive_and_an_office_file_say_so():
    assert refusal_of(make_zip_bytes({})) == "no_rows"
    assert refusal_of(make_zip_bytes({"[Content_Types].xml": b"<x/>"})) == "office_file"


def test_a_file_larger_than_the_limit_is_cut_off(monkeypatch):
    monkeypatch.setattr("tasks.formats.image_archive.MAX_FILE", 10)
    (record,) = read(make_zip_bytes({"a.png": b"x" * 11}))
    with pytest.raises(RowRefused) as refusal:
        record.load()
    assert refusal.value.problem.code == "file_too_large"


@given(st.data())
def test_a_flipped_byte_never_fails_in_an_unknown_way(data):
    content = bytearray(make_zip_bytes({"a.png": b"hello" * 9, "b.png": b"there" * 9}))
    place = data.draw(st.integers(0, len(content) - 1))
    content[place] ^= data.draw(st.integers(1, 255))
    try:
        for row in read(bytes(content)):
            if not isinstance(row, Problem):
                row.load()
    except RowRefused:
        pass
