"""What must be true before anything is started; each refusal is one clear sentence."""

import fcntl
import ipaddress
import os
import socket
from pathlib import Path
from typing import IO

DEFAULT_PORT = 8000


class StartRefused(Exception):
    """The start cannot go on; the message says why and what to do."""


def chosen_port() -> int:
    text = os.environ.get("PORT", "") or str(DEFAULT_PORT)
    if not text.isdigit() or not 1 <= int(text) <= 65_535:
        raise StartRefused(f"PORT must be a number from 1 to 65535, not {text!r}.")
    return int(text)


def chosen_bind(*, is_demo: bool) -> str:
    """The address to listen on; the demo has public passwords and stays on this machine."""
    address = os.environ.get("LABELOPS_BIND", "127.0.0.1")
    try:
        is_local = ipaddress.ip_address(address).is_loopback
    except ValueError as error:
        raise StartRefused(f"LABELOPS_BIND must be an IP address, not {address!r}.") from error
    if is_demo and not is_local:
        raise StartRefused(
            f"LABELOPS_DEMO=1 has public passwords, so it cannot listen on {address}. "
            "Leave LABELOPS_BIND at 127.0.0.1, or leave the demo out."
        )
    return address


def require_free_port(address: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError as error:
            raise StartRefused(
                f"Port {port} on {address} cannot be used ({error.strerror}). "
                f"Choose another one: make run PORT={port + 1}"
            ) from error


def lock_data_dir(data_dir: Path) -> IO[str]:
    """Hold the data folder for this supervisor alone, until the process ends."""
    lock = (data_dir / "supervisor.lock").open("w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        lock.close()
        raise StartRefused(
            f"LabelOps is already running on the data folder {data_dir}. "
            "Stop it first, or name another folder in LABELOPS_DATA_DIR."
        ) from error
    return lock
