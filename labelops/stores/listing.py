"""What lies in a folder of the bucket, a page at a time by name."""

from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote_plus

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import ParseError, fromstring

from labelops.fetching import FetchFailed, Limits, open_url
from labelops.media.server_folder import Entry, Listing
from labelops.stores.errors import store_failure, unreadable_answer
from labelops.stores.keys import NotInFolder, is_plain, prefix_of
from labelops.stores.signing import signed

PAGE_SIZE = 100
BLOCK = 64 * 1024
# A person waits. A page of the longest keys, each sign in its percent form, has half of this.
LIMITS = Limits(max_bytes=1024**2, seconds=15, opening_seconds=10, idle_seconds=10)
# Behind every key that begins with the same letters.
LAST = "\U0010ffff"
# Which element of what is listed holds its key.
KEYS = {"Contents": "Key", "CommonPrefixes": "Prefix"}
NEVER = datetime.min.replace(tzinfo=UTC)


def list_objects(folder: str, path: str = "", *, after: str = "") -> Listing:
    """A page of a folder. Raises NotInFolder for what is none, FetchFailed when it fails."""
    prefix = prefix_of(folder, path)
    query = {
        "list-type": "2",
        "delimiter": "/",
        "encoding-type": "url",
        "max-keys": str(PAGE_SIZE),
        "prefix": prefix,
    }
    if after:
        query["start-after"] = _encodable(prefix + after + (LAST if after.endswith("/") else ""))
    try:
        content = _content(query)
    except FetchFailed as failed:
        raise store_failure(failed) from failed
    return _listing(content, path, prefix)


def _encodable(text: str) -> str:
    if "\x00" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise NotInFolder
    return text


def _content(query: dict[str, str]) -> bytes:
    with open_url(signed("GET", query=query), limits=LIMITS) as fetched:
        return b"".join(iter(lambda: fetched.read(BLOCK), b""))


def _listing(content: bytes, path: str, prefix: str) -> Listing:
    """Raises FetchFailed for anything that is no list of objects."""
    try:
        root = fromstring(content, forbid_dtd=True)
        for element in root.iter():
            # Some stores leave the namespace out.
            element.tag = element.tag.rpartition("}")[2]
        if root.tag != "ListBucketResult":
            raise unreadable_answer()
        # Asked for, as XML cannot hold every sign; a store that does not know it gives plain keys.
        decoded = unquote_plus if root.findtext("EncodingType") == "url" else str
        keys = [(decoded(_written_key(found)), found) for found in root if found.tag in KEYS]
        names = {
            key.removeprefix(prefix): _facts(found)
            for key, found in keys
            if _is_right_in(key, prefix, is_folder=found.tag == "CommonPrefixes")
        }
        is_cut = root.findtext("IsTruncated") == "true"
    except (ParseError, DefusedXmlException, ValueError, OverflowError) as error:
        raise unreadable_answer() from error
    shown = [name for name in sorted(names) if is_plain(name.removesuffix("/"))]
    entries = [_entry(path, name, *names[name]) for name in shown]
    return Listing(path, entries, after=max(names, default="") if is_cut else "", is_cut=False)


def _written_key(found: Any) -> str:
    return found.findtext(KEYS[found.tag], "")


def _is_right_in(key: str, prefix: str, *, is_folder: bool) -> bool:
    """Whether a file, or a folder by its slash, lies right here; a store may list what it likes.

    An object that ends with a slash is how tools draw a folder; it comes as a folder as well.
    """
    name = key.removeprefix(prefix)
    is_here = key.startswith(prefix) and name != "" and "/" not in name[:-1]
    return is_here and name.endswith("/") == is_folder


def _facts(found: Any) -> tuple[int, datetime]:
    written = found.findtext("LastModified", "")
    changed_at = datetime.fromisoformat(written) if written else NEVER
    if changed_at.tzinfo is None:
        changed_at = changed_at.replace(tzinfo=UTC)
    return int(found.findtext("Size", "0")), changed_at


def _entry(path: str, name: str, byte_count: int, changed_at: datetime) -> Entry:
    is_folder = name.endswith("/")
    bare = name.removesuffix("/")
    inside = f"{path}/{bare}" if path else bare
    return Entry(bare, inside, is_folder, byte_count, None if is_folder else changed_at)
