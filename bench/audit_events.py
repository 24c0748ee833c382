"""Makes events by the million and reads them; run inside Django by audit.py."""

import resource
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.test import Client
from django.utils import timezone

from bench import rows
from labelops.accounts.models import Role, User
from labelops.audit import access, sealing
from labelops.audit.chain import verify
from labelops.audit.exports import COLUMNS, rows_for_csv
from labelops.audit.filters import Chosen
from labelops.audit.models import Event, EventSeal
from labelops.csv_tables import csv_response
from labelops.latencies import summary
from tasks.models import Project, Task

PROJECTS = 20
PEOPLE = 200
TASKS = 5_000
LOADS = 60
# One project was busy at the beginning alone, and its events are the oldest.
QUIET_EVENTS = 500
RARE, RARE_EVERY = "batch.paused", 20_011
VERB = (
    f"CASE WHEN mod(n, {RARE_EVERY}) = 0 THEN '{RARE}' "
    "WHEN mod(n, 10) < 6 THEN 'annotation.submitted' "
    "WHEN mod(n, 10) < 9 THEN 'assignment.leased' ELSE 'task.settled' END"
)


def measure(events: int) -> dict[str, Any]:
    manager, operator, other = make_events(events)
    figures: dict[str, Any] = {"events": events}
    seconds = timed(lambda: seal_all(events))
    figures["sealed a second"] = round(events / seconds)
    rows.execute("VACUUM ANALYZE")
    seconds = timed(lambda: verify(lambda _sequence: None))
    figures["walked a second"] = round(events / seconds)
    project = Project.objects.get(slug="p3")
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    reader = access.reader(operator)
    seconds = timed(lambda: csv_size(reader))
    figures["CSV, rows a second"] = round(events / seconds)
    after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    figures["CSV, more memory, MB"] = round((after - before) / 1024, 1)
    old = (timezone.now() - timedelta(seconds=events * 2)).date()
    task = Task.objects.filter(batch__project=project).first()
    for who, person in {"operator": operator, "manager of 21": manager, "of 1": other}.items():
        for name, query in {
            "": {},
            "by person": {"person": "all-7"},
            "rare action": {"verb": RARE},
            "rare action of a project": {"verb": RARE, "project": "p3"},
            "person in a project": {"person": "all-7", "project": "p3"},
            "object": {"object": f"tasks.task:{task.pk}"},
            "old days": {"since": old, "until": old},
            "person, action and days": {"person": "all-7", "verb": "task.settled", "until": old},
        }.items():
            figures[f"{who}: {name or 'newest'}, ms"] = loads(person, query)
    figures["manager of 21: quiet project, ms"] = loads(manager, {"project": "p0"})
    figures["of the quiet one alone: newest, ms"] = loads(User.objects.get(username="quiet-0"), {})
    return figures


def make_events(count: int) -> tuple[User, User, User]:
    """The people who read: of 21 projects, of everything, and of one project."""
    team, people = rows.make_people("all", [Role.MANAGER] + [Role.ANNOTATOR] * (PEOPLE - 1))
    single, [other] = rows.make_people("single", [Role.MANAGER])
    quiet, _people = rows.make_people("quiet", [Role.MANAGER])
    for number in range(PROJECTS + 1):
        project = rows.make_project(f"p{number}", team, people[0], ["robin", "wren"])
        if number == 0:
            project.teams.add(quiet)
        if number == 3:
            project.teams.add(single)
        rows.insert_tasks(rows.make_batch(project, "b"), TASKS)
    first = Task.objects.order_by("pk").values_list("pk", flat=True).first()
    # Below the bound all are about the first project, and none after it.
    task = (
        f"CASE WHEN n <= {QUIET_EVENTS} THEN {first} + n "
        f"ELSE {first} + {TASKS} + mod(n::bigint * 7919, {PROJECTS * TASKS}) END"
    )
    rows.insert(
        Event,
        {
            "actor_id": f"{people[0].pk} + mod(n * 31, {PEOPLE})",
            "verb": VERB,
            "target_type": "'tasks.task'",
            "target_id": f"({task})::text",
            "before": rows.as_json('{"state": "labeling"}'),
            "after": rows.as_json('{"state": "accepted", "answer": {"bird": "wren"}}'),
            "created_at": f"now() - ({count} - n) * interval '3 seconds' - interval '1 minute'",
        },
        f"FROM {rows.numbers(count)}",
    )
    rows.execute("ANALYZE")
    operator = User.objects.create(username="operator", is_staff=True)
    return people[0], operator, other


def seal_all(events: int) -> None:
    newest = Event.objects.latest("id").pk
    while sealing.seal_up_to(newest):
        pass
    assert EventSeal.objects.count() >= events


def loads(person: User, query: dict[str, Any]) -> dict[str, float]:
    """The page as a browser asks for it, without the line between."""
    client = Client(headers={"host": settings.ALLOWED_HOSTS[0]})
    client.cookies[settings.SESSION_COOKIE_NAME] = rows.open_session(person)
    taken = []
    for _number in range(LOADS):
        started = time.perf_counter()
        response = client.get("/audit/", query)
        taken.append(time.perf_counter() - started)
        assert response.status_code in {200, 404}, response.status_code
    return summary(taken)


def csv_size(reader: access.Reader) -> int:
    """The bytes of the whole log as a file."""
    return sum(map(len, csv_response("audit", COLUMNS, rows_for_csv(reader, Chosen()))))


def timed(work: Callable[[], Any]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
