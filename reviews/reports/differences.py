"""What an answer says differently from another: in words, and for the picture."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from reviews.quality.differences import Difference, differences
from tasks.blocks.classes import schema_classes
from tasks.kinds import kind_of
from tasks.kinds.answer import UNDECIDABLE
from tasks.kinds.schema import control_named

SENTENCES_SHOWN = 12
TEXT_SHOWN = 80
Answer = dict[str, Any]


@dataclass(frozen=True)
class Comparison:
    """One answer against the one that all are held against. No sentences: both say the same."""

    name: str
    sentences: list[str]
    more: int
    entries: list[dict[str, Any]]


def comparison(schema: dict[str, Any], name: str, base: Answer, answer: Answer) -> Comparison:
    found = differences(schema, base, answer)
    titles = schema_classes(schema)
    return Comparison(
        name=name,
        sentences=[_sentence(schema, titles, entry) for entry in found[:SENTENCES_SHOWN]],
        more=max(0, len(found) - SENTENCES_SHOWN),
        entries=[entry.as_json() for entry in found],
    )


def _sentence(schema: dict[str, Any], titles: dict[Any, str], found: Difference) -> str:
    before, after = (titles.get((found.control, label), label or "") for label in found.labels)
    values = {"before": before, "after": after, "alike": round(100 * (found.likeness or 0))}
    match found.kind:
        case "added":
            return _("has one more: %(after)s") % values
        case "removed":
            return _("leaves out: %(before)s") % values
        case "moved":
            return _("draws %(before)s elsewhere (%(alike)d %% the same)") % values
        case "renamed":
            return _("says %(after)s, not %(before)s") % values
        case "attributes":
            return _("gives %(after)s other attributes") % values
    said = {
        "before": _said(schema, found, found.before),
        "after": _said(schema, found, found.after),
    }
    return _("says %(after)s, not %(before)s") % said


def _said(schema: dict[str, Any], found: Difference, value: Any) -> str:
    if value is None:
        return _("an answer") if found.control == UNDECIDABLE else _("nothing")
    control = control_named(schema, found.control)
    text = str(value) if control is None else kind_of(control).summary(control, value)
    return text if len(text) <= TEXT_SHOWN else f"{text[:TEXT_SHOWN]}…"


def pictured(comparisons: Iterable[Comparison]) -> dict[str, list[dict[str, Any]]]:
    """The same for <answer-view>: by the name of the answer."""
    return {entry.name: entry.entries for entry in comparisons}
