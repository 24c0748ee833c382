import io
import os
import struct
import zlib
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from labelops.media import storage
from labelops.media.images import ImageRefused, prepare
from tests.factories import make_image_bytes

GPS = 0x8825


def opened(content):
    return Image.open(io.BytesIO(content))


def refusal_of(content):
    with pytest.raises(ImageRefused) as refusal:
        prepare(content)
    return refusal.value.code


def png_of(width, height):
    """A PNG whose header claims a size; its pixels are hardly there."""

    def chunk(kind, content):
        body = kind + content
        return struct.pack(">L", len(content)) + body + struct.pack(">L", zlib.crc32(body))

    header = struct.pack(">LLBBBBB", width, height, 1, 0, 0, 0, 0)
    pixels = zlib.compress(b"\0" * 1000)
    parts = chunk(b"IHDR", header), chunk(b"IDAT", pixels), chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)


@pytest.mark.parametrize(
    ("format", "media_type"),
    [
        ("JPEG", "image/jpeg"),
        ("PNG", "image/png"),
        ("WEBP", "image/webp"),
        ("GIF", "image/gif"),
        ("BMP", "image/bmp"),
        ("TIFF", "image/tiff"),
    ],
)
def test_each_accepted_format_gets_derivatives(format, media_type):
    image = prepare(make_image_bytes((400, 300), format=format))
    assert (image.media_type, image.width, image.height) == (media_type, 400, 300)
    assert opened(image.preview).size == (400, 300)
    assert opened(image.thumbnail).size == (320, 240)


@pytest.mark.parametrize(
    ("format", "size", "shown"),
    [
        ("PNG", (4000, 1000), (2048, 512)),
        # Decoded at a half, which is near enough to be shown as it is.
        ("JPEG", (4000, 1000), (2000, 500)),
        ("JPEG", (3000, 750), (1500, 375)),
        # Too far below at a half.
        ("JPEG", (2800, 700), (2048, 512)),
        ("JPEG", (5000, 1250), (2048, 512)),
    ],
)
def test_a_large_image_is_shown_smaller_but_measured_whole(format, size, shown):
    image = prepare(make_image_bytes(size, format=format))
    assert (image.width, image.height) == size
    assert opened(image.preview).size == shown
    assert max(opened(image.thumbnail).size) == 320


@pytest.mark.parametrize("orientation", range(1, 9))
def test_size_and_picture_follow_the_exif_rotation(orientation):
    source = Image.new("RGB", (40, 20), "white")
    source.paste("red", (0, 0, 10, 10))
    exif = Image.Exif()
    exif[0x0112] = orientation
    stream = io.BytesIO()
    source.save(stream, "PNG", exif=exif)
    image = prepare(stream.getvalue())
    expected = (40, 20) if orientation < 5 else (20, 40)
    assert (image.width, image.height) == opened(image.preview).size == expected
    corners = {1: (2, 2), 2: (37, 2), 3: (37, 17), 4: (2, 17)}
    corners |= {5: (2, 2), 6: (17, 2), 7: (17, 37), 8: (2, 37)}
    red, green, _blue = opened(image.preview).convert("RGB").getpixel(corners[orientation])
    assert red > 200
    assert green < 80


def test_places_and_other_metadata_are_stripped():
    exif = Image.Exif()
    exif.get_ifd(GPS)[1] = "N"
    exif[0x010E] = "<script>canary</script>"
    content = make_image_bytes(format="JPEG", exif=exif, comment=b"canary")
    assert b"canary" in content
    image = prepare(content)
    for derivative in (image.preview, image.thumbnail):
        assert b"canary" not in derivative
        assert not opened(derivative).getexif()


def test_what_is_appended_to_an_image_is_not_shown():
    image = prepare(make_image_bytes() + b"<script>alert(1)</script>PK\x03\x04")
    assert b"script" not in image.preview


@pytest.mark.parametrize("mode", ["CMYK", "L", "1", "P"])
def test_unusual_colours_become_a_picture(mode):
    format = "JPEG" if mode == "CMYK" else "PNG"
    image = prepare(make_image_bytes(mode=mode, color=0, format=format))
    assert opened(image.preview).size == (64, 48)


