"""The command `simulate`."""

import os
import random
import sys
import threading
import time
from typing import Any
from urllib.parse import urlsplit

from django.core.management.base import CommandParser

from labelops.errors import DomainError
from labelops.latencies import summary
from tasks.kinds.items import ItemFacts
from tasks.kinds.samples import sample_answer
from tasks.management.base import LabelOpsCommand, find_project
from tasks.management.simulated_client import Person, Record, pair
from tasks.services.simulated_people import close_sessions, open_session, simulated_people

PAUSE_WITHOUT_WORK = 0.5
LINE_SECONDS = 1.0


class Command(LabelOpsCommand):
    help = (
        "Drives simulated annotators through the HTTP API of a running server and prints "
        "throughput, latency percentiles and errors. Their answers are random, and stored."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        port = os.environ.get("PORT") or "8000"
        parser.add_argument("project", help="short name (slug) of the project")
        parser.add_argument("--annotators", type=int, default=8, help="people at once (default 8)")
        parser.add_argument("--minutes", type=float, default=1, help="for how long (default 1)")
        parser.add_argument("--think", type=float, default=0.0, help="seconds between two tasks")
        parser.add_argument("--seed", type=int, default=1, help="of the answers (default 1)")
        parser.add_argument("--url", default=f"http://127.0.0.1:{port}", help="of the server")

    def summary(self, result: dict[str, Any]) -> str:
        lines = [super().summary(result)]
        for name in ("next_ms", "submit_ms"):
            if name in result:
                figures = ", ".join(f"{key} {value}" for key, value in result[name].items())
                lines.append(f"{name.replace('_', ', ')}: {figures}")
        return "\n".join(line for line in lines if line)

    def work(self, **options: Any) -> dict[str, Any]:
        project = find_project(options["project"])
        for name in ("annotators", "minutes"):
            if options[name] <= 0:
                raise DomainError(f"--{name} must be above 0.", field=name)
        host, port = _server(options["url"])
        people = simulated_people(project, options["annotators"])
        seconds = 60 * options["minutes"]
        sessions = [open_session(person, seconds=seconds) for person in people]
        try:
            record = _drive(
                [Person(host, port, session) for session in sessions],
                {"project": project.slug},
                seconds=seconds,
                think=options["think"],
                seed=options["seed"],
            )
        finally:
            close_sessions(sessions)
        return _result(record, seconds, options)


def _server(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    if parts.scheme != "http" or not parts.hostname:
        raise DomainError(f"“{url}” is not an address like http://127.0.0.1:8000.", field="url")
    return parts.hostname, parts.port or 80


def _answer(task: dict[str, Any], rng: random.Random) -> dict[str, Any]:
    item = task["item"]
    facts = ItemFacts(item["type"], item["width"], item["height"], item["data"].get("text"))
    return sample_answer(task["instruction_version"]["label_schema"], facts, rng)


def _drive(
    people: list[Person], where: dict[str, Any], *, seconds: float, think: float, seed: int
) -> Record:
    record, end = Record(), time.monotonic() + seconds

    def work(person: Person, number: int) -> None:
        rng = random.Random(f"{seed}-{number}")
        while time.monotonic() < end:
            has_work = pair(person, record, rng, where, _answer, with_detours=True)
            time.sleep(think if has_work else PAUSE_WITHOUT_WORK)

    threads = [
        threading.Thread(target=work, args=[person, number]) for number, person in enumerate(people)
    ]
    for thread in threads:
        thread.start()
    while sys.stderr.isatty() and any(thread.is_alive() for thread in threads):
        left = max(0, end - time.monotonic())
        sys.stderr.write(f"\r{len(record.seconds['submit'])} answers, {left:.0f} s left   ")
        time.sleep(LINE_SECONDS)
    for thread in threads:
        thread.join()
    return record


def _result(record: Record, seconds: float, options: dict[str, Any]) -> dict[str, Any]:
    errors = [
        {"code": "call_failed", "message": f"{what}: {count} times"}
        for what, count in record.errors.items()
    ]
    submits = record.seconds["submit"]
    return {
        "project": options["project"],
        "annotators": options["annotators"],
        "seconds": seconds,
        "seed": options["seed"],
        "answers": len(submits),
        "answers_per_second": round(len(submits) / seconds, 1),
        "without_work": record.empty,
        "next_ms": summary(record.seconds["next"]),
        "submit_ms": summary(submits),
        "error_count": record.errors.total(),
        "errors": errors,
    }
