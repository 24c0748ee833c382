"""The chain of seals: nothing is missed, and whatever is changed by hand is found."""

import io
import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.audit import sealing
from labelops.audit.chain import verify
from labelops.audit.models import Event, EventSeal, SealMark
from labelops.audit.services import record
from tests.factories import make_batch, make_item, make_member, make_published_project, make_team

pytestmark = pytest.mark.django_db
on_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql",
    reason="several connections at once: LABELOPS_TEST_DATABASE=postgresql",
)


@pytest.fixture
def batch():
    team = make_team()
    return make_batch(make_published_project(team), team, name="birds")


@pytest.fixture
def mei(batch):
    return make_member(batch.teams.get(), Role.MANAGER, username="mei")


def write(batch, count, by=None):
    return [
        record(by, "batch.changed", batch, before={"overlap": number}, after={"overlap": 0.5})
        for number in range(count)
    ]


def seal_all():
    while sealing.seal_up_to(Event.objects.latest("id").pk):
        pass


def command(*arguments):
    out, err = io.StringIO(), io.StringIO()
    try:
        call_command("verify_audit", *arguments, stdout=out, stderr=err)
    except SystemExit as ended:
        return ended.code, err.getvalue()
    return 0, out.getvalue()


def by_hand(statement, event):
    """What the owner of the database can do: take the guard away, then change a row."""
    verb, table = statement.split()[0].lower(), re.search(r"audit_\w+", statement).group()
    where = f" ON {table}" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"DROP TRIGGER IF EXISTS {table}_{verb}_refused{where}")
        cursor.execute(statement, [event])


def test_events_are_sealed_in_their_order_with_their_project(batch, mei, monkeypatch):
    monkeypatch.setattr(sealing, "CHUNK", 3)
    item = make_item(batch.project)
    events = [*write(batch, 4, mei), record(None, "item.reserved", item, reason="exam")]
    events.append(record(mei, "person.changed", mei))
    seal_all()
    seals = EventSeal.objects.filter(event__gte=events[0].pk).order_by("sequence")
    assert [seal.event_id for seal in seals] == [event.pk for event in events]
    assert [seal.project_id for seal in seals] == [batch.project_id] * 5 + [None]
    assert [(seal.actor_id, seal.verb) for seal in seals][3:5] == [
        (mei.pk, "batch.changed"),
        (None, "item.reserved"),
    ]
    assert sealing.seal_up_to(Event.objects.latest("id").pk) == 0
    status, said = command()
    assert status == 0
    assert f"sealed: {Event.objects.count()}" in said
    assert "waiting unsealed: 0" in said


def test_an_event_about_what_is_gone_belongs_where_the_earlier_ones_do(batch):
    item = make_item(batch.project)
    record(None, "item.reserved", item)
    seal_all()
    last = record(None, "item.reserved", item)
    item.delete()
    seal_all()
    assert EventSeal.objects.get(event=last).project_id == batch.project_id


def test_only_what_is_two_seconds_old_is_sealed(batch):
    write(batch, 2)
    newest = Event.objects.latest("id")
    last = sealing.head()
    assert sealing._ripe(newest.created_at, last) in {newest.pk, 0}
    sealing.seal_events(now=timezone.now() - timedelta(days=1))
    assert not EventSeal.objects.exists()
    if connection.vendor == "sqlite":
        assert sealing.seal_events(now=timezone.now() + timedelta(seconds=3)) == (
            Event.objects.count()
        )


def test_the_database_refuses_to_change_the_log(batch):
    [event] = write(batch, 1)
    seal_all()
    events = Event.objects.filter(pk=event.pk)
    seals = EventSeal.objects.filter(pk=event.pk)
    for change in (
        lambda: super(type(events), events).update(verb="batch.paused"),
        lambda: events._raw_delete("default"),
        lambda: seals.update(project_id=None),
        lambda: seals._raw_delete("default"),
    ):
        with pytest.raises(DatabaseError, match="cannot be changed"), transaction.atomic():
            change()
    assert events.get().verb == "batch.changed"


TAMPERED = {
    "another reason": (
        "UPDATE audit_event SET reason = 'nothing' WHERE id = %s",
        "Event {two} (batch.changed, tasks.batch {batch}, {day}",
    ),
    "another time": (
        "UPDATE audit_event SET created_at = '2026-01-01 00:00:00' WHERE id = %s",
        "was changed after it was sealed",
    ),
    "another value": (
        "UPDATE audit_event SET after = '{\"overlap\": 3}' WHERE id = %s",
        "Event {two} ",
    ),
    "another digest": (
        "UPDATE audit_eventseal SET sha256 = 'no' WHERE event_id = %s",
        "or its seal {second} was",
    ),
    "another project": (
        "UPDATE audit_eventseal SET project_id = 4711 WHERE event_id = %s",
        "or its seal {second} was",
    ),
    "another person in the seal": (
        "UPDATE audit_eventseal SET actor_id = 4711 WHERE event_id = %s",
        "or its seal {second} was",
    ),
    "another time in the seal": (
        "UPDATE audit_eventseal SET created_at = '2026-01-01 00:00:00' WHERE event_id = %s",
        "or its seal {second} was",
    ),
    "a seal removed": (
        "DELETE FROM audit_eventseal WHERE event_id = %s",
        "Event {two} (batch.changed, tasks.batch {batch}, {day}",
    ),
    "another number": (
        "UPDATE audit_eventseal SET sequence = 4711 WHERE event_id = %s",
        "was put between sealed ones, or its seal was removed",
    ),
}


