"""Hostile links: refused with a code and a sentence, and nothing is ever connected to."""

import ipaddress
import socket
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from labelops import fetching
from labelops.fetching import addresses, connections, parse_link
from labelops.fetching.addresses import is_allowed

REFUSED = [
    # Clouds hand out credentials there.
    ("http://169.254.169.254/latest/meta-data/", "address_not_allowed"),
    ("http://[fd00:ec2::254]/", "address_not_allowed"),
    ("http://100.100.100.200/", "address_not_allowed"),
    ("http://168.63.129.16/", "address_not_allowed"),
    # This machine, in all its spellings.
    ("http://127.0.0.1/", "address_not_allowed"),
    ("http://0.0.0.0/", "address_not_allowed"),
    ("http://[::]/", "address_not_allowed"),
    ("http://[::1]/", "address_not_allowed"),
    ("http://[::ffff:127.0.0.1]/", "address_not_allowed"),
    ("http://[::127.0.0.1]/", "address_not_allowed"),
    ("http://[64:ff9b::7f00:1]/", "address_not_allowed"),
    ("http://[64:ff9b:1::7f00:1]/", "address_not_allowed"),
    ("http://[2002:7f00:1::]/", "address_not_allowed"),
    ("http://localhost/", "own_address"),
    ("http://localhost./", "bad_host"),
    ("http://0/", "bad_host"),
    ("http://127.1/", "bad_host"),
    ("http://2130706433/", "bad_host"),
    ("http://0x7f000001/", "bad_host"),
    ("http://0x7f.0.0.0x1/", "bad_host"),
    ("http://017700000001/", "bad_host"),
    ("http://0177.0.0.1/", "bad_host"),
    ("http://127.0.0.01/", "bad_host"),
    # Inside of networks, and what is nobody's.
    ("http://10.0.0.1/", "address_not_allowed"),
    ("http://172.16.0.1/", "address_not_allowed"),
    ("http://172.31.255.255/", "address_not_allowed"),
    ("http://192.168.1.1/", "address_not_allowed"),
    ("http://100.64.0.1/", "address_not_allowed"),
    ("http://224.0.0.1/", "address_not_allowed"),
    ("http://255.255.255.255/", "address_not_allowed"),
    ("http://[fe80::1]/", "address_not_allowed"),
    ("http://[fe80::1%25eth0]/", "bad_host"),
    ("http://[ff02::1]/", "address_not_allowed"),
    ("https://labels.example.org/x", "own_address"),
    ("https://LABELS.example.org/x", "own_address"),
    # Other schemes.
    ("file:///etc/passwd", "scheme_not_allowed"),
    ("gopher://example.org/_x", "scheme_not_allowed"),
    ("ftp://example.org/x", "scheme_not_allowed"),
    ("data:text/csv,id", "scheme_not_allowed"),
    ("dict://example.org/x", "scheme_not_allowed"),
    ("jar:http://example.org!/x", "scheme_not_allowed"),
    ("javascript:alert(1)", "scheme_not_allowed"),
    ("//example.org/x", "scheme_not_allowed"),
    ("/etc/passwd", "scheme_not_allowed"),
    ("http:example.org", "scheme_not_allowed"),
    # Readings that differ from parser to parser.
    ("http://a@b/", "user_info_not_allowed"),
    ("http://user:secret@example.org/", "user_info_not_allowed"),
    ("http://a#@b/", "bad_link"),
    ("http://example.org/x#part", "bad_link"),
    ("http://example.org\\@127.0.0.1/", "bad_link"),
    ("http://exam\tple.org/", "bad_link"),
    ("http://example.org/\r\nHost: x", "bad_link"),
    (" http://example.org/", "bad_link"),
    ("http://example.org/a b", "bad_link"),
    ("http://example.org/\x00", "bad_link"),
    ("http://example。org/", "bad_link"),
    ("http://１２７.0.0.1/", "bad_link"),
    ("http://exämple.org/", "bad_link"),
    ("http://\ud800/", "bad_link"),
    ("http://example..org/", "bad_host"),
    ("http://.example.org/", "bad_host"),
    ("http://-x.example.org/", "bad_host"),
    ("http://%31%32%37.0.0.1/", "bad_host"),
    ("http://[::1/", "bad_host"),
    ("http://[:::1]/", "bad_host"),
    ("http:///x", "bad_host"),
    ("http://?x", "bad_host"),
    ("http://example.org:/", "bad_host"),
    ("http://example.org:80:80/", "bad_host"),
    ("http://" + "a" * 64 + ".org/", "bad_host"),
    ("http://" + "a." * 127 + "org/", "bad_host"),
    # Ports of other services.
    ("http://example.org:22/", "port_not_allowed"),
    ("http://example.org:25/", "port_not_allowed"),
    ("http://example.org:5432/", "port_not_allowed"),
    ("http://example.org:6379/", "port_not_allowed"),
    ("http://example.org:0/", "port_not_allowed"),
    ("http://example.org:99999/", "port_not_allowed"),
    ("", "bad_link"),
    ("http://example.org/" + "a" * 2_048, "bad_link"),
]


@pytest.fixture(autouse=True)
def own_names(settings):
    settings.ALLOWED_HOSTS = ["localhost", "127.0.0.1", "labels.example.org"]


