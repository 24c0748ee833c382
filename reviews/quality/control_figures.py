"""The figures of agreement that fit one control, whatever its type (docs/quality.md)."""

import itertools
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import Any

from reviews.quality.agreement import report
from reviews.quality.figure import Figure, mean_figure
from reviews.quality.item_agreement import agreement_by_control
from reviews.quality.numeric_agreement import number_report
from reviews.quality.object_figures import segment_figures, shape_figures, span_figures
from reviews.quality.set_agreement import Chosen, option_alphas, set_report
from reviews.quality.tables import Labels
from reviews.quality.text_agreement import chrf, word_agreement
from tasks.kinds import kind_of
from tasks.kinds.answer import UNDECIDABLE, is_undecidable, value_of

Control = dict[str, Any]
Answer = dict[str, Any]
Given = Sequence[tuple[Hashable, Answer]]
Figures = dict[str, Figure]
Lengths = Mapping[Hashable, float]
UNANSWERED = (None, "")


def figures(
    control: Control,
    answers_by_task: Mapping[Hashable, Given],
    *,
    lengths: Lengths | None = None,
) -> Figures:
    """The named figures of one control, from the (author, answer) pairs of each task.

    `lengths` of texts, in characters, or of recordings, in seconds, are needed by the alpha of
    stretches alone. A figure that makes no sense for the control is not there; one that is not
    defined has the value None. Tasks of one answer say nothing of agreement.

    >>> bird = {"name": "bird", "type": "choice", "options": [{"value": "a"}, {"value": "b"}]}
    >>> made = figures(bird, {1: [("ana", {"bird": "a"}), ("bo", {"bird": "a"})]})
    >>> made["percent"].value, made["alpha"].value, made["gwet_ac1"].value
    (1.0, None, 1.0)
    """
    return OF_TYPE[control["type"]](control, answers_by_task, lengths or {})


def option_figures(control: Control, answers_by_task: Mapping[Hashable, Given]) -> Figures:
    """Alpha of each option of a multiple choice by itself.

    >>> birds = {"name": "birds", "type": "choice", "multiple": True, "options": [{"value": "a"}]}
    >>> both = [("ana", {"birds": ["a"]}), ("bo", {"birds": ["a"]})]
    >>> option_figures(birds, {1: both, 2: [("ana", {}), ("bo", {})]})["a"].value
    1.0
    """
    options = kind_of(control).classes(control)
    found = option_alphas(_sets(control, answers_by_task), options)
    return {str(option): found[option] for option in options}


def _of_choice(control: Control, given: Mapping[Hashable, Given], lengths: Lengths) -> Figures:
    if not control.get("multiple", False):
        return _of_classes(control, given, lengths)
    found = set_report(_sets(control, given))
    return {
        "percent": found.jaccard,
        "masi": found.masi,
        "alpha_jaccard": found.alpha_jaccard,
        "alpha_masi": found.alpha_masi,
    }


def _of_classes(control: Control, given: Mapping[Hashable, Given], lengths: Lengths) -> Figures:
    name = control["name"]
    # What value_of says, without its look at the kind a million times.
    labels = (
        (task, author, value)
        for task, answers in given.items()
        for author, answer in answers
        if (value := answer.get(name)) not in UNANSWERED
    )
    return class_figures(control, labels)


def class_figures(control: Control, labels: Labels) -> Figures:
    """The figures of a single choice or a rating, from its labels or a table of them.

    >>> bird = {"name": "bird", "type": "choice", "options": [{"value": "a"}, {"value": "b"}]}
    >>> class_figures(bird, [("i1", "ana", "a"), ("i1", "bo", "a")])["percent"].n
    1
    """
    is_rating = control["type"] == "rating"
    metric = ("ordinal" if control.get("ordinal", True) else "interval") if is_rating else "nominal"
    found = report(labels, metric=metric, order=kind_of(control).classes(control))
    made = {
        "percent": found.percent,
        "closeness": found.closeness,
        "alpha": found.alpha,
        "fleiss_kappa": found.fleiss_kappa,
        "cohen_kappa": found.cohen_kappa,
        "weighted_kappa": found.weighted_kappa,
        "gwet_ac1": found.gwet_ac1,
        "positive_agreement": found.positive,
    }
    return {name: figure for name, figure in made.items() if figure is not None}


