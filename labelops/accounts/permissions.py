"""Who may do what to whom, in one place."""

from labelops.accounts.models import Membership, Role, Team, User

TOKEN_ROLES = (Role.MANAGER, Role.EXPERT)


def is_operator(person: User) -> bool:
    """Operators look after teams and people; commands act as the system user."""
    return person.is_staff or person.kind == User.Kind.SYSTEM


def manages(person: User, team: Team) -> bool:
    if is_operator(person):
        return True
    held = Membership.objects.filter(user=person, team=team, role=Role.MANAGER)
    return held.filter(team__is_active=True).exists()


def governs(person: User, subject: User) -> bool:
    """Whether `person` answers for the account of `subject`, and not only for one membership.

    A manager does when every team of the subject is theirs; otherwise the manager of one team
    could take over an account that opens the doors of another.
    """
    if is_operator(person):
        return True
    teams = set(subject.memberships.values_list("team", flat=True))
    managed = Membership.objects.filter(user=person, role=Role.MANAGER, team__is_active=True)
    is_plain = not subject.is_staff and subject.kind == User.Kind.PERSON
    return is_plain and bool(teams) and teams <= set(managed.values_list("team", flat=True))


def may_hold_tokens(person: User) -> bool:
    """Annotators and reviewers work in the browser; a program needs more trust than that."""
    if person.is_staff:
        return True
    held = person.memberships.filter(role__in=TOKEN_ROLES, team__is_active=True)
    return held.exists()
