"""Why a model fails, as sentences: what lies around an item, or around a group of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from datasets.analysis.causes import MISTAUGHT_IF_COMMON, QUESTIONED, RARER
from datasets.models import BACKGROUND, Evaluation
from datasets.models.causes import Cause
from datasets.services.class_names import names_of

READINGS = {
    "sharpness": gettext_lazy("sharpness"),
    "brightness": gettext_lazy("brightness"),
    "contrast": gettext_lazy("contrast"),
    "noise": gettext_lazy("noise"),
    "length": gettext_lazy("length"),
    "letters": gettext_lazy("share of letters"),
    "odd_characters": gettext_lazy("share of odd characters"),
    "variety": gettext_lazy("share of different words"),
}
Facts = Mapping[str, Any]


@dataclass(frozen=True)
class ClassWords:
    """The classes of an evaluation by the titles that people know."""

    evaluation: Evaluation
    titles: Mapping[str, str]

    def name(self, code: int, other: int) -> str:
        """A class; where there is none, that the other one is not there."""
        if code == BACKGROUND:
            return _("no “%(name)s”") % {"name": self._title(other)}
        return f"“{self._title(code)}”"

    def mix_up(self, truth: int, predicted: int) -> str:
        names = {"truth": self._title(truth), "predicted": self._title(predicted)}
        if predicted == BACKGROUND:
            return _("“%(truth)s” missed") % names
        if truth == BACKGROUND:
            return _("“%(predicted)s” where there is none") % names
        if truth == predicted:
            return _("“%(truth)s” in the wrong place") % names
        return _("“%(truth)s” taken for “%(predicted)s”") % names

    def _title(self, code: int) -> str:
        value = self.evaluation.class_of(code)
        return self.titles.get(value, value)


def class_words(evaluation: Evaluation) -> ClassWords:
    return ClassWords(evaluation, names_of(evaluation))


def why_of_group(cause: str, facts: Facts, words: ClassWords, *, is_one_mix_up: bool) -> str:
    """Of the means of a group: classes have a name where most of it are one mix-up."""
    truth, predicted = _("the item's class"), _("the model's class")
    named = _names(facts, words) if is_one_mix_up else {"truth": truth, "predicted": predicted}
    return _("On average: %(sentence)s") % {"sentence": _sentence(cause, facts, named)}


def why(cause: str, facts: Facts, words: ClassWords) -> str:
    """What speaks for the cause of an item, in one sentence."""
    return _sentence(cause, facts, _names(facts, words))


def _names(facts: Facts, words: ClassWords) -> dict[str, str]:
    truth, predicted = facts["truth"], facts["predicted"]
    return {"truth": words.name(truth, predicted), "predicted": words.name(predicted, truth)}


def _sentence(cause: str, facts: Facts, names: Mapping[str, str]) -> str:
    count = facts["neighbour_count"]
    named = {
        **names,
        "count": count,
        "tested_truth": round(100 * facts["tested_truth"]),
        "tested_predicted": round(100 * facts["tested_predicted"]),
    }
    for name in ("taught_truth", "taught_predicted", "mistaught", "doubted", "questioned"):
        named[name] = _number(facts[name] * count)
    return SENTENCES[Cause(cause)](facts) % (named | _more(facts))


def _more(facts: Facts) -> dict[str, Any]:
    agreement = facts["agreement"]
    return {
        "distance": round(100 * facts["distance"]),
        "coverage": round(100 * facts["coverage"]),
        "truth_coverage": round(100 * facts["truth_coverage"]),
        "agreement": "–" if agreement is None else round(100 * agreement),
        "quarrelled": round(100 * (facts["quarrelled"] or 0)),
        "reading": READINGS.get(facts["reading"], facts["reading"]),
        "beyond": _number(abs(facts["beyond"])),
    }


def _number(value: float) -> str:
    """At most one digit behind the point: the mean of a group need not be whole."""
    return f"{value:.1f}".removesuffix(".0")


def _test_label(facts: Facts) -> str:
    if facts["is_disputed"] == 1:
        return _(
            "Two people who did not see each other's answers differ about it; "
            "%(taught_predicted)s of the %(count)d nearest training items carry %(predicted)s, as "
            "the model says, and %(taught_truth)s carry %(truth)s."
        )
    return _(
        "%(taught_predicted)s of the %(count)d nearest training items carry %(predicted)s, as the "
        "model says, and %(taught_truth)s carry %(truth)s; of the nearest tested items "
        "%(tested_predicted)d %% and %(tested_truth)d %%."
    )


def _training(facts: Facts) -> str:
    if facts["mistaught"] >= MISTAUGHT_IF_COMMON:
        return _(
            "%(mistaught)s of the %(count)d nearest training items carry %(predicted)s, but "
            "%(tested_truth)d %% of the tested items like these are %(truth)s."
        )
    return _(
        "%(doubted)s of the %(count)d nearest training items are on the list of labels that look "
        "wrong; %(taught_predicted)s carry %(predicted)s and %(taught_truth)s carry %(truth)s."
    )


def _rule(facts: Facts) -> str:
    if facts["questioned"] >= QUESTIONED:
        return _("%(questioned)s of the %(count)d nearest training items have an open question.")
    if facts["quarrelled"] is not None:
        return _(
            "Of what two people labeled around here without seeing each other's answers, they "
            "differ about %(quarrelled)d %%; of the %(count)d nearest training items "
            "%(taught_truth)s carry %(truth)s and %(taught_predicted)s carry %(predicted)s."
        )
    return _(
        "People agreed on %(agreement)s %% of what they labeled twice around here, and of the "
        "%(count)d nearest training items %(taught_truth)s carry %(truth)s and "
        "%(taught_predicted)s carry %(predicted)s."
    )


def _mix(facts: Facts) -> str:
    if facts["tested_truth"] - facts["taught_truth"] < RARER:
        return _(
            "There are %(truth_coverage)d %% as many training items around it that are %(truth)s "
            "as the tested ones let expect."
        )
    return _(
        "%(taught_truth)s of the %(count)d nearest training items carry %(truth)s, but "
        "%(tested_truth)d %% of the nearest tested items do."
    )


def _lack(_facts: Facts) -> str:
    return _(
        "Nothing like it taught the model: %(distance)d %% of the training items have nearer "
        "neighbours than this has."
    )


def _input(facts: Facts) -> str:
    if facts["beyond"] > 0:
        return _(
            "Its %(reading)s lies far above that of the training items (by %(beyond)s times the "
            "width of their usual range)."
        )
    return _(
        "Its %(reading)s lies far below that of the training items (by %(beyond)s times the width "
        "of their usual range)."
    )


def _model(_facts: Facts) -> str:
    return _(
        "No other cause shows: %(taught_truth)s of the %(count)d nearest training items carry "
        "%(truth)s, and %(taught_predicted)s carry %(predicted)s."
    )


SENTENCES: dict[Cause, Callable[[Facts], str]] = {
    Cause.TEST_LABEL: _test_label,
    Cause.TRAINING_LABELS: _training,
    Cause.UNCLEAR_RULE: _rule,
    Cause.WRONG_MIX: _mix,
    Cause.LACK_OF_DATA: _lack,
    Cause.UNANSWERABLE: _input,
    Cause.MODEL: _model,
}
