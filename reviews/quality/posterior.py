"""How certain a class is, given who chose it: Bayes over independent voters."""

from collections.abc import Mapping, Sequence
from typing import Any

from reviews.quality.consensus import Vote
from tasks.kinds import kind_of
from tasks.kinds.answer import UNDECIDABLE, value_of

PRIOR_RIGHT, PRIOR_COUNT = 4.0, 5.0


def accuracy(right: int, checked: int) -> float:
    """The accuracy of an annotator, drawn toward 0.8 where few answers were checked.

    The mean of a Beta posterior with prior Beta(4, 1). Known-answer rates of Toloka's dynamic
    overlap start at 0.5 instead, where two new people who agree on two classes say nothing.

    >>> accuracy(0, 0)
    0.8
    >>> round(accuracy(94, 95), 3)
    0.98
    """
    return (PRIOR_RIGHT + right) / (PRIOR_COUNT + checked)


def posterior(votes: Sequence[tuple[Any, float]], classes: Sequence[Any]) -> Mapping[Any, float]:
    """P(class | votes) for `votes` of (class, accuracy), with a uniform prior over `classes`.

    A voter of accuracy q chooses the true class with probability q, and each other one with
    (1 - q) / (number of classes - 1).

    >>> shares = posterior([("a", 0.7), ("a", 0.9)], ["a", "b", "c"])
    >>> round(shares["a"], 3)
    0.977
    >>> round(posterior([("a", 0.7), ("b", 0.9)], ["a", "b", "c"])["b"], 3)
    0.761
    >>> round(posterior([("a", 0.7), ("b", 0.9), ("b", 0.8)], ["a", "b", "c"])["b"], 3)
    0.962
    """
    known = list(dict.fromkeys([*classes, *(chosen for chosen, _q in votes)]))
    others = max(1, len(known) - 1)
    weights = dict.fromkeys(known, 1.0)
    for chosen, q in votes:
        for name in known:
            weights[name] *= q if name == chosen else (1 - q) / others
    total = sum(weights.values())
    return {name: weight / total for name, weight in weights.items()}


def certainty(
    schema: dict[str, Any],
    outcome: Vote,
    answers: Sequence[dict[str, Any]],
    accuracies: Sequence[float],
) -> float:
    """How certain the outcome of a vote is, by its weakest control.

    Bayes for single classes; where there are none (shapes, spans, text, several options, or
    somebody said "undecidable"), the agreement that the vote itself states.

    >>> from reviews.quality.consensus import vote
    >>> options = [{"value": "robin"}, {"value": "crow"}]
    >>> schema = {"controls": [{"name": "bird", "type": "choice", "options": options}]}
    >>> answers = [{"bird": "crow"}, {"bird": "crow"}]
    >>> round(certainty(schema, vote(schema, answers), answers, [0.8, 0.8]), 3)
    0.941
    """
    if any(UNDECIDABLE in answer for answer in answers):
        return outcome.confidence
    shares = [
        _control_certainty(control, outcome, answers, accuracies) for control in schema["controls"]
    ]
    return min(shares)


def _control_certainty(
    control: dict[str, Any],
    outcome: Vote,
    answers: Sequence[dict[str, Any]],
    accuracies: Sequence[float],
) -> float:
    result = outcome.controls[control["name"]]
    if control["type"] not in ("choice", "rating") or control.get("multiple", False):
        return result.confidence
    votes = [(value_of(control, answer), q) for answer, q in zip(answers, accuracies, strict=True)]
    return posterior(votes, kind_of(control).classes(control))[result.value]
