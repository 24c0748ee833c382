"""One command starts everything, keeps it alive, and takes everything with it."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest

from labelops.supervisor import brokers
from tests.servers import children_of, is_alive
from tests.stack import ROOT, Stack

pytestmark = pytest.mark.once
CHILDREN = ("redis", "worker", "quick", "beat", "web")


@pytest.fixture
def stack():
    running = Stack()
    yield running
    running.stop()


def gone(pids, seconds=15):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(is_alive(pid) for pid in pids):
            return True
        time.sleep(0.1)
    return False


def running_in(groups):
    """The processes of these groups that are alive."""
    found = []
    for entry in Path("/proc").iterdir():
        # It may end while we look.
        with suppress(ProcessLookupError):
            if entry.name.isdigit() and os.getpgid(int(entry.name)) in groups:
                found.append(int(entry.name))
    return [pid for pid in found if is_alive(pid)]


def named_children(stack):
    return {name: stack.pid(name) for name in CHILDREN if stack.pid(name)}


def refused(**environment):
    done = subprocess.run(
        [sys.executable, "-m", "labelops.supervisor"],
        cwd=ROOT,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1, done.stdout + done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="needs the parent-death signal of Linux")
def test_killing_it_leaves_no_orphans(stack):
    stack.start()
    groups = {*named_children(stack).values()}
    stack.wait_for(lambda: children_of(stack.pid("worker")), "the pool of the worker")
    pids = running_in(groups)
    assert len(pids) > len(groups)
    stack.process.kill()
    stack.process.wait()
    assert gone(pids)
    assert running_in(groups) == []


@pytest.mark.slow
def test_it_lives_alone_keeps_its_children_alive_and_ends_with_all_of_them(stack):
    stack.start()
    said = refused(**stack.environment | {"PORT": str(stack.port + 1)})
    assert "already running on the data folder" in said
    # As long as that of a page of ticked objects.
    assert stack.answers("/health/?" + "x" * 8_000)
    a_stuck_worker_holds_up_no_count(stack)
    for name in ("web", "worker"):
        a_killed_child_is_started_again(stack, name)
    pids = named_children(stack)
    assert {"worker", "quick", "beat", "web"} <= set(pids)
    stack.process.send_signal(signal.SIGINT)
    assert stack.process.wait(timeout=40) == 0
    assert gone(pids.values())


def a_stuck_worker_holds_up_no_count(stack):
    os.killpg(stack.pid("worker"), signal.SIGSTOP)
    stack.shell(
        "from django.utils import timezone; from reviews.models import TaskChange; "
        "TaskChange.objects.create(task_id=0, noted_at=timezone.now())"
    )
    counted = "from reviews.models import TaskChange; print(not TaskChange.objects.exists())"
    stack.wait_for(lambda: "True" in stack.shell(counted), "the count")


def a_killed_child_is_started_again(stack, name):
    former = stack.kill(name)
    stack.wait_for(lambda: stack.pid(name) != former, f"a new {name}")
    stack.wait_for(lambda: stack.answers("/health/"), "the web server")


def test_a_port_in_use_is_said(tmp_path):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        said = refused(PORT=str(port), LABELOPS_DATA_DIR=str(tmp_path))
    assert f"Port {port}" in said
    assert "make run PORT=" in said


@pytest.mark.parametrize(
    ("environment", "named"),
    [
        ({"LABELOPS_DEMO": "1", "LABELOPS_BIND": "0.0.0.0"}, "public passwords"),
        ({"LABELOPS_DEMO": "1", "LABELOPS_HOSTS": "labels.example.org"}, "LABELOPS_HOSTS"),
        ({"LABELOPS_BIND": "nowhere"}, "LABELOPS_BIND"),
        ({"PORT": "many"}, "PORT"),
        ({"LABELOPS_DEMO": "maybe"}, "LABELOPS_DEMO"),
        ({"DATABASE_URL": "mysql://localhost/x"}, "DATABASE_URL"),
        ({"DATABASE_URL": "postgresql:///x?prepare_threshold=often"}, "prepare_threshold"),
        (
            {"LABELOPS_HOSTS": "labels.example.org", "LABELOPS_SECRET_KEY": "short"},
            "LABELOPS_SECRET_KEY",
        ),
    ],
)
def test_a_wrong_setting_stops_the_start_with_one_sentence(tmp_path, environment, named):
    said = refused(LABELOPS_DATA_DIR=str(tmp_path), **environment)
    assert named in said


def test_the_broker_is_chosen_in_order(tmp_path, monkeypatch):
    monkeypatch.setenv("REDIS_URL", "redis://elsewhere/0")
    assert brokers.choose_broker(tmp_path).url == "redis://elsewhere/0"
    monkeypatch.setenv("REDIS_URL", "")
    monkeypatch.setattr(brokers, "redis_executable", lambda: "/usr/bin/redis-server")
    embedded = brokers.choose_broker(tmp_path)
    assert embedded.url.startswith("redis+socket://")
    assert embedded.command
    monkeypatch.setenv("LABELOPS_EMBEDDED_REDIS", "0")
    assert brokers.choose_broker(tmp_path).url == "filesystem://"
