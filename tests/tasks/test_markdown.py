"""Markdown of strangers: pictures of our own only, and nothing that acts."""

from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tasks.services.markdown import render_markdown

ID = "0" * 8 + "-0000-4000-8000-" + "0" * 12


def test_headings_tables_and_links():
    html = render_markdown("# Rules\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[x](https://a.org)")
    assert "<h2>Rules</h2>" in html
    assert "<td>1</td>" in html
    assert 'rel="noopener noreferrer nofollow"' in html


@pytest.mark.parametrize("kind", ["picture", "item"])
def test_own_pictures_have_addresses_that_ask_who_looks(kind):
    html = render_markdown(f"![A bird]({kind}:{ID})")
    assert ID in html
    assert 'alt="A bird"' in html
    assert 'src="/' in html


@pytest.mark.parametrize("source", ["https://a.org/x.png", "//a.org/x.png", "/x.png", "picture:1"])
def test_pictures_of_others_become_their_words(source):
    html = render_markdown(f"See ![a bird]({source}).")
    assert "<img" not in html
    assert "See a bird." in html


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "[x](JaVaScRiPt&colon;alert(1))",
        "![x](data:text/html;base64,PHNjcmlwdD4=)",
        '<a href="x" style="position:fixed">',
        "<svg/onload=alert(1)>",
        "<https://a.org/\"onmouseover='alert(1)'>",
        "| " * 3_000 + "\n" + "|-" * 3_000 + "\n" + "| x" * 30_000,
        "> " * 5_000 + "deep",
        "[" * 5_000 + "x" + "](y)" * 5_000,
    ],
    ids=lambda source: source[:24],
)
def test_nothing_active_comes_through(source):
    assert active_parts(render_markdown(source)) == []


@given(st.text(max_size=200))
def test_any_text_is_taken(source):
    assert active_parts(render_markdown(source)) == []


def active_parts(html):
    """Whatever a browser would act upon: scripts, handlers, styles, odd addresses."""
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.extend([tag] * (tag in {"script", "style", "iframe", "svg", "form", "object"}))
            for name, value in attrs:
                is_odd = name in {"href", "src"} and ":" in (value or "")
                is_odd = is_odd and not value.startswith(("http://", "https://", "mailto:"))
                found.extend([name] * (name.startswith("on") or name == "style" or is_odd))

    Reader().feed(html)
    return found
