"""Consensus by vote: the one answer that several answers to an item amount to."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from reviews.quality.clusters import Voice
from reviews.quality.item_agreement import is_unanimous
from reviews.quality.shape_consensus import shape_consensus
from reviews.quality.stretch_consensus import span_consensus
from tasks.kinds import kind_of
from tasks.kinds.answer import UNDECIDABLE, control_agrees, control_distance, value_of

Answer = dict[str, Any]
Commonness = Mapping[str, Mapping[Any, float]]
SAME = 1e-12
MERGE = {"shapes": shape_consensus, "spans": span_consensus}


@dataclass(frozen=True)
class ControlVote:
    """The outcome in one control; `value` is None where most left it empty.

    `votes` counts the answers by class, for display; it is empty for shapes, spans and text.
    `disputes` says in plain JSON what the answers leave open of shapes and spans (see
    `object_consensus.Dispute`); their sources are places in the list of answers given.
    """

    value: Any
    confidence: float
    is_tie: bool
    votes: dict[Any, int] = field(default_factory=dict)
    disputes: list[dict[str, Any]] = field(default_factory=list)


@dataclass(frozen=True)
class Vote:
    """The outcome for an item. `confidence` is that of its weakest control.

    A tie, a single label or a dispute never counts as agreement: `is_unanimous` is false.
    """

    answer: Answer
    confidence: float
    is_tie: bool
    is_unanimous: bool
    n: int
    undecidable: int
    controls: dict[str, ControlVote]

    @property
    def votes(self) -> dict[str, dict[Any, int]]:
        return {name: outcome.votes for name, outcome in self.controls.items()}

    @property
    def disputes(self) -> dict[str, list[dict[str, Any]]]:
        """Of each control that has any."""
        found = {name: outcome.disputes for name, outcome in self.controls.items()}
        return {name: disputes for name, disputes in found.items() if disputes}

    @property
    def has_disputes(self) -> bool:
        return bool(self.disputes)


def vote(
    schema: dict[str, Any],
    answers: Sequence[Answer],
    *,
    commonness: Commonness | None = None,
    weights: Sequence[float] | None = None,
) -> Vote:
    """The vote of one answer or more, control by control.

    A tie goes to the class commoner in the project (`commonness[control][class]`), then to the
    one that stands first in the schema. "Undecidable" wins only with more than half.

    `weights`, one per answer, count where objects are merged (shapes and spans); classes are
    counted by heads here, since Dawid-Skene weighs them by whole confusion matrices.

    >>> options = [{"value": "robin"}, {"value": "crow"}]
    >>> schema = {"controls": [{"name": "bird", "type": "choice", "options": options}]}
    >>> outcome = vote(schema, [{"bird": "crow"}, {"bird": "robin"}, {"bird": "crow"}])
    >>> outcome.answer, round(outcome.confidence, 4), outcome.is_tie, outcome.votes
    ({'bird': 'crow'}, 0.6667, False, {'bird': {'crow': 2, 'robin': 1}})
    """
    if not answers:
        raise ValueError("A vote needs at least one answer.")
    if weights is not None and len(weights) != len(answers):
        raise ValueError("A vote needs one weight for each answer.")
    decided = [answer for answer in answers if UNDECIDABLE not in answer]
    ballots = _ballots(answers, weights or [1.0] * len(answers))
    n, undecidable = len(answers), len(answers) - len(decided)
    unanimous = is_unanimous(schema, answers)
    if undecidable > len(decided):
        reason = _most_common_reason(answers)
        return Vote({UNDECIDABLE: reason}, undecidable / n, False, unanimous, n, undecidable, {})
    outcomes = {
        control["name"]: _control_vote(
            control, decided, ballots, (commonness or {}).get(control["name"], {})
        )
        for control in schema["controls"]
    }
    weakest = min(outcome.confidence for outcome in outcomes.values())
    has_disputes = any(outcome.disputes for outcome in outcomes.values())
    return Vote(
        answer={name: made.value for name, made in outcomes.items() if made.value is not None},
        confidence=weakest * len(decided) / n,
        is_tie=undecidable == len(decided) or any(made.is_tie for made in outcomes.values()),
        is_unanimous=unanimous and not has_disputes,
        n=n,
        undecidable=undecidable,
        controls=outcomes,
    )


@dataclass(frozen=True)
class _Ballot:
    """An answer that decides, with its place among all answers given."""

    place: int
    weight: float
    answer: Answer


def _ballots(answers: Sequence[Answer], weights: Sequence[float]) -> list[_Ballot]:
    """Those that decide, in an order that does not depend on who answered first."""
    found = [
        _Ballot(place, weight, answer)
        for place, (answer, weight) in enumerate(zip(answers, weights, strict=True))
        if UNDECIDABLE not in answer
    ]
    return sorted(found, key=lambda ballot: (_canonical(ballot.answer), ballot.weight))


def _control_vote(
    control: dict[str, Any],
    answers: Sequence[Answer],
    ballots: Sequence[_Ballot],
    common: Mapping[Any, float],
) -> ControlVote:
    if control["type"] in MERGE:
        return _merged_vote(control, ballots)
    if control["type"] == "choice" and control.get("multiple", False):
        return _options_vote(control, answers, common)
    if control["type"] == "rating" and control.get("ordinal", True):
        return _median_vote(control, answers, common)
    if control["type"] in ("choice", "rating"):
        return _class_vote(control, answers, common)
    return _medoid_vote(control, answers)


def _merged_vote(control: dict[str, Any], ballots: Sequence[_Ballot]) -> ControlVote:
    """Object by object, with disputes where the answers leave one open; never a tie."""
    voices = [
        Voice(number, ballot.weight, value_of(control, ballot.answer) or [])
        for number, ballot in enumerate(ballots)
    ]
    made = MERGE[control["type"]](voices)
    places = [ballot.place for ballot in ballots]
    disputes = [dispute.placed(places).as_json() for dispute in made.disputes]
    return ControlVote(made.objects or None, made.confidence, False, disputes=disputes)


def _class_vote(
    control: dict[str, Any], answers: Sequence[Answer], common: Mapping[Any, float]
) -> ControlVote:
    counts = Counter(value_of(control, answer) for answer in answers)
    most = max(counts.values())
    first = [value for value, count in counts.items() if count == most]
    winner = min(first, key=_tie_rule(control, common))
    return ControlVote(winner, most / len(answers), len(first) > 1, _without_none(counts))


def _options_vote(
    control: dict[str, Any], answers: Sequence[Answer], common: Mapping[Any, float]
) -> ControlVote:
    """Each option by itself: in with more than half, out otherwise; exactly half is a tie.

    Where that leaves nothing though most answers chose something, the most chosen option is in.
    """
    n = len(answers)
    chosen = [value_of(control, answer) or [] for answer in answers]
    counts = Counter(option for options in chosen for option in options)
    winners = {option for option, count in counts.items() if 2 * count > n}
    tie = any(2 * count == n for count in counts.values())
    if not winners and 2 * sum(bool(options) for options in chosen) > n:
        most = max(counts.values())
        first = [option for option, count in counts.items() if count == most]
        winners = {min(first, key=_tie_rule(control, common))}
        tie = tie or len(first) > 1
    shares = [count / n if option in winners else 1 - count / n for option, count in counts.items()]
    value = [option for option in kind_of(control).classes(control) if option in winners]
    return ControlVote(
        value=value or None,
        confidence=sum(shares) / len(shares) if shares else 1.0,
        is_tie=tie,
        votes=dict(counts),
    )


def _median_vote(
    control: dict[str, Any], answers: Sequence[Answer], common: Mapping[Any, float]
) -> ControlVote:
    """The median of the ratings; of two middle ones the commoner, then the lower."""
    counts = Counter(value_of(control, answer) for answer in answers)
    if 2 * counts[None] > len(answers):
        return ControlVote(None, counts[None] / len(answers), False, _without_none(counts))
    ratings = sorted(value for value in counts.elements() if value is not None)
    middle = {ratings[(len(ratings) - 1) // 2], ratings[len(ratings) // 2]}
    winner = min(middle, key=_tie_rule(control, common))
    share = counts[winner] / len(answers)
    tie = len(middle) > 1 or 2 * counts[None] == len(answers)
    return ControlVote(winner, share, tie, _without_none(counts))


def _medoid_vote(control: dict[str, Any], answers: Sequence[Answer]) -> ControlVote:
    """The answer with the highest mean agreement to the others; that mean is the confidence."""
    # In an order that does not depend on who answered first.
    candidates = sorted(answers, key=lambda answer: _canonical(value_of(control, answer)))
    scores = [
        _mean_agreement(control, candidate, candidates[:index] + candidates[index + 1 :])
        for index, candidate in enumerate(candidates)
    ]
    best = max(range(len(scores)), key=lambda index: scores[index])
    level = [
        candidate
        for candidate, score in zip(candidates, scores, strict=True)
        if score >= scores[best] - SAME
    ]
    tie = not all(control_agrees(control, candidates[best], candidate) for candidate in level)
    return ControlVote(value_of(control, candidates[best]), scores[best], tie)


def _mean_agreement(control: dict[str, Any], answer: Answer, others: Sequence[Answer]) -> float:
    if not others:
        return 1.0
    return 1 - sum(control_distance(control, answer, other) for other in others) / len(others)


def _tie_rule(control: dict[str, Any], common: Mapping[Any, float]) -> Any:
    order = kind_of(control).classes(control)

    def rank(value: Any) -> tuple[bool, float, int]:
        place = order.index(value) if value in order else len(order)
        return value is None, -common.get(value, 0), place

    return rank


def _without_none(counts: Counter[Any]) -> dict[Any, int]:
    return {value: count for value, count in counts.items() if value is not None}


def _most_common_reason(answers: Sequence[Answer]) -> str:
    reasons = Counter(answer[UNDECIDABLE] for answer in answers if UNDECIDABLE in answer)
    return str(min(reasons, key=lambda reason: (-reasons[reason], reason)))


def _canonical(value: Any) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
