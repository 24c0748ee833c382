"""The command `import_predictions`."""

import sys
from collections import Counter
from collections.abc import Callable
from typing import Any, BinaryIO

from django.core.management.base import CommandParser

from labelops.accounts.services.system import system_user
from tasks.formats import chunks
from tasks.formats.jsonl import read_rows
from tasks.formats.problems import FileRefused, Problem
from tasks.management.base import BAR, LabelOpsCommand, find_project, readable_file
from tasks.models import ModelVersion
from tasks.services import predictions

ERRORS_KEPT = 1_000


class Command(LabelOpsCommand):
    help = (
        "Imports what a model says of items, from JSONL (item, answer, score, scores, trained_on). "
        "The same row again changes nothing; another answer replaces the earlier one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("project", help="short name (slug) of the project")
        parser.add_argument("file", help="JSONL")
        parser.add_argument("--model", required=True, help="name of the model")
        parser.add_argument("--model-version", required=True, help="version of the model")

    def work(self, **options: Any) -> dict[str, Any]:
        project = find_project(options["project"])
        path = readable_file(options["file"])
        # Before the model version is made: without rules there is nothing to take in.
        predictions.label_schema(project)
        model_version = predictions.get_model_version(
            project, name=options["model"], version=options["model_version"], by=system_user()
        )
        counts: Counter[str] = Counter(added=0, unchanged=0, replaced=0, error_count=0)
        # The first of them: a wrong file may have a million.
        errors: list[dict[str, Any]] = []

        def note(problems: list[Problem]) -> None:
            counts["error_count"] += len(problems)
            errors.extend(
                problem.as_dict(path.name) for problem in problems[: ERRORS_KEPT - len(errors)]
            )

        with path.open("rb") as stream:
            try:
                self._take(model_version, stream, path.stat().st_size, counts, note)
            except FileRefused as error:
                note([error.problem])
        return {
            "project": project.slug,
            "model": model_version.name,
            "model_version": model_version.version,
            **counts,
            "errors": errors,
        }

    def _take(
        self,
        model_version: ModelVersion,
        stream: BinaryIO,
        size: int,
        counts: Counter[str],
        note: Callable[[list[Problem]], None],
    ) -> None:
        for chunk in chunks(read_rows(stream), predictions.CHUNK):
            note([row for row in chunk if isinstance(row, Problem)])
            rows = [row for row in chunk if not isinstance(row, Problem)]
            taken, refused = predictions.take_predictions(model_version, rows, by=system_user())
            counts.update(taken)
            note(refused)
            if sys.stderr.isatty():
                share = min(1.0, stream.tell() / size)
                sys.stderr.write(f"\r{'█' * int(share * BAR):<{BAR}} {share:4.0%} ")
        if sys.stderr.isatty():
            sys.stderr.write("\r" + " " * (BAR + 8) + "\r")
