"""A real SMTP server on this machine, which keeps what is handed in or refuses it."""

import email
import email.policy
import socketserver
import threading
from contextlib import contextmanager

from labelops.environment import MailServer

GREETING, GO_ON, FINE, BYE, REFUSED = 220, 354, 250, 221, 451


class Handler(socketserver.StreamRequestHandler):
    def handle(self):
        self.say(GREETING, "mail.test")
        while line := self.rfile.readline():
            verb = line.split(None, 1)[0].upper() if line.strip() else b""
            if verb == b"DATA" and self.server.is_hanging_up:
                return
            if verb == b"DATA":
                self.take()
            elif verb == b"QUIT":
                self.say(BYE, "bye")
                return
            elif verb == b"RCPT" and self.server.is_refusing:
                self.say(REFUSED, "not now")
            else:
                self.say(FINE, "mail.test")

    def take(self):
        self.say(GO_ON, "go on")
        lines = []
        while (line := self.rfile.readline()) not in (b".\r\n", b""):
            lines.append(line[1:] if line.startswith(b".") else line)
        message = email.message_from_bytes(b"".join(lines), policy=email.policy.default)
        self.server.received.append(message)
        self.say(FINE, "taken")

    def say(self, code, words):
        self.wfile.write(f"{code} {words}\r\n".encode())


@contextmanager
def receiving_mail(settings):
    """The server, with the settings of an installation that hands its mail in there."""
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        server.received = []
        server.is_refusing = server.is_hanging_up = False
        host, port = server.server_address
        settings.MAIL = MailServer(host=host, port=port, sender="labelops@example.org")
        settings.SITE_ADDRESS = "https://labels.example.org"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
