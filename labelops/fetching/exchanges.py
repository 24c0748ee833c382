"""The requests there are: fetch what lies at a link, post to one, and write to the store."""

import http.client
import re
import socket
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from types import TracebackType
from urllib.parse import urldefrag, urljoin

from labelops.fetching.connections import connect
from labelops.fetching.errors import (
    FetchFailed,
    LinkRefused,
    bad_redirect,
    bad_response,
    bad_status,
    broken_off,
    too_many_redirects,
)
from labelops.fetching.limits import Limits, Meter
from labelops.fetching.links import WRITTEN, Link, parse_link

REDIRECTS = {301, 302, 303, 307, 308}
MOST_REDIRECTS = 5
ANSWER_LIMITS = Limits(max_bytes=64 * 1024)
DEFAULT_LIMITS = Limits()
HEADERS = {"User-Agent": "LabelOps", "Accept-Encoding": "identity", "Connection": "close"}
STRONG_TAG = re.compile(r'"[\x21\x23-\x7e]{1,200}"')
RANGE = re.compile(r"bytes (\d{1,19})-")


class Fetched:
    """A response whose body is still to be read; a context manager that closes it.

    `byte_count` is what the server announced for the whole file, `start` the place at which this
    body begins, `etag` a tag that is the same only for the same bytes. The bytes come as they were
    sent: nothing is ever unpacked.
    """

    def __init__(
        self, response: http.client.HTTPResponse, sock: socket.socket, meter: Meter
    ) -> None:
        self._response, self._sock, self._meter = response, sock, meter
        self._announced = response.length
        self._read_count = 0
        self.media_type = response.headers.get_content_type()
        self.etag = _strong_tag(response.getheader("ETag", ""))
        self.start = _start(response)
        self.byte_count = None if response.length is None else self.start + response.length
        if self.start + (response.length or 0) > meter.limits.max_bytes:
            raise meter.too_large()

    def read(self, size: int) -> bytes:
        """At most `size` bytes, as soon as some are there; empty at the end. Raises FetchFailed."""
        try:
            block = self._response.read1(size)
        except (http.client.HTTPException, ValueError, OSError) as error:
            raise broken_off() from error
        self._read_count += len(block)
        if self.start + self._read_count > self._meter.limits.max_bytes:
            raise self._meter.too_large()
        if not block and self._announced not in {None, self._read_count}:
            raise broken_off()
        return block

    def close(self) -> None:
        self._response.close()
        self._sock.close()

    def __enter__(self) -> "Fetched":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()


@dataclass(frozen=True)
class Answer:
    """What came back from a post: the status, and the beginning of the body."""

    status: int
    body: bytes
    etag: str = ""


def open_url(
    url: str | Link, *, limits: Limits = DEFAULT_LIMITS, start: int = 0, etag: str = ""
) -> Fetched:
    """The file at a link, after up to five redirects. Raises LinkRefused or FetchFailed.

    From the store of the operator nothing leads on: a redirect is an answer like any other.

    With `start` and the strong `etag` of the bytes before it, the rest is asked for; when the
    server does not give just that rest, the whole file comes, with `start` 0.
    """
    meter = Meter(limits)
    link = parse_link(url) if isinstance(url, str) else url
    headers = {"Accept": "*/*"}
    if start and etag:
        headers |= {"Range": f"bytes={start}-", "If-Range": etag}
    for _hop in range(MOST_REDIRECTS + 1):
        response, sock = _exchange(link, meter, "GET", headers)
        try:
            if response.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE:
                headers.pop("Range", None)
                following = link
            elif response.status not in REDIRECTS or link.is_operators:
                return _fetched(response, sock, meter, headers)
            else:
                following = _next_link(link, response.getheader("Location", ""))
        except BaseException:
            sock.close()
            raise
        sock.close()
        link = following
    raise too_many_redirects()


def _fetched(
    response: http.client.HTTPResponse, sock: socket.socket, meter: Meter, headers: dict[str, str]
) -> Fetched:
    expected = {HTTPStatus.OK}
    if "Range" in headers:
        expected.add(HTTPStatus.PARTIAL_CONTENT)
    if response.status not in expected:
        raise bad_status(response.status)
    fetched = Fetched(response, sock, meter)
    if fetched.start and headers.get("Range") != f"bytes={fetched.start}-":
        raise bad_response()
    return fetched


