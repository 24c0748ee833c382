"""A connection to an address that was judged, every wait and byte of which is counted."""

import http.client
import io
import random
import socket
import ssl
import time
from typing import Any

from labelops.fetching.addresses import Address, allowed_addresses
from labelops.fetching.errors import FetchFailed, broken_off, too_slow, unreachable
from labelops.fetching.limits import Meter
from labelops.fetching.links import PORTS, Link

ADDRESSES_TRIED = 4
CONNECT_SECONDS = 5.0
SENT_AT_ONCE = 16 * 1024
# A refusal takes a random while, so that its time does not tell what its text keeps quiet.
JITTER_SECONDS = 0.5


class MeteredStream(io.RawIOBase):
    """What comes in; raises FetchFailed when it is too slow, too much, or breaks off."""

    def __init__(self, sock: socket.socket, meter: Meter) -> None:
        self.sock = sock
        self.meter = meter

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        self.sock.settimeout(self.meter.wait_seconds())
        try:
            count = self.sock.recv_into(buffer)
        except TimeoutError as error:
            raise too_slow() from error
        except OSError as error:
            raise broken_off() from error
        self.meter.add(count)
        return count


class MeteredSocket:
    """As much of a socket as http.client needs."""

    def __init__(self, sock: socket.socket, meter: Meter) -> None:
        self.sock = sock
        self.meter = meter

    def sendall(self, content: bytes) -> None:
        try:
            for start in range(0, len(content), SENT_AT_ONCE):
                self.sock.settimeout(self.meter.wait_seconds())
                self.sock.sendall(content[start : start + SENT_AT_ONCE])
        except TimeoutError as error:
            raise too_slow() from error
        except OSError as error:
            raise broken_off() from error

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(MeteredStream(self.sock, self.meter))

    def close(self) -> None:
        """Nothing: http.client lets go when the headers have come, before the body is read."""


def connect(link: Link, meter: Meter) -> tuple[http.client.HTTPConnection, socket.socket]:
    """A connection that is open already, and its socket to close. Raises FetchFailed."""
    try:
        sock = _connected(link, meter)
    except FetchFailed:
        time.sleep(random.uniform(0, JITTER_SECONDS))  # noqa: S311 - a wait, not a secret
        raise
    connection = http.client.HTTPConnection(link.host, link.port)
    connection.default_port = PORTS[link.scheme]
    # It must never connect by itself: that would look the name up again.
    connection.auto_open = 0
    connection.sock = MeteredSocket(sock, meter)
    return connection, sock


def _connected(link: Link, meter: Meter) -> socket.socket:
    addresses = allowed_addresses(
        link.host, link.port, seconds=meter.wait_seconds(), is_operators=link.is_operators
    )
    for address in addresses[:ADDRESSES_TRIED]:
        try:
            return _encrypted(link, _plain(address, link.port, meter), meter)
        except (OSError, FetchFailed):
            continue
    raise unreachable()


def _plain(address: Address, port: int, meter: Meter) -> socket.socket:
    # The text of an address, so nothing is looked up.
    seconds = min(CONNECT_SECONDS, meter.wait_seconds())
    return socket.create_connection((str(address), port), timeout=seconds)


def _encrypted(link: Link, sock: socket.socket, meter: Meter) -> socket.socket:
    """The socket itself, or with TLS on it that has proved the name of the link."""
    if not link.is_encrypted:
        return sock
    try:
        sock.settimeout(meter.wait_seconds())
        return ssl.create_default_context().wrap_socket(sock, server_hostname=link.host)
    except BaseException:
        sock.close()
        raise
