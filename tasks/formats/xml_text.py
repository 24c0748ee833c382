"""Texts as XML holds them."""

import re
from xml.sax.saxutils import escape, quoteattr

FORBIDDEN = re.compile("[^\\t\\n\\r\\x20-\\ud7ff\\ue000-\\ufffd\\U00010000-\\U0010ffff]")
REPLACEMENT = "\N{REPLACEMENT CHARACTER}"


def xml_text(value: str) -> str:
    """A text between tags; what XML cannot hold at all becomes the replacement character.

    >>> xml_text("a < b & c"), xml_text(chr(1)) == REPLACEMENT
    ('a &lt; b &amp; c', True)
    """
    return escape(storable(value), {"\r": "&#13;"})


def xml_tag(name: str, attributes: dict[str, str], content: str | None = None) -> str:
    """An element with its content as XML; without any it ends at once.

    >>> print(xml_tag("Label", {"value": "a & b"}))
    <Label value="a &amp; b"/>
    """
    given = "".join(f" {key}={quoteattr(storable(value))}" for key, value in attributes.items())
    return f"<{name}{given}/>" if content is None else f"<{name}{given}>{content}</{name}>"


def storable(value: str) -> str:
    """A text without the characters that no XML can hold."""
    return FORBIDDEN.sub(REPLACEMENT, value)
