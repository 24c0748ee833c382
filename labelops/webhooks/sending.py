"""One POST to an address that somebody typed in, by the one way out (`labelops.fetching`)."""

from dataclasses import dataclass

from django.conf import settings
from django.utils.translation import gettext as _

from labelops.errors import DomainError
from labelops.fetching import Limits, LinkRefused, parse_link
from labelops.fetching import post as post_body

TIMEOUT_SECONDS = 10
ANSWER_BYTES = 2_000
LOCAL_NAMES = (".localhost", ".local")


@dataclass(frozen=True)
class Answer:
    status_code: int
    text: str

    @property
    def is_success(self) -> bool:
        return 200 <= self.status_code < 300


def check_address(address: str) -> None:
    """Raises DomainError for what can be refused before its name is looked up."""
    try:
        link = parse_link(address)
    except LinkRefused as error:
        raise _wrong(error.message, hint=error.hint) from error
    is_local_name = f".{link.host}".endswith(LOCAL_NAMES)
    if is_local_name and not settings.FETCH_PRIVATE_ADDRESSES:
        raise _wrong(_("“%(host)s” is a name of the own network.") % {"host": link.host})


def post(address: str, body: bytes, headers: dict[str, str]) -> Answer:
    """Send the body once. Raises DomainError; redirects are answers like any other."""
    limits = Limits(
        max_bytes=ANSWER_BYTES,
        seconds=TIMEOUT_SECONDS,
        opening_seconds=TIMEOUT_SECONDS,
        idle_seconds=TIMEOUT_SECONDS,
    )
    answer = post_body(address, body, headers, limits=limits)
    text = answer.body.decode("utf-8", "replace").replace("\x00", "�")
    return Answer(answer.status, text)


def _wrong(message: str, *, hint: str | None = None) -> DomainError:
    return DomainError(message, code="wrong_address", field="address", hint=hint)
