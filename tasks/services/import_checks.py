"""Looks at every row of an import before anything is written, as the import itself would.

It leaves nothing behind, so a check that was interrupted begins anew.
"""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing, contextmanager

from django.db import models
from django.utils.translation import gettext_lazy as _

from labelops.jobs.models import Job
from tasks.formats.items import ItemRecord
from tasks.formats.problems import Problem
from tasks.formats.records import LabelRecord
from tasks.models import Transfer
from tasks.services.annotation_intake import other_answer
from tasks.services.import_labels import LabelIntake
from tasks.services.item_intake import Candidate, Earlier, check_chunk
from tasks.services.transfers import add_problem

# What the cursor says meanwhile.
CHECK = "check"


class Mode(models.TextChoices):
    """What becomes of the good rows of a file that has bad ones, too."""

    WHOLE = "whole", _("Import all rows or none: they are looked at first")
    GOOD_ROWS = "good_rows", _("Import the good rows and leave the others out")
    CHECK = "check", _("Only look at them, import nothing")


class RowCheck:
    """The check of one file, chunk by chunk; ids that came before wait in a file of its own.

    Memory does not grow with the rows: SQLite holds them in a temporary file without a name.
    """

    def __init__(
        self,
        job: Job,
        transfer: Transfer,
        seen: sqlite3.Connection,
        label_intake: LabelIntake | None,
    ) -> None:
        self.job, self.transfer, self.seen = job, transfer, seen
        self.label_intake = label_intake
        job.errors, job.error_count = [], 0
        job.result = {"would_add": 0, "unchanged": 0}
        seen.execute(
            "CREATE TABLE seen (id TEXT PRIMARY KEY, sha256 TEXT, data TEXT, width INTEGER, "
            "height INTEGER, row INTEGER) WITHOUT ROWID"
        )
        seen.execute(
            "CREATE TABLE said (item TEXT, annotator TEXT, answer TEXT, "
            "PRIMARY KEY (item, annotator)) WITHOUT ROWID"
        )

    def look_at(self, chunk: Sequence[ItemRecord | Problem]) -> None:
        ids = [name for entry in chunk if isinstance(entry, ItemRecord) for name in entry.ids]
        verdict = check_chunk(self.transfer, chunk, self._earlier(ids))
        if self.label_intake:
            given, refused = self.label_intake.check(chunk, verdict.facts)
            verdict.problems += refused + self._contradictions(self.label_intake, given)
        self.job.result["would_add"] += len(verdict.new)
        self.job.result["unchanged"] += verdict.unchanged_count
        for problem in sorted(verdict.problems, key=lambda problem: problem.row or 0):
            add_problem(self.job, problem, self.transfer.file_name)
        self._remember(verdict.new)

    def _contradictions(
        self, label_intake: LabelIntake, labels: Sequence[LabelRecord]
    ) -> list[Problem]:
        """Of people who say two things of one item, in the project or in this file."""
        problems = []
        stored = label_intake.said_before(labels)
        for label in labels:
            item, name = label.item, label.annotator.lower()
            answer = json.dumps(label.answer, sort_keys=True)
            if (item, name) in stored:
                earlier = json.dumps(stored[item, name], sort_keys=True)
            else:
                earlier = self._said_first(item, name, answer)
            if earlier != answer:
                problems.append(other_answer(label))
        return problems

    def _said_first(self, item: str, name: str, answer: str) -> str:
        """What the file lets this person say of the item first; it may be this."""
        values = [item, name, answer]
        self.seen.execute("INSERT INTO said VALUES (?, ?, ?) ON CONFLICT DO NOTHING", values)
        rows = self.seen.execute(
            "SELECT answer FROM said WHERE item = ? AND annotator = ?", [item, name]
        )
        return rows.fetchone()[0]

    def _earlier(self, ids: Iterable[str]) -> dict[str, Earlier]:
        wanted = json.dumps(list(ids))
        rows = self.seen.execute(
            "SELECT id, row, sha256, data, width, height FROM seen "
            "WHERE id IN (SELECT value FROM json_each(?))",
            [wanted],
        )
        return {
            external_id: Earlier(sha256, json.loads(data), *size, self.transfer.pk, row)
            for external_id, row, sha256, data, *size in rows
        }

    def _remember(self, new: Iterable[Candidate]) -> None:
        self.seen.executemany(
            "INSERT INTO seen VALUES (?, ?, ?, ?, ?, ?)",
            (
                (
                    candidate.record.external_id,
                    candidate.sha256,
                    json.dumps(candidate.record.data),
                    *(
                        (candidate.image.width, candidate.image.height)
                        if candidate.image
                        else (None, None)
                    ),
                    candidate.record.row,
                )
                for candidate in new
            ),
        )


@contextmanager
def row_check(job: Job, transfer: Transfer, label_intake: LabelIntake | None) -> Iterator[RowCheck]:
    # Without a name it is a temporary file, which goes with the connection.
    with closing(sqlite3.connect("", isolation_level=None)) as seen:
        yield RowCheck(job, transfer, seen, label_intake)
