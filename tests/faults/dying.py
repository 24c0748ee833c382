"""Leads an import past every place at which it can die, and kills it at one of them."""

import contextlib
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from django.db import connection

from labelops.media import storage
from tasks.services import import_labels, imports, item_intake
from tasks.services.import_reading import ImportFile
from tests.tasks.imports import Killed


class Step(NamedTuple):
    """A place that was passed, and the rows of the chunk that the import was at."""

    place: str
    rows: tuple[int, ...]


class Walk:
    """One run of an import. It dies at its step number `fatal`, and does nothing more then."""

    def __init__(self, fatal: int | None = None) -> None:
        self.fatal = fatal
        self.steps: list[Step] = []
        self.is_dead = False
        self.rows: tuple[int, ...] = ()

    @contextlib.contextmanager
    def watching(self, monkeypatch: Any) -> Iterator[None]:
        with monkeypatch.context() as patch, connection.execute_wrapper(self._asked):
            patch.setattr(ImportFile, "chunks", self._chunks(ImportFile.chunks))
            patch.setattr(storage, "writing", self._before("a file is written", storage.writing))
            patch.setattr(storage, "delete", self._before("a file is deleted", storage.delete))
            for module in (imports, item_intake, import_labels):
                patch.setattr(module, "save_progress", self._saving(module.save_progress))
            yield

    def _pass(self, place: str) -> None:
        # A process that is killed takes its threads with it.
        if self.is_dead:
            raise Killed
        self.steps.append(Step(place, self.rows))
        if len(self.steps) - 1 == self.fatal:
            self.is_dead = True
            raise Killed

    def _chunks(self, real: Callable[..., Any]) -> Callable[..., Any]:
        def chunks(file: ImportFile, size: int, *, after: int = 0) -> Iterator[list[Any]]:
            for chunk in real(file, size, after=after):
                self.rows = tuple(entry.row for entry in chunk)
                self._pass("before a chunk")
                yield chunk
                self._pass("after its commit")

        return chunks

    def _saving(self, real: Callable[[Any], None]) -> Callable[[Any], None]:
        def save_progress(job: Any) -> None:
            self._pass(f"{job.cursor.get('phase')}: before progress is written")
            real(job)
            self._pass(f"{job.cursor.get('phase')}: after progress is written")

        return save_progress

    def _before(self, what: str, real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*arguments: Any) -> Any:
            self._pass(f"before {what}")
            return real(*arguments)

        return call

    def _asked(self, execute: Callable[..., Any], sql: str, *arguments: Any) -> Any:
        """The server ends the transactions of the dead; they ask for nothing else.

        So no `finally` or `except` of ours can tidy up, as none can after kill -9.
        """
        if self.is_dead and not sql.startswith(("ROLLBACK", "RELEASE")):
            raise Killed
        return execute(sql, *arguments)
