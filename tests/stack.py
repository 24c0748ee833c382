"""A whole LabelOps of its own, as `make run` starts it: supervisor, broker, worker, beat, web."""

import os
import signal
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from contextlib import suppress
from pathlib import Path

from tests.fresh_databases import fresh_database, inherited
from tests.servers import children_of, free_port, is_alive
from tests.shell import Shell

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 60


class Stack:
    """Runs on the database of this test run; `url` is its address once started."""

    def __init__(self, **environment: str) -> None:
        self.data_dir = Path(tempfile.mkdtemp(prefix="labelops-stack-"))
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        address = environment.pop("DATABASE_URL", None)
        self.environment = inherited() | {
            "LABELOPS_DATA_DIR": str(self.data_dir),
            "PORT": str(self.port),
            "DATABASE_URL": fresh_database(self.data_dir) if address is None else address,
            **environment,
        }
        self.process: subprocess.Popen | None = None
        self.interpreter = Shell(self.environment)

    def start(self) -> "Stack":
        self.process = subprocess.Popen(
            [sys.executable, "-m", "labelops.supervisor"],
            cwd=ROOT,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self.wait_for(lambda: self.answers("/health/"), "the web server")
        return self

    def answers(self, path: str) -> bool:
        try:
            with urllib.request.urlopen(self.url + path, timeout=2) as response:
                return response.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def wait_for(self, is_true, what: str, seconds: float = START_SECONDS) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            if is_true():
                return
            if self.process and self.process.poll() is not None:
                raise AssertionError(f"the supervisor ended: {self.process.stdout.read()}")
            time.sleep(0.1)
        raise AssertionError(f"{what} was not there within {seconds} s\n{self.logs()}")

    def manage(self, *arguments: str) -> str:
        """Run a management command on this stack's data; return what it prints."""
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.environment,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def shell(self, code: str) -> str:
        """Run a piece of code on this stack's data; return what it prints."""
        return self.interpreter.run(code)

    def pid(self, child: str) -> int | None:
        path = self.data_dir / "run" / f"{child}.pid"
        return int(path.read_text()) if path.exists() else None

    def kill(self, child: str) -> int:
        """End a child and all it started at once, as a crash would. Returns its former pid."""
        pid = self.pid(child)
        os.killpg(pid, signal.SIGKILL)
        return pid

    def logs(self) -> str:
        return "\n".join(
            f"--- {path.name}\n{path.read_text()[-2000:]}"
            for path in sorted((self.data_dir / "logs").glob("*.log"))
        )

    def stop(self) -> None:
        """At once: what a test leaves behind is not worth the seconds of an orderly end."""
        self.interpreter.end()
        if self.process is None or self.process.poll() is not None:
            return
        if sys.platform != "linux":
            self.process.send_signal(signal.SIGINT)
            self.process.wait(timeout=40)
            return
        children = children_of(self.process.pid)
        self.process.kill()
        self.process.wait()
        for child in children:
            # The kernel has ended it, but not all that it started.
            with suppress(ProcessLookupError):
                os.killpg(child, signal.SIGKILL)
        while any(map(is_alive, children)):
            time.sleep(0.01)
