"""Accounts that simulated annotators work with, and the sessions they enter by."""

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.hashers import make_password
from django.contrib.sessions.models import Session
from django.db import transaction
from django.utils.module_loading import import_string

from labelops.accounts.models import Membership, Role, User
from labelops.accounts.services.system import system_user
from labelops.accounts.services.teams import add_member
from labelops.audit.services import record
from labelops.errors import Conflict
from tasks.models import Batch, Project

SECONDS_LONGER = 3_600


def simulated_people(project: Project, count: int) -> list[User]:
    """`count` annotators called "Simulated: …" in a team of the project's running batches.

    Raises Conflict when no batch is running.
    """
    batch = Batch.objects.filter(project=project, state=Batch.State.RUNNING).first()
    team = batch.teams.filter(is_active=True).first() if batch else None
    if team is None:
        raise Conflict(
            f"No batch of “{project.slug}” is running: nobody would get a task.",
            code="no_batch",
            hint="Start a batch first.",
        )
    with transaction.atomic():
        people = [_person(f"sim-{project.slug}-{number}", number) for number in range(1, count + 1)]
        members = set(Membership.objects.filter(team=team).values_list("user", flat=True))
        for person in people:
            if person.pk not in members:
                add_member(team, person, role=Role.ANNOTATOR, by=system_user())
    return people


def _person(username: str, number: int) -> User:
    person, _is_new = User.objects.get_or_create(
        username=username,
        defaults={
            "name": f"Simulated: {number}",
            "is_simulated": True,
            "password": make_password(None),
        },
    )
    if not person.is_simulated:
        raise Conflict(f"The account “{username}” belongs to a person.", code="name_taken")
    return person


def open_session(person: User, *, seconds: float) -> str:
    """A session key that ends by itself an hour after the run."""
    store = import_string(f"{settings.SESSION_ENGINE}.SessionStore")()
    store[SESSION_KEY] = str(person.pk)
    store[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    store[HASH_SESSION_KEY] = person.get_session_auth_hash()
    store.set_expiry(int(seconds) + SECONDS_LONGER)
    store.create()
    record(None, "session.simulated", person)
    return str(store.session_key)


def close_sessions(keys: list[str]) -> None:
    Session.objects.filter(session_key__in=keys).delete()
