"""Objects of the bucket: read one, write one whole or in parts."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, BinaryIO
from xml.sax.saxutils import escape

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from labelops.fetching import Answer, Fetched, FetchFailed, Limits, open_url, write
from labelops.fetching.errors import bad_status
from labelops.stores.errors import store_failure, unreadable_answer
from labelops.stores.signing import signed

SENT_AT_ONCE = 256 * 1024
# A part is what is sent again when the line breaks; a store takes at most 10,000 of them.
PART_BYTES = 64 * 1024**2
MOST_PARTS = 10_000
LARGEST_OBJECT = 5 * 1024**4
LIMITS = Limits(max_bytes=64 * 1024, seconds=60 * 60, bytes_per_second=50_000)


def open_object(key: str, **asked: Any) -> Fetched:
    """The object, or the rest of it, as `open_url` gives it. Raises FetchFailed."""
    try:
        return open_url(signed("GET", key), **asked)
    except FetchFailed as failed:
        raise store_failure(failed, is_of_object=True) from failed


def put_object(key: str, blocks: Iterable[bytes], byte_count: int, *, media_type: str) -> None:
    """Write a whole object; one that is there is replaced in the moment the last byte came."""
    _written("PUT", key, blocks=blocks, byte_count=byte_count, media_type=media_type)


def begin_parts(key: str, *, media_type: str) -> str:
    """Begin an object that comes in parts; returns the name of the upload."""
    answer = _written("POST", key, {"uploads": ""}, media_type=media_type)
    return _text(answer.body, "InitiateMultipartUploadResult", "UploadId")


def put_part(key: str, upload: str, number: int, blocks: Iterable[bytes], byte_count: int) -> str:
    """Send one part; returns its tag, by which `finish_parts` knows it."""
    query = {"partNumber": str(number), "uploadId": upload}
    answer = _written("PUT", key, query, blocks=blocks, byte_count=byte_count)
    if not answer.etag:
        raise unreadable_answer()
    return answer.etag


def finish_parts(key: str, upload: str, tags: list[str]) -> None:
    """Make the object of its parts."""
    parts = "".join(
        f"<Part><PartNumber>{number}</PartNumber><ETag>{escape(tag)}</ETag></Part>"
        for number, tag in enumerate(tags, start=1)
    )
    body = f"<CompleteMultipartUpload>{parts}</CompleteMultipartUpload>".encode()
    answer = _written(
        "POST",
        key,
        {"uploadId": upload},
        blocks=[body],
        byte_count=len(body),
        media_type="text/xml",
    )
    # This answer may say 200 first and an error afterwards.
    _text(answer.body, "CompleteMultipartUploadResult", "Key")


def drop_parts(key: str, upload: str) -> None:
    """Give up an upload, so that its parts cost nothing. Raises FetchFailed."""
    _written("DELETE", key, {"uploadId": upload})


def part_bytes(byte_count: int) -> int:
    """How large the parts of an object of this size are."""
    return max(PART_BYTES, -(-byte_count // MOST_PARTS))


def blocks_between(
    stream: BinaryIO, start: int, byte_count: int, sent: Callable[[int], None]
) -> Iterator[bytes]:
    """A stretch of a file in blocks; `sent` hears how far the last block led."""
    stream.seek(start)
    place, end = start, start + byte_count
    while place < end and (block := stream.read(min(SENT_AT_ONCE, end - place))):
        yield block
        place += len(block)
        sent(place)


def _written(method: str, key: str, query: dict[str, str] | None = None, **body: Any) -> Answer:
    try:
        answer = write(signed(method, key, query), method, limits=LIMITS, **body)
        if not 200 <= answer.status < 300:
            raise bad_status(answer.status)
    except FetchFailed as failed:
        raise store_failure(failed) from failed
    return answer


def _text(body: bytes, tag: str, field: str) -> str:
    """A text of the answer. Raises FetchFailed where it is another answer."""
    try:
        root = fromstring(body, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise unreadable_answer() from error
    found = {element.tag.rpartition("}")[2]: element.text or "" for element in root}
    if root.tag.rpartition("}")[2] != tag or not found.get(field):
        raise unreadable_answer()
    return found[field]
