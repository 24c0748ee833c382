"""Text files must be UTF-8: checked over the whole file before a row of it is used."""

import codecs
from typing import BinaryIO

from labelops.hints import Hint
from tasks.formats.problems import FileRefused, Problem

BLOCK = 1024 * 1024
HINT = Hint("Save the file as UTF-8 (in Excel: “CSV UTF-8”) and send it again.")


def check_utf8(stream: BinaryIO) -> None:
    """Rewind the stream; raise FileRefused with the byte offset when it is not UTF-8.

    >>> import io
    >>> check_utf8(io.BytesIO(b"id,text\\n1,caf\\xe9\\n"))
    Traceback (most recent call last):
    tasks.formats.problems.FileRefused: Byte 13 (0xE9, line 2) is not UTF-8.
    """
    stream.seek(0)
    refuse_utf16(stream.read(4))
    stream.seek(0)
    decoder = codecs.getincrementaldecoder("utf-8")()
    offset = line = 0
    while block := stream.read(BLOCK):
        pending = len(decoder.getstate()[0])
        try:
            decoder.decode(block)
        except UnicodeDecodeError as error:
            raise _refused(error, offset - pending, line) from error
        offset += len(block)
        line += block.count(b"\n")
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError as error:
        raise _refused(error, offset - len(error.object), line) from error
    stream.seek(0)


def refuse_utf16(head: bytes) -> None:
    """Raise FileRefused when the first four bytes betray UTF-16."""
    has_mark = head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    # ASCII in UTF-16 without a mark: every other byte is zero.
    if has_mark or (len(head) == 4 and (head[0:4:2] == b"\0\0") != (head[1:4:2] == b"\0\0")):
        raise FileRefused(Problem("utf16", "The file is UTF-16, not UTF-8.", hint=HINT))


def _refused(error: UnicodeDecodeError, base: int, line: int) -> FileRefused:
    row = line + 1 + error.object[: error.start].count(b"\n")
    return FileRefused(
        Problem(
            "encoding",
            "Byte {offset} (0x{byte:02X}, line {row}) is not UTF-8.",
            row=row,
            hint=HINT,
            params={
                "offset": base + error.start,
                "byte": error.object[error.start],
                "row": row,
            },
        )
    )
