"""Addresses that open one object of the bucket for one request, signed by botocore."""

import importlib
import importlib.util
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from django.conf import settings

from labelops.fetching import Link, operators_link

# Long enough for clocks that differ; a download is signed anew each time it goes on.
VALID_SECONDS = 15 * 60


def has_signer() -> bool:
    """Whether botocore is installed; it is loaded only when something is signed."""
    return importlib.util.find_spec("botocore") is not None


def is_offered() -> bool:
    """Whether there is a store, and all that it needs."""
    return settings.STORE is not None and has_signer()


def signed(method: str, key: str = "", query: Mapping[str, str] | None = None) -> Link:
    """The link by which `method` is done to the object of a key; without a key, to the bucket."""
    store = settings.STORE
    auth = importlib.import_module("botocore.auth")
    request_class = importlib.import_module("botocore.awsrequest").AWSRequest
    credentials = importlib.import_module("botocore.credentials").Credentials
    path = f"/{quote(key, safe='/~')}" if key or not store.root else ""
    address = store.origin + store.root + path
    if query:
        address += "?" + urlencode(query, quote_via=quote, safe="~")
    request = request_class(method=method, url=address)
    auth.S3SigV4QueryAuth(
        credentials(store.key_id, store.secret), "s3", store.region, expires=VALID_SECONDS
    ).add_auth(request)
    return operators_link(request.url)
