"""Two at once: one link opens once, every guess is counted, a team keeps a manager."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from labelops.accounts.models import LoginThrottle, Membership, Role, User
from labelops.accounts.services import links, teams, throttle
from labelops.errors import DomainError
from tests.factories import make_member, make_team

CROWD = 8
pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(
        connection.vendor != "postgresql",
        reason="several connections at once: LABELOPS_TEST_DATABASE=postgresql",
    ),
]


def at_once(actions):
    """Run the actions side by side; the domain errors they ended in, or None."""

    def run(action):
        try:
            action()
        except DomainError as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(actions)) as pool:
        return list(pool.map(run, actions))


def test_an_invitation_makes_one_account_however_many_race():
    team = make_team()
    boss = make_member(team, Role.MANAGER)
    _link, secret = links.invite(team, role=Role.ANNOTATOR, note="one", by=boss)

    def accept(number):
        return lambda: links.accept_invitation(
            secret,
            username=f"racer{number}",
            name="R",
            password=None,
            language="en",
            time_zone="UTC",
        )

    outcomes = at_once([accept(number) for number in range(CROWD)])
    assert sorted(map(str, outcomes)) == ["None"] + ["link_used"] * (CROWD - 1)
    assert User.objects.filter(username__startswith="racer").count() == 1


def test_every_guess_is_counted():
    limits = throttle.login_limits("ana", "192.0.2.1")
    at_once([lambda: throttle.count_attempt(limits) for _number in range(CROWD)])
    assert [row.attempt_count for row in LoginThrottle.objects.all()] == [CROWD, CROWD]


def test_two_managers_cannot_both_leave_as_the_last():
    team = make_team()
    pair = [make_member(team, Role.MANAGER).memberships.get() for _number in range(2)]
    outcomes = at_once(
        [lambda m=m: teams.end_membership(m, by=m.user, reason="tired") for m in pair]
    )
    assert sorted(map(str, outcomes)) == ["None", "last_manager"]
    assert Membership.objects.filter(team=team, role=Role.MANAGER).count() == 1
