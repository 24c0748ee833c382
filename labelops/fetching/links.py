"""The strict parser: a link has one reading, or it is refused.

Parsers that tidy up (tabs, backslashes, numbers as hosts) read one thing where the library that
connects reads another; that gap is how requests are smuggled to places inside.
"""

import ipaddress
import re
from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from labelops.fetching.addresses import is_allowed
from labelops.fetching.errors import LinkRefused

LONGEST = 2_048
# A key of a store may be 1,024 bytes long, each three characters in its percent form.
LONGEST_OPERATORS = 8_192
LONGEST_HOST = 253
PORTS = {"http": 80, "https": 443}
# What RFC 3986 knows, and no more: no space, no control character, no backslash, no Unicode.
WRITTEN = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]+")
SCHEME = re.compile(r"(https?)://(.*)", re.IGNORECASE)
AUTHORITY = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9.\-_]+)(?::([0-9]{1,5}))?")
LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


@dataclass(frozen=True)
class Link:
    """A parsed link; `host` has no brackets, `target` is what the request line asks for.

    `is_operators` marks a link to what the operator has named: the store, or a service.
    """

    scheme: str
    host: str
    port: int
    target: str
    is_operators: bool = False

    @property
    def is_encrypted(self) -> bool:
        return self.scheme == "https"

    @property
    def path(self) -> str:
        """The target without the query, in which stores put signatures: fit to be shown."""
        return self.target.partition("?")[0]

    @property
    def origin(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        port = "" if self.port == PORTS[self.scheme] else f":{self.port}"
        return f"{self.scheme}://{host}{port}"

    def __str__(self) -> str:
        return self.origin + self.target


def parse_link(text: str) -> Link:
    """The parts of a link. Raises LinkRefused with what is wrong about it."""
    return _parsed(text, most=LONGEST, is_operators=False)


def operators_link(text: str) -> Link:
    """A link to the store of the settings, inside our network or not. Raises LinkRefused.

    No text of a person comes here: what reaches the store is made from its settings.
    """
    link = _parsed(text, most=LONGEST_OPERATORS, is_operators=True)
    if settings.STORE is None or link.origin != settings.STORE.origin:
        raise LinkRefused(_("The link does not lead to the store of this server."))
    return link


def service_link(text: str) -> Link:
    """A link to a service; those that the settings name may lie inside. Raises LinkRefused."""
    named = _parsed(text, most=LONGEST, is_operators=True)
    return named if named.origin in settings.FETCH_ALLOW else parse_link(text)


def _parsed(text: str, *, most: int, is_operators: bool) -> Link:
    if not text or len(text) > most:
        raise LinkRefused(
            _("A link has from 1 to %(most)d characters.") % {"most": most}, code="bad_link"
        )
    if not WRITTEN.fullmatch(text):
        raise LinkRefused(
            _("The link holds spaces or characters that a link cannot have."),
            hint=_("Write them in their percent form, and a host name in its ASCII form (xn--…)."),
        )
    matched = SCHEME.fullmatch(text)
    if not matched:
        raise LinkRefused(
            _("A link begins with https:// or http://."),
            code="scheme_not_allowed",
            hint=_("Files in other places are downloaded and sent, or imported by an operator."),
        )
    if "#" in text:
        raise LinkRefused(
            _("A link to a file has no # in it."), hint=_("Leave out the # and what follows.")
        )
    scheme = matched[1].lower()
    authority, slash, rest = _split(matched[2])
    if "@" in authority:
        raise LinkRefused(
            _("A link with a user name or password is not taken."),
            code="user_info_not_allowed",
            hint=_("Make a link that opens without a login."),
        )
    host, port = _host_and_port(authority, scheme, is_operators)
    target = (slash if slash == "/" else "/" + slash) + rest
    return Link(scheme, host, port, target, is_operators)


def _split(text: str) -> tuple[str, str, str]:
    """The authority, the sign that ends it (a slash, a question mark or nothing), and the rest."""
    matched = re.fullmatch(r"([^/?]*)([/?]?)(.*)", text)
    return matched[1], matched[2], matched[3]


def _host_and_port(authority: str, scheme: str, is_operators: bool) -> tuple[str, int]:
    matched = AUTHORITY.fullmatch(authority)
    if not matched:
        raise _bad_host()
    port = int(matched[2]) if matched[2] else PORTS[scheme]
    if port not in settings.FETCH_PORTS and not is_operators:
        raise LinkRefused(
            _("Only these ports are fetched from: %(ports)s.")
            % {"ports": ", ".join(map(str, sorted(settings.FETCH_PORTS)))},
            code="port_not_allowed",
            hint=_("An operator may allow others."),
        )
    return _host(matched[1].lower(), is_operators), port


def _host(text: str, is_operators: bool) -> str:
    address = _literal(text)
    if address:
        if not is_allowed(address, is_operators=is_operators):
            raise LinkRefused(
                _("The address of the link is private or reserved; it is not fetched from."),
                code="address_not_allowed",
                hint=_("For a store in-house, ask an operator to allow it."),
            )
        return str(address)
    labels = text.split(".")
    if len(text) > LONGEST_HOST or not all(LABEL.fullmatch(label) for label in labels):
        raise _bad_host()
    # 0x7f.1 and 2130706433 are names to us, but addresses to what connects.
    if NUMBER.fullmatch(labels[-1]):
        raise _bad_host()
    if text in settings.ALLOWED_HOSTS and not (is_operators or settings.FETCH_PRIVATE_ADDRESSES):
        raise LinkRefused(
            _("The link leads back to this server."),
            code="own_address",
            hint=_("Download the file and send it from this page."),
        )
    return text


def _literal(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        if text.startswith("["):
            return ipaddress.IPv6Address(text[1:-1])
        return ipaddress.IPv4Address(text)
    except ValueError:
        if text.startswith("["):
            raise _bad_host() from None
        return None


def _bad_host() -> LinkRefused:
    return LinkRefused(
        _("The name of the host in the link cannot be read."),
        code="bad_host",
        hint=_("Write it as in https://files.example.org/birds.zip."),
    )
