"""A person who labels over HTTP, as a process: `python -m tests.faults.labeler ORDERS`.

Takes a task, answers it, and sends the answer with the same key until it is acknowledged. Ends
when the file `stop` of the orders appears, with one task in hand; a drainer ends when nothing has
been open to it for a while.
"""

import json
import random
import sys
import time
import uuid
from pathlib import Path
from typing import Any

from tests.faults.ledger import Ledger, digest
from tests.faults.wire import Wire

SPECIES = ("robin", "wren", "tit", "crow", "owl")
# Which share of the tasks somebody saves half done, keeps alive, gives back, passes on.
DRAFT, HEARTBEAT, RELEASE, SKIP = 0.04, 0.03, 0.02, 0.005
# What another one frees at this very moment is open to a drainer who asks a little later.
PATIENCE_SECONDS = 3


class Labeler:
    def __init__(self, orders: dict[str, Any]) -> None:
        self.name = orders["name"]
        self.wire = Wire(orders["url"], orders["token"])
        self.ledger = Ledger(Path(orders["ledger"]))
        self.stop = Path(orders["stop"])
        self.is_drainer = orders["is_drainer"]
        self.random = random.Random(f"{orders['seed']} {self.name}")

    def run(self) -> None:
        served = time.monotonic()
        while True:
            given = self._next()
            if self.stop.exists() and not self.is_drainer:
                break
            if given:
                self._work(given[0])
                served = time.monotonic()
            elif self.is_drainer and time.monotonic() - served > PATIENCE_SECONDS:
                break
            else:
                time.sleep(0.2)
        trouble = dict(self.wire.trouble)
        self.ledger.note("end", person=self.name, trouble=trouble, wait=self.wire.longest_wait)

    def _next(self) -> list[dict[str, Any]]:
        status, given = self.wire.call("POST", "assignments/next/", {})
        if status != 200:
            self._give_up(status, given)
        return given

    def _work(self, given: dict[str, Any]) -> None:
        chance = 1.0 if self.is_drainer else self.random.random()
        path = f"assignments/{given['assignment']}/"
        answer = self._answer(given)
        if chance < DRAFT:
            self._also("PUT", path + "draft/", {"answer": answer})
        elif chance < DRAFT + HEARTBEAT:
            self._also("POST", path + "heartbeat/", {})
        elif chance < DRAFT + HEARTBEAT + RELEASE:
            self._also("POST", path + "release/", {})
            return
        elif chance < DRAFT + HEARTBEAT + RELEASE + SKIP:
            self._also("POST", path + "skip/", {"reason": "too_hard"})
            return
        self._submit(given, answer)

    def _submit(self, given: dict[str, Any], answer: dict[str, Any]) -> None:
        facts = {"person": self.name, "assignment": given["assignment"], "task": given["task"]}
        facts |= {"request_id": str(uuid.UUID(int=self.random.getrandbits(128), version=4))}
        sent = {"request_id": facts["request_id"], "answer": answer, "active_ms": 1000}
        status, body = self.wire.call("POST", f"assignments/{given['assignment']}/submit/", sent)
        if status in {200, 201}:
            self.ledger.note("acknowledged", **facts, answer=digest(answer))
        elif status == 409:
            self.ledger.note("refused", **facts, code=body["code"])
        else:
            self._give_up(status, body)

    def _answer(self, given: dict[str, Any]) -> dict[str, Any]:
        """Mostly what everybody says of this task; sometimes another bird, or a note."""
        usual = SPECIES[uuid.UUID(given["task"]).int % len(SPECIES)]
        species = self.random.choice(SPECIES) if self.random.random() < 0.1 else usual
        note = {"note": f"{self.random.random()}"} if self.random.random() < 0.05 else {}
        return {"species": species, **note}

    def _also(self, method: str, path: str, body: dict[str, Any]) -> None:
        # The lease may have ended, or the first of two tries may have done it already.
        status, said = self.wire.call(method, path, body)
        if status not in {200, 204, 404, 409}:
            self._give_up(status, said)

    def _give_up(self, status: int, body: Any) -> None:
        self.ledger.note("fault", person=self.name, status=status, body=body)
        raise SystemExit(f"{self.name}: {status} {body}")


if __name__ == "__main__":
    Labeler(json.loads(sys.argv[1])).run()
