"""What the audit log knows of people and teams, which operators alone read there."""

from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import AccessLink, ApiToken, Membership, Team, User
from labelops.audit import subjects, words
from labelops.audit.subjects import Subject, person_name

subjects.register(
    Subject(User, _("person"), name=person_name("")),
    Subject(Team, _("team"), name="name", page="team_detail", arguments=(("team_id", "pk"),)),
    Subject(
        Membership,
        _("membership"),
        name=person_name("user__"),
        page="member_detail",
        arguments=(("team_id", "team_id"), ("membership_id", "pk")),
    ),
    Subject(AccessLink, _("one-time link"), name="note"),
    Subject(ApiToken, _("API token"), name="name"),
)

words.register(
    kinds={
        "person": _("People"),
        "password": _("Passwords"),
        "team": _("Teams"),
        "membership": _("Memberships"),
        "invitation": _("Invitations"),
        "password_link": _("Links to a new password"),
        "link": _("One-time links"),
        "token": _("API tokens"),
    },
    verbs={
        "person.created": _("made the account"),
        "person.changed": _("changed the profile"),
        "person.suspended": _("suspended the account"),
        "person.reactivated": _("opened the account again"),
        "password.changed": _("changed the password"),
        "team.created": _("made the team"),
        "team.changed": _("changed the team"),
        "membership.created": _("added the person to the team"),
        "membership.changed": _("changed the role"),
        "membership.ended": _("took the person out of the team"),
        "invitation.created": _("invited somebody"),
        "invitation.used": _("used the invitation"),
        "password_link.created": _("made a link to a new password"),
        "link.revoked": _("revoked the link"),
        "token.created": _("made the token"),
        "token.revoked": _("revoked the token"),
    },
    reasons={
        "a newer link or password": _("a newer link or password"),
        "its maker lost the right to make it": _("its maker lost the right to make it"),
        "one-time link": _("one-time link"),
        "person suspended": _("person suspended"),
        "role ended": _("role ended"),
    },
)
