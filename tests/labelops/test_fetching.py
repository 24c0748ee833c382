"""What goes over the line: real sockets to a local server, and a resolver that lies."""

import gzip
import ipaddress
import itertools
import socket
import ssl
import subprocess
import threading
import time

import pytest

from labelops import fetching
from labelops.fetching import Limits, addresses, connections, limits
from tests.web import Pause, answer, redirect, serving

PUBLIC = ipaddress.ip_address("93.184.215.14")
LOOPBACK = ipaddress.ip_address("127.0.0.1")


@pytest.fixture(autouse=True)
def no_jitter(monkeypatch):
    monkeypatch.setattr(connections, "JITTER_SECONDS", 0)


@pytest.fixture
def any_port(settings):
    settings.FETCH_PORTS = frozenset(range(1, 65_536))


@pytest.fixture
def in_house(settings, any_port):
    settings.FETCH_PRIVATE_ADDRESSES = True


@pytest.fixture
def resolver(monkeypatch):
    """Give it the answers to the look-ups one by one; the last one stays."""

    def answering(*answers):
        asked, left = [], list(answers)

        def look_up(host, port):
            asked.append(host)
            return list(left.pop(0) if len(left) > 1 else left[0])

        monkeypatch.setattr(addresses, "look_up", look_up)
        return asked

    return answering


@pytest.fixture
def connected(monkeypatch):
    """Where connections went; each ends at the server named by `to`, whatever its address."""
    tried, real = [], socket.create_connection

    def connect(address, timeout):
        tried.append(address)
        if connect.to is None:
            raise ConnectionRefusedError
        return real(("127.0.0.1", connect.to), timeout=timeout)

    connect.to, connect.tried = None, tried
    monkeypatch.setattr(socket, "create_connection", connect)
    return connect


def whole(fetched):
    with fetched:
        return b"".join(iter(lambda: fetched.read(65_536), b""))


def failure(url, **keywords):
    with pytest.raises(fetching.FetchFailed) as caught:
        whole(fetching.open_url(url, **keywords))
    return caught.value


def test_a_file_is_fetched_with_the_name_as_host_and_nothing_unpacked(in_house):
    with serving(lambda _request: answer(b"id,text\n", Content_Type="text/csv")) as web:
        fetched = fetching.open_url(f"http://localhost:{web.port}/birds.csv?x=1")
        assert (fetched.media_type, fetched.byte_count, fetched.start) == ("text/csv", 8, 0)
        assert whole(fetched) == b"id,text\n"
    head = web.requests[0].decode()
    assert head.startswith("GET /birds.csv?x=1 HTTP/1.1\r\n")
    assert f"Host: localhost:{web.port}\r\n" in head
    assert "Accept-Encoding: identity\r\n" in head
    assert "Cookie" not in head


@pytest.mark.once
def test_a_service_in_house_is_asked_only_when_it_is_named(settings):
    """Whatever it says is the answer, redirects too; one that is too long is none."""
    limits_ = Limits(max_bytes=10)
    with serving(lambda request: answer(b"0123456789" + request[-1:].strip())) as web:
        with pytest.raises(fetching.LinkRefused):
            fetching.service_link(web.url)
        settings.FETCH_ALLOW = frozenset({web.url})
        link = fetching.service_link(f"{web.url}/predict")
        assert fetching.ask(link, None, {"X-A": "1"}, limits=limits_).body == b"0123456789"
        with pytest.raises(fetching.FetchFailed) as caught:
            fetching.ask(link, b"{}", {}, limits=limits_)
        assert caught.value.code == "response_too_large"
    assert web.requests[0].startswith(b"GET /predict HTTP/1.1\r\n")
    assert b"X-A: 1\r\n" in web.requests[0]
    assert web.requests[1].startswith(b"POST /predict HTTP/1.1\r\n")
    with serving(lambda _request: redirect("http://169.254.169.254/")) as web:
        settings.FETCH_ALLOW = frozenset({web.url})
        assert fetching.ask(fetching.service_link(web.url), None, {}, limits=limits_).status == 302
    assert len(web.requests) == 1


