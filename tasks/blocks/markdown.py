"""Instructions as one Markdown text, and back: for people who bring or take theirs."""

import re
from collections.abc import Callable
from typing import Any

from tasks.blocks import Block
from tasks.blocks.classes import schema_classes
from tasks.blocks.shapes import TITLE_LENGTH, new_id

HEADING = re.compile(r"#{1,2}[ \t]+(.+?)[ \t]*#*")
FENCE = re.compile(r"\s*(```|~~~)")
GOALS = {"goal", "goals", "purpose", "aim", "ziel", "objetivo"}
DEFAULTS = {"when unsure", "when in doubt", "if unsure", "default", "im zweifel"}


def from_markdown(
    text: str, schema: dict[str, Any], *, make_id: Callable[[], str] = new_id
) -> list[Block]:
    """A block for each heading of the first two levels; a class makes its page.

    >>> schema = {"controls": [{"name": "bird", "type": "choice",
    ...                         "options": [{"value": "robin", "title": "Robin"}]}]}
    >>> blocks = from_markdown("Look well.\\n\\n## Robin\\n\\nRed.", schema)
    >>> [(block["kind"], block["body"]) for block in blocks]
    [('text', 'Look well.'), ('class', 'Red.')]
    """
    titles = {title.casefold(): name for name, title in reversed(schema_classes(schema).items())}
    taken: set[tuple[str, str]] = set()
    blocks = []
    for title, body in _chapters(text):
        named = titles.get(title.casefold())
        block: Block = {"id": make_id(), "kind": _kind(title), "title": title, "body": body}
        if named and named not in taken:
            taken.add(named)
            block |= {"kind": "class", "examples": []}
            block["classes"] = [{"control": named[0], "value": named[1]}]
        else:
            block["classes"] = []
        blocks.append(block)
    return blocks


def to_markdown(blocks: list[Block]) -> str:
    """All blocks as one text. Examples are left out: they are items, not words."""
    parts = [_part(block) for block in blocks]
    return "\n\n".join(part for part in parts if part)


def _chapters(text: str) -> list[tuple[str, str]]:
    chapters: list[tuple[str, list[str]]] = [("", [])]
    is_code = False
    for line in text.replace("\r\n", "\n").split("\n"):
        if FENCE.match(line):
            is_code = not is_code
        heading = None if is_code else HEADING.fullmatch(line)
        if heading:
            chapters.append((heading[1][:TITLE_LENGTH], []))
        else:
            chapters[-1][1].append(line)
    found = [(title, "\n".join(body).strip()) for title, body in chapters]
    return [(title, body) for title, body in found if title or body]


def _kind(title: str) -> str:
    folded = title.casefold().strip(" :.")
    if folded in GOALS:
        return "goal"
    return "default" if folded in DEFAULTS else "text"


def _part(block: Block) -> str:
    heading = f"## {block['title']}" if block["title"] else ""
    steps = "\n".join(_step(node) for node in block.get("nodes", []))
    return "\n\n".join(part for part in (heading, block["body"], steps) if part)


def _step(node: dict[str, Any]) -> str:
    def target(to: dict[str, str]) -> str:
        return f"→ {to['node']}" if "node" in to else to["value"]

    return f"{node['id']}. {node['question']} ✓ {target(node['yes'])} ✗ {target(node['no'])}"
