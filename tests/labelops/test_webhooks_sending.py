"""Where webhooks may go, and what is read of the answer; the way out itself has its own tests."""

import pytest

from labelops.errors import DomainError
from labelops.webhooks import sending
from labelops.webhooks.sending import check_address, post
from tests.labelops.receiver import let_out

PRIVATE = (
    "http://localhost/",
    "http://LOCALHOST/x",
    "http://hooks.localhost/",
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
    "javascript:alert(1)",
    "http://",
    "http:///path",
    "http://example.org:0/",
    "http://example.org:22/",
    "http://example.org:65536/",
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
    "http://[::g]/",
    "http://[fe80::1%25eth0]/",
    "http://exa..mple.org/",
)


@pytest.mark.parametrize("address", [*WRONG, *PRIVATE])
def test_what_cannot_be_sent_to_is_refused_with_a_sentence(address):
    with pytest.raises(DomainError) as refused:
        check_address(address)
    assert (refused.value.code, refused.value.field) == ("wrong_address", "address")
    assert str(refused.value.message).endswith(".")


@pytest.mark.parametrize("address", ["https://example.org", "http://example.org:80/a?b=c&d=%20"])
def test_a_public_address_is_taken(address):
    check_address(address)


@pytest.mark.parametrize("address", [*WRONG, *PRIVATE])
def test_it_is_refused_again_when_something_is_sent(address):
    with pytest.raises(DomainError):
        post(address, b"{}", {})


def test_of_a_long_answer_only_the_beginning_is_read(receiver):
    receiver.answers = [(200, b"a\x00" * 1_000_000)]
    text = post(receiver.address, b"{}", {}).text
    assert len(text) == sending.ANSWER_BYTES
    assert "\x00" not in text


def test_in_house_a_name_of_the_own_network_is_taken(settings):
    let_out(settings)
    check_address("http://hooks.local:8080/")
