"""How long a newcomer waits: fresh clone with empty caches to the login page, and again."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
TIME_LIMIT = 300
KEPT_VARIABLES = ("PATH", "LANG", "PIP_INDEX_URL", "PIP_CONFIG_FILE", "NPM_CONFIG_REGISTRY")


def measure() -> dict[str, float]:
    """Seconds from `make run` to the login page: first start, second start."""
    folder = Path(tempfile.mkdtemp(prefix="labelops-bench-"))
    try:
        clone = folder / "clone"
        subprocess.run(["git", "clone", "--quiet", str(ROOT), str(clone)], check=True)
        environment = _empty_home(folder)
        return {
            "first_start_seconds": _start(clone, environment),
            "second_start_seconds": _start(clone, environment),
        }
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _empty_home(folder: Path) -> dict[str, str]:
    """Settings of the machine's package mirror stay; every cache is empty."""
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    home = folder / "home"
    home.mkdir()
    for name in (".npmrc", ".config/pip/pip.conf", ".pip/pip.conf"):
        source = Path.home() / name
        if source.exists():
            (home / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, home / name)
    return environment | {"HOME": str(home), "XDG_CACHE_HOME": str(home / ".cache")}


def _start(clone: Path, environment: dict[str, str]) -> float:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    began = time.monotonic()
    process = subprocess.Popen(
        ["make", "run", f"PORT={port}"],
        cwd=clone,
        env=environment,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(f"http://127.0.0.1:{port}/login/", process, began)
        return round(time.monotonic() - began, 1)
    finally:
        os.killpg(process.pid, signal.SIGINT)
        process.wait(timeout=60)


def _wait_for(url: str, process: subprocess.Popen, began: float) -> None:
    while time.monotonic() - began < TIME_LIMIT:
        if process.poll() is not None:
            raise RuntimeError(f"make run ended by itself with status {process.returncode}")
        try:
            with urllib.request.urlopen(url, timeout=2) as response:
                if response.status == 200:
                    return
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError(f"no login page within {TIME_LIMIT} seconds")
