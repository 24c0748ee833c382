"""The package label-studio-ml in a process of its own, with a model that does as it is told."""

import os
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from tests.servers import HOW_TO_GET, free_port

HERE = Path(__file__).resolve().parent
PACKAGE = HERE.parent.parent / "build" / "label_studio_ml"
START_SECONDS = 60


def stop_without_package():
    """Skip with the command that gets it; in CI it must be there."""
    if not (PACKAGE / "label_studio_ml").is_dir():
        sentence = f"label-studio-ml is missing; get it by: {HOW_TO_GET['label-studio-ml']}"
        stop = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        stop(sentence)


class Peer:
    """`folder` is where it keeps what it has learned."""

    def __init__(self, folder):
        self.port = free_port()
        self.address = f"http://127.0.0.1:{self.port}"
        command = [sys.executable, HERE / "trivial_model.py", str(self.port), str(folder)]
        self.process = subprocess.Popen(
            command,
            cwd=folder,
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(PACKAGE)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def start(self):
        end = time.monotonic() + START_SECONDS
        while not self._is_up():
            if self.process.poll() is not None or time.monotonic() > end:
                raise RuntimeError("label-studio-ml did not start")
            time.sleep(0.05)
        return self

    def _is_up(self):
        try:
            with urllib.request.urlopen(f"{self.address}/health", timeout=2) as response:
                return response.status == 200
        except (urllib.error.URLError, OSError):
            return False

    def stop(self):
        self.process.terminate()
        self.process.wait()
