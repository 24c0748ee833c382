"""The blocks of instructions, without a database: their shapes, differences and text forms.

A version of the instructions is a list of blocks. Their ids stay the same from version to version:

    {"id", "kind": "goal" | "text" | "default", "title", "body", "classes": [CLASS, ...]}
    {"id", "kind": "class", "title", "body", "classes": [CLASS], "examples": [EXAMPLE, ...]}
    {"id", "kind": "pair", "title", "body", "classes": [...], "examples": [one do, one dont]}
    {"id", "kind": "tree", "title", "body", "control", "nodes": [NODE, ...]}

    CLASS    {"control", "value"}
    EXAMPLE  {"id", "item": public id, "verdict": "do" | "dont" | "borderline", "note", "region"}
    NODE     {"id", "question", "yes": TARGET, "no": TARGET}, the first one is the start
    TARGET   {"node": id of a later node} | {"value": a class of the control}

Bodies are Markdown. `translations` may hold, by language tag, {"title", "body", "of"}, where `of`
is the fingerprint of the text that was translated.
"""

from typing import Any

from tasks.kinds.checks import Checks
from tasks.kinds.errors import KindError


class BlockError(KindError):
    """A block cannot be stored as it stands."""


BLOCK = Checks(BlockError)
Block = dict[str, Any]
KINDS = ("goal", "text", "class", "pair", "tree", "default")
VERDICTS = ("do", "dont", "borderline")
