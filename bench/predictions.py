"""Times predictions sent over HTTP in lists of 1,000, on PostgreSQL and with the whole product up.

`python -m bench.predictions --rows 1000000` prints JSON: rows a second of one client and of several
at once, of the same rows again, and the processor time that the web server and the database took.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from bench import inside
from bench.prediction_client import CLASSES
from tests.servers import Postgres, children_of
from tests.stack import ROOT, Stack

SEED = 20261128
AT_ONCE = 1_000
FEW = 50_000
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=4)
    chosen = parser.parse_args()
    postgres = Postgres()
    os.environ["LABELOPS_TEST_POSTGRES"] = postgres.start()
    stack = Stack()
    try:
        # Before the start, which waits for a minute at most.
        stack.manage("migrate", "--verbosity", "0")
        stack.start()
        print(json.dumps(measure(stack, postgres, chosen.rows, chosen.clients), indent=2))
    finally:
        stack.stop()
        postgres.stop()
        shutil.rmtree(stack.data_dir, ignore_errors=True)


def measure(stack: Stack, postgres: Postgres, rows: int, clients: int) -> dict[str, Any]:
    token = inside.call(stack, "prediction_data", f"project({max(rows, FEW)})")
    few = min(rows, FEW)
    parts = {
        f"{clients} clients": {"rows": rows, "clients": clients, "version": "all"},
        f"{clients} clients, the same rows again": {
            "rows": few,
            "clients": clients,
            "version": "all",
        },
        "1 client": {"rows": few, "clients": 1, "version": "one"},
        "1 client, the same rows again": {"rows": few, "clients": 1, "version": "one"},
        f"1 client, with the scores of {len(CLASSES)} classes": {
            "rows": few,
            "clients": 1,
            "version": "scores",
            "has_scores": True,
        },
    }
    figures: dict[str, Any] = {"seed": SEED}
    for name, part in parts.items():
        print(time.strftime("%H:%M:%S"), name, file=sys.stderr, flush=True)
        figures[name] = send(stack, postgres, token, **part)
    figures["stored"] = inside.call(stack, "prediction_data", "stored()")
    return figures


def send(
    stack: Stack,
    postgres: Postgres,
    token: str,
    *,
    rows: int,
    clients: int,
    version: str,
    has_scores: bool = False,
) -> dict[str, Any]:
    """Each client sends its own stretch of the items, one list after the other."""
    each = rows // clients
    web, database = stack.pid("web"), int((postgres.data / "postmaster.pid").read_text().split()[0])
    before = processor_seconds(web), processor_seconds(database)
    started = time.monotonic()
    processes = [
        start_client(
            {
                "port": stack.port,
                "token": token,
                "version": version,
                "first": number * each,
                "count": each,
                "at_once": AT_ONCE,
                "has_scores": has_scores,
                "seed": SEED,
            }
        )
        for number in range(clients)
    ]
    told = [json.loads(process.communicate()[0]) for process in processes]
    seconds = time.monotonic() - started
    calls = sorted(call for each_told in told for call in each_told["calls"])
    sums = {
        name: sum(each_told[name] for each_told in told)
        for name in ("added", "unchanged", "replaced")
    }
    return {
        "rows": rows,
        "seconds": round(seconds, 1),
        "rows a second": round(rows / seconds),
        **sums,
        "p50 of a list, ms": round(1_000 * calls[len(calls) // 2]),
        "p95 of a list, ms": round(1_000 * calls[len(calls) * 95 // 100]),
        "web CPU ms a list": round((processor_seconds(web) - before[0]) * 1e6 / rows),
        "PostgreSQL CPU ms a list": round((processor_seconds(database) - before[1]) * 1e6 / rows),
    }


def start_client(plan: dict[str, Any]) -> subprocess.Popen[str]:
    made = [sys.executable, "-m", "bench.prediction_client", json.dumps(plan)]
    return subprocess.Popen(made, cwd=ROOT, stdout=subprocess.PIPE, text=True)


def processor_seconds(pid: int | None) -> float:
    """User and system time of a process and of those it started, also of those that ended."""
    assert pid is not None
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    own = sum(int(field) for field in fields[11:15]) / TICKS
    return own + sum(processor_seconds(child) for child in children_of(pid))


if __name__ == "__main__":
    main()
