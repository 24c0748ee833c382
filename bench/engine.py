"""Load on the work engine: real gunicorn, worker and broker; clients in processes of their own."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench import inside
from labelops.latencies import summary
from tests.servers import Postgres, Redis
from tests.stack import ROOT, Stack

SEED = 20261123
CLIENT_PROCESSES = 2
TICKS = os.sysconf("SC_CLK_TCK")


def measure(minutes: float, small: int, large: int, huge: int) -> dict[str, Any]:
    """Every scenario; `huge` = 0 leaves the largest data out."""
    postgres, redis = Postgres(), Redis()
    os.environ["LABELOPS_TEST_POSTGRES"] = postgres.start()
    try:
        stack = Stack(REDIS_URL=redis.start()).start()
        try:
            figures = on_postgresql(stack, minutes, small, large, huge)
        finally:
            stack.stop()
    finally:
        redis.stop()
        postgres.stop()
        del os.environ["LABELOPS_TEST_POSTGRES"]
    stack = Stack().start()
    try:
        made = prepare(stack, tasks=small, people=8, overlap=2, name="embedded")
        calm = {"mode": "closed", "seconds": 60 * min(minutes, 2), "think": 0.05}
        figures["embedded (SQLite): 8 clients, 50 ms think time"] = load(stack, made, **calm)
    finally:
        stack.stop()
    return figures


def on_postgresql(
    stack: Stack, minutes: float, small: int, large: int, huge: int
) -> dict[str, Any]:
    figures = {}
    made = prepare(stack, tasks=5 * small, people=8, overlap=2, name="closed")
    load(stack, made, mode="closed", seconds=5, think=0)
    closed = {"mode": "closed", "seconds": 60 * min(minutes, 2), "think": 0}
    figures["8 clients, closed loop"] = load(stack, made, **closed)
    made = prepare(stack, tasks=large, people=200, overlap=2, name="large")
    figures[f"200 people, open loop at 45 pairs/s, {large:,} open tasks"] = load(
        stack, made, mode="open", seconds=60 * minutes, rate=45
    )
    probe = {"mode": "open", "seconds": 60 * min(minutes, 1), "rate": 20}
    for name, size in (("small", small), ("huge", huge)):
        if size:
            made = prepare(stack, tasks=size, people=100, overlap=1, name=name)
            load(stack, made, mode="open", seconds=5, rate=20)
            figures[f"open loop at 20 pairs/s, {size:,} open tasks"] = load(stack, made, **probe)
    return figures


def prepare(stack: Stack, *, tasks: int, people: int, overlap: int, name: str) -> dict[str, Any]:
    wanted = {"task_count": tasks, "people_count": people, "overlap": overlap, "name": name}
    began = time.monotonic()
    made: dict[str, Any] = inside.call(stack, "open_tasks", f"make(**{wanted!r})")
    print(f"{name}: {tasks:,} tasks made in {time.monotonic() - began:.0f} s", flush=True)
    return made


def load(stack: Stack, made: dict[str, Any], *, mode: str, seconds: float, **over: Any) -> dict:
    """One scenario: its pairs a second, latencies, errors, and the CPU of the web processes."""
    plan = {
        "mode": mode,
        "seconds": seconds,
        "port": stack.port,
        "where": {"batch": made["batch"]},
    } | over
    loop_seconds = calibration()
    before, began = web_cpu(stack), time.monotonic()
    clients = [
        _client(plan, made["sessions"][number::CLIENT_PROCESSES], number)
        for number in range(CLIENT_PROCESSES)
    ]
    found = [json.loads(client.communicate()[0]) for client in clients]
    elapsed, cpu = time.monotonic() - began, web_cpu(stack) - before
    pairs = sum(len(part["submit"]) for part in found)
    errors: dict[str, int] = {}
    for part in found:
        for name, count in part["errors"].items():
            errors[name] = errors.get(name, 0) + count
    result = {
        "pairs_per_second": round(pairs / elapsed, 1),
        "next_ms": summary([value for part in found for value in part["next"]]),
        "submit_ms": summary([value for part in found for value in part["submit"]]),
        "errors": errors,
        "empty": sum(part["empty"] for part in found),
        "web_cpu_ms_per_pair": round(1000 * cpu / max(1, pairs), 2),
        "given_out_twice": given_out_twice(stack, made["batch"]),
        "calibration_seconds": round((loop_seconds + calibration()) / 2, 2),
    }
    print(json.dumps(result), flush=True)
    return result


def _client(plan: dict[str, Any], sessions: list[str], number: int) -> subprocess.Popen:
    own = plan | {"sessions": sessions, "seed": f"{SEED}-{number}", "threads": 32}
    if "rate" in own:
        own["rate"] /= CLIENT_PROCESSES
    with tempfile.NamedTemporaryFile("w", suffix=".json", delete=False) as file:
        json.dump(own, file)
    return subprocess.Popen(
        [sys.executable, "-m", "bench.load_client", file.name],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def calibration() -> float:
    """How slow the machine is at this moment: CPU seconds of 5,000,000 additions in Python."""
    began, total = time.process_time(), 0
    for number in range(5_000_000):
        total += number
    return time.process_time() - began


def web_cpu(stack: Stack) -> float:
    """Seconds of user and system time of gunicorn and its workers so far."""
    group = stack.pid("web")
    total = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        if int(fields[2]) == group:
            total += int(fields[11]) + int(fields[12])
    return total / TICKS


def given_out_twice(stack: Stack, batch: int) -> int:
    """Tasks with more live slots than their overlap, or twice with one person."""
    return int(stack.shell(_TWICE % batch).splitlines()[-1])


_TWICE = """
from django.db.models import Count, F
from tasks.models import Assignment
live = Assignment.objects.filter(batch=%d, stage="annotate").exclude(annotator=None)
live = live.filter(state__in=["leased", "submitted"])
slots = live.values("task", "batch__overlap").annotate(n=Count("pk"))
over = slots.filter(n__gt=F("batch__overlap"))
had = live.values("task", "annotator").annotate(n=Count("pk")).filter(n__gt=1)
print(over.count() + had.count())
"""
