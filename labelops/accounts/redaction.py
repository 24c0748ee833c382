"""Keeps the secrets of one-time links, which travel in addresses, out of the logs."""

import logging
import re

LINK_SECRET = re.compile(r"/(invite|reset|shared-media)/[^/\s\"']+")


def redact(text: str) -> str:
    return LINK_SECRET.sub(r"/\1/[secret]", text)


class LinkSecretFilter(logging.Filter):
    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        if LINK_SECRET.search(message):
            record.msg, record.args = redact(message), ()
        return True
