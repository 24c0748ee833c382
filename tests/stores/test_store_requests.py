"""What goes over the line to a store: signed as botocore signs, confined, and never repeated."""

import dataclasses
import datetime
import ipaddress
import logging
import socket
import threading
import time
from urllib.parse import parse_qs, urlsplit

import pytest
from botocore import auth
from botocore.config import Config
from botocore.session import get_session
from django.core.exceptions import ImproperlyConfigured

from labelops import fetching
from labelops.errors import DomainError
from labelops.fetching import FetchFailed, Limits, LinkRefused, addresses, operators_link
from labelops.object_store import store_of_environment
from labelops.stores import listing, objects
from labelops.stores.keys import key_of
from labelops.stores.signing import signed
from tests.web import answer, serving

pytestmark = pytest.mark.once
# Hostile or only odd: what may be the path of an object, and what may not.
GOOD_NAMES = ["a.csv", "b c+d%20.csv", "ü/ß.csv", "&amp;<x>'\".csv", "a=b?c#d;e,f", "..a/b..", "~"]
BAD_NAMES = [
    "",
    "/",
    "/a.csv",
    "a//b.csv",
    "a/",
    ".",
    "..",
    "../birds-11/a.csv",
    "a/../../x",
    "a/./b",
    "a/..",
    "..\\x",
    "a\\b",
    "a\x00b",
    "a\nb",
    "a\rHost: x",
    "\u202egnp.csv",
    "\ud800",
    "x" * 1_020,
    "é" * 510,
]


def whole(fetched):
    with fetched:
        return b"".join(iter(lambda: fetched.read(65_536), b""))


@pytest.mark.parametrize("name", BAD_NAMES)
def test_a_path_that_is_no_plain_one_becomes_no_key(name):
    with pytest.raises(DomainError) as caught:
        key_of("birds-1", name)
    assert (caught.value.code, caught.value.field) == ("file_not_found", "bucket_file")


@pytest.mark.parametrize("folder", ["", "birds", "birds-", "../a-1", "a/b-1", "a-1/", ".-1"])
def test_a_folder_that_is_none_of_a_project_has_no_keys(folder):
    with pytest.raises(DomainError):
        key_of(folder, "a.csv")


@pytest.mark.parametrize("style", ["path", "virtual"])
def test_addresses_are_signed_as_botocore_itself_does(store_at, settings, monkeypatch, style):
    store_at("http://store.example.org:9000")
    if style == "virtual":
        at_host = {"origin": "http://labels.store.example.org:9000", "root": ""}
        settings.STORE = dataclasses.replace(settings.STORE, **at_host)
    moment = datetime.datetime(2026, 1, 2, 3, 4, 5)
    monkeypatch.setattr(auth, "get_current_datetime", lambda *_asked: moment)
    client = get_session().create_client(
        "s3",
        region_name="us-east-1",
        endpoint_url="http://store.example.org:9000",
        aws_access_key_id="canary-key-id",
        aws_secret_access_key="canary-secret",
        config=Config(signature_version="s3v4", s3={"addressing_style": style}),
    )

    def theirs(operation, **asked):
        return client.generate_presigned_url(operation, {"Bucket": "labels"} | asked, ExpiresIn=900)

    for name in GOOD_NAMES:
        key = key_of("birds-1", name)
        assert str(signed("GET", key)) == theirs("get_object", Key=key)
        assert str(signed("PUT", key)) == theirs("put_object", Key=key)
        query = {"list-type": "2", "prefix": key, "start-after": key + listing.LAST}
        listed = theirs("list_objects_v2", Prefix=key, StartAfter=key + listing.LAST)
        # Which part of a query comes first means nothing; the signature is over them in order.
        signature = parse_qs(urlsplit(listed).query)["X-Amz-Signature"]
        ours = urlsplit(str(signed("GET", query=query | {"encoding-type": "url"})))
        assert parse_qs(ours.query)["X-Amz-Signature"] == signature


