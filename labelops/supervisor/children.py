"""Child processes that live exactly as long as they should."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of prctl(2)
# A child that cannot start ends within a second or two; one that lived longer was killed.
STABLE_SECONDS = 10
LONGEST_PAUSE = 30.0
libc = ctypes.CDLL(None) if sys.platform == "linux" else None


def end_with_parent() -> None:
    """In a process that was just forked: the kernel ends it when the one that forked it dies.

    At once, since nothing is lost by it, while a worker that is asked to stop may wait for a
    broker that has gone as well.
    """
    if libc is not None:
        libc.prctl(PARENT_DEATH_SIGNAL, signal.SIGKILL)


@dataclass
class Child:
    """A named process of its own group, with its log file and pid file."""

    name: str
    command: list[str]
    data_dir: Path
    seconds_to_stop: float = 10.0
    is_kept_alive: bool = True
    process: subprocess.Popen | None = None
    started_at: float = 0.0
    restart_at: float = 0.0
    failure_count: int = 0
    is_asked: bool = False

    @property
    def log_path(self) -> Path:
        return self.data_dir / "logs" / f"{self.name}.log"

    @property
    def pid_path(self) -> Path:
        return self.data_dir / "run" / f"{self.name}.pid"

    def start(self, environment: dict[str, str]) -> None:
        with self.log_path.open("ab") as log:
            self.process = subprocess.Popen(  # noqa: S603 - the command is our own
                self.command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        self.started_at = time.monotonic()
        self.restart_at = 0.0
        # Whoever reads it meanwhile finds the former number, never half a file.
        fresh = self.pid_path.with_suffix(".new")
        fresh.write_text(str(self.process.pid))
        fresh.replace(self.pid_path)

    def has_ended(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def plan_restart(self) -> float:
        """Note the failure; return the pause before the next start, longer each time."""
        if time.monotonic() - self.started_at > STABLE_SECONDS:
            self.failure_count = 0
        pause = min(LONGEST_PAUSE, 0.2 * 2**self.failure_count)
        self.failure_count += 1
        self.restart_at = time.monotonic() + pause
        self.signal_group(signal.SIGKILL)
        self.process = None
        return pause

    def signal_group(self, number: signal.Signals) -> None:
        if self.process is None:
            return
        try:
            os.killpg(self.process.pid, number)
        except ProcessLookupError:
            return

    def ask_to_stop(self) -> None:
        """Once: a worker that is asked again drops what it is doing."""
        if self.process is not None and self.process.poll() is None and not self.is_asked:
            self.is_asked = True
            self.process.terminate()

    def stop(self) -> None:
        """Ask, wait, then force; whatever the child itself started goes with it."""
        if self.process is not None and self.process.poll() is None:
            self.ask_to_stop()
            try:
                self.process.wait(self.seconds_to_stop)
            except subprocess.TimeoutExpired:
                self.signal_group(signal.SIGKILL)
                self.process.wait()
        self.signal_group(signal.SIGKILL)
        self.pid_path.unlink(missing_ok=True)
