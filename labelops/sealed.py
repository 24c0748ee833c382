"""Secrets of other programs that must be given back to them: kept so that a database alone, a dump
or a backup of it, does not tell them.

A keystream from the installation's secret key hides the text, and a signature notices changes.
"""

import base64
import hashlib
import secrets

from django.conf import settings
from django.core import signing
from django.utils.crypto import salted_hmac

SALT = "labelops.sealed"
NONCE_BYTES = 16


def seal(text: str) -> str:
    """Another result each time; empty stays empty."""
    if not text:
        return ""
    nonce = secrets.token_bytes(NONCE_BYTES)
    hidden = nonce + _hidden(text.encode(), nonce, settings.SECRET_KEY)
    return signing.dumps(base64.b64encode(hidden).decode(), salt=SALT)


def unseal(sealed: str) -> str | None:
    """None where the secret key is another one by now; a former one may still be known."""
    if not sealed:
        return ""
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        try:
            packed = base64.b64decode(signing.loads(sealed, key=key, salt=SALT, fallback_keys=[]))
        except signing.BadSignature:
            continue
        nonce, hidden = packed[:NONCE_BYTES], packed[NONCE_BYTES:]
        return _hidden(hidden, nonce, key).decode()
    return None


def _hidden(content: bytes, nonce: bytes, key: str) -> bytes:
    """The same again undoes it: each nonce has a stream of its own."""
    seed = salted_hmac(SALT, nonce, secret=key, algorithm="sha256").digest()
    stream = hashlib.shake_256(seed).digest(len(content))
    return bytes(one ^ other for one, other in zip(content, stream, strict=True))
