"""One process of people who label: takes and submits over HTTP, and notes how long each took.

Run by engine.py as `python load_client.py PLAN`, a JSON file; prints one JSON object. Closed loop:
each client begins its next pair when it has finished one, after the think time. Open loop: pairs
arrive at a fixed rate, whether or not earlier ones are done; latency counts from the intended
moment, so that a slow answer does not hide the queue behind it.
"""

import http.client
import json
import queue
import random
import sys
import threading
import time
import uuid
from pathlib import Path
from typing import Any

TIMEOUT = 60


class Person:
    """Somebody with a session, on a connection that is kept open."""

    def __init__(self, port: int, session: str) -> None:
        self.port = port
        csrf = "c" * 32
        self.headers = {
            "Content-Type": "application/json",
            "Cookie": f"sessionid={session}; csrftoken={csrf}",
            "X-CSRFToken": csrf,
        }
        self.connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=TIMEOUT)
        try:
            self.connection.request("POST", "/api/v1" + path, json.dumps(body), self.headers)
            response = self.connection.getresponse()
            text = response.read()
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            return 0, None
        return response.status, json.loads(text) if text else None


class Record:
    """What happened; shared by the threads of this process."""

    def __init__(self) -> None:
        self.next: list[float] = []
        self.submit: list[float] = []
        self.errors: dict[str, int] = {}
        self.empty = 0
        self.lock = threading.Lock()

    def error(self, what: str) -> None:
        with self.lock:
            self.errors[what] = self.errors.get(what, 0) + 1


def pair(
    person: Person, record: Record, rng: random.Random, batch: int, began: float | None = None
) -> None:
    began = began or time.monotonic()
    status, given = person.post("/assignments/next/", {"batch": batch, "count": 1})
    record.next.append(time.monotonic() - began)
    if status != 200:
        record.error(f"next {status}")
        return
    if not given:
        record.empty += 1
        return
    body = {
        "request_id": str(uuid.uuid4()),
        "answer": {"bird": rng.choice(["robin", "wren"])},
        "active_ms": 4000,
    }
    began = time.monotonic()
    status, _answer = person.post(f"/assignments/{given[0]['assignment']}/submit/", body)
    record.submit.append(time.monotonic() - began)
    if status != 201:
        record.error(f"submit {status}")


def closed(plan: dict[str, Any], record: Record, people: list[Person]) -> None:
    end = time.monotonic() + plan["seconds"]

    def work(number: int) -> None:
        rng = random.Random(f"{plan['seed']}-{number}")  # noqa: S311
        while time.monotonic() < end:
            pair(people[number], record, rng, plan["batch"])
            time.sleep(plan["think"])

    run([threading.Thread(target=work, args=[number]) for number in range(len(people))])


def open_loop(plan: dict[str, Any], record: Record, people: list[Person]) -> None:
    free: queue.Queue[Person] = queue.Queue()
    for person in people:
        free.put(person)
    arrivals: queue.Queue[float | None] = queue.Queue()

    def work(number: int) -> None:
        rng = random.Random(f"{plan['seed']}-{number}")  # noqa: S311
        while (moment := arrivals.get()) is not None:
            person = free.get()
            pair(person, record, rng, plan["batch"], began=moment)
            free.put(person)

    threads = [threading.Thread(target=work, args=[number]) for number in range(plan["threads"])]
    for thread in threads:
        thread.start()
    rng = random.Random(plan["seed"])  # noqa: S311
    moment = time.monotonic()
    end = moment + plan["seconds"]
    while moment < end:
        moment += rng.expovariate(plan["rate"])
        time.sleep(max(0, moment - time.monotonic()))
        arrivals.put(moment)
    for _thread in threads:
        arrivals.put(None)
    for thread in threads:
        thread.join()


def run(threads: list[threading.Thread]) -> None:
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def main() -> None:
    plan = json.loads(Path(sys.argv[1]).read_text())
    record = Record()
    people = [Person(plan["port"], session) for session in plan["sessions"]]
    began = time.monotonic()
    (closed if plan["mode"] == "closed" else open_loop)(plan, record, people)
    print(
        json.dumps(
            {
                "seconds": time.monotonic() - began,
                "next": record.next,
                "submit": record.submit,
                "errors": record.errors,
                "empty": record.empty,
            }
        )
    )


if __name__ == "__main__":
    main()