def _next_link(link: Link, location: str) -> Link:
    """Where a redirect leads, judged like the first link. Raises FetchFailed."""
    if not WRITTEN.fullmatch(location):
        raise bad_redirect()
    try:
        following = parse_link(urldefrag(urljoin(str(link), location)).url)
    except (LinkRefused, ValueError) as error:
        raise bad_redirect() from error
    if link.is_encrypted and not following.is_encrypted:
        raise bad_redirect()
    return following


def post(
    url: str, body: bytes, headers: Mapping[str, str], *, limits: Limits = ANSWER_LIMITS
) -> Answer:
    """Send a body. Redirects are not followed: their status is the answer like any other.

    Raises LinkRefused or FetchFailed. Of the answer no more than `limits.max_bytes` is read.
    """
    return _answer(parse_link(url), Meter(limits), "POST", dict(headers), body)


def ask(link: Link, body: bytes | None, headers: Mapping[str, str], *, limits: Limits) -> Answer:
    """What a service says, to a body where there is one. Redirects are not followed.

    Raises FetchFailed, also for an answer that is longer than `limits.max_bytes`.
    """
    meter = Meter(limits)
    method = "GET" if body is None else "POST"
    answer = _answer(link, meter, method, dict(headers), body, is_whole=True)
    if len(answer.body) > limits.max_bytes:
        raise meter.too_large()
    return answer


def write(
    link: Link,
    method: str,
    *,
    blocks: Iterable[bytes] = (),
    byte_count: int = 0,
    media_type: str = "application/octet-stream",
    limits: Limits = ANSWER_LIMITS,
) -> Answer:
    """Send what is written to the store of the operator, block by block. Raises FetchFailed.

    What the blocks raise ends the exchange, and comes out here. Without blocks no body is sent.
    """
    if not link.is_operators:
        raise ValueError("Only the store of the operator is written to.")
    meter = Meter(limits)
    headers = {"Content-Type": media_type, "Content-Length": str(byte_count)}
    return _answer(link, meter, method, headers, _counted(blocks, meter))


def _counted(blocks: Iterable[bytes], meter: Meter) -> Iterator[bytes]:
    for block in blocks:
        yield block
        meter.sent(len(block))


def _answer(
    link: Link,
    meter: Meter,
    method: str,
    headers: dict[str, str],
    body: bytes | Iterator[bytes] | None,
    *,
    is_whole: bool = False,
) -> Answer:
    """With one byte more than is allowed where `is_whole`, so that a longer one is known."""
    response, sock = _exchange(link, meter, method, headers, body)
    try:
        with response:
            content = response.read(meter.limits.max_bytes + is_whole)
            return Answer(response.status, content, _strong_tag(response.getheader("ETag", "")))
    except (http.client.HTTPException, ValueError, OSError) as error:
        raise broken_off() from error
    finally:
        sock.close()


def _exchange(
    link: Link,
    meter: Meter,
    method: str,
    headers: dict[str, str],
    body: bytes | Iterator[bytes] | None = None,
) -> tuple[http.client.HTTPResponse, socket.socket]:
    """Send one request, and read the headers of its response."""
    meter.restart()
    connection, sock = connect(link, meter)
    try:
        response = _response(connection, method, link.target, headers | HEADERS, body)
    except (http.client.HTTPException, ValueError) as error:
        sock.close()
        raise bad_response() from error
    except BaseException:
        sock.close()
        raise
    meter.opened()
    return response, sock


def _response(
    connection: http.client.HTTPConnection,
    method: str,
    target: str,
    headers: dict[str, str],
    body: bytes | Iterator[bytes] | None,
) -> http.client.HTTPResponse:
    """Who refuses a body answers before all of it has come, and hangs up: that answer says why."""
    try:
        connection.request(method, target, body=body, headers=headers)
    except FetchFailed as failed:
        if failed.code != "broken_off":
            raise
        try:
            response = connection.getresponse()
        except (http.client.HTTPException, FetchFailed):
            raise failed from None
        if response.status < HTTPStatus.MULTIPLE_CHOICES:
            raise
        return response
    return connection.getresponse()


def _strong_tag(text: str) -> str:
    return text if STRONG_TAG.fullmatch(text) else ""


def _start(response: http.client.HTTPResponse) -> int:
    """Where the body begins in the file. Raises FetchFailed for a part that is not named."""
    if response.status != HTTPStatus.PARTIAL_CONTENT:
        return 0
    matched = RANGE.match(response.getheader("Content-Range", ""))
    if not matched:
        raise bad_response()
    return int(matched[1])
