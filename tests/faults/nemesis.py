"""Kills parts of a running installation at random, and measures how long each takes to recover."""

import contextlib
import os
import random
import signal
import sqlite3
import statistics
import time
from collections import defaultdict
from collections.abc import Callable

import psycopg
import redis

from tests.servers import Postgres, children_of, is_alive
from tests.stack import Stack

RECOVERY_SECONDS = 60
PAST = "2000-01-01 00:00:00"


class Nemesis:
    """`strike` does one harm, or two at once, and returns when everything answers again."""

    def __init__(self, stack: Stack, postgres: Postgres | None, seed: int) -> None:
        self.stack, self.postgres = stack, postgres
        self.random = random.Random(seed)
        self.kills: dict[str, int] = defaultdict(int)
        self.recovery: dict[str, list[float]] = defaultdict(list)
        self.flush_count = self.expiry_count = 0
        self.killed_pids: set[int] = set()
        self.killers: dict[str, Callable[[], None]] = {
            "web": lambda: self._kill_child("web"),
            "one web process": self._kill_web_process,
            "worker": lambda: self._kill_child("worker"),
            "quick": lambda: self._kill_child("quick"),
            "beat": lambda: self._kill_child("beat"),
            "redis": lambda: self._kill_child("redis"),
        }
        if postgres:
            self.killers["postgresql"] = postgres.kill

    @property
    def kill_count(self) -> int:
        return sum(self.kills.values())

    def strike(self, longest_pause: float) -> None:
        """The parts come in shuffled rounds, so that each is hit about equally often."""
        time.sleep(self.random.uniform(0.1, longest_pause))
        if self.random.random() < 0.4:
            self._flush()
        if self.random.random() < 0.2:
            self._expire_some()
        how_many = 2 if self.random.random() < 0.2 else 1
        targets = self.random.sample(sorted(self.killers), how_many)
        fewest = min(self.killers, key=lambda name: (self.kills[name], name))
        if fewest not in targets:
            targets[0] = fewest
        begun = time.monotonic()
        for target in targets:
            self.killers[target]()
            self.kills[target] += 1
        if "postgresql" in targets:
            self.postgres.start_again()
        self.stack.wait_for(self._is_well, f"recovery from {targets}", RECOVERY_SECONDS)
        taken = time.monotonic() - begun
        self.recovery[" and ".join(sorted(targets))].append(taken)
        print(f"killed {', '.join(targets)}: {taken:.1f} s", flush=True)

    def report(self) -> dict[str, object]:
        seconds = {
            name: {
                "n": len(taken),
                "median": round(statistics.median(taken), 1),
                "max": round(max(taken), 1),
            }
            for name, taken in sorted(self.recovery.items())
            if " and " not in name
        }
        every = [value for taken in self.recovery.values() for value in taken]
        return {
            "kills": self.kill_count,
            "killed": dict(self.kills),
            "flushes": self.flush_count,
            "expiries": self.expiry_count,
            "recovery_seconds": seconds,
            "recovery_seconds_max": round(max(every), 1),
        }

    def end_leases(self, condition: str = "1 = 1") -> None:
        """As if their time had run out."""
        self._execute(
            f"UPDATE tasks_assignment SET leased_until = '{PAST}' "
            f"WHERE state = 'leased' AND {condition}"
        )

    def _kill_child(self, name: str) -> None:
        self.killed_pids.add(self.stack.pid(name))
        with contextlib.suppress(ProcessLookupError):
            self.stack.kill(name)

    def _kill_web_process(self) -> None:
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):
            processes = children_of(self.stack.pid("web"))
            os.kill(self.random.choice(processes or [self.stack.pid("web")]), signal.SIGKILL)

    def _is_well(self) -> bool:
        pids = {self.stack.pid(name) for name in ("web", "worker", "quick", "beat", "redis")}
        are_running = not pids & self.killed_pids and all(map(is_alive, pids))
        return are_running and self._redis_answers() and self.stack.answers("/health/")

    def _redis(self) -> redis.Redis:
        socket = self.stack.data_dir / "redis" / "redis.sock"
        return redis.Redis(unix_socket_path=str(socket), socket_timeout=2)

    def _redis_answers(self) -> bool:
        try:
            return bool(self._redis().ping())
        except redis.RedisError:
            return False

    def _flush(self) -> None:
        self._redis().flushall()
        self.flush_count += 1

    def _expire_some(self) -> None:
        self.end_leases(f"id % 3 = {self.random.randrange(3)}")
        self.expiry_count += 1

    def _execute(self, statement: str) -> None:
        if self.postgres:
            with psycopg.connect(self.stack.environment["DATABASE_URL"]) as database:
                database.execute(statement)
            return
        path = self.stack.data_dir / "labelops.sqlite3"
        with contextlib.closing(sqlite3.connect(path, timeout=20)) as database, database:
            database.execute(statement)