def _of_numbers(control: Control, given: Mapping[Hashable, Given], lengths: Lengths) -> Figures:
    items = [
        [(author, value) for author, value in people if value is not None]
        for people in _values(control, given).values()
    ]
    found = number_report(items, low=control.get("min"), high=control.get("max"))
    ratio = {"alpha_ratio": found.ratio} if found.ratio else {}
    return {"closeness": found.closeness, "alpha": found.alpha, **ratio, "icc": found.icc}


def _of_shapes(control: Control, given: Mapping[Hashable, Given], lengths: Lengths) -> Figures:
    return _percent(control, given) | shape_figures(list(_marked(control, given).values()))


def _of_spans(control: Control, given: Mapping[Hashable, Given], lengths: Lengths) -> Figures:
    marked = _marked(control, given)
    known = [lengths.get(task) for task in marked]
    return _percent(control, given) | span_figures(list(marked.values()), known)


def _of_segments(control: Control, given: Mapping[Hashable, Given], lengths: Lengths) -> Figures:
    marked = _marked(control, given)
    return segment_figures(list(marked.values()), [lengths.get(task) for task in marked])


def _of_texts(control: Control, given: Mapping[Hashable, Given], lengths: Lengths) -> Figures:
    characters, words = [], []
    for people in _values(control, given).values():
        pairs = list(itertools.combinations([value or "" for _author, value in people], 2))
        if pairs:
            # Neither text is the reference of the other.
            characters.append(sum(chrf(a, b, beta=1) for a, b in pairs) / len(pairs))
            words.append(sum(word_agreement(a, b) for a, b in pairs) / len(pairs))
    made = {"chrf": characters, "word_agreement": words}
    means = {name: mean_figure(shares) for name, shares in made.items() if shares}
    return _percent(control, given) | means


def _percent(control: Control, given: Mapping[Hashable, Given]) -> Figures:
    """The mean item agreement, by the distance of the kind."""
    schema, name = {"controls": [control]}, control["name"]
    shares = [
        agreement_by_control(schema, [answer for _author, answer in answers])[name]
        for answers in given.values()
        if len(answers) > 1
    ]
    return {"percent": mean_figure(shares)} if shares else {}


def _values(
    control: Control, given: Mapping[Hashable, Given]
) -> dict[Hashable, list[tuple[Hashable, Any]]]:
    """What was said of each task, without those who could not decide; None is no answer."""
    return {
        task: [
            (author, value_of(control, answer))
            for author, answer in answers
            if not is_undecidable(answer)
        ]
        for task, answers in given.items()
    }


def _marked(control: Control, given: Mapping[Hashable, Given]) -> dict[Hashable, list[Any]]:
    """The objects of each person; who marked nothing, or nothing any more, has an empty list."""
    return {
        task: [value or [] for _author, value in people]
        for task, people in _values(control, given).items()
        if len(people) > 1
    }


def _sets(control: Control, given: Mapping[Hashable, Given]) -> list[list[Chosen]]:
    """The chosen options of each person; "undecidable" is like itself and like nothing else."""
    return [
        [
            frozenset((UNDECIDABLE,))
            if is_undecidable(answer)
            else frozenset(value_of(control, answer) or ())
            for _author, answer in answers
        ]
        for answers in given.values()
    ]


OF_TYPE: dict[str, Callable[[Control, Mapping[Hashable, Given], Lengths], Figures]] = {
    "choice": _of_choice,
    "rating": _of_classes,
    "number": _of_numbers,
    "shapes": _of_shapes,
    "spans": _of_spans,
    "intervals": _of_segments,
    "text": _of_texts,
}
