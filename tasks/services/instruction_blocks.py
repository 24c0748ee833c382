"""The blocks of a draft: added, rewritten, moved, removed, translated, brought in as a text.

Each block remembers by its fingerprint what the person had before them. Two experts may write at
two blocks at once; whoever saves the same block second is shown both texts.
"""

import hashlib
import json
from typing import Any

from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.errors import Conflict, DomainError
from tasks.blocks import KINDS, Block
from tasks.blocks.markdown import from_markdown
from tasks.blocks.shapes import fingerprint, new_id
from tasks.models import InstructionVersion, Item, Project
from tasks.services.example_items import require_own_items
from tasks.services.instructions import change_blocks, check_blocks, edit_draft, newest_version

Class = dict[str, str]


class BlockChanged(Conflict):
    """Somebody else saved this block meanwhile; `theirs` is None when it was removed."""

    code = "block_changed"

    def __init__(self, theirs: Block | None, mine: Block) -> None:
        super().__init__(
            _("Somebody else saved this part while you were writing."),
            hint=_("Both texts are below. Bring them together and save again."),
            details={"theirs": theirs, "yours": mine},
        )
        self.theirs, self.mine = theirs, mine


def state_of(block: Block | None) -> str:
    """Tells two states of a block apart; of one that does not exist yet it is empty."""
    if block is None:
        return ""
    return hashlib.sha256(json.dumps(block, sort_keys=True).encode()).hexdigest()[:32]


def newest_blocks(project: Project) -> list[Block]:
    newest = newest_version(project)
    return list(newest.blocks) if newest else []


def find_block(project: Project, block_id: str) -> Block | None:
    return next((block for block in newest_blocks(project) if block["id"] == block_id), None)


def add_block(project: Project, kind: str, *, by: User, target: Class | None = None) -> Block:
    """Put an empty block at the end of the draft; a class page is about the class `target`."""
    if kind not in KINDS:
        raise DomainError(_("There is no such kind of block."), field="kind")
    block: Block = {"id": new_id(), "kind": kind, "title": "", "body": ""}
    if kind == "tree":
        block |= {"control": (target or {}).get("control", ""), "nodes": []}
    if kind == "class":
        block["classes"] = [target] if target else []
    draft = change_blocks(project, lambda blocks: [*blocks, block], by=by, what=f"added {kind}")
    return draft.blocks[-1]


def save_block(project: Project, block: Block, *, seen: str, by: User) -> InstructionVersion:
    """Replace a block of the draft. `seen` is the state the person started from.

    Raises BlockChanged with both texts when somebody else was faster.
    """
    [block] = check_blocks([block])
    require_own_items(project, [block])

    def replaced(blocks: list[Block]) -> list[Block]:
        theirs = next((found for found in blocks if found["id"] == block["id"]), None)
        if state_of(theirs) != seen:
            raise BlockChanged(theirs, block)
        return [block if found["id"] == block["id"] else found for found in blocks]

    return change_blocks(project, replaced, by=by, what=f"block {block['id']}")


def move_block(project: Project, block_id: str, *, up: bool, by: User) -> InstructionVersion:
    """Let a block change places with its neighbour; at the end of the list it stays."""

    def moved(blocks: list[Block]) -> list[Block]:
        place = _place(blocks, block_id)
        other = place - 1 if up else place + 1
        if 0 <= other < len(blocks):
            blocks[place], blocks[other] = blocks[other], blocks[place]
        return blocks

    return change_blocks(project, moved, by=by, what=f"moved {block_id}")


def remove_block(project: Project, block_id: str, *, by: User) -> InstructionVersion:
    def without(blocks: list[Block]) -> list[Block]:
        del blocks[_place(blocks, block_id)]
        return blocks

    return change_blocks(project, without, by=by, what=f"removed {block_id}")


def add_example(
    project: Project,
    block_id: str,
    item: Item,
    *,
    by: User,
    verdict: str = "do",
    note: str = "",
    region: dict[str, Any] | None = None,
) -> InstructionVersion:
    """Show an item of the project in a class page or a pair."""
    example = {
        "id": new_id(),
        "item": str(item.public_id),
        "verdict": verdict,
        "note": note,
        "region": region,
    }

    def shown(blocks: list[Block]) -> list[Block]:
        block = blocks[_place(blocks, block_id)]
        if "examples" not in block:
            raise DomainError(_("This kind of block has no examples."), field="block")
        blocks[_place(blocks, block_id)] = {**block, "examples": [*block["examples"], example]}
        require_own_items(project, blocks)
        return blocks

    return change_blocks(project, shown, by=by, what=f"example in {block_id}")


def translate_block(
    project: Project, block_id: str, language: str, *, title: str, body: str, seen: str, by: User
) -> InstructionVersion:
    """Keep the words of a block in another language, as of its present text. Empty removes them."""
    block = find_block(project, block_id)
    if block is None:
        raise _gone()
    translations = {**block.get("translations", {})}
    if title.strip() or body.strip():
        translations[language] = {"title": title, "body": body, "of": fingerprint(block)}
    else:
        translations.pop(language, None)
    return save_block(project, {**block, "translations": translations}, seen=seen, by=by)


def import_text(project: Project, text: str, *, replace: bool, by: User) -> InstructionVersion:
    """Make blocks of a Markdown text: in place of what is there, or after it."""
    newest = newest_version(project)
    schema = newest.label_schema if newest else {"controls": []}
    made = from_markdown(text, schema)
    if not made:
        raise DomainError(_("There is no text to bring in."), field="text")
    blocks = made if replace else [*newest_blocks(project), *made]
    return edit_draft(project, by=by, blocks=blocks)


def copy_from(source: InstructionVersion, project: Project, *, by: User) -> InstructionVersion:
    """Begin a project's draft with the blocks and questions of another project's version.

    Examples stay behind: they are items of the other project.
    """
    if source.project.item_type != project.item_type:
        raise DomainError(
            _("That project is about other items; its questions do not fit here."), field="source"
        )
    blocks = [
        {**block, "examples": []} if "examples" in block else block for block in source.blocks
    ]
    return edit_draft(project, by=by, blocks=blocks, label_schema=source.label_schema)


def _place(blocks: list[Block], block_id: str) -> int:
    for place, block in enumerate(blocks):
        if block["id"] == block_id:
            return place
    raise _gone()


def _gone() -> Conflict:
    return Conflict(_("Somebody else removed this part meanwhile."), code="block_gone")
