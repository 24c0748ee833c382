"""What changed between two versions, as a side-by-side view."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from tasks.blocks import Block
from tasks.blocks.classes import schema_classes
from tasks.blocks.difference import RULES, SCHEMA_PREFIX, BlockChange, Line, lines
from tasks.blocks.markdown import to_markdown
from tasks.models import InstructionVersion
from tasks.reports.guide import KIND_TITLES, VERDICT_TITLES, BlockView, guide
from tasks.reports.rules import sentence
from tasks.services.instructions import changes_of

WHAT = {"added": _("new"), "removed": _("removed"), "changed": _("changed")}


@dataclass(frozen=True)
class ChangeView:
    """A change as people read it; `view` is the block as it is now, None for questions."""

    id: str
    what: str
    what_title: Any
    kind_title: Any
    title: str
    classes: list[str]
    change: str
    lines: list[Line]
    view: BlockView | None
    new_examples: int


def change_views(
    version: InstructionVersion, former: InstructionVersion | None
) -> list[ChangeView]:
    """The differences to an earlier version; nothing when there is none."""
    changes = changes_of(version, former)
    return [_view(version, former, change) for change in changes]


def _view(
    version: InstructionVersion, former: InstructionVersion | None, change: BlockChange
) -> ChangeView:
    titles = schema_classes(version.label_schema)
    if former:
        titles = schema_classes(former.label_schema) | titles
    block = change.block
    kept = version.changes.get(change.id, "")
    before = _text(change, change.before, former.label_schema if former else {})
    after = _text(change, change.after, version.label_schema)
    shown = [change.after] if change.after and _is_block(change) else []
    views = guide(version.project, shown, version.label_schema)
    return ChangeView(
        id=change.id,
        what=change.what,
        what_title=WHAT[change.what],
        kind_title=KIND_TITLES[block["kind"]] if _is_block(change) else _schema_title(change),
        title=block.get("title", ""),
        classes=[titles.get(found, found[1]) for found in change.classes],
        change=InstructionVersion.Change(kept).label if kept else "",
        lines=[line for line in lines(before, after) if not line.is_blank],
        view=views[0] if views else None,
        new_examples=_new_examples(change),
    )


def _schema_title(change: BlockChange) -> Any:
    return _("Rules") if change.id == RULES else _("Question")


def _is_block(change: BlockChange) -> bool:
    return change.id != RULES and not change.id.startswith(SCHEMA_PREFIX)


def _text(change: BlockChange, found: dict[str, Any] | None, label_schema: dict[str, Any]) -> str:
    if found is None:
        return ""
    if change.id == RULES:
        return "\n".join(sentence(rule, label_schema) for rule in found["rules"])
    return _block_text(found) if _is_block(change) else "\n".join(_control_lines(found))


def _block_text(block: Block) -> str:
    """Words and examples of a block, a line each, so that any change is a changed line."""
    notes = [
        f"{VERDICT_TITLES[example['verdict']]}: {example['note'] or example['item']}"
        for example in block.get("examples", [])
    ]
    return "\n".join([to_markdown([block]), *notes])


def _control_lines(control: dict[str, Any]) -> Iterable[str]:
    """The settings of a question; its classes a line each."""
    for name, value in control.items():
        if isinstance(value, list):
            for entry in value:
                yield f"{name}: {_entry(entry)}"
        else:
            yield f"{name}: {value}"


def _entry(entry: Any) -> str:
    if not isinstance(entry, dict) or "value" not in entry:
        return str(entry)
    below = [_entry(child) for child in entry.get("children", [])]
    title = entry.get("title", "")
    own = f"{entry['value']} ({title})" if title and title != entry["value"] else entry["value"]
    return f"{own} [{', '.join(below)}]" if below else str(own)


def _new_examples(change: BlockChange) -> int:
    known = {example["id"] for example in (change.before or {}).get("examples", [])}
    shown = (change.after or {}).get("examples", [])
    return sum(example["id"] not in known for example in shown)
