"""What a block may hold. Raises BlockError with the path to the wrong place."""

import hashlib
import re
import uuid
from typing import Any

from tasks.blocks import BLOCK, KINDS, VERDICTS, Block
from tasks.blocks.trees import validate_nodes
from tasks.kinds.checks import join
from tasks.kinds.errors import nearest, shown

MOST_BLOCKS = 300
MOST_EXAMPLES = 60
MOST_CLASSES = 60
TITLE_LENGTH = 200
BODY_LENGTH = 100_000
NOTE_LENGTH = 1_000
# All bodies together: what a page shows at once.
TOTAL_LENGTH = 300_000
ID = re.compile(r"[a-z0-9]{1,20}")
LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z]{2,4})?")
COMMON = ("id", "kind", "title", "body", "translations")
OWN = {
    "goal": ("classes",),
    "text": ("classes",),
    "default": ("classes",),
    "class": ("classes", "examples"),
    "pair": ("classes", "examples"),
    "tree": ("control", "nodes"),
}


def validate_blocks(raw: Any) -> list[Block]:
    """The normalised blocks of a version.

    >>> validate_blocks([{"id": "a1", "kind": "goal", "body": "Find birds."}])
    [{'id': 'a1', 'kind': 'goal', 'title': '', 'body': 'Find birds.', 'classes': []}]
    """
    blocks = []
    seen: set[str] = set()
    for index, entry in enumerate(BLOCK.sequence(raw, "blocks", most=MOST_BLOCKS)):
        block = validate_block(entry, f"blocks[{index}]")
        if block["id"] in seen:
            BLOCK.fail(
                "duplicate_value",
                f"blocks[{index}].id",
                "{value} is the id of another block, too.",
                value=shown(block["id"]),
            )
        seen.add(block["id"])
        blocks.append(block)
    length = sum(len(block["body"]) for block in blocks)
    if length > TOTAL_LENGTH:
        BLOCK.fail(
            "too_long",
            "blocks",
            "The instructions have {count} characters; at most {most} are allowed.",
            count=length,
            most=TOTAL_LENGTH,
        )
    return blocks


def validate_block(raw: Any, path: str = "block") -> Block:
    """One normalised block."""
    entry = BLOCK.mapping(raw, path)
    kind = _one_of(BLOCK.needed(entry, "kind", path), KINDS, join(path, "kind"))
    BLOCK.keys(entry, path, known=(*COMMON, *OWN[kind]))
    block: Block = {
        "id": _id(BLOCK.needed(entry, "id", path), join(path, "id")),
        "kind": kind,
        "title": BLOCK.text(entry.get("title", ""), join(path, "title"), most=TITLE_LENGTH).strip(),
        "body": _body(entry.get("body", ""), join(path, "body")),
    }
    if kind == "tree":
        where = join(path, "control")
        block["control"] = BLOCK.word(BLOCK.needed(entry, "control", path), where)
        block["nodes"] = validate_nodes(entry.get("nodes", []), join(path, "nodes"))
    else:
        block["classes"] = _classes(entry.get("classes", []), join(path, "classes"))
    if kind == "class" and len(block["classes"]) != 1:
        BLOCK.fail("one_class", join(path, "classes"), "A class page is about exactly one class.")
    if "examples" in OWN[kind]:
        block["examples"] = _examples(entry.get("examples", []), join(path, "examples"))
    if entry.get("translations"):
        block["translations"] = _translations(entry["translations"], join(path, "translations"))
    return block


def validate_class(raw: Any, path: str) -> dict[str, str]:
    """A class of a control: {"control", "value"}."""
    entry = BLOCK.mapping(raw, path)
    BLOCK.keys(entry, path, known=("control", "value"))
    return {
        name: BLOCK.word(BLOCK.needed(entry, name, path), join(path, name))
        for name in ("control", "value")
    }


