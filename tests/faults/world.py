"""Inside the installation: what the clients work on, and the comparison afterwards."""

import hashlib
from collections import Counter
from pathlib import Path
from typing import Any

from django.db.models import Count, Q

from labelops.accounts.models import ApiToken, Role
from labelops.accounts.services.tokens import create_token
from labelops.audit.models import Event
from labelops.jobs.models import Job
from labelops.media import storage
from tasks.models import Annotation, Assignment, Batch, Item, Stage, Task, Transfer
from tasks.services import batch_items
from tasks.services.recounts import recount
from tests.factories import make_batch, make_instruction, make_member, make_project, make_team
from tests.faults import ledger
from tests.faults.labeler import SPECIES

OVERLAP = 2
SHOWN = 5
SCHEMA = {
    "controls": [
        {
            "name": "species",
            "type": "choice",
            "title": "Which bird?",
            "required": True,
            "multiple": False,
            "options": [{"value": value} for value in SPECIES],
        },
        {"name": "note", "type": "text", "title": "Note", "required": False, "max_length": 80},
    ]
}


def build(*, people: int, drainers: int, items: int) -> dict[str, Any]:
    """A running batch, and tokens of experts who label it and of a manager."""
    team = make_team()
    project = make_project(team, slug="birds")
    make_instruction(project, label_schema=SCHEMA)
    batch = make_batch(project, team, name="all", overlap=OVERLAP, review_percent=5)
    Item.objects.bulk_create(
        (
            Item(project=project, external_id=f"i{n}", data={"text": "A bird."})
            for n in range(items)
        ),
        batch_size=2_000,
    )
    batch_items.add_items(batch, by=project.created_by)

    def token(name: str, role: str) -> str:
        person = make_member(team, role, username=name, password=None)
        return create_token(person, name=name, scope=ApiToken.Scope.WRITE, days=1)[1]

    return {
        "labelers": {name: token(name, Role.EXPERT) for name in _names("ana", people)},
        "drainers": {name: token(name, Role.EXPERT) for name in _names("eva", drainers)},
        "manager": token("mei", Role.MANAGER),
        "project": project.slug,
        "batch": batch.name,
    }


def _names(stem: str, count: int) -> list[str]:
    return [f"{stem}{number}" for number in range(count)]


def compare(path: str) -> dict[str, Any]:
    """Every promise that was broken, with its first cases; nothing at all when all were kept."""
    book = Path(path)
    broken = {
        **_answers(book),
        **_slots(),
        **_stranded(),
        **_jobs(book),
        "faults of clients": ledger.read(book, "fault"),
    }
    return {
        "broken": {what: cases[:SHOWN] for what, cases in broken.items() if cases},
        "counts": {
            "acknowledged": len(ledger.read(book, "acknowledged")),
            "refused": dict(Counter(note["code"] for note in ledger.read(book, "refused"))),
            "stored": Annotation.objects.count(),
            "tasks": dict(Counter(Task.objects.values_list("state", flat=True))),
            "leases": Assignment.objects.exclude(leased_at=None).count(),
            "expired": Assignment.objects.filter(state=Assignment.State.EXPIRED).count(),
            "jobs": Job.objects.count(),
        },
    }


def _answers(book: Path) -> dict[str, list[Any]]:
    told = [
        (note["task"], note["person"], note["request_id"], note["answer"])
        for note in ledger.read(book, "acknowledged")
    ]
    rows = Annotation.objects.values_list(
        "task__public_id", "author__username", "assignment__request_id", "answer"
    )
    stored = {
        (str(task), person, str(request_id), ledger.digest(answer))
        for task, person, request_id, answer in rows
    }
    doubled = Annotation.objects.order_by().values("task", "author", "assignment__round")
    events = Event.objects.filter(verb="annotation.submitted").order_by()
    noted = Counter(str(key) for key in events.values_list("request_key", flat=True))
    keys = {request_id for _task, _person, request_id, _answer in stored}
    return {
        "acknowledged but lost": sorted(set(told) - stored),
        "stored but never acknowledged": sorted(stored - set(told)),
        "acknowledged twice": [key for key, n in Counter(told).items() if n > 1],
        "doubled": list(doubled.annotate(n=Count("pk")).filter(n__gt=1).values_list("task", "n")),
        "without exactly one event": [key for key in keys if noted[key] != 1]
        + [key for key in noted if key not in keys],
    }


def _slots() -> dict[str, list[Any]]:
    live = Assignment.objects.filter(
        stage=Stage.ANNOTATE,
        state__in=[Assignment.State.OPEN, Assignment.State.LEASED, Assignment.State.SUBMITTED],
    )
    held = live.order_by().values("task", "round").annotate(n=Count("pk"))
    return {"beyond the overlap": list(held.filter(n__gt=OVERLAP).values_list("task", "n"))}


def _stranded() -> dict[str, list[Any]]:
    """Work that nobody could get, or that waits for a step which never comes."""
    waiting = Assignment.objects.filter(stage=Stage.ANNOTATE).filter(
        state__in=[Assignment.State.OPEN, Assignment.State.LEASED]
    )
    live = Count(
        "assignments",
        filter=Q(assignments__state="open", assignments__stage__in=["review", "adjudicate"]),
    )
    before = Q(state__in=[Task.State.PENDING, Task.State.LABELING, Task.State.REWORK])
    desk = Q(state__in=[Task.State.IN_REVIEW, Task.State.IN_ADJUDICATION])
    tasks = Task.objects.annotate(live=live)
    return {
        "slots never handed out": list(waiting.values_list("pk", "state")),
        "tasks that wait for nothing": list(tasks.filter(before).values_list("pk", "state")),
        "at the desk without a slot": list(
            tasks.filter(desk & ~Q(live=1)).values_list("pk", "live")
        ),
    }


def _jobs(book: Path) -> dict[str, list[Any]]:
    done = {
        str(key) for key in Job.objects.filter(state="done").values_list("public_id", flat=True)
    }
    started = ledger.read(book, "import") + ledger.read(book, "export")
    unhappy = Job.objects.exclude(state=Job.State.DONE, error_count=0)
    imports = ledger.read(book, "import")
    return {
        "jobs not done": list(unhappy.values_list("kind", "state", "message")),
        "jobs acknowledged but lost": [note for note in started if note["job"] not in done],
        "imports not whole": [note for note in imports if not _is_whole(note)],
        "exports not whole": [
            transfer.pk
            for transfer in Transfer.objects.filter(direction=Transfer.Direction.EXPORT)
            if not _is_intact(transfer)
        ],
    }


def _is_whole(note: dict[str, Any]) -> bool:
    items = Item.objects.filter(external_id__startswith=note["prefix"])
    in_batch = items.filter(tasks__batch=Batch.objects.get())
    return items.count() == in_batch.count() == note["rows"]


def _is_intact(transfer: Transfer) -> bool:
    with storage.open_file(transfer.file_key) as stream:
        content = stream.read()
    is_same = hashlib.sha256(content).hexdigest() == transfer.sha256
    return is_same and content.count(b"\n") == transfer.manifest["count"]


def unfinished_work() -> dict[str, int]:
    """What still moves by itself; the run is over when all of it is zero."""
    return {
        "jobs": Job.objects.filter(state__in=["queued", "running"]).count(),
        "assessments": Task.objects.filter(
            state__in=["labeling", "rework"], labels_missing=0
        ).count(),
    }


def drifts() -> list[dict[str, Any]]:
    """Running counts that are not what is there."""
    return [drift.as_dict() for batch in Batch.objects.all() for drift in recount(batch)]