def test_objects_are_written_read_and_listed(bucket):
    for name in GOOD_NAMES:
        objects.put_object(key_of("birds-1", name), [b"he", b"llo"], 5, media_type="text/csv")
    assert sorted(bucket.keys()) == sorted(f"birds-1/{name}" for name in GOOD_NAMES)
    for name in GOOD_NAMES:
        fetched = objects.open_object(key_of("birds-1", name))
        etag = fetched.etag
        assert whole(fetched) == b"hello"
    assert whole(objects.open_object("birds-1/a.csv", start=2, etag=etag)) == b"llo"
    shown = listing.list_objects("birds-1").entries
    assert {entry.name for entry in shown if not entry.is_folder} == {
        name for name in GOOD_NAMES if "/" not in name
    }
    assert [entry.name for entry in shown if entry.is_folder] == ["..a", "ü"]
    [inner] = listing.list_objects("birds-1", "ü").entries
    assert (inner.path, inner.byte_count, inner.changed_at is not None) == ("ü/ß.csv", 5, True)


def test_pages_of_a_list_meet_without_gap_or_repeat(bucket, monkeypatch):
    monkeypatch.setattr(listing, "PAGE_SIZE", 2)
    for name in ["a", "b/1", "b/2", "b/3", "b0", "c", "../x", "e/", "e/1", "d\\e", "f", "/g"]:
        bucket.put(f"birds-1/{name}", b"x")
    bucket.put("birds-11/secret", b"x")
    seen, after = [], ""
    for _page in range(9):
        found = listing.list_objects("birds-1", after=after)
        seen += [entry.name for entry in found.entries]
        after = found.after
        if not after:
            break
    assert seen == ["a", "b", "b0", "c", "e", "f"]
    assert [entry.name for entry in listing.list_objects("birds-1", "e").entries] == ["1"]
    for hostile in ("\x00", "\ud800"):
        with pytest.raises(DomainError):
            listing.list_objects("birds-1", after=hostile)
    assert listing.list_objects("birds-1", after="../../birds-11/").entries[0].name == "a"


def page_of(*keys, root="ListBucketResult"):
    found = "".join(f"<Contents><Key>{key}</Key><Size>1</Size></Contents>" for key in keys)
    return answer(f"<{root}><EncodingType>url</EncodingType>{found}</{root}>".encode())


@pytest.mark.parametrize("name", BAD_NAMES[1:16])
def test_a_hostile_store_lists_nothing_that_could_be_chosen_outside(store_at, name):
    keys = [name.replace("\x00", "%00"), f"birds-1/{name}".replace("\x00", "%00"), "birds-11/a"]
    with serving(lambda _request: page_of(*keys, "birds-1/good.csv")) as web:
        store_at(web.url)
        assert [e.name for e in listing.list_objects("birds-1").entries] == ["good.csv"]


def test_a_store_that_gives_plain_keys_is_understood(store_at):
    body = (
        b"<ListBucketResult><Contents><Key>birds-1/a+b%20.csv</Key></Contents></ListBucketResult>"
    )
    with serving(lambda _request: answer(body)) as web:
        store_at(web.url)
        assert [e.name for e in listing.list_objects("birds-1").entries] == ["a+b%20.csv"]


BOMB = (
    b'<!DOCTYPE x [<!ENTITY a "canary"><!ENTITY b "&a;&a;">]>'
    b"<ListBucketResult>&b;</ListBucketResult>"
)
NO_NUMBER = (
    b"<ListBucketResult><Contents><Key>birds-1/x</Key><Size>canary</Size></Contents>"
    b"</ListBucketResult>"
)
ANSWERS = {
    "denied": (answer(b"canary", status="403 Forbidden"), "store_denied"),
    "no_bucket": (answer(b"canary", status="404 Not Found"), "file_not_found"),
    "bad_request": (answer(b"canary", status="400 Bad Request"), "store_failed"),
    "slow_down": (answer(b"canary", status="503 Slow Down"), "store_failed"),
    "moved": (answer(status="301 Moved", Location="http://169.254.169.254/"), "store_failed"),
    "no_xml": (answer(b"canary"), "store_unreadable"),
    "other_xml": (page_of("canary", root="canary"), "store_unreadable"),
    "entities": (answer(BOMB), "store_unreadable"),
    "no_number": (answer(NO_NUMBER), "store_unreadable"),
    "too_large": (answer(b"<" * 2 * 1024**2), "response_too_large"),
    "no_http": (b"SSH-2.0-canary\r\n", "bad_response"),
}


