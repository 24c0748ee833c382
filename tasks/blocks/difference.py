"""What changed from one version to the next: block by block, and line by line within a block."""

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from tasks.blocks import Block
from tasks.blocks.classes import Class, block_classes
from tasks.kinds import kind_of

WORDS = re.compile(r"\s+|\w+|[^\w\s]")
SCHEMA_PREFIX = "schema:"
# No id of a block holds a hyphen.
RULES = "schema-rules"
What = Literal["added", "removed", "changed"]


@dataclass(frozen=True)
class BlockChange:
    """One block that differs. `before` or `after` is None when it was added or removed."""

    id: str
    what: What
    before: Block | None
    after: Block | None
    classes: tuple[Class, ...]

    @property
    def block(self) -> Block:
        """The block as it is now, or as it was last."""
        return self.after or self.before or {}


@dataclass(frozen=True)
class Line:
    """A line of a side-by-side view: pieces (text, is_changed) on both sides; None is a gap."""

    before: tuple[tuple[str, bool], ...] | None
    after: tuple[tuple[str, bool], ...] | None

    @property
    def is_changed(self) -> bool:
        return self.before is None or self.after is None or self.before != self.after

    @property
    def is_blank(self) -> bool:
        """An empty line on either side says nothing."""
        pieces = [*(self.before or ()), *(self.after or ())]
        return not any(text.strip() for text, _is_changed in pieces)


def difference(before: list[Block], after: list[Block]) -> list[BlockChange]:
    """The blocks that differ, in the order of the new version, then the removed ones.

    The order of blocks, and translations, are no difference: neither changes a rule.

    >>> goal = {"id": "a", "kind": "goal", "title": "", "body": "Look.", "classes": []}
    >>> [(change.id, change.what) for change in difference([goal], [goal | {"body": "See."}])]
    [('a', 'changed')]
    """
    old = {block["id"]: block for block in before}
    new = {block["id"]: block for block in after}
    changes = [
        _change(old.get(block["id"]), block)
        for block in after
        if _rule(old.get(block["id"])) != _rule(block)
    ]
    return changes + [_change(block, None) for block in before if block["id"] not in new]


def schema_difference(before: dict[str, Any], after: dict[str, Any]) -> list[BlockChange]:
    """The questions (controls) that differ, with ids like "schema:species", and the rules.

    Questions touch the classes that are gone or new, or all of the control when it changed
    otherwise; rules touch every label.
    """
    old = {control["name"]: control for control in before["controls"]}
    new = {control["name"]: control for control in after["controls"]}
    names = list(dict.fromkeys([*new, *old]))
    changes = [
        _schema_change(name, old.get(name), new.get(name))
        for name in names
        if old.get(name) != new.get(name)
    ]
    rules = [{"rules": schema.get("rules", [])} for schema in (before, after)]
    if rules[0] != rules[1]:
        changes.append(BlockChange(RULES, "changed", *rules, classes=()))
    return changes


def lines(before: str, after: str) -> list[Line]:
    """Two texts side by side.

    >>> [line] = lines("a red bird", "a blue bird")
    >>> line.before
    (('a ', False), ('red', True), (' bird', False))
    """
    left, right = before.splitlines(), after.splitlines()
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    found: list[Line] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if tag == "equal":
            found += [Line(((text, False),), ((text, False),)) for text in left[a:b]]
        else:
            found += _replaced(left[a:b], right[c:d])
    return found


def _replaced(left: list[str], right: list[str]) -> Iterator[Line]:
    for place in range(max(len(left), len(right))):
        if place >= len(left):
            yield Line(None, ((right[place], True),))
        elif place >= len(right):
            yield Line(((left[place], True),), None)
        else:
            yield _words(left[place], right[place])


def _words(before: str, after: str) -> Line:
    left, right = WORDS.findall(before), WORDS.findall(after)
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    old: list[tuple[str, bool]] = []
    new: list[tuple[str, bool]] = []
    for tag, a, b, c, d in matcher.get_opcodes():
        if left[a:b]:
            old.append(("".join(left[a:b]), tag != "equal"))
        if right[c:d]:
            new.append(("".join(right[c:d]), tag != "equal"))
    return Line(tuple(old), tuple(new))


def _rule(block: Block | None) -> Block | None:
    return block and {key: value for key, value in block.items() if key != "translations"}


def _change(before: Block | None, after: Block | None) -> BlockChange:
    known = [block for block in (before, after) if block]
    what: What = "changed" if len(known) == 2 else "added" if after else "removed"
    if any(not block_classes(block) for block in known):
        classes: tuple[Class, ...] = ()
    else:
        classes = tuple(dict.fromkeys(found for block in known for found in block_classes(block)))
    return BlockChange(known[-1]["id"], what, before, after, classes)


def _schema_change(
    name: str, before: dict[str, Any] | None, after: dict[str, Any] | None
) -> BlockChange:
    known = [control for control in (before, after) if control]
    what: What = "changed" if len(known) == 2 else "added" if after else "removed"
    sets = [{str(value) for value in kind_of(control).classes(control)} for control in known]
    touched = sets[0] ^ sets[1] if len(sets) == 2 else sets[0]
    ordered = sorted(touched or set().union(*sets))
    return BlockChange(
        f"{SCHEMA_PREFIX}{name}", what, before, after, tuple((name, value) for value in ordered)
    )