def test_without_the_setting_the_same_server_is_never_connected_to(any_port, resolver, connected):
    resolver([LOOPBACK])
    error = failure("http://store.example.org:8123/x")
    assert error.code == "unreachable"
    assert connected.tried == []


@pytest.mark.parametrize(
    "answers",
    [
        ["169.254.169.254"],
        ["10.0.0.5"],
        ["93.184.215.14", "127.0.0.1"],
        ["93.184.215.14", "::1"],
        ["93.184.215.14", "::ffff:10.0.0.1"],
        ["64:ff9b::a00:1"],
        ["fe80::1%eth0"],
    ],
)
def test_one_private_address_among_those_of_a_name_refuses_it(resolver, connected, answers):
    resolver([ipaddress.ip_address(text) for text in answers])
    assert failure("https://trap.example.org/").code == "unreachable"
    assert connected.tried == []


def test_a_name_that_changes_its_address_is_asked_once(resolver, connected):
    asked = resolver([PUBLIC], [LOOPBACK])
    with serving(lambda _request: answer(b"x")) as web:
        connected.to = web.port
        assert whole(fetching.open_url("http://rebind.example.org/x")) == b"x"
    assert asked == ["rebind.example.org"]
    assert connected.tried == [(str(PUBLIC), 80)]


def test_a_redirect_to_a_name_that_became_private_is_refused(resolver, connected):
    resolver([PUBLIC], [LOOPBACK])
    with serving(lambda _request: redirect("/again")) as web:
        connected.to = web.port
        assert failure("http://rebind.example.org/x").code == "unreachable"
    assert connected.tried == [(str(PUBLIC), 80)]


@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1/",
        "http://169.254.169.254/latest",
        "http://2130706433/",
        "//10.0.0.1/x",
        "file:///etc/passwd",
        "gopher://x/",
        "http://a@b/",
        "http://example.org:22/",
        "http://exam\tple.org/",
        "\\\\127.0.0.1\\x",
        "",
    ],
)
def test_a_redirect_to_what_is_refused_ends_there(resolver, connected, location):
    resolver([PUBLIC])
    with serving(lambda _request: redirect(location)) as web:
        connected.to = web.port
        error = failure("http://example.org/x")
    assert error.code == "bad_redirect"
    assert connected.tried == [(str(PUBLIC), 80)]


def test_redirects_are_followed_five_times_and_no_more(in_house):
    def respond(request):
        hop = int(request.split(b" ")[1][1:])
        return answer(b"there") if hop == 5 else redirect(f"{hop + 1}#part")

    with serving(respond) as web:
        assert whole(fetching.open_url(f"{web.url}/0")) == b"there"
        assert len(web.requests) == 6
        assert failure(f"{web.url}/-1").code == "too_many_redirects"
        assert len(web.requests) == 12


def test_closed_port_unknown_name_refused_address_and_bad_certificate_read_alike(
    in_house, resolver, settings, connected
):
    told = []
    resolver([PUBLIC])
    told.append(failure("https://closed.example.org/").as_dict())
    with serving(lambda _request: answer(b"no TLS here")) as web:
        connected.to = web.port
        told.append(failure("https://plain.example.org/", limits=Limits(seconds=1)).as_dict())
    resolver([])
    told.append(failure("https://unknown.example.org/").as_dict())
    settings.FETCH_PRIVATE_ADDRESSES = False
    resolver([LOOPBACK])
    told.append(failure("https://inside.example.org/").as_dict())
    assert told == [told[0]] * 4


def test_a_refusal_takes_a_random_while(monkeypatch, resolver):
    waits = []
    monkeypatch.setattr(connections, "JITTER_SECONDS", 3)
    monkeypatch.setattr(connections.time, "sleep", waits.append)
    resolver([LOOPBACK])
    for _time in range(5):
        failure("https://inside.example.org/")
    assert len(set(waits)) == 5
    assert all(0 <= wait <= 3 for wait in waits)


