"""Archives and names in them, judged by Python's own reader."""

import io
import unicodedata
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.formats import zip_writing
from tasks.formats.safe_names import LONGEST, SafeNames, stem_of
from tasks.formats.zip_writing import Packed, ZipWriter

IDS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=300)
HOSTILE = [
    "../../etc/passwd",
    "..\\..\\windows\\system32",
    "/etc/passwd",
    "C:\\x",
    "a/../../b.jpg",
    "....//x",
    ".",
    "..",
    ".hidden",
    "con",
    "NUL.png",
    "lpt1.txt",
    "trailing. ",
    "a\u202egpj.exe",
    "x" * 300,
    "🐦",
    "%2e%2e%2f",
    'a:b|c<d>e"f?g*h',
    "\u2028",
]


def archive_of(entries):
    stream = io.BytesIO()
    with ZipWriter(stream) as archive:
        for name, content in entries:
            archive.add(name, content)
    return stream


@given(st.dictionaries(st.text("ab/é🐦", min_size=1, max_size=9), st.binary(max_size=99)))
def test_what_is_written_is_read_again(entries):
    with zipfile.ZipFile(archive_of(entries.items())) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in archive.namelist()} == entries


def test_the_same_entries_give_the_same_bytes():
    entries = [("a.txt", b"Hello"), ("b/c.txt", b"")]
    first = archive_of(entries).getvalue()
    assert first == archive_of(entries).getvalue()
    [info, _other] = zipfile.ZipFile(io.BytesIO(first)).infolist()
    assert info.date_time == (1980, 1, 1, 0, 0, 0)
    assert info.external_attr >> 16 == 0o100644


def test_a_file_of_any_size_goes_through_in_blocks(monkeypatch):
    monkeypatch.setattr(zip_writing, "BLOCK", 3)
    stream = io.BytesIO()
    with ZipWriter(stream) as archive:
        archive.add_file("long.txt", io.BytesIO(b"0123456789"))
    assert zipfile.ZipFile(stream).read("long.txt") == b"0123456789"


def test_nothing_is_sought_or_read_in_the_target():
    class Pipe(io.RawIOBase):
        def writable(self):
            return True

        def write(self, block):
            self.content = getattr(self, "content", b"") + bytes(block)
            return len(block)

    pipe = Pipe()
    with ZipWriter(pipe) as archive:
        archive.add("a", b"1")
    assert zipfile.ZipFile(io.BytesIO(pipe.content)).read("a") == b"1"


def test_more_entries_than_the_old_directory_can_count():
    with zipfile.ZipFile(archive_of((f"{n}", b"") for n in range(65_536))) as archive:
        assert len(archive.namelist()) == 65_536
        assert archive.read("65535") == b""


def test_places_and_sizes_beyond_32_bits(tmp_path):
    gap = 2**32 + 5
    with (tmp_path / "large.zip").open("w+b") as stream:
        with ZipWriter(stream) as archive:
            archive.add("first.txt", b"1")
            # An entry of four gigabytes that takes no room: a hole in a sparse file.
            archive._head("hole", Packed(0, gap, gap))
            stream.seek(gap, io.SEEK_CUR)
            archive.offset += gap
            archive.add("last.txt", b"2")
        with zipfile.ZipFile(stream) as read:
            assert read.getinfo("hole").file_size == gap
            assert read.getinfo("last.txt").header_offset > 2**32
            assert (read.read("first.txt"), read.read("last.txt")) == (b"1", b"2")


def test_an_error_in_the_middle_ends_no_archive():
    stream = io.BytesIO()
    with pytest.raises(ZeroDivisionError):
        fail_within(stream)
    assert stream.getvalue()
    assert not zipfile.is_zipfile(stream)


def fail_within(stream):
    with ZipWriter(stream) as archive:
        archive.add("a", b"1")
        raise ZeroDivisionError


def is_safe(name):
    return (
        name == name.strip(". ")
        and 0 < len(name.encode()) <= 4 * LONGEST + 1
        and not set(name) & set('/\\:*?"<>|\0')
        and ".." not in name
        and all(char.isprintable() for char in name)
    )


@pytest.mark.parametrize("external_id", HOSTILE)
def test_a_name_never_leads_out_of_the_archive(external_id):
    assert is_safe(stem_of(external_id))


@given(IDS)
def test_every_id_has_a_safe_name(external_id):
    assert is_safe(stem_of(external_id))


@given(st.lists(IDS | st.sampled_from(["a.jpg", "A.jpg", "a.png", "b/a", "b_a", "é", "e\u0301"])))
def test_no_two_names_are_the_same_on_any_disk(ids):
    with SafeNames() as names:
        taken = [names.take(external_id) for external_id in dict.fromkeys(ids)]
    folded = {unicodedata.normalize("NFC", name.casefold()) for name in taken}
    assert len(folded) == len(taken)


def test_a_plain_name_stays_as_it_is():
    with SafeNames() as names:
        assert names.take("IMG_0001.JPG") == "IMG_0001"
        assert names.take("मछली.jpg") == "मछली"


def test_names_that_lay_traps_for_others_cost_them_only_a_number():
    with SafeNames() as names:
        first, second = names.take("a.jpg"), names.take("a.png")
    traps = [second, "a-" + second[2:], *(f"a-{'0' * n}" for n in (8, 12, 16))]
    with SafeNames() as names:
        taken = [names.take(trap) for trap in dict.fromkeys([first, *traps, "a.png"])]
    assert len({name.casefold() for name in taken}) == len(taken)
