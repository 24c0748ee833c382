"""What the consensus left open of objects and spans, each with a prefilled choice."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from reviews.models import Consensus
from reviews.quality.merging import DRAWN, DROP, KEEP, NAMED, choices_of
from tasks.blocks.classes import schema_classes

PREFIX = "dispute"


@dataclass(frozen=True)
class Choice:
    value: str
    title: str
    is_prefilled: bool


@dataclass(frozen=True)
class OpenDispute:
    """One object that people saw differently; `field` is the name of its form field."""

    field: str
    key: tuple[str, int]
    title: str
    choices: list[Choice]


def open_disputes(
    schema: dict[str, Any], consensus: Consensus | None, names: Sequence[str] | None
) -> list[OpenDispute]:
    """`names` are those of the answers that the consensus was made of, in its order; None when
    they are not all there any more: then nothing can be merged.
    """
    if consensus is None or names is None:
        return []
    titles = schema_classes(schema)
    return [
        _dispute(control, number, dispute, titles, names)
        for control, found in consensus.disputes.items()
        for number, dispute in enumerate(found)
    ]


def _dispute(
    control: str,
    number: int,
    dispute: dict[str, Any],
    titles: dict[Any, str],
    names: Sequence[str],
) -> OpenDispute:
    def title_of(label: str) -> str:
        return titles.get((control, label), label)

    def title(choice: str) -> str:
        if choice == KEEP:
            return _("keep: %(label)s") % {"label": title_of(dispute["object"]["label"])}
        if choice == DROP:
            return _("leave out")
        if choice.startswith(NAMED):
            return _("keep, as %(label)s") % {"label": title_of(choice.removeprefix(NAMED))}
        return _("as %(name)s drew it") % {"name": names[int(choice.removeprefix(DRAWN))]}

    choices = choices_of(dispute)
    return OpenDispute(
        field=f"{PREFIX}-{control}-{number}",
        key=(control, number),
        title=_title(dispute, title_of, names),
        choices=[Choice(value, title(value), value == choices[0]) for value in choices],
    )


def _title(dispute: dict[str, Any], title_of: Any, names: Sequence[str]) -> str:
    marked = ", ".join(
        f"{names[entry['source']]} ({title_of(entry['label'])})" for entry in dispute["candidates"]
    )
    absent = ", ".join(names[source] for source in dispute["absent"])
    said = {"label": title_of(dispute["object"]["label"]), "marked": marked, "absent": absent}
    if absent:
        return _("%(label)s: marked by %(marked)s, not by %(absent)s") % said
    if dispute["kind"] == "class":
        return _("Which class? %(marked)s") % said
    return _("%(label)s: drawn differently by %(marked)s") % said