@pytest.mark.parametrize("name", ANSWERS)
def test_whatever_a_store_answers_is_one_sentence_of_ours(store_at, caplog, name):
    given, code = ANSWERS[name]
    caplog.set_level(logging.DEBUG)
    with serving(lambda _request: given) as web:
        store_at(web.url)
        with pytest.raises(FetchFailed) as caught:
            listing.list_objects("birds-1")
    told = caught.value
    assert told.code == code
    assert told.hint
    assert "canary" not in f"{told.as_dict()}{told}"
    assert len(web.requests) == 1
    for secret in ("canary", "Amz-Signature", "AWS4-HMAC"):
        assert secret not in caplog.text


class TestOnlyTheStoreMayLieInside:
    def test_links_of_people_lead_there_no_more_than_before(self, store_at):
        with serving(lambda _request: answer(b"x")) as web:
            store_at(web.url)
            assert whole(fetching.open_url(operators_link(f"{web.url}/labels/a"))) == b"x"
            for refused in (f"{web.url}/labels/a", "http://127.0.0.1/"):
                with pytest.raises(LinkRefused):
                    fetching.open_url(refused)
            asked = len(web.requests)
        assert asked == 1

    @pytest.mark.parametrize(
        "address",
        [
            "http://127.0.0.1:9001/labels/a",
            "https://127.0.0.1:9000/labels/a",
            "http://127.0.0.2:9000/labels/a",
            "http://store@127.0.0.1:9000/",
            "http://127.0.0.1:9000@example.org/",
            "http://store.example.org/",
            "http://127.0.0.1:9000/#x",
            "http://127.0.0.1:9000/" + "x" * 9_000,
        ],
    )
    def test_no_other_address_is_the_operators(self, store_at, address):
        store_at("http://127.0.0.1:9000")
        with pytest.raises(LinkRefused):
            operators_link(address)

    def test_without_a_store_there_is_none(self, settings):
        settings.STORE = None
        with pytest.raises(LinkRefused):
            operators_link("http://127.0.0.1:9000/labels/a")

    @pytest.mark.parametrize("address", ["169.254.169.254", "100.100.100.200"])
    def test_not_even_a_store_is_a_service_that_hands_out_credentials(
        self, store_at, monkeypatch, address
    ):
        store_at("http://store.example.org")
        found = [ipaddress.ip_address(address)]
        monkeypatch.setattr(addresses, "look_up", lambda *_asked: found)
        monkeypatch.setattr(socket, "create_connection", None)
        with pytest.raises(FetchFailed) as caught:
            objects.open_object("birds-1/a")
        assert caught.value.code == "unreachable"
        assert "LABELOPS" not in caught.value.message

    def test_only_to_the_store_is_written(self):
        with pytest.raises(ValueError, match="store"):
            fetching.write(fetching.parse_link("https://example.org/x"), "PUT")


