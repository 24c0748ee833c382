"""One person in one team: role, password link, suspension, leaving."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from labelops.accounts import access, permissions
from labelops.accounts.forms import ReasonForm, RoleForm
from labelops.accounts.models import Membership, Role
from labelops.accounts.services import links, people, teams


@require_safe
def member_detail(request: HttpRequest, team_id: int, membership_id: int) -> HttpResponse:
    membership = access.get_membership(request.user, team_id, membership_id)
    return _member_page(request, membership)


@require_POST
def membership_role(request: HttpRequest, team_id: int, membership_id: int) -> HttpResponse:
    membership = access.get_membership(request.user, team_id, membership_id)
    form = RoleForm(request.POST)
    if not form.is_valid():
        return _member_page(request, membership, role_form=form)
    teams.change_role(membership, role=Role(form.cleaned_data["role"]), by=request.user)
    messages.success(request, _("The role was changed."))
    if not access.teams(request.user).filter(pk=team_id).exists():
        return redirect("home")
    return redirect("member_detail", team_id, membership_id)


@require_POST
def membership_end(request: HttpRequest, team_id: int, membership_id: int) -> HttpResponse:
    membership = access.get_membership(request.user, team_id, membership_id)
    form = ReasonForm(request.POST, prefix="end")
    if not form.is_valid():
        return _member_page(request, membership, end_form=form)
    teams.end_membership(membership, by=request.user, reason=form.cleaned_data["reason"])
    names = {"person": membership.user, "team": membership.team}
    messages.success(request, _("%(person)s is no longer in %(team)s.") % names)
    if not access.teams(request.user).filter(pk=team_id).exists():
        return redirect("home")
    return redirect("team_detail", team_id)


@require_POST
def person_suspend(request: HttpRequest, team_id: int, membership_id: int) -> HttpResponse:
    membership = access.get_membership(request.user, team_id, membership_id)
    form = ReasonForm(request.POST, prefix="suspend")
    if not form.is_valid():
        return _member_page(request, membership, suspend_form=form)
    people.suspend(membership.user, by=request.user, reason=form.cleaned_data["reason"])
    messages.success(request, _("%(person)s is suspended.") % {"person": membership.user})
    return redirect("member_detail", team_id, membership_id)


@require_POST
def person_reactivate(request: HttpRequest, team_id: int, membership_id: int) -> HttpResponse:
    membership = access.get_membership(request.user, team_id, membership_id)
    people.reactivate(membership.user, by=request.user)
    messages.success(request, _("%(person)s may log in again.") % {"person": membership.user})
    return redirect("member_detail", team_id, membership_id)


@require_POST
def password_link_create(request: HttpRequest, team_id: int, membership_id: int) -> HttpResponse:
    membership = access.get_membership(request.user, team_id, membership_id)
    link, secret = links.make_password_link(membership, by=request.user)
    address = request.build_absolute_uri(reverse("password_reset_link", args=[secret]))
    back = reverse("member_detail", args=[team_id, membership_id])
    context = {"link": link, "address": address, "back": back}
    return render(request, "accounts/link_created.html", context)


def _member_page(
    request: HttpRequest,
    membership: Membership,
    *,
    role_form: RoleForm | None = None,
    end_form: ReasonForm | None = None,
    suspend_form: ReasonForm | None = None,
) -> HttpResponse:
    """The page; a form that is passed in was refused."""
    person = membership.user
    context = {
        "membership": membership,
        "team": membership.team,
        "person": person,
        "is_governed": permissions.governs(request.user, person),
        "is_self": person.pk == request.user.pk,
        "suspension_reason": "" if person.is_active else people.suspension_reason(person),
        "role_form": role_form or RoleForm(initial={"role": membership.role}),
        "end_form": end_form or ReasonForm(prefix="end"),
        "suspend_form": suspend_form or ReasonForm(prefix="suspend"),
    }
    status = 422 if role_form or end_form or suspend_form else 200
    return render(request, "accounts/member_detail.html", context, status=status)
