"""One POST to an address that somebody typed in: checked, bounded, and never to our own network.

The name is resolved once and the connection made to what was found and judged, so that a name
server cannot answer the check with one address and the connection with another.
"""

import http.client
import ipaddress
import re
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from labelops.errors import DomainError, ExternalFailure

TIMEOUT_SECONDS = 10
ANSWER_BYTES = 2_000
ADDRESSES_TRIED = 2
PORTS = {"http": 80, "https": 443}
ADDRESS = re.compile(
    r"(?P<scheme>[a-z]+)://(?P<host>\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(?P<port>[0-9]{1,5}))?"
    r"(?P<path>/[^?#]*)?(?P<query>\?[^#]*)?",
    re.IGNORECASE,
)
LABEL = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)", re.IGNORECASE)
# Networks that carry an IPv4 address at their end, which is where the packets go.
NAT64 = ipaddress.ip_network("64:ff9b::/96")
IpAddress = ipaddress.IPv4Address | ipaddress.IPv6Address


@dataclass(frozen=True)
class Target:
    """An address taken apart."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def host_header(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == PORTS[self.scheme] else f"{host}:{self.port}"


@dataclass(frozen=True)
class Answer:
    status_code: int
    text: str

    @property
    def is_success(self) -> bool:
        return 200 <= self.status_code < 300


class SendingFailed(ExternalFailure):
    """Nothing was answered; the message says why."""

    code = "not_sent"


def parse(address: str) -> Target:
    """The parts of an address. Raises DomainError for what is no plain http or https address."""
    if not address.isascii() or not address.isprintable() or " " in address or "\\" in address:
        raise _wrong(
            _("An address has no blanks, tabs, backslashes or letters beyond a-z."),
            hint=_("Write such names as your browser copies them: xn--… or %20."),
        )
    if "@" in address.split("://", 1)[-1].split("/", 1)[0]:
        raise _wrong(_("An address may not hold a user name or password."))
    match = ADDRESS.fullmatch(address)
    if match is None or match["scheme"].lower() not in PORTS:
        raise _wrong(
            _("Write a whole address that begins with https:// or http://."),
            hint=_("For example https://example.org/labelops, without a “#” part."),
        )
    scheme = match["scheme"].lower()
    port = int(match["port"] or PORTS[scheme])
    if not 1 <= port <= 65_535:
        raise _wrong(_("There is no port %(port)d: ports go from 1 to 65535.") % {"port": port})
    path = (match["path"] or "/") + (match["query"] or "")
    return Target(scheme, _host(match["host"].lower()), port, path)


def check_address(address: str) -> None:
    """Raises DomainError for what can be refused before its name is looked up."""
    target = parse(address)
    literal = _as_ip(target.host)
    is_local_name = target.host == "localhost" or target.host.endswith((".localhost", ".local"))
    if literal is None and is_local_name and not settings.FETCH_PRIVATE_ADDRESSES:
        raise _wrong(_refusal(target.host))
    if literal is not None and not _is_allowed(literal):
        raise _wrong(_refusal(target.host))


def post(address: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send the body once. Raises SendingFailed; redirects are answers like any other."""
    target = parse(address)
    ips = _resolve(target)
    try:
        with _connection(target, ips) as connection:
            sent = {"Host": target.host_header, **headers}
            connection.request("POST", target.path, body, sent)
            response = connection.getresponse()
            text = response.read(ANSWER_BYTES).decode("utf-8", "replace").replace("\x00", "�")
            return Answer(response.status, text)
    except ssl.SSLError as error:
        raise _failed(
            _("The certificate or the encryption was refused: %(why)s.")
            % {"why": error.reason or error}
        ) from error
    except TimeoutError as error:
        raise _failed(
            _("There was no answer within %(seconds)d seconds.") % {"seconds": TIMEOUT_SECONDS}
        ) from error
    except ConnectionRefusedError as error:
        raise _failed(_("The connection was refused: nobody listens there.")) from error
    except (http.client.HTTPException, OSError, ValueError) as error:
        raise _failed(_("The connection broke off, or the answer was no HTTP.")) from error


