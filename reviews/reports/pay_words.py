"""What a rate or a line of a statement is for, in words."""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from reviews.models import Basis
from reviews.quality.pay import STAGES
from tasks.models import Stage

RATE_TITLES = {
    Basis.WORK: gettext_lazy("An hour at work"),
    Basis.READING: gettext_lazy("An hour of reading"),
    Basis.TRAINING: gettext_lazy("An hour of training"),
    Basis.FLOOR: gettext_lazy("An hour comes to at least"),
    Basis.LESSON: gettext_lazy("Minutes that a finished lesson counts"),
}


def title_of(basis: str, level: int) -> str:
    """What an amount is set for."""
    if basis in STAGES:
        return _("%(stage)s, level %(level)d") % {"stage": Stage(basis).label, "level": level}
    return str(RATE_TITLES[Basis(basis)])


LINE_TITLES = {
    Basis.WORK: gettext_lazy("hours at work"),
    Basis.READING: gettext_lazy("hours of reading"),
    Basis.TRAINING: gettext_lazy("hours of training"),
    Basis.FLOOR: gettext_lazy("top-up to the floor"),
}


def line_title(basis: str) -> str:
    """What a line of a statement is for; its level and rate stand beside it."""
    return str(Stage(basis).label if basis in STAGES else LINE_TITLES[Basis(basis)])
