"""Handing one mail in; where and in whose name says the environment."""

import logging
import smtplib

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.urls import reverse

logger = logging.getLogger(__name__)
BACKEND = "django.core.mail.backends.smtp.EmailBackend"
SECONDS = 20


def is_configured() -> bool:
    return settings.MAIL is not None


def absolute(address: str) -> str:
    return f"{settings.SITE_ADDRESS}{address}"


def link(route: str, *arguments: str) -> str:
    return absolute(reverse(route, args=arguments))


def send(address: str, subject: str, text: str) -> bool:
    """Whether the server took it. A failure is logged without the address or the words."""
    server = settings.MAIL
    connection = get_connection(
        BACKEND,
        host=server.host,
        port=server.port,
        username=server.user,
        password=server.password,
        use_ssl=server.is_tls,
        use_tls=server.is_starttls,
        timeout=SECONDS,
    )
    headers = {
        "Auto-Submitted": "auto-generated",
        "List-Unsubscribe": f"<{link('notice_preferences')}>",
    }
    message = EmailMessage(
        subject, text, server.sender, [address], connection=connection, headers=headers
    )
    try:
        message.send()
    except (smtplib.SMTPException, OSError) as error:
        logger.warning("The mail server did not take a mail: %s", type(error).__name__)
        return False
    return True
