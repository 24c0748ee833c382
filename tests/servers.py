"""Temporary real servers on free ports of this machine, ended with the test run."""

import contextlib
import glob
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from pathlib import Path

from labelops.supervisor.brokers import redis_executable

HOW_TO_GET = {
    "postgresql": "apt-get install postgresql (or: pip install pgserver==0.1.4)",
    "redis": "apt-get install redis-server",
    "label-studio-ml": "make build/label_studio_ml/installed.stamp",
    "chromium": "apt-get install chromium (or: playwright install chromium)",
}


class Missing(Exception):
    """A real component cannot be had; the message names the command that gets it."""

    def __init__(self, component: str) -> None:
        super().__init__(f"{component} is missing; get it by: {HOW_TO_GET[component]}")


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def children_of(pid: int) -> list[int]:
    return [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def is_alive(pid: int) -> bool:
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return stat.rsplit(")", 1)[1].split()[0] != "Z"


class Postgres:
    """A cluster of its own in a temporary folder, as durable as a real one.

    `settings` are options of postgresql.conf, as fsync="off".
    """

    def __init__(self, **settings: str) -> None:
        self.bin = _postgres_bin()
        self.folder = Path(tempfile.mkdtemp(prefix="labelops-pg-"))
        self.data = self.folder / "data"
        self.port = free_port()
        self.settings = {"max_connections": "100", **settings}

    def start(self) -> str:
        """Start it; return its URL without a database name."""
        if os.geteuid() == 0:
            owner = pwd.getpwnam("postgres")
            os.chown(self.folder, owner.pw_uid, owner.pw_gid)
        initdb = ("-U", "labelops", "-A", "trust", "-E", "UTF8", "--no-sync")
        self._run("initdb", "-D", self.data, *initdb)
        self.start_again()
        return f"postgresql://labelops@127.0.0.1:{self.port}"

    def start_again(self) -> None:
        """Start the server on the data it has; returns when it answers."""
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -k {self.folder}"
        for name, value in self.settings.items():
            options += f" -c {name}={value}"
        log = self.folder / "log"
        self._run("pg_ctl", "-D", self.data, "-w", "-l", log, "-o", options, "start")

    def restart(self) -> None:
        self._run("pg_ctl", "-D", self.data, "-w", "-m", "fast", "stop")
        self.start_again()

    def kill(self) -> None:
        """kill -9 of the server and of every process it has; returns when all are gone."""
        lock = self.data / "postmaster.pid"
        server = int(lock.read_text().split()[0])
        pids = [server, *children_of(server)]
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        while any(is_alive(pid) for pid in pids):
            time.sleep(0.01)
        # A dead process whose parent has not noticed it yet still counts as the holder of locks.
        lock.unlink()
        (self.folder / f".s.PGSQL.{self.port}.lock").unlink(missing_ok=True)

    def stop(self) -> None:
        if (self.data / "postmaster.pid").exists():
            self._run("pg_ctl", "-D", self.data, "-m", "immediate", "stop")
        shutil.rmtree(self.folder, ignore_errors=True)

    def _run(self, program: str, *arguments: object) -> None:
        # PostgreSQL refuses to run as root, so root runs it as its own user.
        user = "postgres" if os.geteuid() == 0 else None
        subprocess.run(
            [self.bin / program, *map(str, arguments)],
            check=True,
            user=user,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )


def _postgres_bin() -> Path:
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"))
    on_path = shutil.which("initdb")
    if found:
        return Path(found[-1]).parent
    if on_path:
        return Path(on_path).parent
    packaged = importlib.util.find_spec("pgserver")
    if packaged is None or packaged.origin is None:
        raise Missing("postgresql")
    return Path(packaged.origin).parent / "pginstall" / "bin"


class Redis:
    """A Redis server without persistence."""

    def __init__(self) -> None:
        self.executable = redis_executable()
        if self.executable is None:
            raise Missing("redis")
        self.port = free_port()

    def start(self) -> str:
        self.process = subprocess.Popen(
            [self.executable, "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""],
            stdout=subprocess.DEVNULL,
        )
        for _attempt in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", self.port)) == 0:
                    return f"redis://127.0.0.1:{self.port}/0"
            time.sleep(0.05)
        raise RuntimeError("redis-server did not start")

    def stop(self) -> None:
        self.process.terminate()
        self.process.wait()
