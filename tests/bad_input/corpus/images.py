"""A 10-18: what calls itself an image, beside a good one in the same archive."""

import io
import struct
import zlib

from PIL import Image

from tests.bad_input.corpus import BadFile
from tests.bad_input.corpus.archives import GOOD_IMAGE, with_good
from tests.factories import make_image_bytes, make_zip_bytes
from tests.tasks.test_media_images import png_of

JPEG = make_image_bytes((64, 48), format="JPEG")
SCRIPT = b"<html><script>alert(1)</script></html>"
SVG = {
    "onload": b"<svg onload='alert(1)'/>",
    "script": b"<?xml version='1.0'?><svg xmlns='http://www.w3.org/2000/svg'><script/></svg>",
    "foreign object": b"<svg><foreignObject><iframe/></foreignObject></svg>",
    "external use": b"<svg:svg xmlns:svg='x'><use href='http://169.254.169.254/#x'/></svg:svg>",
    "entities": b"<!DOCTYPE svg [<!ENTITY a 'aaaa'><!ENTITY b '&a;&a;'>]><svg>&b;</svg>",
}
OTHER = {
    "html": b"<html><script>1</script>",
    "pdf": b"%PDF-1.7",
    "program": b"MZ\x90",
    "film": b"\0\0\0\x18ftypmp42",
}
EXOTIC = {
    "heic": b"\0\0\0\x18ftypheic",
    "avif": b"\0\0\0\x18ftypavif",
    "eps": b"%!PS-Adobe-3.0",
    "psd": b"8BPS\0\x01",
    "jpeg 2000": b"\0\0\0\x0cjP  \r\n\x87\n",
}


def saved(image, format, **options):
    stream = io.BytesIO()
    image.save(stream, format, **options)
    return stream.getvalue()


def animation(format, frames, **options):
    pictures = [Image.new("RGB", (9, 9), (n, 9, 9)) for n in range(frames)]
    return saved(pictures[0], format, save_all=True, append_images=pictures[1:], **options)


def endless_gif(frames):
    """As many frames as one likes, in a few bytes each."""
    head = b"GIF89a" + struct.pack("<2H3B", 1, 1, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff"
    frame = b"\x2c" + struct.pack("<4HB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"
    return head + frame * frames + b"\x3b"


def with_chunk(kind, body):
    """The good PNG with one more chunk behind its header."""
    chunk = kind + body
    made = (len(body)).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
    return GOOD_IMAGE[:33] + made + GOOD_IMAGE[33:]


def beside_good(row, name, make, code="", kept=1):
    return BadFile(row, name, lambda: with_good(make(), f"{name}.jpg"), code, kept)


FILES = [
    beside_good(10, "pixels", lambda: png_of(60_000, 60_000), "image_too_many_pixels"),
    beside_good(11, "gif", lambda: endless_gif(10_000), kept=2),
    beside_good(11, "webp", lambda: animation("WEBP", 20), kept=2),
    beside_good(11, "apng", lambda: animation("PNG", 20), kept=2),
    beside_good(11, "pages", lambda: animation("TIFF", 20), kept=2),
    beside_good(12, "cut png", lambda: GOOD_IMAGE[:50], "image_unreadable"),
    beside_good(12, "cut jpeg", lambda: JPEG[: len(JPEG) // 2], "image_unreadable"),
    beside_good(12, "nothing", lambda: b"", "image_unreadable"),
    beside_good(12, "one byte", lambda: b"\xff", "image_unreadable"),
    *(
        beside_good(13, name, lambda content=content: content, "type_mismatch")
        for name, content in OTHER.items()
    ),
    beside_good(14, "gif and script", lambda: b"GIF89a/*<script>*/", "image_unreadable"),
    beside_good(14, "jpeg and html", lambda: JPEG + SCRIPT, kept=2),
    beside_good(14, "png and zip", lambda: GOOD_IMAGE + make_zip_bytes({"x": SCRIPT}), kept=2),
    *(
        beside_good(15, name, lambda content=content: content, "svg_not_supported")
        for name, content in SVG.items()
    ),
    beside_good(17, "cmyk", lambda: saved(Image.new("CMYK", (9, 8), "teal"), "JPEG"), kept=2),
    beside_good(17, "16 bits", lambda: saved(Image.new("I;16", (9, 8), 40_000), "PNG"), kept=2),
    beside_good(
        17, "palette", lambda: saved(Image.new("P", (9, 8)), "PNG", transparency=0), kept=2
    ),
    beside_good(
        17,
        "profile bomb",
        lambda: with_chunk(b"iCCP", b"x\0\0" + zlib.compress(b"\0" * 100_000_000, 9)),
        "image_unreadable",
    ),
    beside_good(
        17,
        "text bomb",
        lambda: with_chunk(b"zTXt", b"x\0\0" + zlib.compress(b"\0" * 100_000_000, 9)),
        "image_unreadable",
    ),
    *(
        beside_good(18, name, lambda content=content: content, "type_mismatch")
        for name, content in EXOTIC.items()
    ),
]
MEDIA = "tests/tasks/test_media_images.py"
COVERED = {
    16: [
        f"{MEDIA}::test_size_and_picture_follow_the_exif_rotation",
        f"{MEDIA}::test_places_and_other_metadata_are_stripped",
    ],
}
