"""Which object store it is, read from the environment; a wrong value stops the start."""

import os
import re
from dataclasses import dataclass, field

from django.core.exceptions import ImproperlyConfigured

PREFIX = "LABELOPS_STORE_"
NEEDED = ("ENDPOINT", "BUCKET", "KEY_ID", "SECRET")
ENDPOINT = re.compile(r"(https?)://([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?/?")
BUCKET = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
REGION = re.compile(r"[a-z0-9-]{1,40}")
ADDRESS = re.compile(r"\[.*|[0-9.]+")
DEFAULT_PORTS = {"http": "80", "https": "443"}


@dataclass(frozen=True)
class Store:
    """An S3-compatible store: requests go to `origin`, where the bucket has the path `root`."""

    origin: str
    root: str
    bucket: str
    region: str
    key_id: str
    secret: str = field(repr=False)


def store_of_environment() -> Store | None:
    """The store of LABELOPS_STORE_*; None when there is none."""
    given = {name: os.environ.get(PREFIX + name, "").strip() for name in NEEDED}
    if not any(given.values()):
        return None
    if missing := [PREFIX + name for name, value in given.items() if not value]:
        raise ImproperlyConfigured(
            f"{', '.join(missing)} must be set, too: a store needs all of "
            f"{', '.join(PREFIX + name for name in NEEDED)}."
        )
    bucket = _matching("BUCKET", given["BUCKET"], BUCKET, "a name of lower-case letters, digits, -")
    region = os.environ.get(PREFIX + "REGION", "").strip() or "us-east-1"
    origin, root = _place(given["ENDPOINT"].lower(), bucket)
    return Store(
        origin=origin,
        root=root,
        bucket=bucket,
        region=_matching("REGION", region, REGION, "a name such as eu-central-1"),
        key_id=given["KEY_ID"],
        secret=given["SECRET"],
    )


def _place(endpoint: str, bucket: str) -> tuple[str, str]:
    """The origin of the requests and the path of the bucket, in the style that is wanted."""
    matched = ENDPOINT.fullmatch(endpoint)
    if not matched or not 0 < int(matched[3] or 1) < 65_536:
        raise ImproperlyConfigured(
            f"{PREFIX}ENDPOINT must be an address such as https://s3.example.org:9000, without "
            "path, user or bucket."
        )
    scheme, host, port = matched.groups()
    style = os.environ.get(PREFIX + "STYLE", "").strip() or "path"
    if style not in {"path", "host"}:
        raise ImproperlyConfigured(f"{PREFIX}STYLE must be path or host, not {style!r}.")
    if style == "host":
        if ADDRESS.fullmatch(host):
            raise ImproperlyConfigured(
                f"{PREFIX}STYLE=host needs a name in {PREFIX}ENDPOINT; an IP address has no "
                "subdomains."
            )
        host = f"{bucket}.{host}"
    shown_port = f":{int(port)}" if port and port != DEFAULT_PORTS[scheme] else ""
    return f"{scheme}://{host}{shown_port}", "" if style == "host" else f"/{bucket}"


def _matching(name: str, value: str, pattern: re.Pattern[str], what: str) -> str:
    if not pattern.fullmatch(value):
        raise ImproperlyConfigured(f"{PREFIX}{name} must be {what}, not {value!r}.")
    return value
