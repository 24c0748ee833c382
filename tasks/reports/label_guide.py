"""The rules as the labeling page shows them beside the work: trees, classes, rulings."""

from collections.abc import Iterable
from typing import Any

from django.urls import reverse
from django.utils.translation import get_language

from tasks.blocks import Block
from tasks.blocks.classes import schema_classes
from tasks.blocks.similarity import nearest
from tasks.models import Assignment, InstructionVersion, Project, Ruling
from tasks.reports.guide import class_pages, excerpt, translated
from tasks.services.example_items import example_items
from tasks.services.markdown import render_markdown
from tasks.services.media import THUMBNAIL

SIMILAR = 3
# The newest rulings are compared with what is being typed; older ones are in the instructions.
COMPARED = 500


def trees(blocks: Iterable[Block]) -> list[dict[str, Any]]:
    """The decision trees that have questions, for walking them."""
    return [
        {name: block[name] for name in ("id", "title", "control", "nodes")}
        for block in blocks
        if block["kind"] == "tree" and block["nodes"]
    ]


def question_of(assignment: Assignment) -> dict[str, Any] | None:
    """What this very person asked of this task, and what an expert said."""
    question = (assignment.rework_note or {}).get("question")
    if not question or question["asker"] != assignment.annotator_id:
        return None
    return {name: question[name] for name in ("text", "answer", "ruling")}


def label_guide(version: InstructionVersion) -> dict[str, Any]:
    """Each class with its definition, examples and rulings. Two queries."""
    pages = class_pages(version.blocks)
    items = example_items(version.project, pages.values())
    rulings = list(in_force(version.project))
    return {
        "classes": [
            _class(found, title, pages.get(found), items, rulings)
            for found, title in schema_classes(version.label_schema).items()
            if found in pages or _about(found, rulings)
        ]
    }


def _class(
    found: tuple[str, str],
    title: str,
    page: Block | None,
    items: dict[str, Any],
    rulings: list[Ruling],
) -> dict[str, Any]:
    words = translated(page, get_language()) if page else {"body": ""}
    return {
        "control": found[0],
        "value": found[1],
        "title": title,
        "definition_html": str(render_markdown(words["body"])),
        "examples": [
            _example(example, items[example["item"]])
            for example in (page or {}).get("examples", [])
            if example["item"] in items
        ],
        "rulings": [describe(ruling) for ruling in _about(found, rulings)],
    }


def _about(found: tuple[str, str], rulings: list[Ruling]) -> list[Ruling]:
    entry = {"control": found[0], "value": found[1]}
    return [ruling for ruling in rulings if entry in ruling.classes]


def _example(example: dict[str, Any], item: Any) -> dict[str, Any]:
    has_image = bool(item.media_key)
    address = reverse("item_media", args=[item.public_id, THUMBNAIL]) if has_image else None
    words = None if has_image else excerpt(str(item.data.get("text", "")), example["region"] or {})
    return {
        "verdict": example["verdict"],
        "note": example["note"],
        "region": example["region"],
        "item": {
            "type": "image" if has_image else "text",
            "thumbnail_url": address,
            "text": words,
            "width": item.width,
            "height": item.height,
        },
    }


def in_force(project: Project) -> Any:
    return project.rulings.filter(state__in=Ruling.IN_FORCE)[:COMPARED]


def similar_rulings(
    project: Project, words: str, class_: dict[str, str] | None = None
) -> list[Ruling]:
    """The rulings in force that are nearest to the words; of a class, those that name it."""
    rulings = list(in_force(project))
    if class_:
        rulings = [ruling for ruling in rulings if class_ in ruling.classes]
    texts = [f"{ruling.verdict} {ruling.text}" for ruling in rulings]
    return [rulings[place] for place in nearest(words, texts, most=SIMILAR)]


def describe(ruling: Ruling) -> dict[str, Any]:
    return {
        "number": ruling.number,
        "verdict": ruling.verdict,
        "text": ruling.text,
        "classes": ruling.classes,
    }
