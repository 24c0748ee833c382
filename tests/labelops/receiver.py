"""A real receiver of webhooks on this machine: it keeps what comes, and answers as it is told."""

import http.server
import threading
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Received:
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass
class Receiver:
    address: str = ""
    received: list[Received] = field(default_factory=list)
    # What the next requests are answered with: (status, body); 200 when nothing is left.
    answers: list[tuple[int, bytes]] = field(default_factory=list)
    # Further headers of the answers.
    headers: dict[str, str] = field(default_factory=dict)
    # Set to let go of requests that are held.
    is_free: threading.Event = field(default_factory=threading.Event)
    is_holding: bool = False

    def ids(self):
        return [one.headers["X-LabelOps-Delivery"] for one in self.received]


def let_out(settings):
    """As an installation whose receivers are in-house, on any port."""
    settings.FETCH_PRIVATE_ADDRESSES = True
    settings.FETCH_PORTS = range(1, 65_536)


@contextmanager
def receiving():
    receiver = Receiver()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            length = int(self.headers.get("Content-Length", 0))
            body = self.rfile.read(length)
            receiver.received.append(Received(self.path, dict(self.headers), body))
            if receiver.is_holding:
                receiver.is_free.wait(20)
            status, text = receiver.answers.pop(0) if receiver.answers else (200, b"thanks")
            self.send_response(status)
            for name, value in receiver.headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_arguments):
            return

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    receiver.address = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield receiver
    finally:
        receiver.is_free.set()
        server.shutdown()
        server.server_close()
