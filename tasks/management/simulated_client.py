"""A simulated annotator's browser: takes and submits over HTTP, and notes how long each took.

Standard library only, so that load can come from processes without Django.
"""

import http.client
import json
import random
import threading
import time
import uuid
from collections import Counter
from collections.abc import Callable
from typing import Any

TIMEOUT = 60
SKIPPED, RELEASED, REPEATED = 0.02, 0.04, 0.06


class Person:
    """Somebody with a session, on a connection that is kept open."""

    def __init__(self, host: str, port: int, session: str) -> None:
        self.host, self.port = host, port
        csrf = "c" * 32
        self.headers = {
            "Content-Type": "application/json",
            "Cookie": f"sessionid={session}; csrftoken={csrf}",
            "X-CSRFToken": csrf,
        }
        self.connection: http.client.HTTPConnection | None = None

    def post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Status and answer; status 0 when there was none."""
        is_fresh = self.connection is None
        try:
            return self._post(path, body)
        except (OSError, http.client.HTTPException):
            self.connection = None
        if is_fresh:
            return 0, None
        # A kept connection may have been closed meanwhile: browsers open another one, too.
        try:
            return self._post(path, body)
        except (OSError, http.client.HTTPException):
            self.connection = None
            return 0, None

    def _post(self, path: str, body: dict[str, Any]) -> tuple[int, Any]:
        if self.connection is None:
            self.connection = http.client.HTTPConnection(self.host, self.port, timeout=TIMEOUT)
        self.connection.request(
            "POST", f"/api/v1/assignments/{path}", json.dumps(body), self.headers
        )
        response = self.connection.getresponse()
        text = response.read()
        return response.status, json.loads(text) if text else None


class Record:
    """What happened; shared by the threads of a process."""

    def __init__(self) -> None:
        self.seconds: dict[str, list[float]] = {"next": [], "submit": [], "other": []}
        self.errors: Counter[str] = Counter()
        self.empty = 0
        self.lock = threading.Lock()

    def call(
        self, person: Person, name: str, path: str, body: dict[str, Any], expected: int, **over: Any
    ) -> Any:
        """The answer, or None after an error. `began` sets the moment the time counts from."""
        began = over.get("began") or time.monotonic()
        status, answer = person.post(path, body)
        self.seconds[name].append(time.monotonic() - began)
        if status == expected:
            return answer if answer is not None else {}
        with self.lock:
            self.errors[f"{path.rsplit('/', 2)[-2]} {status}"] += 1
        return None


Answer = Callable[[dict[str, Any], random.Random], dict[str, Any]]


def pair(
    person: Person,
    record: Record,
    rng: random.Random,
    where: dict[str, Any],
    answer: Answer,
    *,
    began: float | None = None,
    with_detours: bool = False,
) -> bool:
    """Take one task and answer it; False when there was none to take."""
    given = record.call(person, "next", "next/", where | {"count": 1}, 200, began=began)
    if not given:
        record.empty += given is not None
        return False
    [task] = given
    base = f"{task['assignment']}/"
    chance = rng.random() if with_detours else 1.0
    if chance < SKIPPED:
        record.call(person, "other", base + "skip/", {"reason": "too_hard"}, 204)
        return True
    if chance < RELEASED:
        record.call(person, "other", base + "release/", {}, 204)
        return True
    body = {
        "request_id": str(uuid.uuid4()),
        "answer": answer(task, rng),
        "active_ms": rng.randint(1_000, 9_000),
    }
    record.call(person, "submit", base + "submit/", body, 201)
    if chance < REPEATED:
        record.call(person, "other", base + "submit/", body, 200)
    return True