def validate_region(raw: Any, path: str) -> dict[str, Any] | None:
    """A box in pixels of the original, a stretch of text in code points, or nothing.

    >>> validate_region({"box": [1, 2, 30, 40]}, "region")
    {'box': [1, 2, 30, 40]}
    """
    if raw is None:
        return None
    entry = BLOCK.mapping(raw, path)
    if "box" in entry:
        BLOCK.keys(entry, path, known=("box",))
        where = join(path, "box")
        sides = BLOCK.sequence(entry["box"], where, least=4, most=4)
        box = [BLOCK.number(side, f"{where}[{place}]") for place, side in enumerate(sides)]
        if box[2] <= 0 or box[3] <= 0:
            BLOCK.fail("empty", where, "The box has no area.")
        return {"box": box}
    BLOCK.keys(entry, path, known=("start", "end"))
    start, end = (
        BLOCK.integer(BLOCK.needed(entry, name, path), join(path, name), least=0, most=10**9)
        for name in ("start", "end")
    )
    if start >= end:
        BLOCK.fail("empty", path, "The stretch of text is empty.")
    return {"start": start, "end": end}


def fingerprint(block: Block) -> str:
    """Tells whether the words of a block changed since they were translated."""
    words = "\x00".join((block["title"], block["body"]))
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def new_id() -> str:
    """An id for a block or an example that is made now."""
    return uuid.uuid4().hex[:8]


def _id(raw: Any, path: str) -> str:
    if not isinstance(raw, str) or not ID.fullmatch(raw):
        BLOCK.fail("bad_id", path, "{value} is not an id.", value=shown(raw))
    return raw


def _one_of(raw: Any, known: tuple[str, ...], path: str) -> str:
    if raw not in known:
        BLOCK.fail(
            "unknown_value",
            path,
            "{value} is not known here.",
            hint=nearest(raw, known),
            value=shown(raw),
        )
    return str(raw)


def _body(raw: Any, path: str) -> str:
    return BLOCK.text(raw, path, most=BODY_LENGTH).replace("\r\n", "\n")


def _classes(raw: Any, path: str) -> list[dict[str, str]]:
    entries = BLOCK.sequence(raw, path, most=MOST_CLASSES)
    found = [validate_class(entry, f"{path}[{index}]") for index, entry in enumerate(entries)]
    return [entry for index, entry in enumerate(found) if entry not in found[:index]]


def _examples(raw: Any, path: str) -> list[dict[str, Any]]:
    entries = BLOCK.sequence(raw, path, most=MOST_EXAMPLES)
    return [_example(entry, f"{path}[{index}]") for index, entry in enumerate(entries)]


def _example(raw: Any, path: str) -> dict[str, Any]:
    entry = BLOCK.mapping(raw, path)
    BLOCK.keys(entry, path, known=("id", "item", "verdict", "note", "region"))
    return {
        "id": _id(BLOCK.needed(entry, "id", path), join(path, "id")),
        "item": _item(BLOCK.needed(entry, "item", path), join(path, "item")),
        "verdict": _one_of(entry.get("verdict", "do"), VERDICTS, join(path, "verdict")),
        "note": BLOCK.text(entry.get("note", ""), join(path, "note"), most=NOTE_LENGTH).strip(),
        "region": validate_region(entry.get("region"), join(path, "region")),
    }


def _item(raw: Any, path: str) -> str:
    try:
        return str(uuid.UUID(raw))
    except (ValueError, AttributeError, TypeError):
        BLOCK.fail("bad_id", path, "{value} is not the id of an item.", value=shown(raw))


def _translations(raw: Any, path: str) -> dict[str, dict[str, str]]:
    entries = BLOCK.mapping(raw, path)
    if len(entries) > MOST_CLASSES:
        BLOCK.fail("too_many", path, "There are too many translations.")
    return {
        language: _translation(language, entry, join(path, language))
        for language, entry in sorted(entries.items())
    }


def _translation(language: Any, raw: Any, path: str) -> dict[str, str]:
    if not isinstance(language, str) or not LANGUAGE.fullmatch(language):
        BLOCK.fail("bad_language", path, "{value} is not a language.", value=shown(language))
    entry = BLOCK.mapping(raw, path)
    BLOCK.keys(entry, path, known=("title", "body", "of"))
    return {
        "title": BLOCK.text(entry.get("title", ""), join(path, "title"), most=TITLE_LENGTH).strip(),
        "body": _body(entry.get("body", ""), join(path, "body")),
        "of": BLOCK.text(BLOCK.needed(entry, "of", path), join(path, "of"), most=64),
    }