@pytest.fixture
def connected(monkeypatch):
    """The addresses that something tried to connect to, and the names that were looked up."""
    tried = []

    def refuse(address, **_keywords):
        tried.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(socket, "create_connection", refuse)
    monkeypatch.setattr(socket.socket, "connect", lambda _self, address: refuse(address))
    monkeypatch.setattr(addresses, "look_up", lambda *asked: tried.append(asked) or [])
    monkeypatch.setattr(connections, "JITTER_SECONDS", 0)
    return tried


@pytest.mark.parametrize(("url", "code"), REFUSED)
def test_a_hostile_link_is_refused_and_nothing_is_sent(connected, url, code):
    for send in (fetching.open_url, lambda url: fetching.post(url, b"{}", {})):
        with pytest.raises(fetching.LinkRefused) as caught:
            send(url)
        assert caught.value.code == code
        assert caught.value.message.endswith(".")
    assert connected == []


@pytest.mark.parametrize(
    ("url", "host", "port", "target"),
    [
        ("https://example.org", "example.org", 443, "/"),
        ("HTTP://Example.ORG:80/a/b?c=d%20e", "example.org", 80, "/a/b?c=d%20e"),
        ("https://example.org?x=1@2", "example.org", 443, "/?x=1@2"),
        ("https://xn--bcher-kva.example/a@b:c", "xn--bcher-kva.example", 443, "/a@b:c"),
        ("https://8.8.8.8/x", "8.8.8.8", 443, "/x"),
        ("http://[2606:4700::1111]:443/x", "2606:4700::1111", 443, "/x"),
        ("https://my_bucket.s3.example.org//x", "my_bucket.s3.example.org", 443, "//x"),
    ],
)
def test_an_honest_link_is_read_in_its_parts(url, host, port, target):
    link = parse_link(url)
    assert (link.host, link.port, link.target) == (host, port, target)
    assert parse_link(str(link)) == link


def test_the_operator_may_allow_ports_and_addresses_in_house(settings):
    settings.FETCH_PORTS = frozenset({443, 9000})
    settings.FETCH_PRIVATE_ADDRESSES = True
    assert parse_link("https://10.0.0.8:9000/birds").port == 9000
    assert parse_link("https://localhost:9000/birds").host == "localhost"
    with pytest.raises(fetching.LinkRefused, match=r"443, 9000"):
        parse_link("http://10.0.0.8/birds")


@pytest.mark.once
def test_a_service_that_the_operator_names_may_lie_in_house_and_nothing_beside_it(settings):
    settings.FETCH_ALLOW = frozenset({"http://10.0.0.5:9090", "https://models.example.org"})
    named = fetching.service_link("http://10.0.0.5:9090/predict")
    assert (named.is_operators, str(named)) == (True, "http://10.0.0.5:9090/predict")
    assert fetching.service_link("HTTPS://Models.example.org:443/x").is_operators
    assert not fetching.service_link("https://other.example.org/x").is_operators
    for beside in ("http://10.0.0.5:9091/", "http://10.0.0.6:9090/", "http://10.0.0.5/x"):
        with pytest.raises(fetching.LinkRefused):
            fetching.service_link(beside)
    with pytest.raises(fetching.LinkRefused):
        parse_link("http://10.0.0.5:9090/predict")


NEVER = (
    "169.254.169.254 fe80::1 fd00:ec2::254 100.100.100.200 168.63.129.16 0.0.0.0 :: 224.0.0.1 "
    "ff02::1 255.255.255.255 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:a00:1::1 2001::1 192.0.2.1 "
    "198.18.0.1 192.0.0.192 192.88.99.1 2001:db8::1 fec0::1 ::10.0.0.1 4000::1"
).split()
INSIDE = "10.1.2.3 127.8.9.1 172.20.0.1 192.168.0.1 100.64.0.1 ::1 fc00::1 fd12::1".split()
PUBLIC = "8.8.8.8 93.184.215.14 172.32.0.1 100.128.0.1 2606:4700::1111 2a00:1450::1".split()


@pytest.mark.parametrize("is_private_allowed", [False, True])
def test_addresses_are_judged_by_what_they_are_for(settings, is_private_allowed):
    settings.FETCH_PRIVATE_ADDRESSES = is_private_allowed
    judged = {text: is_allowed(ipaddress.ip_address(text)) for text in NEVER + INSIDE + PUBLIC}
    assert judged == (
        dict.fromkeys(NEVER, False)
        | dict.fromkeys(INSIDE, is_private_allowed)
        | dict.fromkeys(PUBLIC, True)
    )


@given(st.text(alphabet="0123456789abxfABXF.-_:[]@/\\?#%&= \t。１é", max_size=40))
@example("0x7f.1")
@example("1.2.3.4")
@example("[::1]:80")
def test_what_is_accepted_is_read_alike_by_others(rest):
    """Python's parser must find the same host, and the C library no other address in its name."""
    try:
        link = parse_link(f"http://{rest}")
    except fetching.LinkRefused:
        return
    assert urlsplit(f"http://{rest}").hostname in {link.host, f"[{link.host}]"} or ":" in link.host
    assert link.port in {80, 443}
    try:
        packed = socket.inet_aton(link.host)
    except OSError:
        return
    assert is_allowed(ipaddress.IPv4Address(packed))
    assert str(ipaddress.IPv4Address(packed)) == link.host
