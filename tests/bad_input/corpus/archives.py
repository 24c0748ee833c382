"""A 1-9: ZIP archives that want more than they hold, or lead somewhere else."""

import io
import struct
import zipfile

from tests.bad_input.corpus import BadFile
from tests.factories import make_image_bytes, make_zip_bytes

GOOD_IMAGE = make_image_bytes((8, 8))
CENTRAL, END = b"PK\x01\x02", b"PK\x05\x06"


def with_good(content, name="bad.png"):
    return make_zip_bytes({name: content, "good.png": GOOD_IMAGE})


def packed(*entries, method=zipfile.ZIP_STORED):
    """Entries as ZipInfo or name, with their bytes, and a good image behind them."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", method) as archive:
        for info, content in entries:
            archive.writestr(info, content)
        archive.writestr("good.png", GOOD_IMAGE)
    return stream.getvalue()


def special(mode, target=b"/etc/passwd"):
    info = zipfile.ZipInfo("special.png")
    info.external_attr = mode << 16
    return packed((info, target))


def named(name):
    """An entry with a name that Python itself would tidy up."""
    name = name.encode() if isinstance(name, str) else name
    stand_in = b"x" * len(name)
    return with_good(GOOD_IMAGE, stand_in.decode()).replace(stand_in, name)


def in_utf8(name):
    """The same, whose name claims to be UTF-8."""
    content = bytearray(named(name))
    for mark, flags in ((b"PK\x03\x04", 6), (CENTRAL, 8)):
        content[content.index(mark) + flags + 1] |= 0x08
    return bytes(content)


def many_entries():
    """A directory of far more entries than allowed, made without making them."""
    one = make_zip_bytes({"x": b""})
    place, end = one.index(CENTRAL), one.index(END)
    directory = one[place:end] * 150_000
    tail = bytearray(one[end:])
    tail[12:16] = len(directory).to_bytes(4, "little")
    tail[16:20] = place.to_bytes(4, "little")
    return one[:place] + directory + bytes(tail)


def overlapping():
    """A hundred entries of the directory that all mean the same bytes (Fifield's bomb)."""
    one = packed(("kernel", b"\0" * 50_000), method=zipfile.ZIP_DEFLATED)
    place, end = one.index(CENTRAL), one.index(END)
    header = one[place : one.index(CENTRAL, place + 1)]
    directory = b"".join(header.replace(b"kernel", b"k%05d" % n) for n in range(100))
    tail = bytearray(one[end:])
    struct.pack_into("<2H2L", tail, 8, 100, 100, len(directory), place)
    return one[:place] + directory + bytes(tail)


def patched(entry, offset, value):
    """One byte of the first entry of the directory is another one."""
    content = bytearray(with_good(GOOD_IMAGE))
    content[content.index(CENTRAL) + offset] = value
    return bytes(content)


def lying_zip64():
    """Sizes that are said to stand in a ZIP64 field, which says petabytes."""
    info = zipfile.ZipInfo("bad.png")
    info.extra = struct.pack("<2H2Q", 1, 16, 2**50, 2**50)
    content = bytearray(packed((info, b"x")))
    struct.pack_into("<2L", content, content.index(CENTRAL) + 20, 2**32 - 1, 2**32 - 1)
    return bytes(content)


def bad_crc():
    return packed(("bad.png", b"CONTENT")).replace(b"CONTENT", b"content", 1)


def damaged(method):
    """An entry packed in an unusual way, and broken."""
    content = bytearray(packed(("bad.png", bytes(range(256)) * 40), method=method))
    place = content.index(b"bad.png") + 20
    content[place : place + 40] = b"\xff" * 40
    return bytes(content)


FILES = [
    BadFile(1, "bomb", lambda: with_good(b"\0" * 60_000_000), "archive_too_large"),
    BadFile(2, "overlapping entries", overlapping, "overlapping_entries"),
    BadFile(
        3,
        "archive in the archive",
        lambda: with_good(make_zip_bytes({"x": b"x"}), "in.zip"),
        "nested_archive",
        1,
    ),
    BadFile(4, "too many entries", many_entries, "too_many_entries"),
    *(
        BadFile(5, f"path {name[:4]}", lambda name=name: named(name), "bad_path", 1)
        for name in (
            "../../etc/cron.d/x",
            "/tmp/labelops.png",
            "C:\\x\\labelops.png",
            "..\\..\\labelops.png",
            "\\\\host\\labelops.png",
        )
    ),
    *(
        BadFile(6, f"special {mode:o}", lambda mode=mode: special(mode), "link_not_allowed", 1)
        for mode in (0o120777, 0o060666, 0o020666, 0o010666)
    ),
    BadFile(7, "case", lambda: with_good(GOOD_IMAGE, "GOOD.png"), "duplicate_entry", 1),
    BadFile(
        7,
        "composition",
        lambda: make_zip_bytes({"\u00e9.png": GOOD_IMAGE, "e\u0301.png": GOOD_IMAGE}),
        "duplicate_entry",
        1,
    ),
    BadFile(7, "same name", lambda: named("good.png"), "duplicate_entry", 1),
    BadFile(8, "encrypted", lambda: patched("bad.png", 8, 1), "encrypted_entry", 1),
    BadFile(8, "unknown packing", lambda: patched("bad.png", 10, 77), "unsupported_compression", 1),
    BadFile(8, "lying zip64", lying_zip64, "archive_too_large"),
    BadFile(8, "checksum", bad_crc, "bad_crc", 1),
    BadFile(8, "cut directory", lambda: with_good(b"x")[:-30], "zip_unreadable"),
    BadFile(8, "deflate", lambda: damaged(zipfile.ZIP_DEFLATED), "bad_entry", 1),
    BadFile(8, "bzip2", lambda: damaged(zipfile.ZIP_BZIP2), "unsupported_compression"),
    BadFile(8, "lzma", lambda: damaged(zipfile.ZIP_LZMA), "unsupported_compression"),
    BadFile(9, "cp437", lambda: named(b"caf\x82\xe1\xff.png"), "", 2),
    BadFile(9, "no UTF-8", lambda: in_utf8(b"caf\xc3\x28\xff.png"), "zip_unreadable"),
    BadFile(9, "5,000 characters", lambda: with_good(GOOD_IMAGE, "n" * 5_000), "id_too_long", 1),
    BadFile(9, "turned around", lambda: with_good(GOOD_IMAGE, "\u202egnp.exe.png"), "", 2),
    BadFile(9, "control characters", lambda: in_utf8("a\x1b[31m.png"), "bad_path", 1),
]
