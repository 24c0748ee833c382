"""Handing mails in; where and in whose name says the environment."""

import logging
import smtplib
from collections.abc import Callable, Iterable
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.urls import reverse

logger = logging.getLogger(__name__)
BACKEND = "django.core.mail.backends.smtp.EmailBackend"
SECONDS = 20
# Hands one mail in, and says whether the server took it.
Send = Callable[[str, str, str], bool]


def is_configured() -> bool:
    return settings.MAIL is not None


def absolute(address: str) -> str:
    return f"{settings.SITE_ADDRESS}{address}"


def link(route: str, *arguments: str) -> str:
    return absolute(reverse(route, args=arguments))


def send_each(rows: Iterable[Any], write: Callable[[Any, Send], bool]) -> int:
    """Have `write` send the mail of each row over one connection. How many went.

    Nothing is written before the server answers, nor after it has gone: the next run goes on.
    """
    rows = list(rows)
    if not rows:
        return 0
    connection, count = _connection(), 0
    try:
        connection.open()
        for row in rows:
            count += write(row, lambda *words: _send(connection, *words))
    except OSError as error:
        logger.warning("The mail server is away: %s", type(error).__name__)
    finally:
        connection.close()
    return count


def _connection() -> Any:
    server = settings.MAIL
    return get_connection(
        BACKEND,
        host=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_ssl=server.is_tls,
        use_tls=server.is_starttls,
        timeout=SECONDS,
    )


def _send(connection: Any, address: str, subject: str, text: str) -> bool:
    """A refusal is logged without the address or the words."""
    headers = {
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{link('notice_preferences')}>",
    }
    message = EmailMessage(
        subject, text, settings.MAIL.sender, [address], connection=connection, headers=headers
    )
    try:
        message.send()
    except smtplib.SMTPServerDisconnected:
        raise
    except smtplib.SMTPException as error:
        logger.warning("The mail server refused a mail: %s", type(error).__name__)
        return False
    return True
