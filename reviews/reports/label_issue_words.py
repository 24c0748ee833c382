"""What a detector found, in a sentence for people who do not know the detectors."""

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext as _

from reviews.models import LabelIssue

Detector = LabelIssue.Detector
Params = dict[str, Any]


def _classes(params: Params) -> str:
    return _("the model holds “%(suggested)s” for likelier than “%(label)s” (%(sure).2f)") % params


def _options(params: Params) -> str:
    if params["label"]:
        return _("the model would not choose “%(label)s” (%(sure).2f)") % params
    return _("the model would choose “%(suggested)s” as well (%(sure).2f)") % params


def _spans(params: Params) -> str:
    if not params["suggested"]:
        return _("the model would not mark this “%(label)s” (%(sure).2f)") % params
    if not params["label"]:
        return _("the model marks “%(suggested)s” where nothing is marked (%(sure).2f)") % params
    return _("the model marks “%(suggested)s” where “%(label)s” is marked (%(sure).2f)") % params


def _overlooked(params: Params) -> str:
    return _("the model sees “%(suggested)s” where nothing is drawn (%(sure).2f)") % params


def _placed(params: Params) -> str:
    return _("the model draws the edges of “%(label)s” elsewhere (%(sure).2f)") % params


def _swapped(params: Params) -> str:
    if not params["suggested"]:
        return _("“%(label)s” is drawn twice, with another class (%(sure).2f)") % params
    return _("the model sees “%(suggested)s” where “%(label)s” is drawn (%(sure).2f)") % params


SENTENCES: dict[str, Callable[[Params], str]] = {
    Detector.CLASSES: _classes,
    Detector.OPTIONS: _options,
    Detector.SPANS: _spans,
    Detector.OVERLOOKED: _overlooked,
    Detector.BADLY_PLACED: _placed,
    Detector.SWAPPED: _swapped,
}


def sentence(params: Params) -> str:
    """`score` is low where the label is suspicious; people read how sure the doubt is."""
    return SENTENCES[params["detector"]]({**params, "sure": 1 - params["score"]})
