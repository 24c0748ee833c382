"""Reads the environment; a wrong value stops the start with one clear sentence."""

import ipaddress
import os
import re
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
SECRET_KEY_LENGTH = 50
ORIGIN = re.compile(r"https?://(?:[a-z0-9._-]+|\[[0-9a-f:.]+\])(?::([0-9]{1,5}))?")
# An origin does not name the port that its scheme has anyway.
DEFAULT_PORT = re.compile(r"^(http:.*):80$|^(https:.*):443$")


def flag(name: str) -> bool:
    value = os.environ.get(name, "").strip().lower()
    if value in {"", "0", "false", "no", "off"}:
        return False
    if value in {"1", "true", "yes", "on"}:
        return True
    raise ImproperlyConfigured(f"{name} must be 0 or 1, not {value!r}.")


def whole_number(name: str, default: int) -> int:
    value = os.environ.get(name, "").strip() or str(default)
    if not value.isdecimal() or not int(value):
        raise ImproperlyConfigured(f"{name} must be a whole number above 0, not {value!r}.")
    return int(value)


def percent(name: str, default: int) -> int:
    value = os.environ.get(name, "").strip() or str(default)
    if not value.isdecimal() or int(value) > 100:
        raise ImproperlyConfigured(f"{name} must be a whole number from 0 to 100, not {value!r}.")
    return int(value)


def currency(name: str, default: str) -> str:
    """The code of a currency by ISO 4217, such as EUR."""
    value = os.environ.get(name, "").strip() or default
    if not re.fullmatch(r"[A-Z]{3}", value):
        raise ImproperlyConfigured(
            f"{name} must be a code of three capital letters such as EUR, not {value[:12]!r}."
        )
    return value


def words(name: str, default: str = "") -> list[str]:
    return [word.strip() for word in os.environ.get(name, default).split(",") if word.strip()]


def networks(name: str) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    """Addresses or networks, as 127.0.0.1 or 10.0.0.0/8."""
    try:
        return [ipaddress.ip_network(word) for word in words(name)]
    except ValueError as error:
        raise ImproperlyConfigured(f"{name}: {error}.") from error


def ports(name: str, default: str) -> frozenset[int]:
    given = words(name, default)
    if not given or not all(word.isdecimal() and 0 < int(word) < 65_536 for word in given):
        raise ImproperlyConfigured(f"{name} must be ports from 1 to 65535, separated by commas.")
    return frozenset(map(int, given))


def origins(name: str) -> frozenset[str]:
    """Addresses without a path, as http://10.0.0.5:9090, in the form of `Link.origin`."""
    given = [word.lower().rstrip("/") for word in words(name)]
    for word in given:
        matched = ORIGIN.fullmatch(word)
        if not matched or not 0 < int(matched[1] or 1) < 65_536:
            raise ImproperlyConfigured(
                f"{name} must be addresses such as http://10.0.0.5:9090, separated by commas, "
                f"not {word[:80]!r}."
            )
    return frozenset(DEFAULT_PORT.sub(r"\1\2", word) for word in given)


@dataclass(frozen=True)
class MailServer:
    """Where mail is handed in, and in whose name."""

    host: str
    port: int
    sender: str
    user: str = ""
    password: str = ""
    is_tls: bool = False
    is_starttls: bool = False


MAIL_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}


def mail_server(url_name: str, sender_name: str) -> MailServer | None:
    """smtps://user:password@host:port, smtp+starttls:// or smtp://; None where none is named."""
    url, sender = os.environ.get(url_name, "").strip(), os.environ.get(sender_name, "").strip()
    if not url:
        return None
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ImproperlyConfigured(f"{url_name}: {error}.") from error
    if parts.scheme not in MAIL_PORTS or not parts.hostname:
        raise ImproperlyConfigured(
            f"{url_name} must be smtps://user:password@host:port, or begin with "
            "smtp+starttls:// or smtp://."
        )
    if "@" not in sender or any(character in sender for character in "\r\n"):
        raise ImproperlyConfigured(
            f"{sender_name} must be the address that mail comes from, such as labelops@example.org."
        )
    return MailServer(
        host=parts.hostname,
        port=port or MAIL_PORTS[parts.scheme],
        sender=sender,
        user=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        is_tls=parts.scheme == "smtps",
        is_starttls=parts.scheme == "smtp+starttls",
    )