@pytest.mark.parametrize("name", TAMPERED)
def test_what_is_changed_by_hand_is_found(batch, name):
    statement, sentence = TAMPERED[name]
    _one, two, _three = write(batch, 3)
    seal_all()
    second = EventSeal.objects.get(event=two).sequence
    by_hand(statement, two.pk)
    status, said = command()
    day = f"{two.created_at:%Y-%m-%d}"
    assert status == 1
    assert sentence.format(two=two.pk, second=second, batch=batch.pk, day=day) in said
    assert f"holds up to seal {second - 1}." in said


def test_what_is_removed_with_its_seal_is_missing(batch):
    _one, two, three = write(batch, 3)
    seal_all()
    second = EventSeal.objects.get(event=two).sequence
    by_hand("DELETE FROM audit_eventseal WHERE event_id = %s", two.pk)
    by_hand("DELETE FROM audit_event WHERE id = %s", two.pk)
    status, said = command()
    assert status == 1
    assert f"Seal {second} and its event were removed" in said
    assert f"seal {second + 1} of event {three.pk}" in said


def test_what_is_put_between_is_found(batch):
    one, two = write(batch, 2)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_event (id, verb, target_type, target_id, reason, created_at) "
            "VALUES (%s, 'batch.changed', 'tasks.batch', '1', '', '2026-01-01 00:00:00')",
            [-5],
        )
    sealing.seal_up_to(two.pk)
    assert verify(lambda _sequence: None).problem == ""
    by_hand("DELETE FROM audit_eventseal WHERE event_id = %s", -5)
    assert verify(lambda _sequence: None).problem.startswith("Event -5 (batch.changed")
    assert one.pk > 0


def test_a_noted_link_tells_that_the_end_was_cut_off(batch):
    events = write(batch, 3)
    seal_all()
    status, said = command()
    noted = re.search(r"end: (\S+)", said).group(1)
    assert command("--noted", noted)[0] == 0
    number, sha256 = noted.split(":")
    assert "not the one that was noted" in command("--noted", f"{number}:{'0' * 64}")[1]
    by_hand("DELETE FROM audit_eventseal WHERE event_id = %s", events[-1].pk)
    assert command()[0] == status == 0
    status, said = command("--noted", f"{number}:{sha256}")
    assert status == 1
    assert f"the noted one, {number}, was cut off" in said
    status, said = command("--noted", "yesterday")
    assert status == 1
    assert "Give it as it was told" in said


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_what_commits_late_is_not_missed(batch):
    """A number drawn before others is committed after them: they wait for it."""
    later = timezone.now() + timedelta(minutes=1)
    with ThreadPoolExecutor(1) as pool, transaction.atomic():
        [early] = write(batch, 1)

        def meanwhile():
            try:
                write(batch, 3)
                sealing.seal_events(now=later)
                sealing.seal_events(now=later)
                return EventSeal.objects.filter(event__gt=early.pk).count()
            finally:
                connection.close()

        assert pool.submit(meanwhile).result() == 0
        assert SealMark.objects.count() == 1
    sealed_within_seconds(later)
    assert EventSeal.objects.filter(event=early).exists()
    assert verify(lambda _sequence: None).problem == ""


@on_postgresql
@pytest.mark.django_db(transaction=True)
def test_runs_that_meet_make_one_chain(batch):
    later = timezone.now() + timedelta(minutes=1)
    write(batch, 40)
    # As after a restore into another server, which counts its transactions anew.
    SealMark.objects.create(pk=sealing.MARK, event_id=1, next_transaction=2**60)

    def run(_number):
        try:
            sealing.seal_events(now=later)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(run, range(8)))
    sealed_within_seconds(later)
    verdict = verify(lambda _sequence: None)
    assert (verdict.problem, verdict.waiting) == ("", 0)


def sealed_within_seconds(later):
    """Other tests use the server too, and what may be sealed waits for their transactions."""
    give_up = timezone.now() + timedelta(seconds=60)
    while Event.objects.filter(seal__isnull=True).exists():
        sealing.seal_events(now=later)
        assert timezone.now() < give_up