def test_a_resolver_that_does_not_answer_is_not_waited_for(monkeypatch):
    released = threading.Event()
    monkeypatch.setattr(addresses, "look_up", lambda *_asked: released.wait(10) and [])
    begun = time.monotonic()
    assert failure("https://slow.example.org/", limits=Limits(seconds=0.2)).code == "unreachable"
    released.set()
    assert time.monotonic() - begun < 5


def test_an_endless_body_is_cut_at_the_cap(in_house):
    endless = itertools.chain([answer(length=False)], itertools.repeat(b"x" * 9_999))
    with serving(lambda _request: endless) as web:
        error = failure(web.url, limits=Limits(max_bytes=100_000))
    assert error.code == "response_too_large"
    assert error.permanent


def test_an_endless_chunked_body_and_endless_headers_are_cut(in_house):
    chunks = itertools.chain(
        [answer(length=False, Transfer_Encoding="chunked")], itertools.repeat(b"1\r\nx\r\n")
    )
    with serving(lambda _request: chunks) as web:
        assert failure(web.url, limits=Limits(max_bytes=100_000)).code == "response_too_large"
    headers = itertools.chain(
        [b"HTTP/1.1 200 OK\r\n"], itertools.repeat(b"X: " + b"x" * 9_999 + b"\r\n")
    )
    with serving(lambda _request: headers) as web:
        assert failure(web.url).code == "response_too_large"
    waiting = itertools.repeat(b"HTTP/1.1 100 Continue\r\n\r\n")
    with serving(lambda _request: waiting) as web:
        assert failure(web.url).code == "response_too_large"


def test_a_file_announced_as_too_large_is_not_read(in_house):
    with serving(lambda _request: answer(b"x", length=10 * 1024**3)) as web:
        assert failure(web.url).code == "response_too_large"


@pytest.mark.parametrize(
    "given",
    [
        [answer(length=1_000), *[b"x", Pause(0.05)] * 40],
        [Pause(2), answer(b"x")],
        [*itertools.chain(*([bytes([sign]), Pause(0.05)] for sign in answer(b"x")))],
    ],
)
def test_a_slow_body_silence_and_slow_headers_end_with_the_time(in_house, given):
    rest = iter(given)
    with serving(lambda _request: rest) as web:
        error = failure(web.url, limits=Limits(seconds=0.4))
        unsent = len(list(rest))
    assert error.code == "too_slow"
    # Cut off after 0.4 s of at least 2: whatever the machine, half was not sent by then.
    assert unsent >= len(given) / 2


def test_a_long_exchange_must_keep_its_rate(in_house, monkeypatch):
    monkeypatch.setattr(limits, "RATE_AFTER_SECONDS", 0.2)
    slow = [answer(length=1_000), *[b"x", Pause(0.05)] * 40]
    with serving(lambda _request: slow) as web:
        error = failure(web.url, limits=Limits(seconds=60, bytes_per_second=10_000))
        assert error.code == "too_slow"
        patient = Limits(seconds=60, bytes_per_second=1)
        assert failure(web.url, limits=patient).code == "broken_off"


def test_a_content_length_that_lies_is_noticed(in_house):
    with serving(lambda _request: answer(b"short", length=50)) as web:
        assert failure(web.url).code == "broken_off"
    with serving(lambda _request: answer(b"longer than said", length=6)) as web:
        assert whole(fetching.open_url(web.url)) == b"longer"
    with serving(lambda _request: answer(b"x", length="-5")) as web:
        assert whole(fetching.open_url(web.url)) == b"x"


def test_a_gzip_bomb_stays_packed(in_house):
    bomb = gzip.compress(bytes(5_000_000))
    with serving(lambda _request: answer(bomb, Content_Encoding="gzip")) as web:
        assert whole(fetching.open_url(web.url, limits=Limits(max_bytes=10_000))) == bomb


@pytest.mark.parametrize(
    ("given", "code"),
    [
        (b"SSH-2.0-OpenSSH_9.2\r\n", "bad_response"),
        (b"", "bad_response"),
        (answer(length=False, Transfer_Encoding="chunked") + b"zz\r\nx", "broken_off"),
        (answer(b"secret canary", status="500 Oops"), "bad_status"),
        (answer(b"secret canary", status="403 Forbidden"), "bad_status"),
        (answer(b"secret canary", status="304 Not Modified"), "bad_status"),
        (answer(b"part", status="206 Partial Content"), "bad_status"),
    ],
)
def test_odd_answers_have_a_code_and_no_word_of_the_response(in_house, given, code):
    with serving(lambda _request: given) as web:
        error = failure(web.url)
    assert error.code == code
    assert "canary" not in str(error.as_dict())
    assert "OpenSSH" not in str(error.as_dict())


