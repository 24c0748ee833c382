"""What the instruction studio shows beside the block: outline, what is missing, candidates."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db.models import Exists, OuterRef, Prefetch, QuerySet

from tasks.blocks import Block
from tasks.blocks.classes import Class, block_classes, schema_classes
from tasks.blocks.shapes import fingerprint
from tasks.blocks.trees import ANSWERS
from tasks.models import Item, LabelClass, Project, ReservedItem, Task
from tasks.reports.guide import KIND_TITLES, BlockView, ExampleView, Sight, sight

CANDIDATES = 24
REGIONS = 12
LANGUAGE_TITLES = dict(settings.LANGUAGES)


@dataclass(frozen=True)
class OutlineRow:
    """A block in the outline of the studio."""

    id: str
    kind_title: Any
    title: str
    is_current: bool
    outdated_languages: list[str]


@dataclass(frozen=True)
class Missing:
    """What a reader would miss of a class: its page, a definition, examples."""

    title: str
    class_: Class
    block_id: str
    has_definition: bool
    has_do: bool
    has_dont: bool


@dataclass(frozen=True)
class Candidate:
    """An item that may become an example, with the objects of its label as places to point at."""

    item: Item
    sight: Sight
    regions: list[tuple[str, str]]


def outline(blocks: Iterable[Block], schema: dict[str, Any], current: str) -> list[OutlineRow]:
    titles = schema_classes(schema)
    return [
        OutlineRow(
            block["id"],
            KIND_TITLES[block["kind"]],
            block["title"] or _class_title(block, titles),
            block["id"] == current,
            [
                language
                for language, words in block.get("translations", {}).items()
                if words["of"] != fingerprint(block)
            ],
        )
        for block in blocks
    ]


def _class_title(block: Block, titles: dict[Class, str]) -> str:
    if block["kind"] != "class":
        return ""
    [found] = block_classes(block)
    return titles.get(found, found[1])


def missing(blocks: Iterable[Block], schema: dict[str, Any]) -> list[Missing]:
    """The classes of choices, shapes and spans whose page is not whole yet."""
    pages = {block_classes(block)[0]: block for block in blocks if block["kind"] == "class"}
    with_titles = {
        control["name"]
        for control in schema["controls"]
        if control.get("options") or control.get("labels")
    }
    rows = []
    for found, title in schema_classes(schema).items():
        if found[0] not in with_titles:
            continue
        page = pages.get(found)
        verdicts = {example["verdict"] for example in page["examples"]} if page else set()
        row = Missing(
            title,
            found,
            page["id"] if page else "",
            bool(page and page["body"].strip()),
            "do" in verdicts,
            "dont" in verdicts,
        )
        if not (row.has_definition and row.has_do and row.has_dont):
            rows.append(row)
    return rows


@dataclass(frozen=True)
class Language:
    """A language that a block may be translated into."""

    tag: str
    title: str
    is_there: bool
    is_outdated: bool


def languages(block: Block) -> list[Language]:
    """Those of the pages, and whatever else the block is translated into."""
    known = block.get("translations", {})
    titles = LANGUAGE_TITLES | {tag: tag for tag in known if tag not in LANGUAGE_TITLES}
    return [
        Language(tag, title, tag in known, tag in known and known[tag]["of"] != fingerprint(block))
        for tag, title in titles.items()
    ]


def example_rows(formset: Any, preview: BlockView | None) -> list[tuple[Any, ExampleView | None]]:
    """Each form of an example with what is to be seen of it."""
    if formset is None:
        return []
    views = {view.id: view for view in preview.examples} if preview else {}
    return [(form, views.get(form["id"].value())) for form in formset.forms]


def whole_nodes(block: Block) -> list[dict[str, Any]]:
    """The questions of a tree that is being written, as far as they lead somewhere."""
    nodes = block.get("nodes", [])
    ids = {node["id"] for node in nodes}
    return [
        node
        for node in nodes
        if all(node[answer].get("value") or node[answer].get("node") in ids for answer in ANSWERS)
    ]


def example_candidates(project: Project, form: Any) -> QuerySet[Item]:
    """The items with an accepted label that names the class asked for; else all items."""
    # What measures people must not be shown to them.
    secret = ReservedItem.objects.filter(item=OuterRef("pk"), purpose=ReservedItem.Purpose.GOLD)
    rows = project.items.filter(~Exists(secret)).prefetch_related(
        Prefetch("tasks", queryset=Task.objects.filter(state=Task.State.ACCEPTED))
    )
    values = form.values()
    if values["q"]:
        rows = rows.filter(external_id__startswith=values["q"])
    if values["class_"]:
        named = LabelClass.objects.filter(
            project=project.pk, task__item=OuterRef("pk"), **values["class_"]
        )
        rows = rows.filter(Exists(named))
    return rows


def candidate_views(items: Iterable[Item], block: Block) -> list[Candidate]:
    used = {example["item"] for example in block["examples"]}
    return [
        Candidate(item, sight(item, None, alt=item.external_id), _regions(item))
        for item in items
        if str(item.public_id) not in used
    ]


def _regions(item: Item) -> list[tuple[str, str]]:
    """Boxes and stretches of the accepted label, as (what a form sends, what a person reads)."""
    found = []
    for task in item.tasks.all():
        for value in (task.result_answer or {}).values():
            for entry in value if isinstance(value, list) else []:
                if isinstance(entry, dict) and "box" in entry:
                    sides = ", ".join(f"{side:g}" for side in entry["box"])
                    found.append((sides, f"{entry['label']} ({sides})"))
                elif isinstance(entry, dict) and "start" in entry:
                    text = str(entry.get("text", ""))[:40]
                    found.append((f"{entry['start']}, {entry['end']}", f"{entry['label']}: {text}"))
    return found[:REGIONS]
