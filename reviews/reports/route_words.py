"""Why a task went to the model, to annotators or to an expert, in sentences."""

from collections.abc import Callable
from typing import Any

from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

Params = dict[str, Any]


def _shown(score: float) -> str:
    return number_format(score, 2)


def _score(params: Params) -> str:
    return "–" if params["score"] is None else _shown(params["score"])


SENTENCES: dict[str, Callable[[Params], str]] = {
    "certain": lambda params: _("the model is sure: %(score)s") % {"score": _score(params)},
    "audit": lambda _params: _("drawn at random to check the model"),
    "second_reader": lambda params: (
        _("the model reads along in “%(label)s”") % {"label": params["label"]}
    ),
    "near_cut": lambda params: (
        _("the model is nearly sure enough: %(score)s of %(cut)s")
        % {"score": _score(params), "cut": _shown(params["cut"])}
    ),
    "unsure": lambda params: _("the model is unsure: %(score)s") % {"score": _score(params)},
    "no_certificate": lambda params: (
        _("“%(label)s” has no certificate for the accuracy asked") % {"label": params["label"]}
        if params["label"]
        else _("no certificate for the accuracy asked")
    ),
    "no_prediction": lambda _params: _("the model says nothing of it"),
    "versions_differ": lambda params: (
        _("the version before says “%(former)s”, this one “%(label)s”") % params
    ),
    "novel": lambda _params: _("unlike all that the model learned from"),
    "taught_it": lambda _params: _("its label taught the model"),
    "not_free": lambda _params: _(
        "somebody had it already, or the model’s answer breaks the rules in force"
    ),
    "taken_back": lambda _params: _("the model’s answer was taken back"),
}
# The same without the particulars, for counts and lists.
TITLES = {
    "certain": gettext_lazy("the model is sure"),
    "audit": gettext_lazy("drawn at random to check the model"),
    "second_reader": gettext_lazy("the model reads along"),
    "near_cut": gettext_lazy("nearly sure enough"),
    "unsure": gettext_lazy("unsure"),
    "no_certificate": gettext_lazy("a class without certificate"),
    "no_prediction": gettext_lazy("the model says nothing of it"),
    "versions_differ": gettext_lazy("two versions differ"),
    "novel": gettext_lazy("unlike all it learned from"),
    "taught_it": gettext_lazy("its label taught the model"),
    "not_free": gettext_lazy("somebody had it already, or the answer breaks the rules"),
    "taken_back": gettext_lazy("the model’s answer was taken back"),
}


def sentences(reasons: list[dict[str, Any]]) -> list[str]:
    """One short sentence a reason, the strongest first."""
    return [SENTENCES[reason["code"]](reason["params"]) for reason in reasons]