class TestWriting:
    def test_an_early_refusal_is_told_as_what_it_is(self, store_at):
        """The store hangs up amid the body, as it does with a wrong key."""

        def blocks():
            for _number in range(2_000):
                yield b"x" * 65_536

        listener = socket.create_server(("127.0.0.1", 0))
        store_at(f"http://127.0.0.1:{listener.getsockname()[1]}")

        def serve():
            connection, _address = listener.accept()
            connection.recv(1_000)
            connection.sendall(answer(b"canary", status="403 Forbidden"))
            connection.shutdown(socket.SHUT_WR)
            time.sleep(0.3)
            connection.close()

        threading.Thread(target=serve, daemon=True).start()
        with listener, pytest.raises(FetchFailed) as caught:
            objects.put_object("birds-1/a", blocks(), 2_000 * 65_536, media_type="text/csv")
        assert caught.value.code == "store_denied"

    def test_what_the_blocks_raise_ends_the_exchange(self, bucket):
        def blocks():
            yield b"x" * 10
            raise KeyError("stopped")

        with pytest.raises(KeyError, match="stopped"):
            objects.put_object("birds-1/a", blocks(), 100, media_type="text/csv")
        assert bucket.keys() == []

    def test_a_slow_store_is_given_up_and_a_long_upload_is_not(self, store_at, monkeypatch):
        def slowly():
            for _number in range(5):
                time.sleep(0.1)
                yield b"x"

        patient = Limits(max_bytes=1_000, opening_seconds=0.3, idle_seconds=0.3)
        monkeypatch.setattr(objects, "LIMITS", patient)
        with serving(lambda _request: answer(b"")) as web:
            store_at(web.url)
            objects.put_object("birds-1/a", slowly(), 5, media_type="text/csv")

        def silent(_request):
            time.sleep(1)
            return answer(b"")

        with serving(silent) as web:
            store_at(web.url)
            with pytest.raises(FetchFailed) as caught:
                objects.put_object("birds-1/a", [b"x"], 1, media_type="text/csv")
        assert caught.value.code == "too_slow"

    def test_an_object_in_parts_is_finished_or_given_up(self, bucket):
        size = 5 * 1024**2
        upload = objects.begin_parts("birds-1/a", media_type="text/csv")
        tags = [
            objects.put_part("birds-1/a", upload, 1, [b"a" * size], size),
            objects.put_part("birds-1/a", upload, 2, [b"b"], 1),
        ]
        objects.finish_parts("birds-1/a", upload, tags)
        assert bucket.get("birds-1/a") == b"a" * size + b"b"
        given_up = objects.begin_parts("birds-1/b", media_type="text/csv")
        assert bucket.uploads() == [given_up]
        objects.drop_parts("birds-1/b", given_up)
        assert (bucket.uploads(), bucket.keys()) == ([], ["birds-1/a"])

    @pytest.mark.parametrize("body", [b"<Error><Code>canary</Code></Error>", b"canary", b""])
    def test_an_error_after_the_200_of_the_last_step_is_seen(self, store_at, body):
        with serving(lambda _request: answer(body)) as web:
            store_at(web.url)
            with pytest.raises(FetchFailed) as caught:
                objects.finish_parts("birds-1/a", "upload", ['"<&"'])
        assert caught.value.code == "store_unreadable"

    def test_the_parts_of_any_size_are_few_enough(self):
        for size in (1, objects.PART_BYTES, objects.LARGEST_OBJECT - 1, objects.LARGEST_OBJECT):
            assert -(-size // objects.part_bytes(size)) <= objects.MOST_PARTS


GIVEN = {
    "LABELOPS_STORE_ENDPOINT": "https://S3.example.org:443/",
    "LABELOPS_STORE_BUCKET": "labels",
    "LABELOPS_STORE_KEY_ID": "key",
    "LABELOPS_STORE_SECRET": "canary",
}


class TestSettings:
    def read(self, monkeypatch, **changes):
        for name, value in (GIVEN | changes).items():
            monkeypatch.setenv(name, value)
        return store_of_environment()

    def test_a_store_has_all_of_its_settings(self, monkeypatch):
        assert store_of_environment() is None
        store = self.read(monkeypatch)
        assert (store.origin, store.root) == ("https://s3.example.org", "/labels")
        assert "canary" not in repr(store)
        in_host = self.read(monkeypatch, LABELOPS_STORE_STYLE="host")
        assert (in_host.origin, in_host.root) == ("https://labels.s3.example.org", "")

    @pytest.mark.parametrize(
        ("name", "value"),
        [
            *[(name, "") for name in GIVEN],
            ("LABELOPS_STORE_ENDPOINT", "s3.example.org"),
            ("LABELOPS_STORE_ENDPOINT", "ftp://s3.example.org"),
            ("LABELOPS_STORE_ENDPOINT", "https://s3.example.org/labels"),
            ("LABELOPS_STORE_ENDPOINT", "https://user@s3.example.org"),
            ("LABELOPS_STORE_ENDPOINT", "https://s3.example.org:70000"),
            ("LABELOPS_STORE_BUCKET", "../x"),
            ("LABELOPS_STORE_BUCKET", "Labels"),
            ("LABELOPS_STORE_REGION", "eu central"),
            ("LABELOPS_STORE_STYLE", "virtual"),
        ],
    )
    def test_a_wrong_one_stops_the_start_and_repeats_no_secret(self, monkeypatch, name, value):
        with pytest.raises(ImproperlyConfigured, match=name) as caught:
            self.read(monkeypatch, **{name: value})
        assert "canary" not in str(caught.value)

    def test_an_address_has_no_subdomains(self, monkeypatch):
        with pytest.raises(ImproperlyConfigured, match="STYLE"):
            self.read(
                monkeypatch,
                LABELOPS_STORE_ENDPOINT="http://10.0.0.1:9000",
                LABELOPS_STORE_STYLE="host",
            )
