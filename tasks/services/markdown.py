"""Markdown as HTML: without raw HTML, with pictures of our own only, then cleaned by nh3."""

import gc
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import nh3
from django.urls import reverse
from django.utils.safestring import SafeString
from markdown_it import MarkdownIt
from markdown_it.token import Token

_parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
TAGS = {
    "a", "blockquote", "br", "code", "del", "em", "h2", "h3", "h4", "h5", "h6", "hr", "img",
    "li", "ol", "p", "pre", "s", "strong", "table", "tbody", "td", "th", "thead", "tr", "ul",
}  # fmt: skip
ATTRIBUTES = {"a": {"href", "title"}, "img": {"src", "alt", "title"}, "ol": {"start"}}
SCHEMES = {"http", "https", "mailto"}
HEADINGS = 6
# Written as ![what it shows](picture:ID) or ![…](item:ID): addresses that ask who is looking.
OWN_IMAGE = re.compile(r"(picture|item):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})")
VERSIONS_KEPT = 512


@lru_cache(maxsize=VERSIONS_KEPT)
def render_markdown(source: str) -> SafeString:
    """The text as HTML that may stand in a page under its h1."""
    with _collector_paused():
        html = _render(source)
    cleaned = nh3.clean(
        html,
        tags=TAGS,
        attributes=ATTRIBUTES,
        url_schemes=SCHEMES,
        link_rel="noopener noreferrer nofollow",
    )
    return SafeString(cleaned)


def _render(source: str) -> str:
    tokens = _parser.parse(source)
    for token in tokens:
        if token.type in {"heading_open", "heading_close"}:
            token.tag = f"h{min(int(token.tag[1:]) + 1, HEADINGS)}"
        if token.children:
            token.children = [_own(child) for child in token.children]
    return str(_parser.renderer.render(tokens, _parser.options, {}))


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Tens of thousands of tokens are all needed to the end: looking for waste doubles the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def _own(token: Token) -> Token:
    """A picture of ours under its address here; of any other only the words that stand for it.

    A picture on somebody else's server would tell them who reads the instructions, and when.
    """
    if token.type != "image":
        return token
    found = OWN_IMAGE.fullmatch(str(token.attrs.get("src", "")))
    if found is None:
        return Token("text", "", 0, content=token.content)
    return token.copy(attrs={**token.attrs, "src": _address(found)})


def _address(found: "re.Match[str]") -> Any:
    if found[1] == "picture":
        return reverse("instruction_picture", args=[found[2]])
    return reverse("item_media", args=[found[2], "preview"])
