"""A web server for the tests of fetching: it answers each connection with scripted bytes."""

import contextlib
import socket
import ssl
import threading
import time


def answer(body=b"", *, status="200 OK", length=None, **headers):
    """A whole response. `length=False` leaves Content-Length out; a number makes it lie."""
    lines = [f"HTTP/1.1 {status}", "Connection: close"]
    if length is not False:
        lines.append(f"Content-Length: {len(body) if length is None else length}")
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def redirect(location, status="302 Found"):
    return answer(status=status, Location=location)


class Pause(float):
    """Among the blocks of an answer: wait so many seconds."""


class Web:
    """Serves on a port of 127.0.0.1, with TLS by the context `encrypted`; keeps the `requests`.

    `respond` takes the request's bytes and gives a response, or an iterable of blocks and pauses.
    """

    def __init__(self, respond, encrypted=None):
        self.respond = respond
        self.requests = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        if encrypted:
            self.listener = encrypted.wrap_socket(self.listener, server_side=True)
        self.url = f"http://127.0.0.1:{self.port}"
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self):
        while True:
            try:
                connection, _address = self.listener.accept()
            except ssl.SSLError:
                continue  # the client did not like the certificate
            except OSError:
                return
            threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def _talk(self, connection):
        with connection, contextlib.suppress(OSError):
            request = _read_request(connection)
            self.requests.append(request)
            given = self.respond(request)
            for block in [given] if isinstance(given, bytes) else given:
                if isinstance(block, Pause):
                    time.sleep(block)
                else:
                    connection.sendall(block)

    def close(self):
        self.listener.close()


def _read_request(connection):
    content = b""
    while b"\r\n\r\n" not in content:
        content += connection.recv(65_536) or b"\r\n\r\n"
    head, _gap, body = content.partition(b"\r\n\r\n")
    length = next(
        (
            int(line.split(b":")[1])
            for line in head.split(b"\r\n")
            if line.lower().startswith(b"content-length:")
        ),
        0,
    )
    while len(body) < length:
        body += connection.recv(65_536)
    return head + b"\r\n\r\n" + body


@contextlib.contextmanager
def serving(respond, encrypted=None):
    web = Web(respond, encrypted)
    try:
        yield web
    finally:
        web.close()
