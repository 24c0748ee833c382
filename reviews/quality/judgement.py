"""From beliefs about the classes of one item to its answer, and how likely that is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from reviews.quality.consensus import Vote
from tasks.kinds.answer import UNDECIDABLE, value_of

Answer = dict[str, Any]
# By control: P(class) for a choice or rating, P(option is right) for a multiple choice.
Beliefs = Mapping[str, Mapping[Any, float]]
# By control and class: how much worse it is to miss it than a class of the usual cost.
Costs = Mapping[str, Mapping[Any, float]]
USUAL_COST = 1.0
VOTE, MODEL = "vote", "dawid-skene"
# A model that predicts classes was heard beside the people.
BLENDED = "blended"
HALF = 0.5
CLASSES = ("choice", "rating")


@dataclass(frozen=True)
class Judgement:
    """`p_wrong` is that of the answer's weakest control, `rest_wrong` the part not inferred.

    `risk` is what the answer is expected to cost: p_wrong where every class costs 1.
    """

    answer: Answer
    method: str
    p_wrong: float
    rest_wrong: float
    risk: float


def judge(
    schema: dict[str, Any],
    answer: Answer,
    rest_wrong: float,
    beliefs: Beliefs,
    *,
    costs: Costs | None = None,
    method: str = MODEL,
    decided_by: Beliefs | None = None,
) -> Judgement:
    """The answer of a vote, its classes replaced by the likeliest ones.

    `method` is the word for how the beliefs were come by. `decided_by` are those that choose the
    answer, by control, where not all of the beliefs may: the others only say how wrong it may be.

    What the vote left empty, or calls undecidable, stays so. The expected cost of a class is
    sum_k P(k) cost(k) over the classes k that are not given, the largest over the controls.

    >>> schema = {"controls": [{"name": "bird", "type": "choice", "multiple": False}]}
    >>> found = judge(schema, {"bird": "crow"}, 0.0, {"bird": {"crow": 0.25, "wren": 0.75}})
    >>> found.answer, found.method, found.p_wrong
    ({'bird': 'wren'}, 'dawid-skene', 0.25)
    >>> people = {"bird": {"crow": 0.75, "wren": 0.25}}
    >>> found = judge(schema, {"bird": "crow"}, 0.0,
    ...               {"bird": {"crow": 0.25, "wren": 0.75}}, decided_by=people)
    >>> found.answer, found.p_wrong
    ({'bird': 'crow'}, 0.75)
    """
    judged, p_wrong, risk, used = dict(answer), rest_wrong, rest_wrong, VOTE
    for control in schema["controls"]:
        belief = beliefs.get(control["name"])
        if not belief or UNDECIDABLE in answer or value_of(control, answer) is None:
            continue
        value = _decided(control, (decided_by or {}).get(control["name"], belief))
        if value is None:
            continue
        judged[control["name"]] = value
        p_wrong = max(p_wrong, 1 - _p_right(control, belief, value))
        of_control = (costs or {}).get(control["name"], {})
        risk = max(risk, expected_cost(control, belief, value, of_control))
        used = method
    return Judgement(judged, used, p_wrong, rest_wrong, risk)


def expected_cost(
    control: dict[str, Any], belief: Mapping[Any, float], value: Any, costs: Mapping[Any, float]
) -> float:
    """What it costs on average that a control's value is wrong; 1 - P(value) at the usual cost.

    >>> belief = {"crow": 0.1, "wren": 0.7, "owl": 0.2}
    >>> bird = {"name": "bird", "type": "choice", "multiple": False}
    >>> round(expected_cost(bird, belief, "wren", {"owl": 4}), 2)
    0.9
    """
    if control.get("multiple", False):
        return max(
            costs.get(option, USUAL_COST) * (1 - p if option in value else p)
            for option, p in belief.items()
        )
    missed = ((label, p) for label, p in belief.items() if label != value)
    return sum(p * costs.get(label, USUAL_COST) for label, p in missed)


def is_inferable(schema: dict[str, Any], outcome: Vote) -> bool:
    """Whether all that a vote answered are classes, and nobody abstained."""
    return not outcome.undecidable and all(
        control["type"] in CLASSES
        for control in schema["controls"]
        if outcome.controls[control["name"]].value is not None
    )


def _decided(control: dict[str, Any], belief: Mapping[Any, float]) -> Any:
    if control["type"] == "rating" and control.get("ordinal", True):
        return _median(belief)
    if control.get("multiple", False):
        return [option for option, p in belief.items() if p > HALF] or None
    # Of classes that are equally likely, the one that stands first.
    return max(belief, key=lambda label: belief[label])


def _p_right(control: dict[str, Any], belief: Mapping[Any, float], value: Any) -> float:
    if control.get("multiple", False):
        # The options are judged one by one; the weakest bounds the whole.
        return min(p if option in value else 1 - p for option, p in belief.items())
    return belief.get(value, 0.0)


def _median(belief: Mapping[Any, float]) -> Any:
    total = 0.0
    for value in sorted(belief):
        total += belief[value]
        if total >= HALF:
            return value
    return max(belief)
