"""Teams, their people, and the invitations into them."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from labelops.accounts import access, permissions
from labelops.accounts.forms import (
    InvitationForm,
    MemberSearchForm,
    TeamChangeForm,
    TeamForm,
    posted,
)
from labelops.accounts.models import AccessLink, Role, Team
from labelops.accounts.services import links, teams

MEMBERS_A_PAGE = 50
LINKS_SHOWN = 50


@require_safe
def team_list(request: HttpRequest) -> HttpResponse:
    access.require_team_manager(request.user)
    own = access.teams(request.user).annotate(
        member_count=Count("memberships", filter=Q(memberships__user__is_active=True))
    )
    context = {"teams": own, "is_operator": permissions.is_operator(request.user)}
    return render(request, "accounts/team_list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def team_create(request: HttpRequest) -> HttpResponse:
    access.require_operator(request.user)
    form = TeamForm(posted(request))
    if request.method == "POST" and form.is_valid():
        team = teams.create_team(**form.cleaned_data, by=request.user)
        messages.success(request, _("The team was made. Invite its first manager."))
        return redirect("team_detail", team.pk)
    status = 422 if form.is_bound else 200
    return render(request, "accounts/team_create.html", {"form": form}, status=status)


@require_http_methods(["GET", "HEAD", "POST"])
def team_edit(request: HttpRequest, team_id: int) -> HttpResponse:
    access.require_operator(request.user)
    team = access.get_team(request.user, team_id)
    form = TeamChangeForm(posted(request), instance=team)
    if request.method == "POST" and form.is_valid():
        teams.update_team(team, by=request.user, **form.cleaned_data)
        messages.success(request, _("The team was saved."))
        return redirect("team_detail", team.pk)
    status = 422 if form.is_bound else 200
    context = {"form": form, "team": Team.objects.get(pk=team.pk)}
    return render(request, "accounts/team_edit.html", context, status=status)


@require_safe
def team_detail(request: HttpRequest, team_id: int) -> HttpResponse:
    team = access.get_team(request.user, team_id)
    return _team_page(request, team, InvitationForm())


@require_POST
def invitation_create(request: HttpRequest, team_id: int) -> HttpResponse:
    """The answer to the post shows the link: a redirect would have to keep its secret somewhere."""
    team = access.get_team(request.user, team_id)
    form = InvitationForm(request.POST)
    if not form.is_valid():
        return _team_page(request, team, form, status=422)
    role, note = Role(form.cleaned_data["role"]), form.cleaned_data["note"]
    link, secret = links.invite(team, role=role, note=note, by=request.user)
    address = request.build_absolute_uri(reverse("invitation", args=[secret]))
    context = {"link": link, "address": address, "back": reverse("team_detail", args=[team.pk])}
    return render(request, "accounts/link_created.html", context)


@require_POST
def access_link_revoke(request: HttpRequest, link_id: int) -> HttpResponse:
    link = access.get_link(request.user, link_id)
    links.revoke_link(link, by=request.user)
    messages.success(request, _("The link is withdrawn."))
    return redirect("team_detail", link.team_id)


def _team_page(
    request: HttpRequest, team: Team, form: InvitationForm, *, status: int = 200
) -> HttpResponse:
    search = MemberSearchForm(request.GET)
    text = search.cleaned_data["q"] if search.is_valid() else ""
    members = team.memberships.select_related("user").order_by("user__username")
    if text:
        members = members.filter(Q(user__name__icontains=text) | Q(user__username__icontains=text))
    open_links = AccessLink.objects.filter(
        team=team, used_at=None, revoked_at=None, expires_at__gt=timezone.now()
    )
    context = {
        "team": team,
        "form": form,
        "search": search,
        "page": Paginator(members, MEMBERS_A_PAGE).get_page(request.GET.get("page")),
        "links": open_links.select_related("user", "created_by")[:LINKS_SHOWN],
        "is_operator": permissions.is_operator(request.user),
    }
    return render(request, "accounts/team_detail.html", context, status=status)
