"""One POST to an address that somebody typed in: what is refused, and what is bounded."""

import socket
import threading
import time

import pytest

from labelops.errors import DomainError
from labelops.webhooks import sending
from labelops.webhooks.sending import SendingFailed, check_address, parse, post

PRIVATE = (
    "http://localhost/",
    "http://LOCALHOST:8000/x",
    "http://printer.local/",
    "http://127.0.0.1/",
    "http://10.1.2.3/",
    "http://192.168.0.1/",
    "http://172.16.0.1/",
    "http://100.64.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://0.0.0.0/",
    "http://224.0.0.1/",
    "http://[::1]/",
    "http://[::]/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http://[64:ff9b::a9fe:a9fe]/",
)
WRONG = (
    "",
    "example.org",
    "//example.org/",
    "file:///etc/passwd",
    "ftp://example.org/",
    "gopher://example.org/",
    "javascript:alert(1)",
    "http://",
    "http:///path",
    "http://example.org:0/",
    "http://example.org:65536/",
    "http://example.org:99999999/",
    "http://example.org:8o/",
    "http://user@example.org/",
    "http://user:word@example.org/",
    "http://example.org@127.0.0.1/",
    "http://example.org\\@127.0.0.1/",
    "http://exam\tple.org/",
    "http://example.org/a b",
    "http://example.org/\r\nHost: x",
    "http://example.org/\x00",
    "http://ex\u00e4mple.org/",
    "http://example.org/#part",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://127.1/",
    "http://0177.0.0.1/",
    "http://256.0.0.1/",
    "http://[::g]/",
    "http://[::1/",
    "http://[fe80::1%25eth0]/",
    "http://exa..mple.org/",
    "http://-example.org/",
)


@pytest.mark.parametrize("address", WRONG)
def test_what_is_no_plain_address_is_refused_with_a_sentence(address):
    with pytest.raises(DomainError) as refused:
        check_address(address)
    assert refused.value.field == "address"
    assert str(refused.value.message).endswith((".", "65535."))


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_of_the_own_network_are_refused(address):
    with pytest.raises(DomainError, match="private network"):
        check_address(address)


@pytest.mark.parametrize("address", [found for found in PRIVATE if "local" not in found.lower()])
def test_they_are_refused_again_when_something_is_sent(address):
    with pytest.raises(SendingFailed, match="private network"):
        post(address, b"{}", {})


def test_an_address_is_taken_apart():
    target = parse("HTTPS://Hooks.Example.org:8443/a/b?c=d&e=%20")
    assert (target.scheme, target.host, target.port) == ("https", "hooks.example.org", 8443)
    assert target.path == "/a/b?c=d&e=%20"
    assert target.host_header == "hooks.example.org:8443"
    assert parse("http://[2606:4700::1]").host_header == "[2606:4700::1]"
    assert parse("https://example.org").path == "/"


def test_a_name_with_one_private_address_among_public_ones_is_refused(monkeypatch):
    def both(*_asked, **_keywords):
        return [(2, 1, 6, "", ("93.184.216.34", 80)), (2, 1, 6, "", ("10.0.0.1", 80))]

    monkeypatch.setattr(socket, "getaddrinfo", both)
    with pytest.raises(SendingFailed, match="private network"):
        post("http://rebind.example.org/", b"{}", {})


def test_the_name_is_looked_up_once_and_that_address_is_used(receiver, monkeypatch):
    port = parse(receiver.address).port
    asked = []

    def once(host, *_rest, **_keywords):
        asked.append(host)
        return [(2, 1, 6, "", ("127.0.0.1", port))]

    monkeypatch.setattr(socket, "getaddrinfo", _only_for("hooks.example.org", once))
    answer = post(f"http://hooks.example.org:{port}/x?y=1", b"{}", {"X-A": "b"})
    assert (answer.status_code, answer.text) == (200, "thanks")
    assert asked == ["hooks.example.org"]
    [got] = receiver.received
    assert (got.path, got.headers["Host"]) == ("/x?y=1", f"hooks.example.org:{port}")


def _only_for(name, found):
    real = socket.getaddrinfo

    def answer(host, *rest, **keywords):
        return found(host) if host == name else real(host, *rest, **keywords)

    return answer


def test_when_the_first_address_leads_nowhere_the_second_one_is_tried(receiver, monkeypatch):
    port = parse(receiver.address).port

    def two(_host):
        return [(2, 1, 6, "", (ip, port)) for ip in ("127.0.0.7", "127.0.0.1")]

    monkeypatch.setattr(socket, "getaddrinfo", _only_for("hooks.example.org", two))
    assert post(f"http://hooks.example.org:{port}/", b"{}", {}).status_code == 200


def test_an_unknown_name_is_a_sentence(monkeypatch):
    def missing(*_asked, **_keywords):
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", missing)
    with pytest.raises(SendingFailed, match="was not found"):
        post("https://nowhere.example.org/", b"{}", {})


def test_redirects_are_not_followed(receiver):
    receiver.answers, receiver.headers = [(302, b"")], {"Location": receiver.address}
    assert post(receiver.address, b"{}", {}).status_code == 302
    assert len(receiver.received) == 1


def test_of_a_long_answer_only_the_beginning_is_read(receiver):
    receiver.answers = [(200, b"a\x00" * 1_000_000)]
    text = post(receiver.address, b"{}", {}).text
    assert len(text) == sending.ANSWER_BYTES
    assert "\x00" not in text


def test_nobody_listening_is_a_sentence(settings):
    settings.FETCH_PRIVATE_ADDRESSES = True
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(SendingFailed, match="nobody listens"):
        post(f"http://127.0.0.1:{port}/", b"{}", {})


def test_no_answer_in_time_is_a_sentence(receiver, monkeypatch):
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 0.2)
    receiver.is_holding = True
    with pytest.raises(SendingFailed, match="no answer within"):
        post(receiver.address, b"{}", {})


@pytest.mark.parametrize("begin", [b"HTTP/1.1 200 OK\r\n", b"HTTP/1.0 200 OK\r\n\r\n"])
def test_a_server_that_drips_is_cut_off_at_the_limit(settings, monkeypatch, begin):
    """Each byte comes in time for itself; all of them together would take for ever."""
    settings.FETCH_PRIVATE_ADDRESSES = True
    monkeypatch.setattr(sending, "TIMEOUT_SECONDS", 1)
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_drip, args=(server, begin), daemon=True).start()
        with pytest.raises(SendingFailed, match="no answer within"):
            post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {})


def _drip(server, begin):
    connected, _peer = server.accept()
    try:
        connected.sendall(begin)
        for _number in range(200):
            connected.sendall(b"X")
            time.sleep(0.1)
    except OSError:
        return


def test_what_is_no_http_is_a_sentence(settings):
    settings.FETCH_PRIVATE_ADDRESSES = True
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_babble, args=(server,), daemon=True).start()
        with pytest.raises(SendingFailed, match="no HTTP"):
            post(f"http://127.0.0.1:{server.getsockname()[1]}/", b"{}", {})


def _babble(server):
    connected, _peer = server.accept()
    connected.recv(1000)
    connected.sendall(b"220 mail ready\r\n\r\n")
    connected.close()


def test_a_plain_server_behind_https_is_a_sentence(receiver):
    with pytest.raises(SendingFailed, match="certificate or the encryption"):
        post(receiver.address.replace("http:", "https:"), b"{}", {})
