"""Encrypted delivery: the certificate must be trusted, and be that of the name in the address."""

import contextlib
import shutil
import socket
import ssl
import subprocess
import threading

import pytest

from labelops.webhooks.sending import SendingFailed, post

pytestmark = pytest.mark.skipif(
    shutil.which("openssl") is None, reason="openssl is missing; get it by: apt-get install openssl"
)
NAME = "hooks.example.org"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok"


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    """Of `NAME`, signed by itself: its certificate and its key."""
    folder = tmp_path_factory.mktemp("tls")
    crt, key = folder / "crt.pem", folder / "key.pem"
    wanted = ["-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    made = ["-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", crt, "-days", "2"]
    subprocess.run(["openssl", "req", "-x509", *made, *wanted], check=True, capture_output=True)
    return crt, key


@pytest.fixture
def server(certificate, settings, monkeypatch):
    """Every name leads to it. Yields its port, and the names that were asked for."""
    settings.FETCH_PRIVATE_ADDRESSES = True
    context, asked = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), []
    context.load_cert_chain(*certificate)
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with socket.create_server(("127.0.0.1", 0)) as listening:
        port = listening.getsockname()[1]
        rows = [(2, 1, 6, "", ("127.0.0.1", port))]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_asked, **_keywords: rows)
        threading.Thread(target=_serve, args=(listening, context), daemon=True).start()
        yield port, asked


def _serve(listening, context):
    # Ends when the socket is closed; a refused handshake ends this one connection.
    with contextlib.suppress(OSError):
        connected, _peer = listening.accept()
        with context.wrap_socket(connected, server_side=True) as wrapped:
            # Closed with something unread, the connection would break off at the other end.
            while (got := wrapped.recv(10_000)) and not got.endswith(b"{}"):
                continue
            wrapped.sendall(ANSWER)


@pytest.fixture
def trusted(certificate, monkeypatch):
    """Its issuer counts as one that the machine trusts."""
    make = ssl.create_default_context
    monkeypatch.setattr(ssl, "create_default_context", lambda: make(cafile=str(certificate[0])))


@pytest.mark.usefixtures("trusted")
def test_a_trusted_certificate_of_the_name_is_accepted(server):
    port, asked = server
    answer = post(f"https://{NAME}:{port}/", b"{}", {})
    assert (answer.status_code, answer.text) == (200, "ok")
    assert asked == [NAME]


@pytest.mark.usefixtures("trusted")
def test_a_certificate_of_another_name_is_refused(server):
    port, asked = server
    with pytest.raises(SendingFailed, match="certificate"):
        post(f"https://other.example.org:{port}/", b"{}", {})
    assert asked == ["other.example.org"]


def test_a_certificate_that_nobody_vouches_for_is_refused(server):
    port, _asked = server
    with pytest.raises(SendingFailed, match="certificate"):
        post(f"https://{NAME}:{port}/", b"{}", {})
