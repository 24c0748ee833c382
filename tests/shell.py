"""Pieces of code run inside an installation, one after the other, in one process for all."""

import json
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent


class Shell:
    """Starts when it is first asked: to start Django takes two seconds of the processor."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = environment
        self.process: subprocess.Popen | None = None
        self.one_at_a_time = threading.Lock()

    def run(self, code: str) -> str:
        """Run a piece of code; return what it prints."""
        with self.one_at_a_time:
            if self.process is None:
                self.process = subprocess.Popen(
                    [sys.executable, "-m", "tests.interpreter"],
                    cwd=ROOT,
                    env=self.environment,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    text=True,
                )
            self.process.stdin.write(json.dumps(code) + "\n")
            self.process.stdin.flush()
            told = json.loads(self.process.stdout.readline())
        assert not told["error"], told["printed"] + told["error"]
        return told["printed"]

    def end(self) -> None:
        if self.process:
            self.process.stdin.close()
            self.process.wait(timeout=40)
