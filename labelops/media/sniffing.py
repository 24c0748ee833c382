"""What a file is, told from its first bytes; names and declared types are never believed."""

import re

IMAGE_TYPES = {
    "JPEG": "image/jpeg",
    "PNG": "image/png",
    "WEBP": "image/webp",
    "GIF": "image/gif",
    "BMP": "image/bmp",
    "TIFF": "image/tiff",
}
SIGNATURES = (
    (b"\xff\xd8\xff", "JPEG"),
    (b"\x89PNG\r\n\x1a\n", "PNG"),
    (b"GIF87a", "GIF"),
    (b"GIF89a", "GIF"),
    (b"BM", "BMP"),
    (b"II*\x00", "TIFF"),
    (b"MM\x00*", "TIFF"),
    (b"%PDF", "PDF"),
    (b"MZ", "EXE"),
    (b"\x7fELF", "ELF"),
    (b"%!PS", "EPS"),
    (b"8BPS", "PSD"),
    (b"\x00\x00\x00\x0cjP  ", "JPEG 2000"),
    (b"\xff\x4f\xff\x51", "JPEG 2000"),
    (b"PK\x03\x04", "ZIP"),
    (b"PK\x05\x06", "ZIP"),
    (b"\x1f\x8b", "GZIP"),
    (b"BZh", "BZIP2"),
    (b"\xfd7zXZ\x00", "XZ"),
    (b"7z\xbc\xaf\x27\x1c", "7Z"),
    (b"Rar!", "RAR"),
    (b"ID3", "MP3"),
    (b"OggS", "OGG"),
    (b"fLaC", "FLAC"),
    (b"\x1aE\xdf\xa3", "MATROSKA"),
)
ARCHIVES = frozenset({"ZIP", "GZIP", "BZIP2", "XZ", "7Z", "RAR"})
STILL_BRANDS = {b"heic": "HEIC", b"heix": "HEIC", b"mif1": "HEIC", b"avif": "AVIF"}
HTML = re.compile(rb"<!doctype html|<(html|head|body|script|iframe)\b", re.IGNORECASE)
SVG = re.compile(rb"<(\w+:)?svg\b", re.IGNORECASE)
HEAD = 4096


def found_type(content: bytes) -> str:
    """The name of the file type: a key of IMAGE_TYPES, another known name, or "" when unknown.

    >>> found_type(b"GIF89a..."), found_type(b"<svg onload=alert(1)>"), found_type(b"hello")
    ('GIF', 'SVG', '')
    """
    head = content[:HEAD]
    for signature, name in SIGNATURES:
        if head.startswith(signature):
            return name
    if head[:4] == b"RIFF":
        return {b"WEBP": "WEBP", b"WAVE": "WAV", b"AVI ": "AVI"}.get(head[8:12], "RIFF")
    if head[4:8] == b"ftyp":
        return STILL_BRANDS.get(head[8:12], "MP4")
    return _markup(head.lstrip(b"\xef\xbb\xbf \t\r\n"))


def _markup(head: bytes) -> str:
    if not head.startswith(b"<"):
        return ""
    if SVG.search(head):
        return "SVG"
    return "HTML" if HTML.search(head) else "XML"