@contextmanager
def _connection(target: Target, ips: list[IpAddress]) -> Iterator[http.client.HTTPConnection]:
    """An open connection that is cut at the time limit, however slowly the other side drips."""
    sock = _connect(ips[:ADDRESSES_TRIED], target.port)
    connection = http.client.HTTPConnection(target.host, target.port)
    is_late = threading.Event()

    def cut() -> None:
        is_late.set()
        try:
            sock.shutdown(socket.SHUT_RDWR)
        except OSError:
            # It was closed already.
            return

    limit = threading.Timer(TIMEOUT_SECONDS, cut)
    try:
        if target.scheme == "https":
            context = ssl.create_default_context()
            sock = context.wrap_socket(
                sock, server_hostname=target.host, do_handshake_on_connect=False
            )
        sock.settimeout(TIMEOUT_SECONDS)
        limit.start()
        if isinstance(sock, ssl.SSLSocket):
            sock.do_handshake()
        connection.sock = sock
        yield connection
        if is_late.is_set():
            # Cut off in its headers, an answer looks like one without a body.
            raise TimeoutError
    except (OSError, http.client.HTTPException, ValueError) as error:
        if is_late.is_set():
            raise TimeoutError from error
        raise
    finally:
        limit.cancel()
        connection.close()
        sock.close()


def _connect(ips: list[IpAddress], port: int) -> socket.socket:
    """To the first that answers: of two families of addresses only one may lead anywhere."""
    for number, ip in enumerate(ips, start=1):
        try:
            return socket.create_connection((str(ip), port), timeout=TIMEOUT_SECONDS / len(ips))
        except OSError:
            if number == len(ips):
                raise
    raise ValueError("no address")


def _host(host: str) -> str:
    """The host without brackets; names that a resolver would read as numbers are refused."""
    if host.startswith("["):
        if _as_ip(host[1:-1]) is None:
            raise _wrong(_("“%(host)s” is no IPv6 address.") % {"host": host[:80]})
        return host[1:-1]
    if _as_ip(host) is not None:
        return host
    labels = host.removesuffix(".").split(".")
    is_number = labels[-1].isdigit() or labels[-1].startswith("0x")
    if is_number or len(host) > 253 or not all(LABEL.fullmatch(label) for label in labels):
        raise _wrong(_("“%(host)s” is no name of a host.") % {"host": host[:80]})
    return host


def _resolve(target: Target) -> list[IpAddress]:
    literal = _as_ip(target.host)
    if literal is not None:
        found = [literal]
    else:
        try:
            rows = socket.getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError) as error:
            raise _failed(
                _("The name “%(host)s” was not found.") % {"host": target.host}
            ) from error
        found = [ipaddress.ip_address(str(row[4][0]).partition("%")[0]) for row in rows]
    # One bad address among good ones is how a name server is used to get in.
    if not found or not all(_is_allowed(ip) for ip in found):
        raise _failed(_refusal(target.host))
    return found


def _as_ip(host: str) -> IpAddress | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _is_allowed(ip: IpAddress) -> bool:
    if isinstance(ip, ipaddress.IPv6Address):
        carried = ip.ipv4_mapped or ip.sixtofour
        if ip in NAT64:
            carried = ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
        if carried is not None:
            return _is_allowed(carried)
    if ip.is_multicast or ip.is_unspecified:
        return False
    return settings.FETCH_PRIVATE_ADDRESSES or ip.is_global


def _refusal(host: str) -> str:
    return _("“%(host)s” is an address of this machine or of a private network.") % {"host": host}


def _wrong(message: str, *, hint: str | None = None) -> DomainError:
    return DomainError(message, code="wrong_address", field="address", hint=hint)


def _failed(message: str) -> SendingFailed:
    return SendingFailed(message, permanent=False)