def site_address(origins: list[str], hosts: list[str], *, is_local: bool) -> str:
    """What links in mails begin with: the first origin that is one, else the first host."""
    plain = [origin.rstrip("/") for origin in origins if "*" not in origin]
    if plain:
        return plain[0]
    if is_local:
        return f"http://{hosts[0]}:{os.environ.get('PORT') or 8000}"
    return f"https://{hosts[0].lstrip('.')}"


def data_dir() -> Path:
    """The one folder that holds everything embedded: database, media, socket, logs."""
    path = Path(os.environ.get("LABELOPS_DATA_DIR") or BASE_DIR / "var").resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(
            f"LABELOPS_DATA_DIR: the folder {path} cannot be made: {error.strerror}."
        ) from error
    if not os.access(path, os.W_OK):
        raise ImproperlyConfigured(f"LABELOPS_DATA_DIR: the folder {path} cannot be written.")
    return path


def import_dir(name: str, private: Path) -> Path | None:
    """The folder of files that managers may import; never one that holds our own."""
    return _offered_dir(name, private, os.R_OK | os.X_OK, "read")


def export_dir(name: str, private: Path) -> Path | None:
    """The folder that exports may be written into; never one that holds our own files."""
    return _offered_dir(name, private, os.R_OK | os.W_OK | os.X_OK, "written")


def _offered_dir(name: str, private: Path, rights: int, verb: str) -> Path | None:
    text = os.environ.get(name, "").strip()
    if not text:
        return None
    path = Path(text).resolve()
    if not path.is_dir() or not os.access(path, rights):
        raise ImproperlyConfigured(f"{name}: {path} is not a folder that can be {verb}.")
    if path.is_relative_to(private) or private.is_relative_to(path):
        raise ImproperlyConfigured(
            f"{name}: {path} and LABELOPS_DATA_DIR must lie apart: the data folder holds secrets."
        )
    return path


def database(url: str, folder: Path) -> dict[str, Any]:
    """The Django database of DATABASE_URL; without one, SQLite in the data folder."""
    if not url:
        return _sqlite(folder / "labelops.sqlite3")
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return _sqlite(Path(parts.path))
    if parts.scheme not in {"postgres", "postgresql"}:
        raise ImproperlyConfigured(
            "DATABASE_URL must begin with postgresql:// or sqlite:///, "
            f"not with {parts.scheme or url[:12]!r}."
        )
    return _postgresql(parts)


def _sqlite(path: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": path,
        "OPTIONS": {
            "timeout": 20,
            "transaction_mode": "IMMEDIATE",
            # FULL: an acknowledged submit survives a power cut, not only a crash.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        },
    }


def _postgresql(parts: Any) -> dict[str, Any]:
    query = dict(parse_qsl(parts.query))
    try:
        port = parts.port or ""
    except ValueError as error:
        raise ImproperlyConfigured(f"DATABASE_URL: {error}.") from error
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": unquote(parts.hostname or query.pop("host", "")),
        "PORT": port,
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        # How often a statement comes before it is prepared: see labelops/prepared_cursor.py.
        "OPTIONS": query | {"prepare_threshold": _threshold(query)},
    }


def _threshold(query: dict[str, str]) -> int | None:
    """`?prepare_threshold=none` is for poolers that cannot keep prepared statements."""
    value = query.get("prepare_threshold", "2")
    if value == "none":
        return None
    if not value.isdecimal():
        raise ImproperlyConfigured(
            f"DATABASE_URL: prepare_threshold must be a whole number or none, not {value[:12]!r}."
        )
    return int(value)


def secret_key(folder: Path, *, generate: bool) -> str:
    """LABELOPS_SECRET_KEY, or one made at the first embedded start and kept in the data folder."""
    key = os.environ.get("LABELOPS_SECRET_KEY", "")
    path = folder / "secret.key"
    if not key and path.exists():
        key = path.read_text().strip()
    if not key and generate:
        key = secrets.token_urlsafe(64)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(key)
    if len(key) < SECRET_KEY_LENGTH:
        raise ImproperlyConfigured(
            f"LABELOPS_SECRET_KEY must be set to a random text of {SECRET_KEY_LENGTH} or more "
            "characters. One way to make it: "
            'python3 -c "import secrets; print(secrets.token_urlsafe(64))"'
        )
    return key
