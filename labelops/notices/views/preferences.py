"""How notices reach a person, and the address of their mail."""

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from labelops.accounts.forms import posted
from labelops.navigation import Standing
from labelops.notices import access
from labelops.notices.forms import PreferencesForm, kinds_for
from labelops.notices.kinds import Kind
from labelops.notices.models import MailAddress, Preference
from labelops.notices.services import addresses, mails, preferences


@require_http_methods(["GET", "HEAD", "POST"])
def notice_preferences(request: HttpRequest) -> HttpResponse:
    person = request.user
    row = MailAddress.objects.filter(person=person).first()
    has_mail = mails.is_configured()
    initial = {
        Kind(kind).name.lower(): way
        for kind, way in preferences.ways_of(person).items()
        # Of an installation that sent mail once: there is no such choice any more.
        if has_mail or way != Preference.Way.MAIL
    }
    form = PreferencesForm(
        posted(request),
        kinds=kinds_for(Standing.of(person)),
        has_mail=has_mail,
        initial={**initial, "address": row.address if row else person.email},
    )
    if request.method == "POST" and form.is_valid():
        with transaction.atomic():
            form.save(person)
        messages.success(request, _("Your choice was saved."))
        return redirect("notice_preferences")
    context = {"form": form, "has_mail": has_mail, "mail_address": row if has_mail else None}
    status = 422 if form.is_bound else 200
    return render(request, "notices/preferences.html", context, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def mail_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """A button and no more: programs that look at links in mails must not confirm anything."""
    row = access.get_address(request.user, token)
    if request.method == "POST":
        addresses.confirm_address(request.user, token)
        messages.success(request, _("Your address is confirmed. The first mail comes tomorrow."))
        return redirect("notice_preferences")
    return render(request, "notices/mail_confirm.html", {"mail_address": row})
