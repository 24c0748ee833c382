"""Who gets an item: the model alone, annotators, or an expert, and in which words that is said."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Any

# So far under the cut the model is nearly sure enough.
NEAR = 0.15
# An item that so large a share of what taught the model is nearer to its like than this one is.
NOVEL = 0.99


class Way(StrEnum):
    MODEL = "model"
    AUDIT = "audit"
    SECOND = "second"
    PEOPLE = "people"
    EXPERT = "expert"


class Level(IntEnum):
    """The levels from which on a model answers by itself."""

    SECOND_READER = 3
    SOLOIST = 4


@dataclass(frozen=True)
class Said:
    """What a model says of one item.

    `former` is the class that the version before it names, empty where there is none to compare.
    """

    label: str
    score: float | None
    novelty: float | None = None
    former: str = ""
    is_trained_on: bool = False


@dataclass(frozen=True)
class Allowed:
    """What the model may do in the class it names, in one batch.

    `cut` is the lowest score from which on the accuracy that the batch asks for is proved; empty
    where it is not proved at all.
    """

    level: int = 0
    cut: float | None = None
    audit_share: float = 1.0
    overlap: int = 1


@dataclass(frozen=True)
class Reason:
    """A stable code, and what its sentence needs."""

    code: str
    params: dict[str, Any]


@dataclass(frozen=True)
class Route:
    """Where an item goes, and why: the strongest reason first."""

    way: Way
    reasons: tuple[Reason, ...]


def route(said: Said | None, allowed: Allowed, dice: float) -> Route:
    """Who gets an item. `dice` is a random number in [0, 1), of the item and not of the moment.

    Whatever speaks against the model comes before its certificate: an item unlike all it learned
    from, a class that the version before names otherwise, an item that taught it.

    >>> sure = Allowed(level=4, cut=0.9, audit_share=0.1)
    >>> route(Said("wren", 0.95), sure, dice=0.5).way.value
    'model'
    >>> route(Said("wren", 0.95), sure, dice=0.05).way.value
    'audit'
    >>> found = route(Said("wren", 0.8), sure, dice=0.5)
    >>> found.way.value, found.reasons[0].code
    ('people', 'near_cut')
    >>> route(Said("wren", 0.95, novelty=0.999), sure, dice=0.5).way.value
    'expert'
    """
    if said is None:
        return _to(Way.PEOPLE, "no_prediction")
    if against := _against(said, allowed):
        return against
    if allowed.level >= Level.SOLOIST and allowed.cut is not None:
        return _certified(said, allowed, allowed.cut, dice)
    if allowed.level >= Level.SECOND_READER and allowed.overlap > 1:
        return _to(Way.SECOND, "second_reader", label=said.label)
    return _to(Way.PEOPLE, "no_certificate", label=said.label)


def _against(said: Said, allowed: Allowed) -> Route | None:
    """What makes the model's word worth less than its certificate says."""
    if said.novelty is not None and said.novelty > NOVEL:
        # With one label only, nobody would notice that it is hard.
        way = Way.PEOPLE if allowed.overlap > 1 else Way.EXPERT
        return _to(way, "novel", novelty=said.novelty)
    if said.former and said.former != said.label:
        return _to(Way.PEOPLE, "versions_differ", label=said.label, former=said.former)
    if said.is_trained_on:
        return _to(Way.PEOPLE, "taught_it")
    return None


def _certified(said: Said, allowed: Allowed, cut: float, dice: float) -> Route:
    # A cut of 0 takes every answer of the class, also those without a score.
    score = said.score or 0.0
    facts = {"label": said.label, "score": said.score, "cut": cut}
    if score >= cut:
        certain = Reason("certain", facts)
        if dice < allowed.audit_share:
            return Route(Way.AUDIT, (Reason("audit", {}), certain))
        return Route(Way.MODEL, (certain,))
    return _to(Way.PEOPLE, "near_cut" if score >= cut - NEAR else "unsure", **facts)


def _to(way: Way, code: str, **params: Any) -> Route:
    return Route(way, (Reason(code, params),))
