"""Asks a back end what it says of the items of a project or a batch, call by call.

Items that its version has answered are not asked about again, so a job may be interrupted, end
early or run twice. What fails for several items is tried with fewer; what fails for one alone is
passed over and noted. Answers are stored with the progress, or not at all.
"""

import time

from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.utils import translation
from django.utils.translation import gettext as _

from labelops.jobs.models import Job
from labelops.jobs.services import JobRefused, save_progress
from tasks.formats.label_studio_predictions import PredictionsReader, Said, score_of
from tasks.formats.problems import Problem, RowRefused
from tasks.formats.records import Row
from tasks.kinds.rules import OBJECTS
from tasks.models import Item, ModelBackend, ModelVersion, Prediction, Task
from tasks.services import model_backend_client as client
from tasks.services import model_backend_rests as rests
from tasks.services.checks import translated
from tasks.services.model_backends import (
    backend_of,
    follow_answers,
    labeling_config_of,
    note_version,
)
from tasks.services.predictions import label_schema, take_predictions

PAUSE_SECONDS = 1.0


def run_asking(job: Job) -> None:
    """Go on where an interrupted run was. Raises JobRefused when the back end is left alone."""
    with translation.override(job.created_by.language):
        Run(job).ask_all()


class Run:
    """One run of a job: what the back end was last told, and how many items a call takes now."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self.backend = backend_of(job.payload["backend"])
        self.size = self.backend.items_per_call
        self.config = ""
        self.items: list[Item] = []
        # That of the answers stored so far, if any are.
        self.version: ModelVersion | None = None

    def ask_all(self) -> None:
        while True:
            self.items = []
            # Whatever was changed, switched off or stopped meanwhile counts from the next call on.
            self.backend = backend_of(self.job.payload["backend"])
            rests.require_askable(self.backend)
            config = labeling_config_of(self.backend)
            try:
                if config != self.config:
                    self._set_up(config)
                self.items = list(_lacking(self.backend, self.job)[: self.size])
                if not self.items:
                    return
                said, version = self._ask()
            except client.BackendFailed as error:
                self._fail(error)
            else:
                self._store(said, version)
                self.size = min(self.backend.items_per_call, self.size * 2)

    def _set_up(self, config: str) -> None:
        """Also after each failure: it may have been started again, and know nothing of us."""
        backend = self.backend
        named = client.set_up(backend, config, seconds=backend.seconds)
        note_version(backend, named, by=self.job.created_by)
        rests.require_askable(backend)
        self.schema = label_schema(backend.project)
        self.reader = PredictionsReader(self.schema, backend.label_map)
        self.config = config
        self.job.total_count = self.job.done_count + _lacking(backend, self.job).count()
        # A sign of life between two calls that may both take long.
        save_progress(self.job)

    def _ask(self) -> tuple[list[Said], ModelVersion]:
        begun = time.monotonic()
        said = client.predict(self.backend, self.config, self.items)
        named = client.one_version(said)
        rests.note_success(self.backend, round((time.monotonic() - begun) * 1000))
        return said, self._version(named)

    def _version(self, named: str) -> ModelVersion:
        """The version of these answers. Raises JobRefused when it changed under way."""
        known = self.backend.model_version
        named = named or known.version
        if self.version is not None and named != self.version.version:
            raise JobRefused(
                _("It became the version %(version)s while it was asked: ask it again.")
                % {"version": named}
            )
        if named == known.version:
            return known
        found = follow_answers(self.backend, named, by=self.job.created_by)
        rests.require_askable(self.backend)
        return found

    def _store(self, said: list[Said], version: ModelVersion) -> None:
        rows, problems = self._read(said)
        with transaction.atomic():
            by_name = {item.external_id: item for item in self.items}
            counts, refused = take_predictions(version, rows, by=self.job.created_by, items=by_name)
            for name, count in counts.items():
                self._count(name, count)
            for problem in [*problems, *refused]:
                self._note(self.items[problem.row or 0], problem.code, translated(problem))
            self._advance()
        self.version = version

    def _read(self, said: list[Said]) -> tuple[list[Row], list[Problem]]:
        """The answers as rows, numbered as the items are; what cannot be read as problems."""
        rows, problems = [], []
        marks = any(control["type"] in OBJECTS for control in self.schema["controls"])
        for number, (item, one) in enumerate(zip(self.items, said, strict=True)):
            if not one.results and not marks:
                self._count("silent", 1)
                continue
            try:
                answer = self.reader.answer(one, item.facts)
            except RowRefused as error:
                problems.append(error.problem.at(row=number))
                continue
            fields = {"item": item.external_id, "answer": answer, "score": score_of(one)}
            rows.append(Row(number, fields))
        return rows, problems

    def _fail(self, error: client.BackendFailed) -> None:
        """Count the failure, and make the next call smaller. Raises JobRefused after several."""
        rests.note_failure(self.backend, error)
        self.config = ""
        self.size = 1 if error.code == client.WRONG else max(1, self.size // 4)
        if len(self.items) == 1 and error.code != client.DOWN:
            self._note(self.items[0], error.code, error.words)
            self._advance()
        if error.permanent:
            raise JobRefused(error.words)
        if self.backend.is_resting:
            raise JobRefused(f"{error.words} {rests.resting_sentence(self.backend)}")
        time.sleep(PAUSE_SECONDS)
        save_progress(self.job)

    def _advance(self) -> None:
        self.job.cursor["item"] = self.items[-1].pk
        self.job.done_count += len(self.items)
        save_progress(self.job)

    def _count(self, name: str, count: int) -> None:
        if count:
            self.job.result[name] = self.job.result.get(name, 0) + count

    def _note(self, item: Item, code: str, sentence: str) -> None:
        self._count("refused", 1)
        self.job.error_count += 1
        self.job.errors.append({"code": code, "item": item.external_id, "message": sentence})


def _lacking(backend: ModelBackend, job: Job) -> models.QuerySet[Item]:
    """The items after the cursor that its version has not answered."""
    found = Item.objects.filter(project=backend.project_id, pk__gt=job.cursor.get("item", 0))
    if job.payload["batch"]:
        tasks = Task.objects.filter(batch=job.payload["batch"], item=OuterRef("pk"))
        found = found.filter(Exists(tasks))
    answered = Prediction.objects.filter(
        model_version=backend.model_version_id, item=OuterRef("pk")
    )
    return found.filter(~Exists(answered)).order_by("pk")
