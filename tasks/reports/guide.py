"""Instructions as people read them: each block with its words, examples, and tree."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from tasks.blocks import Block
from tasks.blocks.classes import block_classes, schema_classes
from tasks.blocks.shapes import fingerprint
from tasks.models import InstructionVersion, Item, Project
from tasks.services.example_items import example_items
from tasks.services.markdown import render_markdown
from tasks.services.media import THUMBNAIL

KIND_TITLES = {
    "goal": _("Goal"),
    "text": _("Chapter"),
    "class": _("Class page"),
    "pair": _("Do and don't"),
    "tree": _("Decision tree"),
    "default": _("When unsure"),
}
VERDICT_TITLES = {
    "do": _("Do"),
    "dont": _("Don't"),
    "borderline": _("Borderline"),
}
AROUND = 60


@dataclass(frozen=True)
class Frame:
    """A box over a picture, in percent of its sides."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Sight:
    """What is to be seen of an item; `text` is (before, marked, after), `alt` stands for it."""

    alt: Any
    image: str = ""
    frame: Frame | None = None
    text: tuple[str, str, str] | None = None


@dataclass(frozen=True)
class ExampleView:
    id: str
    verdict: str
    verdict_title: Any
    note: str
    item: Item
    sight: Sight


@dataclass(frozen=True)
class BlockView:
    id: str
    kind: str
    kind_title: Any
    title: str
    html: SafeString
    classes: list[str]
    examples: list[ExampleView] = field(default_factory=list)
    nodes: list[dict[str, Any]] = field(default_factory=list)
    is_translated: bool = False
    is_outdated: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.html or self.examples or self.nodes)


def version_guide(version: InstructionVersion, language: str = "") -> list[BlockView]:
    """The blocks of a version, in a language where there is a translation. Two queries at most."""
    return guide(version.project, version.blocks, version.label_schema, language)


def guide(
    project: Project, blocks: Sequence[Block], label_schema: dict[str, Any], language: str = ""
) -> list[BlockView]:
    items = example_items(project, blocks)
    titles = schema_classes(label_schema)
    return [_view(block, items, titles, language) for block in blocks]


def _view(
    block: Block, items: dict[str, Item], titles: dict[tuple[str, str], str], language: str
) -> BlockView:
    translation = _translation(block, language)
    words = translated(block, language)
    named = [] if block["kind"] == "tree" else block_classes(block)
    return BlockView(
        id=block["id"],
        kind=block["kind"],
        kind_title=KIND_TITLES[block["kind"]],
        title=words["title"],
        html=render_markdown(words["body"]),
        classes=[titles.get(found, found[1]) for found in named],
        examples=[
            example_view(example, items[example["item"]])
            for example in block.get("examples", [])
            if example["item"] in items
        ],
        nodes=[_node(block, node, titles) for node in block.get("nodes", [])],
        is_translated=translation is not None,
        is_outdated=translation is not None and translation["of"] != fingerprint(block),
    )


def translated(block: Block, language: str) -> dict[str, str]:
    """Title and body in a language, or the original where there is no translation."""
    return _translation(block, language) or block


def _translation(block: Block, language: str) -> dict[str, str] | None:
    """The nearest translation: pt-BR reads pt, too."""
    translations = block.get("translations", {})
    return translations.get(language) or translations.get(language.split("-")[0])


def example_view(example: dict[str, Any], item: Item) -> ExampleView:
    verdict = example["verdict"]
    title = VERDICT_TITLES[verdict]
    note = example["note"]
    seen = sight(item, example["region"], alt=note or title)
    return ExampleView(example["id"], verdict, title, note, item, seen)


def sight(
    item: Item, region: dict[str, Any] | None, *, alt: Any, variant: str = THUMBNAIL
) -> Sight:
    """The picture of an item with the region framed, or its words with the region marked."""
    region = region or {}
    if not item.media_key:
        return Sight(alt, text=excerpt(str(item.data.get("text", "")), region))
    image = reverse("item_media", args=[item.public_id, variant])
    return Sight(alt, image, _frame(region.get("box"), item))


def _frame(box: list[float] | None, item: Item) -> Frame | None:
    if box is None or not item.width or not item.height:
        return None
    x, y, width, height = box
    return Frame(
        round(100 * x / item.width, 2),
        round(100 * y / item.height, 2),
        round(100 * width / item.width, 2),
        round(100 * height / item.height, 2),
    )


def excerpt(text: str, region: dict[str, Any]) -> tuple[str, str, str]:
    """The marked stretch with the words around it; without one, the beginning of the text."""
    if "start" not in region:
        return text[: 4 * AROUND], "", "…" if len(text) > 4 * AROUND else ""
    start, end = region["start"], region["end"]
    first = max(0, start - AROUND)
    before, after = text[first:start], text[end : end + AROUND]
    return (
        ("…" if first else "") + before,
        text[start:end],
        after + ("…" if end + AROUND < len(text) else ""),
    )


def _node(tree: Block, node: dict[str, Any], titles: dict[tuple[str, str], str]) -> dict[str, Any]:
    number = {found["id"]: place for place, found in enumerate(tree["nodes"], start=1)}

    def target(to: dict[str, str]) -> dict[str, Any]:
        if "node" in to:
            return {"number": number[to["node"]]}
        return {"title": titles.get((tree["control"], to["value"]), to["value"])}

    return {
        "number": number[node["id"]],
        "question": node["question"],
        "yes": target(node["yes"]),
        "no": target(node["no"]),
    }


def class_pages(blocks: Iterable[Block]) -> dict[tuple[str, str], Block]:
    """The class page of each class that has one."""
    return {block_classes(block)[0]: block for block in blocks if block["kind"] == "class"}
