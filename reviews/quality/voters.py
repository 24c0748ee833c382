"""Voters: how often each person is right, judged by the consensus of the others alone.

For projects without known answers: with few labels an item, or where the crowd errs together, this
measures conformity. Where gold has measured somebody, use that (`weights.voting_weight`).
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from labelops.intervals import Interval, beta_interval
from reviews.quality.clusters import LIKENESS, Likeness, Voice, clusters
from reviews.quality.object_consensus import MOST_EXIST, MOST_LABEL
from reviews.quality.weights import SAME, voting_weight
from tasks.kinds import kind_of
from tasks.kinds.answer import is_undecidable, value_of

ROUNDS = 20
CONVERGED = 1e-6
# Before anything is known of a person: right four times of five, as if seen five times.
PRIOR = (4.0, 1.0)
# Both tails together: the lower end is exceeded with 95 %.
LEVEL = 0.90

Voter = Hashable
# Of each voter who saw one thing the label they gave it; None from who did not mark it.
Ballot = tuple[tuple[Voter, Any], ...]
Answers = Mapping[Voter, dict[str, Any]]


def estimate_weights(control: dict[str, Any], items: Iterable[Answers]) -> dict[Voter, float]:
    """The weight of each person's vote in one control, from the answers of all to each item.

    Every object (of a single choice: every item) is a trial of each person who saw it, where the
    others alone would accept or would not know it: right is who gave the label that they accept.
    Accuracy is the lower 95 % bound of Beta(4 + right, 1 + wrong). Weights and verdicts are
    computed in turn until they stay, from equal weights on.

    >>> bird = {"name": "bird", "type": "choice", "options": [{"value": "a"}, {"value": "b"}]}
    >>> items = [{"ana": {"bird": "a"}, "bo": {"bird": "a"}, "mei": {"bird": mei}}
    ...          for mei in "aaaaaaaabb"]
    >>> {who: round(weight, 2) for who, weight in estimate_weights(bird, items).items()}
    {'ana': 1.43, 'bo': 1.43, 'mei': 0.47}
    """
    ballots = Counter(ballot for answers in items for ballot in ballots_of(control, answers))
    classes = max(2, len(kind_of(control).classes(control)))
    voters = dict.fromkeys(voter for ballot in ballots for voter, _ in ballot)
    weights = dict.fromkeys(voters, 1.0)
    for _ in range(ROUNDS):
        accuracies = _accuracies(ballots, weights)
        updated = {who: voting_weight(accuracies[who].low, classes) for who in weights}
        change = max((abs(updated[who] - weights[who]) for who in weights), default=0)
        weights = updated
        if change < CONVERGED:
            break
    return weights


def ballots_of(control: dict[str, Any], answers: Answers) -> Iterator[Ballot]:
    """What the people who answered one item decided on: each object, option, or the class.

    >>> bird = {"name": "bird", "type": "choice", "multiple": True}
    >>> list(ballots_of(bird, {"ana": {"bird": ["a", "b"]}, "bo": {"bird": ["a"]}}))
    [(('ana', 'a'), ('bo', 'a')), (('ana', 'b'), ('bo', None))]
    """
    values = {
        who: value_of(control, answers[who])
        for who in sorted(answers, key=str)
        if not is_undecidable(answers[who])
    }
    if control["type"] in LIKENESS:
        yield from _object_ballots(LIKENESS[control["type"]], values)
    elif control.get("multiple", False):
        chosen = {who: value or [] for who, value in values.items()}
        options = dict.fromkeys(option for value in chosen.values() for option in value)
        for option in options:
            yield tuple((who, option if option in value else None) for who, value in chosen.items())
    elif values:
        yield tuple(values.items())


def _object_ballots(likeness: Likeness, values: Mapping[Voter, Any]) -> Iterator[Ballot]:
    voices = [Voice(number, 1.0, value or []) for number, value in enumerate(values.values())]
    for cluster in clusters(voices, likeness):
        labels = {
            number: voices[number].objects[index]["label"] for number, index in cluster.members
        }
        yield tuple((who, labels.get(number)) for number, who in enumerate(values))


def _accuracies(ballots: Counter[Ballot], weights: Mapping[Voter, float]) -> dict[Voter, Interval]:
    right: dict[Voter, int] = defaultdict(int)
    trials: dict[Voter, int] = defaultdict(int)
    for ballot, count in ballots.items():
        for who, given in ballot:
            others = [(label, weights[voter]) for voter, label in ballot if voter != who]
            is_clear, verdict = _verdict(others)
            if is_clear:
                trials[who] += count
                right[who] += count * (given == verdict)
    return {
        who: beta_interval(right[who], trials[who], prior=PRIOR, level=LEVEL) for who in weights
    }


def _verdict(votes: Sequence[tuple[Any, float]]) -> tuple[bool, Any]:
    """Whether the votes are clear, and the label they accept; None where nobody marked it."""
    marked: dict[Any, float] = defaultdict(float)
    for label, weight in votes:
        if label is not None:
            marked[label] += weight
    if not marked:
        return bool(votes), None
    weight = sum(marked.values())
    best = max(marked, key=lambda label: (marked[label], str(label)))
    exists = weight / sum(weight for _, weight in votes)
    is_clear = exists > MOST_EXIST + SAME and marked[best] / weight > MOST_LABEL + SAME
    return is_clear, best
