"""`python -m labelops.supervisor`: starts everything, keeps it alive, ends it together."""

import os
import signal
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from types import FrameType

import django
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.executor import MigrationExecutor

from labelops.broker import DEFAULT_QUEUE, QUICK_QUEUE
from labelops.durability import require_durable
from labelops.supervisor.brokers import Broker, choose_broker
from labelops.supervisor.children import Child
from labelops.supervisor.start import (
    StartRefused,
    chosen_bind,
    chosen_port,
    lock_data_dir,
    require_free_port,
)

LOOK_EVERY = 0.2
WEB_THREADS = 8
LARGEST_WEB = 4
KEEP_ALIVE_SECONDS = 75
# A page of ticked objects, each named by two long ids, makes such an address.
LONGEST_ADDRESS = 8_190
WORKER_PROCESSES = 2


class Supervisor:
    """Starts the children in order, restarts the fallen, stops them in reverse."""

    def __init__(self, broker: Broker, address: str, port: int) -> None:
        self.broker = broker
        self.url = f"http://{address}:{port}/"
        self.environment = os.environ | {"LABELOPS_BROKER_URL": broker.url}
        self.children = _children(broker, settings.DATA_DIR, address, port)
        self.is_stopping = False
        self.has_announced = False

    def run(self) -> None:
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        try:
            for child in self.children:
                child.start(self.environment)
            while not self.is_stopping:
                self._look()
                time.sleep(LOOK_EVERY)
        finally:
            print("Stopping …", flush=True)
            # Side by side, but for the first one: the others still talk to the broker.
            for child in self.children[1:]:
                child.ask_to_stop()
            for child in reversed(self.children):
                child.stop()

    def _ask_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self.is_stopping = True

    def _look(self) -> None:
        for child in list(self.children):
            if child.has_ended():
                self._after_end(child)
            elif child.process is None and time.monotonic() >= child.restart_at:
                child.start(self.environment)
        if not self.has_announced and _answers(self.url + "health/"):
            self._announce()

    def _after_end(self, child: Child) -> None:
        status = child.process.returncode if child.process else None
        if not child.is_kept_alive:
            self.children.remove(child)
            if status:
                print(f"{child.name} ended with status {status}; see {child.log_path}", flush=True)
            return
        pause = child.plan_restart()
        print(
            f"{child.name} ended with status {status}, starting again in {pause:.1f} s; "
            f"see {child.log_path}",
            flush=True,
        )

    def _announce(self) -> None:
        self.has_announced = True
        print(f"\nLabelOps is ready at {self.url}  (work is queued by {self.broker.title})")
        if settings.DEMO:
            print("Accounts of the demo; its data is being loaded meanwhile:")
            # Made here and now: whoever reads of them logs in at once.
            call_command("demo", accounts=True)
            connection.close()
            sys.stdout.flush()
            demo = Child(
                "demo",
                [sys.executable, "manage.py", "demo"],
                settings.DATA_DIR,
                is_kept_alive=False,
            )
            demo.start(self.environment)
            self.children.append(demo)
        print("Ctrl-C ends it.", flush=True)


def _children(broker: Broker, data_dir: Path, address: str, port: int) -> list[Child]:
    host = f"[{address}]" if ":" in address else address
    celery = [sys.executable, "-m", "celery", "-A", "labelops.celery"]
    worker = [*celery, "worker", "--loglevel=INFO", "--without-gossip", "--without-mingle"]
    redis = [Child("redis", list(broker.command), data_dir)] if broker.command else []
    return [
        *redis,
        Child(
            "worker",
            [
                *worker,
                "--hostname=worker@%h",
                f"--queues={DEFAULT_QUEUE},{QUICK_QUEUE}",
                f"--concurrency={WORKER_PROCESSES}",
            ],
            data_dir,
        ),
        # One process, as it does one thing at a time.
        Child(
            "quick",
            [*worker, "--hostname=quick@%h", f"--queues={QUICK_QUEUE}", "--pool=solo"],
            data_dir,
        ),
        Child(
            "beat",
            [
                *celery,
                "beat",
                "--loglevel=WARNING",
                "--pidfile=",
                f"--schedule={data_dir / 'run' / 'beat-schedule'}",
            ],
            data_dir,
        ),
        Child(
            "web",
            [
                sys.executable,
                "-m",
                "gunicorn",
                "labelops.wsgi:application",
                f"--bind={host}:{port}",
                "--worker-class=gthread",
                f"--workers={_web_processes()}",
                f"--threads={WEB_THREADS}",
                # On a line from the other side of the world a new connection is felt.
                f"--keep-alive={KEEP_ALIVE_SECONDS}",
                f"--limit-request-line={LONGEST_ADDRESS}",
                "--timeout=120",
                "--worker-tmp-dir=" + str(data_dir / "run"),
                "--no-control-socket",
            ],
            data_dir,
        ),
    ]


def _web_processes() -> int:
    """One a core with PostgreSQL; SQLite takes one writer at a time anyway."""
    if connection.vendor == "sqlite":
        return 1
    return min(LARGEST_WEB, os.cpu_count() or 1)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=1) as response:  # noqa: S310 - our own address
            return response.status == 200
    except (urllib.error.URLError, OSError):
        return False


def _require_database() -> None:
    """It must answer, and must not forget what it acknowledged."""
    try:
        connection.ensure_connection()
    except OperationalError as error:
        sentence = " ".join(str(error).split())
        raise StartRefused(
            f"The database does not answer ({sentence}). Start it, or correct DATABASE_URL."
        ) from error
    require_durable(connection)


def _migrate() -> None:
    """Bring the database up to date; nothing is done when it is."""
    executor = MigrationExecutor(connection)
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        call_command("migrate", verbosity=0, interactive=False)
    connection.close()


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "labelops.settings")
    try:
        port, address = chosen_port(), chosen_bind(is_demo=settings.DEMO)
        for folder in ("logs", "run"):
            (settings.DATA_DIR / folder).mkdir(exist_ok=True)
        lock = lock_data_dir(settings.DATA_DIR)
        require_free_port(address, port)
        # Takes a second, which a start that is refused need not.
        django.setup()
        _require_database()
        _migrate()
    except (StartRefused, ImproperlyConfigured) as error:
        print(f"LabelOps cannot start: {error}", file=sys.stderr)
        return 1
    with lock:
        Supervisor(choose_broker(settings.DATA_DIR), address, port).run()
    return 0


if __name__ == "__main__":
    sys.exit(main())