def test_sixteen_bits_keep_their_contrast():
    source = Image.new("I;16", (10, 10), 1000)
    source.putpixel((0, 0), 60000)
    stream = io.BytesIO()
    source.save(stream, "PNG")
    preview = opened(prepare(stream.getvalue()).preview).convert("L")
    assert preview.getpixel((9, 9)) < 60


def test_transparency_is_kept():
    stream = io.BytesIO()
    Image.new("RGBA", (9, 9), (255, 0, 0, 0)).save(stream, "PNG")
    assert opened(prepare(stream.getvalue()).preview).mode == "RGBA"


def test_of_an_animation_the_first_frame_counts():
    frames = [Image.new("P", (9, 9), n) for n in range(20)]
    stream = io.BytesIO()
    frames[0].save(stream, "GIF", save_all=True, append_images=frames[1:])
    image = prepare(stream.getvalue())
    assert getattr(opened(image.preview), "n_frames", 1) == 1


def test_too_many_pixels_are_refused_from_the_header():
    assert refusal_of(png_of(60_000, 60_000)) == "image_too_many_pixels"
    assert refusal_of(png_of(12_000, 9_000)) == "image_too_many_pixels"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "image_unreadable"),
        (b"x", "image_unreadable"),
        (make_image_bytes(format="JPEG")[:200], "image_unreadable"),
        (make_image_bytes()[:60], "image_unreadable"),
        (b"<!doctype html><script>alert(1)</script>", "type_mismatch"),
        (b"%PDF-1.7 ...", "type_mismatch"),
        (b"MZ\x90\x00", "type_mismatch"),
        (b"\0\0\0\x18ftypmp42", "type_mismatch"),
        (b"\0\0\0\x18ftypheic", "type_mismatch"),
        (b"8BPS\0\x01", "type_mismatch"),
        (b"%!PS-Adobe", "type_mismatch"),
        (b"PK\x03\x04", "nested_archive"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "svg_not_supported"),
        (b"\xef\xbb\xbf<?xml version='1.0'?><!-- x --><svg/>", "svg_not_supported"),
        (b"GIF89a/*<script>*/=1", "image_unreadable"),
    ],
)
def test_what_is_no_image_is_refused_by_its_content(content, code):
    assert refusal_of(content) == code


def test_a_compressed_text_bomb_in_a_png_is_refused():
    content = make_image_bytes()
    bomb = b"zTXt" + b"Comment\0\0" + zlib.compress(b"\0" * 80_000_000)
    chunk = struct.pack(">L", len(bomb) - 4) + bomb + struct.pack(">L", zlib.crc32(bomb))
    assert refusal_of(content[:33] + chunk + content[33:]) == "image_unreadable"


@given(st.data())
def test_damage_never_fails_in_an_unknown_way(data):
    format = data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"]))
    content = bytearray(make_image_bytes((20, 20), format=format))
    for _time in range(data.draw(st.integers(1, 5))):
        place = data.draw(st.integers(0, len(content) - 1))
        content[place] = data.draw(st.integers(0, 255))
    with suppress(ImageRefused):
        prepare(bytes(content))


@pytest.mark.parametrize(
    "key", ["", "items", "../secret", "items/aa/../../x", "/etc/passwd", "items/aa/" + "g" * 32]
)
def test_only_keys_of_ours_name_files(key):
    with pytest.raises(ValueError, match="storage key"):
        storage.path_of(key)


def test_a_file_appears_whole_or_not_at_all(settings):
    key = storage.make_key("items")

    def broken():
        yield b"half"
        raise RuntimeError

    with pytest.raises(RuntimeError):
        storage.save(key, broken())
    assert not storage.exists(key)
    assert not [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_what_a_killed_writer_left_is_removed_after_a_day(settings):
    folder = Path(settings.MEDIA_ROOT) / "partial"
    folder.mkdir(parents=True)
    old, new = folder / "old", folder / "new"
    for path in (old, new):
        path.write_bytes(b"half")
    os.utime(old, (0, 0))
    storage.drop_leftovers()
    assert [path.name for path in folder.iterdir()] == ["new"]
