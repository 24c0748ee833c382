"""The pages of entering, of one's own account, and of looking after people and teams."""

from django.urls import path

from labelops.accounts.views import (
    links,
    members,
    profile,
    saved_views,
    sessions,
    teams,
    tokens,
)

MEMBER = "people/teams/<int:team_id>/members/<int:membership_id>/"

urlpatterns = [
    path("login/", sessions.login_page, name="login"),
    path("logout/", sessions.logout_person, name="logout"),
    path("invite/<str:secret>/", links.invitation, name="invitation"),
    path("reset/<str:secret>/", links.password_reset_link, name="password_reset_link"),
    path("profile/", profile.profile, name="profile"),
    path("profile/password/", profile.password_change, name="password_change"),
    path("profile/tokens/", tokens.token_list, name="token_list"),
    path("profile/tokens/new/", tokens.token_create, name="token_create"),
    path("profile/tokens/<uuid:public_id>/revoke/", tokens.token_revoke, name="token_revoke"),
    path("views/", saved_views.saved_view_create, name="saved_view_create"),
    path("views/<int:view_id>/delete/", saved_views.saved_view_delete, name="saved_view_delete"),
    path("people/", teams.team_list, name="team_list"),
    path("people/teams/new/", teams.team_create, name="team_create"),
    path("people/teams/<int:team_id>/", teams.team_detail, name="team_detail"),
    path("people/teams/<int:team_id>/edit/", teams.team_edit, name="team_edit"),
    path(
        "people/teams/<int:team_id>/invitations/",
        teams.invitation_create,
        name="invitation_create",
    ),
    path("people/links/<int:link_id>/revoke/", teams.access_link_revoke, name="access_link_revoke"),
    path(MEMBER, members.member_detail, name="member_detail"),
    path(f"{MEMBER}role/", members.membership_role, name="membership_role"),
    path(f"{MEMBER}end/", members.membership_end, name="membership_end"),
    path(f"{MEMBER}suspend/", members.person_suspend, name="person_suspend"),
    path(f"{MEMBER}reactivate/", members.person_reactivate, name="person_reactivate"),
    path(f"{MEMBER}password-link/", members.password_link_create, name="password_link_create"),
]