def test_the_rest_of_a_file_is_asked_for_by_its_strong_tag(in_house):
    part = answer(b"world", status="206 Partial Content", Content_Range="bytes 6-10/11")
    with serving(lambda request: part if b"Range: " in request else answer(b"hello world")) as web:
        fetched = fetching.open_url(web.url, start=6, etag='"one"')
        assert (fetched.start, fetched.byte_count) == (6, 11)
        assert whole(fetched) == b"world"
        assert b'Range: bytes=6-\r\nIf-Range: "one"' in web.requests[0]
        assert fetching.open_url(web.url, start=6, etag="").start == 0
        assert failure(web.url, start=3, etag='"one"').code == "bad_response"


@pytest.mark.parametrize(
    ("sent", "kept"), [('"a1"', '"a1"'), ('W/"a1"', ""), ("a1", ""), ('"a"\u00e9"', ""), ("", "")]
)
def test_only_strong_tags_count(in_house, sent, kept):
    with serving(lambda _request: answer(b"x", ETag=sent)) as web:
        fetched = fetching.open_url(web.url)
        fetched.close()
    assert fetched.etag == kept


def test_a_post_sends_its_body_and_follows_no_redirect(in_house):
    with serving(lambda _request: redirect("http://127.0.0.1/")) as web:
        sent = fetching.post(f"{web.url}/hook", b'{"a":1}', {"X-Signature": "abc"})
    assert sent.status == 302
    [request] = web.requests
    assert request.startswith(b"POST /hook HTTP/1.1\r\n")
    assert b"X-Signature: abc\r\n" in request
    assert request.endswith(b'\r\n\r\n{"a":1}')


def test_of_an_answer_to_a_post_only_the_beginning_is_read(in_house):
    with serving(lambda _request: answer(b"y" * 200_000, status="500 Oops")) as web:
        got = fetching.post(web.url, b"", {})
    assert (got.status, len(got.body)) == (500, 64 * 1024)


def test_a_post_to_an_address_inside_is_refused(resolver, connected):
    resolver([LOOPBACK])
    with pytest.raises(fetching.FetchFailed):
        fetching.post("https://hook.example.org/", b"{}", {})
    assert connected.tried == []


@pytest.fixture(scope="module")
def certificate(tmp_path_factory):
    folder = tmp_path_factory.mktemp("certificate")
    subprocess.run(
        "openssl req -x509 -newkey rsa:2048 -nodes -keyout key.pem -out cert.pem -days 2 "
        "-subj /CN=store.example.org -addext subjectAltName=DNS:store.example.org".split(),
        cwd=folder,
        check=True,
        capture_output=True,
    )
    return folder


class TestEncrypted:
    @pytest.fixture
    def web(self, certificate, connected, resolver):
        resolver([PUBLIC])
        server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        server.load_cert_chain(certificate / "cert.pem", certificate / "key.pem")
        names = []
        server.sni_callback = lambda _sock, name, _context: names.append(name)
        with serving(lambda _request: redirect("http://store.example.org/plain"), server) as web:
            connected.to, web.names = web.port, names
            yield web

    def test_the_certificate_must_be_of_the_name(self, web, certificate, monkeypatch):
        assert failure("https://store.example.org/").code == "unreachable"
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
        assert failure("https://other.example.org/").code == "unreachable"
        assert web.requests == []

    def test_the_name_is_told_and_a_redirect_out_of_https_refused(
        self, web, certificate, monkeypatch
    ):
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate / "cert.pem"))
        assert failure("https://store.example.org/x").code == "bad_redirect"
        assert web.names == ["store.example.org"]
        assert b"Host: store.example.org\r\n" in web.requests[0]
