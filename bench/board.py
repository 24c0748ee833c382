"""Times the board, the pages of batches and the lists that their counts open, on PostgreSQL.

`python -m bench.board --tasks 1000000` prints JSON: milliseconds and statements of each page with
eleven answers to ten of eleven tasks, seconds of the jobs that keep the figures of the board, and
how late a count is.
"""

import argparse
import json
import os
import shutil
import signal
import sys
import time
import uuid
from typing import Any

from bench.quality import get, loads, post, run, start
from tests.servers import Postgres, Redis
from tests.stack import Stack

SEED = 20261128
WARMED = 10
FOLLOWED = 20
DATA = "board_data"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tasks", type=int, default=1_000_000)
    chosen = parser.parse_args()
    # As for any database of this size; the rest is as it comes.
    postgres, redis = Postgres(shared_buffers="1GB", max_wal_size="8GB"), Redis()
    os.environ["LABELOPS_TEST_POSTGRES"] = postgres.start()
    stack = Stack(REDIS_URL=redis.start())
    try:
        stack.manage("migrate", "--verbosity", "0")
        made = run(stack, f"seed({chosen.tasks}, {SEED})", DATA)
        print(json.dumps(measure(stack, made), indent=2))
    finally:
        stack.stop()
        redis.stop()
        postgres.stop()
        shutil.rmtree(stack.data_dir, ignore_errors=True)


def measure(stack: Stack, made: dict[str, Any]) -> dict[str, Any]:
    """Of what is seeded; the jobs run before anything else does."""
    figures: dict[str, Any] = {"seed": SEED, "rows": made["rows"]}
    figures |= run(stack, "run_jobs()", DATA)
    start(stack)
    # What they do on such a database for the first time takes minutes, and is not the pages'.
    signal_workers(stack, signal.SIGSTOP)
    for path in paths(made):
        for _number in range(WARMED):
            get(stack, path, made["session"])
        statements = run(stack, f"statements({path!r}, {made['session']!r})", DATA)
        figures[path] = loads(stack, path, made) | {"statements": statements}
        print(path, json.dumps(figures[path]), file=sys.stderr, flush=True)
    signal_workers(stack, signal.SIGCONT)
    figures["one more settled task on the board, s"] = sorted(
        follow(stack, made) for _number in range(FOLLOWED)
    )
    return figures


def signal_workers(stack: Stack, number: int) -> None:
    for name in ("worker", "quick"):
        os.killpg(stack.pid(name), number)


def paths(made: dict[str, Any]) -> list[str]:
    batch, slug, person = made["batch"], made["slug"], made["person"]
    items, answers = f"/projects/{slug}/items/", f"/projects/{slug}/quality/items/"
    checked = f"/projects/{slug}/checked-answers/"
    return [
        *("/board/", "/board/?sort=-accuracy", "/board/today/", "/board/stock/", "/board/queues/"),
        *(f"/batches/{batch}/", f"/batches/{batch}/people/", f"/batches/{batch}/classes/"),
        *(f"/batches/{batch}/history/", f"/batches/{batch}/report/"),
        *("/people/matrix/", "/audit/", f"/projects/{slug}/pay/", f"/projects/{slug}/quality/"),
        *("/search/?q=batch", f"/search/?q={batch}-77", "/search/?q=team3-1"),
        *(f"{items}?batch={batch}&state={state}" for state in ("accepted", "in_adjudication")),
        *(f"{answers}?batch={batch}&state=on_hold", f"{answers}?batch={batch}&sampled=1"),
        *(f"{answers}?batch={batch}&judged={kind}" for kind in ("all", "fixed", "rejected")),
        f"{answers}?judged=rejected",
        *(f"{answers}?batch={batch}&annotator={person}{rest}" for rest in ("", "&judged=all")),
        f"{answers}?batch={batch}&annotator={person}&judged=rejected",
        *(f"{answers}?batch={batch}&measured=all{rest}" for rest in ("", f"&annotator={person}")),
        *(f"{answers}?batch={batch}&expected=c3{rest}" for rest in ("", "&measured=wrong")),
        *(f"{answers}?batch={batch}&label_a=c3", f"{answers}?label_a=c3&label_b=c4"),
        f"{answers}?team={made['team']}&weeks=13",
        *(f"{checked}?team={made['team']}&weeks=8", f"{checked}?person={person}&series=1"),
    ]


def follow(stack: Stack, made: dict[str, Any]) -> float:
    """Seconds from a label's acknowledgement until the board counts its task as settled."""
    before = run(stack, f"settled({made['open']})", DATA)
    asked = {"project": made["slug"]}
    given = post(stack, "/api/v1/assignments/next/", asked, made["token"])[0]
    sent = {"request_id": str(uuid.uuid4()), "answer": {"bird": "c1"}, "active_ms": 1000}
    post(stack, f"/api/v1/assignments/{given['assignment']}/submit/", sent, made["token"])
    acknowledged = time.monotonic()
    while run(stack, f"settled({made['open']})", DATA) == before:
        assert time.monotonic() - acknowledged < 60, "the count never came"
    return round(time.monotonic() - acknowledged, 2)


if __name__ == "__main__":
    main()
