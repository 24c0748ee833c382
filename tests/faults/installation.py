"""A whole installation in a folder of its own: database, media, broker and a real worker."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

from labelops.supervisor.brokers import choose_broker
from tests.shell import Shell

ROOT = Path(__file__).resolve().parent.parent.parent
PATIENCE = 120


class Installation:
    def __init__(
        self, folder: Path, *, embedded_redis: bool = False, database_url: str = ""
    ) -> None:
        self.folder = folder
        kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME"}}
        self.environment = kept | {
            "LABELOPS_DATA_DIR": str(folder),
            "DJANGO_SETTINGS_MODULE": "labelops.settings",
            "DATABASE_URL": database_url,
            "PYTHONPATH": str(ROOT),
        }
        self.processes: list[subprocess.Popen] = []
        self.broker_url = "filesystem://"
        if embedded_redis:
            broker = choose_broker(folder)
            self.broker_url = broker.url
            self._start([*broker.command])
        self.environment["LABELOPS_BROKER_URL"] = self.broker_url
        self.shell = Shell(self.environment)
        self.database: sqlite3.Connection | None = None

    def python(self, code: str) -> str:
        return self.shell.run(code)

    def start_worker(self) -> subprocess.Popen:
        command = [sys.executable, "-m", "celery", "-A", "labelops", "worker", "--concurrency=1"]
        # As the supervisor starts it: it asks no other workers before it begins.
        return self._start([*command, "--loglevel=INFO", "--without-gossip", "--without-mingle"])

    def kill(self, process: subprocess.Popen) -> None:
        """kill -9 of the worker and all that it started."""
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()

    def query(self, sql: str) -> list[tuple]:
        if self.database is None:
            path = self.folder / "labelops.sqlite3"
            self.database = sqlite3.connect(path, timeout=20, isolation_level=None)
        return self.database.execute(sql).fetchall()

    def wait_for(self, sql: str) -> None:
        """Wait until the query gives a first value that is true."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            rows = self.query(sql)
            if rows and rows[0][0]:
                return
            time.sleep(0.005)
        logs = "\n".join(path.read_text()[-3000:] for path in self.folder.glob("*.log"))
        raise AssertionError(f"Never came true: {sql}\n{logs}")

    def stop(self) -> None:
        self.shell.end()
        if self.database:
            self.database.close()
        for process in self.processes:
            if process.poll() is None:
                self.kill(process)

    def _start(self, command: list[str]) -> subprocess.Popen:
        with (self.folder / f"{len(self.processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.processes.append(process)
        return process
