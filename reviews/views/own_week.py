"""One's own week: the card, and its parts that load by themselves, on the home page too."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from labelops import htmx
from labelops.csv_tables import AS, csv_response, wants_csv
from labelops.lists import check_parameters
from labelops.weeks import read_week, this_week
from reviews.reports import own_week as reports
from reviews.reports.inbox import strip
from reviews.reports.own_checks import checks
from reviews.reports.own_pay import own_pay
from reviews.reports.trust import own_levels


@require_safe
def own_week(request: HttpRequest) -> HttpResponse:
    check_parameters(request.GET, "week", AS)
    week = read_week(request.GET)
    if wants_csv(request):
        days = reports.own_days(request.user, week)
        return csv_response(week.monday.isoformat(), reports.columns(), reports.lines(days))
    return render(request, "reviews/own_week.html", {"page": reports.own_week(request.user, week)})


@require_safe
def own_week_standing(request: HttpRequest) -> HttpResponse:
    """Levels as they are, how right this week is so far, and the last one as a whole."""
    check_parameters(request.GET)
    week = this_week()
    context = {
        "levels": own_levels(request.user),
        "this_week": checks(request.user, week),
        "last_week": checks(request.user, week.before),
        "week": week,
    }
    return _part(request, _("How I am doing"), "standing", context)


@require_safe
def own_week_pay(request: HttpRequest) -> HttpResponse:
    check_parameters(request.GET, "week")
    week = read_week(request.GET)
    pay = own_pay(request.user, week)
    context = {"pay": pay, "week": week, "currency": settings.CURRENCY}
    return _part(request, _("Hours and earnings"), "pay", context)


@require_safe
def own_week_mistake(request: HttpRequest) -> HttpResponse:
    check_parameters(request.GET, "week")
    week = read_week(request.GET)
    context = {"strip": strip(request.user, week), "week": week}
    return _part(request, _("What to practise"), "mistake", context)


def _part(request: HttpRequest, title: str, name: str, context: dict[str, Any]) -> HttpResponse:
    context |= {"title": title, "part": f"reviews/_own_{name}.html"}
    return htmx.render(request, "reviews/own_week_part.html", context["part"], context)
