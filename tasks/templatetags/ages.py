"""How old a figure is, in words."""

from datetime import datetime, timedelta

from django import template
from django.utils import timezone
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

register = template.Library()

FRESH = timedelta(minutes=1)


@register.filter
def age(moment: datetime | None) -> str:
    """ "just now", "5 minutes ago"; a dash when it never happened."""
    if moment is None:
        return "–"
    if timezone.now() - moment < FRESH:
        return _("just now")
    return _("%(time)s ago") % {"time": timesince(moment, depth=1)}
