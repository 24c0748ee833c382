"""The page of one failing item: what speaks for its cause, in numbers and in pictures."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from datasets.models import FailureCause
from datasets.models.causes import Cause
from datasets.reports.cause_actions import Action, Reader, actions_for, examine_page
from datasets.reports.cause_tiles import failing_tiles, neighbour_tiles
from datasets.reports.cause_words import READINGS, ClassWords, class_words, why
from datasets.reports.tiles import Tile


@dataclass(frozen=True)
class Figure:
    """A number of the evidence, and what it says."""

    name: str
    value: str


@dataclass(frozen=True)
class FailurePage:
    failure: FailureCause
    title: str
    sentence: str
    traced: str
    figures: list[Figure]
    tile: Tile | None
    neighbours: list[tuple[Tile, bool]]
    actions: list[Action]
    all_neighbours: str
    causes: list[tuple[str, str]]


def failure_page(failure: FailureCause, reader: Reader) -> FailurePage:
    tracing, facts = failure.tracing, failure.evidence
    evaluation, slug = tracing.evaluation, tracing.evaluation.project.slug
    words = class_words(evaluation)
    whole: dict[str, Any] = facts | {"neighbour_count": len(facts["neighbours"])}
    near = neighbour_tiles(tracing, facts["neighbours"])
    query = {"evaluation": str(evaluation.pk), "failure": str(failure.pk)}
    around = {"set": "cause_neighbours"} | query | {"which": "all"}
    return FailurePage(
        failure,
        words.mix_up(facts["truth"], facts["predicted"]),
        why(failure.cause, whole, words),
        _traced(facts),
        _figures(whole, words),
        failing_tiles(tracing, [failure]).get(failure.pk),
        [
            (near[item_id], item_id in facts["suspects"])
            for item_id in facts["neighbours"]
            if item_id in near
        ],
        actions_for(failure.cause, slug, query, reader),
        examine_page(slug, around),
        [(value, str(label)) for value, label in Cause.choices],
    )


def _traced(facts: dict[str, Any]) -> str:
    """Which of the objects the verdict is about; empty where the answers have none."""
    named = facts["truth_id"] or facts["predicted_id"]
    if not named:
        return ""
    return ngettext(
        "Looked at is the object “%(object)s”, its one mistake. What is near is said of the whole "
        "item.",
        "Looked at is the object “%(object)s”, of %(count)d mistakes the one of which the model "
        "was surest. What is near is said of the whole item.",
        facts["mistake_count"],
    ) % {"object": named, "count": facts["mistake_count"]}


def _figures(facts: dict[str, Any], words: ClassWords) -> list[Figure]:
    truth = words.name(facts["truth"], facts["predicted"])
    predicted = words.name(facts["predicted"], facts["truth"])
    taught = _("Nearest training items that carry %(name)s")
    tested = _("Nearest tested items that carry %(name)s")
    covered = _("Of these with %(name)s, against what the tested ones let expect")
    named = [
        (taught % {"name": truth}, _of(facts, "taught_truth")),
        (taught % {"name": predicted}, _of(facts, "taught_predicted")),
        (tested % {"name": truth}, _percent(facts["tested_truth"])),
        (tested % {"name": predicted}, _percent(facts["tested_predicted"])),
        (
            _("Nearest training items whose like the tested items call otherwise"),
            _of(facts, "mistaught"),
        ),
        (
            _("Nearest training items on the list of labels that look wrong"),
            _of(facts, "doubted"),
        ),
        (_("Nearest training items with an open question"), _of(facts, "questioned")),
        (_("Agreement where people labeled twice around it"), _known(facts["agreement"])),
        (
            _("Of what two people answered blind around it, they differ about"),
            _known(facts["quarrelled"]),
        ),
        (
            _("Two people who answered the item itself blind"),
            _("differ about it") if facts["is_disputed"] else _("none who differ"),
        ),
        (
            _("Training items that have nearer neighbours than it has"),
            _percent(facts["distance"]),
        ),
        (
            _("Training items among the nearest, against their share of all"),
            _percent(facts["coverage"]),
        ),
        (covered % {"name": truth}, _times(facts["truth_coverage"])),
        (covered % {"name": predicted}, _times(facts["predicted_coverage"])),
        (_("What is least usual about the input itself"), _reading(facts)),
    ]
    return [Figure(*pair) for pair in named]


def _reading(facts: dict[str, Any]) -> str:
    if not facts["beyond"]:
        return _("nothing")
    return _("%(reading)s, out of the usual range by %(beyond).1f times its width") % {
        "reading": READINGS.get(facts["reading"], facts["reading"]),
        "beyond": abs(facts["beyond"]),
    }


def _of(facts: dict[str, Any], name: str) -> str:
    count = facts["neighbour_count"]
    return _("%(some)d of %(count)d") % {"some": round(facts[name] * count), "count": count}


def _known(share: float | None) -> str:
    return "–" if share is None else _percent(share)


def _percent(share: float) -> str:
    return f"{100 * share:.0f} %"


def _times(share: float) -> str:
    """Hundreds of percent are hard to read."""
    if share < 2:
        return _percent(share)
    return _("%(times)s times") % {"times": f"{share:.1f}".removesuffix(".0")}
