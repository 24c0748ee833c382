"""How Celery talks to its broker: options that never let a dead one hold a web request."""

from pathlib import Path
from typing import Any

FILESYSTEM = "filesystem://"
SECONDS_UNTIL_REDELIVERY = 60
DEFAULT_QUEUE = "celery"
# Short work that somebody waits for: a worker of its own serves it, whatever the others are at.
QUICK_QUEUE = "quick"


def broker_options(url: str, data_dir: Path) -> dict[str, Any]:
    """Transport options: a broken connection fails at once, a lost task comes back soon."""
    if url.startswith(FILESYSTEM):
        return _filesystem_options(data_dir / "broker")
    return {
        "visibility_timeout": SECONDS_UNTIL_REDELIVERY,
        "unacked_restore_interval": 2,
        "unacked_restore_throttle": 1,
        "socket_connect_timeout": 2,
        "socket_timeout": 5,
        "max_retries": 0,
    }


def _filesystem_options(folder: Path) -> dict[str, Any]:
    queue, control = folder / "queue", folder / "control"
    for path in (queue, control):
        path.mkdir(parents=True, exist_ok=True)
    return {
        "data_folder_in": str(queue),
        "data_folder_out": str(queue),
        "control_folder": str(control),
        "store_processed": False,
        "polling_interval": 0.05,
    }
