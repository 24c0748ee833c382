"""Times the quality figures of very many labels on PostgreSQL.

`python -m bench.quality --labels 1000000 --large 10000000` prints JSON: agreement from nothing, the
page over the sums that so many labels leave, and one new label followed to the page, also while
the worker is busy.
"""

import argparse
import json
import os
import shutil
import sys
import time
import urllib.request
import uuid
from typing import Any

from bench import inside
from bench.engine import web_cpu
from labelops.latencies import summary
from tests.servers import Postgres, Redis
from tests.stack import Stack

SEED = 20261127
LOADS = 100
# Calls of which there are very many.
POLLED = ("seen", "settled", "statements")
FOLLOWED = 10
# So many that both processes of the worker have something to do all the time.
BUSY = 60


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--labels", type=int, default=1_000_000)
    parser.add_argument("--large", type=int, default=10_000_000)
    chosen = parser.parse_args()
    postgres, redis = Postgres(), Redis()
    os.environ["LABELOPS_TEST_POSTGRES"] = postgres.start()
    stack = Stack(REDIS_URL=redis.start())
    try:
        start(stack)
        print(json.dumps(measure(stack, chosen.labels, chosen.large), indent=2))
    finally:
        stack.stop()
        redis.stop()
        postgres.stop()
        shutil.rmtree(stack.data_dir, ignore_errors=True)


def start(stack: Stack) -> None:
    """On a machine that others use as well, this may take minutes."""
    try:
        stack.start()
    except AssertionError:
        stack.wait_for(lambda: stack.answers("/health/"), "the web server", seconds=240)


def measure(stack: Stack, labels: int, large: int) -> dict[str, Any]:
    figures: dict[str, Any] = {"seed": SEED, "labels": labels, "large": large}
    made = run(stack, f"sums({large}, {SEED})")
    figures["sums"] = made["rows"]
    for name, query in {
        "page": "",
        "page of a class": "?label=c3",
        "one batch": made["batch"],
    }.items():
        figures[f"{name}, ms"] = loads(stack, f"/projects/{made['slug']}/quality/{query}", made)
    made = run(stack, f"labels({labels}, {SEED})")
    started = time.monotonic()
    stack.manage("quality", made["slug"], "--json")
    figures["quality command, s"] = round(time.monotonic() - started, 1)
    figures |= run(stack, f"from_nothing({made['slug']!r})")
    figures["one new label, s"] = [follow(stack, made) for _number in range(FOLLOWED)]
    run(stack, f"keep_busy({made['slug']!r}, {BUSY})")
    figures["the same while figures are computed, s"] = [
        follow(stack, made) for _number in range(FOLLOWED)
    ]
    figures["drift"] = json.loads(stack.manage("recount_quality", made["slug"], "--json"))[
        "drifted"
    ]
    return figures


def run(stack: Stack, call: str, module: str = "quality_data") -> Any:
    if not call.startswith(POLLED):
        print(time.strftime("%H:%M:%S"), call, file=sys.stderr, flush=True)
    return inside.call(stack, module, call)


def loads(stack: Stack, path: str, made: dict[str, Any]) -> dict[str, Any]:
    taken = []
    before = web_cpu(stack)
    for _number in range(LOADS):
        started = time.perf_counter()
        get(stack, path, made["session"])
        taken.append(time.perf_counter() - started)
    spent = 1_000 * (web_cpu(stack) - before) / LOADS
    return summary(taken) | {"web CPU": round(spent, 1)}


def follow(stack: Stack, made: dict[str, Any]) -> dict[str, float]:
    """Seconds from a label's acknowledgement to the task, the person and the page showing it."""
    before = run(stack, f"seen({made['slug']!r})")
    given = post(stack, "/api/v1/assignments/next/", {"project": made["slug"]}, made["token"])
    assignment = given["assignments"][0] if isinstance(given, dict) else given[0]
    sent = {"request_id": str(uuid.uuid4()), "answer": {"bird": "c1"}, "active_ms": 1000}
    post(stack, f"/api/v1/assignments/{assignment['assignment']}/submit/", sent, made["token"])
    acknowledged = time.monotonic()
    found: dict[str, float] = {}
    while len(found) < len(before):
        now = run(stack, f"seen({made['slug']!r})")
        for name, value in now.items():
            if value != before[name]:
                found.setdefault(name, round(time.monotonic() - acknowledged, 2))
        if time.monotonic() - acknowledged > 60:
            return found | {"gave_up": 60.0}
    get(stack, f"/projects/{made['slug']}/quality/", made["session"])
    return found


def get(stack: Stack, path: str, session: str) -> None:
    request = urllib.request.Request(stack.url + path, headers={"Cookie": f"sessionid={session}"})
    with urllib.request.urlopen(request, timeout=60) as response:
        assert response.url == stack.url + path, response.url
        response.read()


def post(stack: Stack, path: str, sent: dict[str, Any], token: str) -> Any:
    request = urllib.request.Request(
        stack.url + path,
        data=json.dumps(sent).encode(),
        headers={"Authorization": f"Token {token}", "Content-Type": "application/json"},
    )
    with urllib.request.urlopen(request, timeout=60) as response:
        return json.loads(response.read())


if __name__ == "__main__":
    main()
