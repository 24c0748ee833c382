"""Which format a file has, told from its content; its name is never asked."""

from typing import BinaryIO

from labelops.hints import Hint
from tasks.formats import parquet
from tasks.formats.archive_sniffing import archive_format, xml_format
from tasks.formats.conll_reading import is_conll
from tasks.formats.encoding import refuse_utf16
from tasks.formats.json_sniffing import array_format, object_format
from tasks.formats.problems import FileRefused, Problem

HEAD = 64 * 1024
MARK = b"\xef\xbb\xbf"
BINARY = (
    (b"%PDF", "a PDF"),
    (b"\xff\xd8\xff", "a single image"),
    (b"\x89PNG", "a single image"),
    (b"GIF8", "a single image"),
    (b"RIFF", "a single media file"),
    (b"\x1f\x8b", "a GZIP archive"),
    (b"7z\xbc\xaf", "a 7-Zip archive"),
    (b"Rar!", "a RAR archive"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"SQLite format 3", "a database"),
    (b"MZ", "a program"),
    (b"\x7fELF", "a program"),
)
ACCEPTED = Hint("Accepted: CSV, JSON, JSONL, CoNLL, COCO, YOLO, Pascal VOC, CVAT, a ZIP of images.")


def detect(stream: BinaryIO) -> str:
    """The name of the reader of a file. Raises FileRefused with what the file seems to be.

    >>> import io
    >>> detect(io.BytesIO(b'{"id": 1}')), detect(io.BytesIO(b"id,text"))
    ('jsonl', 'csv')
    """
    stream.seek(0)
    head = stream.read(HEAD)
    stream.seek(0)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return archive_format(stream)
    if head.startswith(b"PAR1"):
        return _parquet()
    for signature, kind in BINARY:
        if head.startswith(signature):
            raise _not_accepted(kind)
    refuse_utf16(head[:4])
    start = head.removeprefix(MARK).lstrip()
    if not start:
        raise FileRefused(Problem("empty_file", "The file is empty.", hint=ACCEPTED))
    if start.startswith(b"{"):
        return object_format(stream)
    if start.startswith(b"["):
        return array_format(stream)
    if start.startswith(b"<"):
        format_name = xml_format(start)
        if format_name is None:
            raise _not_accepted("HTML or XML")
        return format_name
    return "conll" if is_conll(start) else "csv"


def _parquet() -> str:
    if parquet.is_available():
        return "parquet"
    raise FileRefused(
        Problem(
            "parquet_not_available",
            "The file is Parquet, which this server cannot read.",
            hint=Hint("The operator makes it able to: pip install duckdb."),
        )
    )


def _not_accepted(kind: str) -> FileRefused:
    return FileRefused(
        Problem(
            "format_not_supported",
            "The file is {kind}, which cannot be imported.",
            hint=ACCEPTED,
            params={"kind": kind},
        )
    )
