"""Item agreement: how alike the answers to one item are, by the distance of each control."""

from collections.abc import Sequence
from itertools import combinations
from typing import Any

from tasks.kinds.answer import agree, control_distance, is_undecidable

Answer = dict[str, Any]


def item_agreement(schema: dict[str, Any], answers: Sequence[Answer]) -> float | None:
    """1 - the mean distance of all pairs of answers, mean over controls; None below two answers.

    For one single choice this is sum_k n_k (n_k - 1) / (n (n - 1)).

    >>> schema = {"controls": [{"name": "bird", "type": "choice"}]}
    >>> answers = [{"bird": "robin"}, {"bird": "robin"}, {"bird": "crow"}]
    >>> round(item_agreement(schema, answers), 4)
    0.3333
    >>> item_agreement(schema, answers[:1]) is None
    True
    """
    figures = list(agreement_by_control(schema, answers).values())
    if len(answers) < 2 or not figures:
        return None
    return sum(figures) / len(figures)


def agreement_by_control(schema: dict[str, Any], answers: Sequence[Answer]) -> dict[str, float]:
    """The agreement in each control, by name; empty below two answers.

    "Undecidable" agrees with itself and with nothing else.

    >>> bird, note = {"name": "bird", "type": "choice"}, {"name": "note", "type": "text"}
    >>> answers = [{"bird": "robin", "note": "ab"}, {"bird": "robin", "note": "a"}]
    >>> agreement_by_control({"controls": [bird, note]}, answers)
    {'bird': 1.0, 'note': 0.5}
    """
    if len(answers) < 2:
        return {}
    pairs = list(combinations(answers, 2))
    return {
        control["name"]: 1 - sum(_distance(control, a, b) for a, b in pairs) / len(pairs)
        for control in schema["controls"]
    }


def is_unanimous(schema: dict[str, Any], answers: Sequence[Answer]) -> bool:
    """Whether two answers or more all say the same for all purposes; one alone never does.

    >>> schema = {"controls": [{"name": "bird", "type": "choice"}]}
    >>> is_unanimous(schema, [{"bird": "robin"}]), is_unanimous(schema, [{"bird": "robin"}] * 2)
    (False, True)
    """
    return len(answers) >= 2 and all(agree(schema, a, b) for a, b in combinations(answers, 2))


def _distance(control: dict[str, Any], a: Answer, b: Answer) -> float:
    if is_undecidable(a) or is_undecidable(b):
        return float(is_undecidable(a) != is_undecidable(b))
    return control_distance(control, a, b)
