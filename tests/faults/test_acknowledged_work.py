"""What was acknowledged stays, once, whatever is killed: kill -9 and FLUSHALL under real work.

The short form is part of every test run; LABELOPS_SOAK=1 asks for the long one, which prints its
seed and its figures. LABELOPS_SOAK_KILLS, _ACKS and _SEED change its size and repeat a history.
"""

import json
import os
import secrets
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.faults import ledger
from tests.faults.nemesis import Nemesis
from tests.fresh_databases import migrated_database
from tests.servers import Postgres
from tests.stack import ROOT, Stack

pytestmark = pytest.mark.slow
ON_POSTGRESQL = "LABELOPS_TEST_POSTGRES" in os.environ
DRAINERS = 3  # one more than the overlap
JOBS_SECONDS = 120


@dataclass(frozen=True)
class Plan:
    seed: int
    kills: int
    acknowledgements: int
    people: int
    rows: int
    longest_pause: float


def chosen_plan():
    if not os.environ.get("LABELOPS_SOAK"):
        kills = 6 if ON_POSTGRESQL else 4
        return Plan(seed=1, kills=kills, acknowledgements=200, people=6, rows=30, longest_pause=1)
    seed = int(os.environ.get("LABELOPS_SOAK_SEED") or secrets.randbelow(1_000_000))
    kills = int(os.environ.get("LABELOPS_SOAK_KILLS") or 200)
    acks = int(os.environ.get("LABELOPS_SOAK_ACKS") or 50_000)
    return Plan(seed, kills, acks, people=16, rows=2_000, longest_pause=3)


class Scene:
    """An installation, and the processes of the people who use it."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.plan = plan
        self.ledger, self.stop_file = folder / "ledger", folder / "stop"
        self.processes: list[subprocess.Popen] = []
        self.postgres = Postgres(max_connections="200") if ON_POSTGRESQL else None
        own = {"DATABASE_URL": migrated_database(self.postgres.start())} if self.postgres else {}
        # A Redis of its own: that of the test run serves others.
        self.stack = Stack(REDIS_URL="", **own)
        self.stack.start()
        # A sixth more labels than will be acknowledged, so that nobody runs out of work.
        items = plan.acknowledgements * 7 // 12
        self.world = self.ask("build", people=plan.people, drainers=DRAINERS, items=items)

    def ask(self, question, *arguments, **keywords):
        """Call a function of tests.faults.world inside the installation."""
        given = ", ".join(
            [*map(repr, arguments), *(f"{name}={value!r}" for name, value in keywords.items())]
        )
        code = f"import json; from tests.faults import world; print(json.dumps(world.{question}"
        printed = self.stack.shell(f"{code}({given}), default=str))")
        return json.loads(printed.splitlines()[-1])

    def send(self, module, **orders):
        orders |= {"url": self.stack.url, "ledger": str(self.ledger), "stop": str(self.stop_file)}
        command = [sys.executable, "-m", f"tests.faults.{module}", json.dumps(orders)]
        self.processes.append(subprocess.Popen(command, cwd=ROOT))

    def send_people(self, people, *, are_drainers):
        for name, token in people.items():
            self.send(
                "labeler", name=name, token=token, seed=self.plan.seed, is_drainer=are_drainers
            )

    def send_office(self):
        world = self.world
        names = {"project": world["project"], "batch": world["batch"]}
        self.send(
            "office",
            token=world["manager"],
            rows=self.plan.rows,
            pause=3 * self.plan.longest_pause,
            **names,
        )

    def wait(self, seconds):
        for process in self.processes:
            assert process.wait(seconds) == 0, ledger.read(self.ledger, "fault")

    def wait_while_they_work(self):
        """Until the last one is done, however slow the machine; standing still is a failure."""
        done, since = -1, time.monotonic()
        while any(process.poll() is None for process in self.processes):
            count = ledger.count(self.ledger, "acknowledged")
            if count > done:
                done, since = count, time.monotonic()
            assert time.monotonic() - since < JOBS_SECONDS, ledger.read(self.ledger, "fault")
            time.sleep(0.5)
        self.wait(0)

    def settle(self):
        """Wait for jobs and assessments to end by themselves; the seconds it took."""
        begun = time.monotonic()
        while any((left := self.ask("unfinished_work")).values()):
            assert time.monotonic() - begun < JOBS_SECONDS, left
            time.sleep(0.5)
        return round(time.monotonic() - begun, 1)

    def end(self):
        for process in self.processes:
            if process.poll() is None:
                process.kill()
                process.wait()
        self.stack.stop()
        if self.postgres:
            self.postgres.stop()


@pytest.fixture
def scene(tmp_path):
    scene = Scene(chosen_plan(), tmp_path)
    yield scene
    scene.end()


def test_nothing_acknowledged_is_lost_doubled_or_stranded(scene):
    plan, world = scene.plan, scene.world
    print(f"\n{plan} on {'PostgreSQL' if scene.postgres else 'SQLite'}", flush=True)
    nemesis = Nemesis(scene.stack, scene.postgres, plan.seed)
    begun = time.monotonic()
    scene.send_people(world["labelers"], are_drainers=False)
    scene.send_office()
    while nemesis.kill_count < plan.kills or not is_enough(scene):
        if nemesis.kill_count < plan.kills:
            nemesis.strike(plan.longest_pause)
            pace_kills(scene, nemesis)
        time.sleep(0.2)
    seconds = round(time.monotonic() - begun, 1)
    scene.stop_file.touch()
    scene.wait(JOBS_SECONDS)
    jobs_seconds = scene.settle()
    nemesis.end_leases()
    scene.send_people(world["drainers"], are_drainers=True)
    scene.wait_while_they_work()
    scene.settle()
    found = scene.ask("compare", str(scene.ledger))
    report = nemesis.report() | found["counts"] | trouble(scene)
    report |= {"seed": plan.seed, "seconds": seconds, "jobs_seconds": jobs_seconds}
    print(json.dumps(report), flush=True)
    assert found["broken"] == {}
    assert scene.ask("drifts") == []


def is_enough(scene):
    return ledger.count(scene.ledger, "acknowledged") >= scene.plan.acknowledgements


def pace_kills(scene, nemesis):
    """Spread the kills over the whole work: wait for the acknowledgements that are due by now."""
    share = nemesis.kill_count / scene.plan.kills
    end = time.monotonic() + 20
    while ledger.count(scene.ledger, "acknowledged") < share * scene.plan.acknowledgements:
        assert scene.stack.process.poll() is None
        if time.monotonic() > end:
            told = ledger.read(scene.ledger, "acknowledged")[-1:]
            faults = ledger.read(scene.ledger, "fault")
            raise AssertionError(f"no progress: {told} {faults} {scene.stack.logs()}")
        time.sleep(0.1)


def trouble(scene):
    """What the clients met on the way, and the longest that one of them had to wait."""
    ends = ledger.read(scene.ledger, "end")
    met: dict[str, int] = {}
    for end in ends:
        for name, count in end["trouble"].items():
            met[name] = met.get(name, 0) + count
    return {"met": met, "longest_wait_seconds": round(max(end["wait"] for end in ends), 1)}
