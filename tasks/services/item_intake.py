"""Turns a chunk of records into items: all of its good rows in one transaction, or none."""

import hashlib
import os
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, NamedTuple

from django.db import IntegrityError, transaction
from django.db.models import F, Max, OuterRef, Subquery
from django.utils import timezone

from labelops.hints import Hint
from labelops.jobs.models import Job
from labelops.jobs.services import JobStopped, save_progress
from labelops.many_rows import insert_rows
from labelops.media import storage
from labelops.media.images import ImageRefused, PreparedImage, prepare
from tasks.formats.items import Content, ItemRecord
from tasks.formats.problems import Problem, RowRefused
from tasks.kinds import ItemFacts
from tasks.models import Item, Transfer
from tasks.services import lookalikes
from tasks.services.media import drop_image, store_image
from tasks.services.transfers import add_problem, was_cancelled

Keeper = Callable[[ItemRecord, bytes], tuple[PreparedImage, str]]
TRIES = 3
DUPLICATES_KEPT = 200  # and as many that look alike
COLUMNS = (
    *("public_id", "project", "external_id", "data", "media_key", "media_type", "sha256"),
    *("width", "height", "perceptual_hash", "transfer", "import_row", "created_at"),
)


@dataclass(slots=True)
class Candidate:
    """A good record with its digest and, for a new image, the files made for it."""

    record: ItemRecord
    sha256: str
    image: PreparedImage | None = None
    key: str = ""

    @property
    def size(self) -> tuple[int | None, int | None]:
        return (self.image.width, self.image.height) if self.image else (None, None)


class Earlier(NamedTuple):
    """What is known of an item that has the id already."""

    sha256: str
    data: dict[str, Any]
    width: int | None
    height: int | None
    transfer: int | None
    row: int | None
    deletion: int | None = None


@dataclass
class Verdict:
    """What a chunk comes to: items to add, rows that changed nothing, and bad rows."""

    new: list[Candidate] = field(default_factory=list)
    unchanged_count: int = 0
    problems: list[Problem] = field(default_factory=list)
    # By row, of good rows that bring labels: what those are checked against.
    facts: dict[int, ItemFacts] = field(default_factory=dict)


def take_chunk(job: Job, transfer: Transfer, records: Sequence[ItemRecord | Problem]) -> None:
    """Store the good rows and the job's new cursor together; files are written before."""

    def keep(record: ItemRecord, content: bytes) -> tuple[PreparedImage, str]:
        # The key belongs to the row, so a run that repeats the row overwrites its own file.
        key = storage.make_key("items", uuid.uuid5(transfer.job.public_id, str(record.row)))
        return store_image(key, content), key

    candidates, problems = _candidates(transfer, records, keep)
    try:
        kept = _store(job, transfer, candidates, problems)
    except JobStopped:
        # After a take-over the same keys are the other worker's files.
        if was_cancelled(job):
            _drop_files(candidates, kept=set())
        raise
    _drop_files(candidates, kept=kept)


def check_chunk(
    transfer: Transfer, records: Sequence[ItemRecord | Problem], earlier: dict[str, Earlier]
) -> Verdict:
    """What `take_chunk` would make of the rows; `earlier` are the items of rows before them.

    Nothing is written.
    """
    candidates, problems = _candidates(
        transfer, records, lambda _record, content: (prepare(content), "")
    )
    present = _present(transfer, [candidate.record for candidate in candidates])
    verdict = _judge(transfer, candidates, earlier | present)
    verdict.problems += problems
    return verdict


def _candidates(
    transfer: Transfer, records: Sequence[ItemRecord | Problem], keep: Keeper
) -> tuple[list[Candidate], list[Problem]]:
    problems = [record for record in records if isinstance(record, Problem)]
    good = [record for record in records if isinstance(record, ItemRecord)]
    # Only images are worth a look beforehand: it spares decoding those that are there already.
    images = [record for record in good if record.load]
    present = _present(transfer, images)

    def tried(record: ItemRecord) -> Candidate | Problem:
        try:
            return _candidate(record, is_new=record.external_id not in present, keep=keep)
        except RowRefused as error:
            return error.problem

    if images:
        # Decoders let go of the interpreter; each holds one image, and no more at a time.
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            found = list(pool.map(tried, good))
    else:
        found = [tried(record) for record in good]
    candidates = [entry for entry in found if isinstance(entry, Candidate)]
    return candidates, problems + [entry for entry in found if isinstance(entry, Problem)]


def facts_of(
    transfer: Transfer, data: dict[str, Any], width: int | None, height: int | None
) -> ItemFacts:
    """What the labels of an item that may not be stored yet are checked against."""
    text = data.get("text")
    return ItemFacts(transfer.project.item_type, width=width, height=height, text=text)


def content_digest(record: ItemRecord) -> str:
    """What makes two items the same content: the bytes of an image, or the text."""
    content = record.load() if record.load else record.data["text"].encode()
    return hashlib.sha256(content).hexdigest()


def _candidate(record: ItemRecord, *, is_new: bool, keep: Keeper) -> Candidate:
    if record.content == Content.ABSENT:
        return Candidate(record, "")
    if record.load is None:
        return Candidate(record, content_digest(record))
    content = record.load()
    digest = hashlib.sha256(content).hexdigest()
    if not is_new:
        return Candidate(record, digest)
    try:
        return Candidate(record, digest, *keep(record, content))
    except ImageRefused as error:
        problem = Problem(
            error.code,
            error.template,
            row=record.row,
            entry=record.entry,
            hint=error.hint,
            params=error.params,
        )
        raise RowRefused(problem) from error


def _store(
    job: Job, transfer: Transfer, candidates: list[Candidate], problems: list[Problem]
) -> set[str]:
    """Insert and count in one transaction; returns the keys of the files now in use."""
    present: dict[str, Earlier] = {}
    if _is_known(transfer, candidates):
        present = _present(transfer, [candidate.record for candidate in candidates])
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                verdict = _judge(transfer, candidates, present)
                twins, alike = _insert(transfer, verdict.new)
                verdict.problems += problems
                _count(job, transfer, verdict)
                _note(job, "duplicate_count", "duplicates", twins)
                _note(job, "looks_like_count", "looks_like", alike)
                save_progress(job)
        except IntegrityError:
            # One of these ids is there after all, or another import added it: look at each.
            if attempt == TRIES - 1:
                raise
            present = _present(transfer, [candidate.record for candidate in candidates])
        else:
            return {candidate.key for candidate in verdict.new}
    raise AssertionError("unreachable")


def _is_known(transfer: Transfer, candidates: list[Candidate]) -> bool:
    """Whether the project has an end of the chunk, as when a file is sent once more.

    New files are many times as large as what comes again, so not every id is looked up, but for
    records whose item must or may be there.
    """
    if any(candidate.record.content != Content.GIVEN for candidate in candidates):
        return True
    ends = {candidate.record.external_id for candidate in (*candidates[:1], *candidates[-1:])}
    return Item.everything.filter(project=transfer.project_id, external_id__in=ends).exists()


def _present(transfer: Transfer, records: Sequence[ItemRecord]) -> dict[str, Earlier]:
    if not records:
        return {}
    ids = [name for record in records for name in record.ids]
    # Those in the bin keep their ids.
    found = Item.everything.filter(project=transfer.project_id, external_id__in=ids).values_list(
        "external_id", "sha256", "data", "width", "height", "transfer", "import_row", "deletion"
    )
    return {external_id: Earlier(*facts) for external_id, *facts in found}


def _judge(transfer: Transfer, candidates: list[Candidate], present: dict[str, Earlier]) -> Verdict:
    known = dict(present)
    verdict = Verdict()
    for candidate in candidates:
        record = candidate.record
        earlier = known.get(record.external_id)
        if earlier is None and record.aliases:
            earlier = next((known[name] for name in record.aliases if name in known), None)
        if earlier is not None and earlier.deletion is not None:
            verdict.problems.append(in_bin(record.row, record.entry, record.external_id))
            continue
        if earlier is None and record.content == Content.ABSENT:
            verdict.problems.append(_unknown_item(record))
            continue
        if earlier is None:
            earlier = known[record.external_id] = _as_earlier(transfer, candidate)
            verdict.new.append(candidate)
        elif record.content == Content.GIVEN and (earlier.sha256, earlier.data) != (
            candidate.sha256,
            record.data,
        ):
            verdict.problems.append(_duplicate_id(transfer, record, earlier))
            continue
        else:
            verdict.unchanged_count += 1
        if record.labels:
            facts = facts_of(transfer, earlier.data, earlier.width, earlier.height)
            verdict.facts[record.row] = facts
    return verdict


def _as_earlier(transfer: Transfer, candidate: Candidate) -> Earlier:
    record = candidate.record
    return Earlier(candidate.sha256, record.data, *candidate.size, transfer.pk, record.row)


def _unknown_item(record: ItemRecord) -> Problem:
    return Problem(
        "unknown_item",
        "The project has no item “{id}”.",
        row=record.row,
        entry=record.entry,
        field="external_id",
        value=record.external_id,
        params={"id": record.external_id},
        hint=Hint("Import the images first, or put them into one ZIP with their labels."),
    )


def in_bin(row: int | None, entry: str | None, name: str, *, field: str = "external_id") -> Problem:
    """What is deleted keeps its id for as long as it can be restored."""
    return Problem(
        "item_in_bin",
        "The item “{id}” is in the bin of the project.",
        row=row,
        entry=entry,
        field=field,
        value=name,
        params={"id": name},
        hint=Hint("Restore it, or give this one another id."),
    )


def _insert(
    transfer: Transfer, new: list[Candidate]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Store the items; returns those whose content, or look, the project has under another id."""
    if not new:
        return [], []
    before = Item.objects.aggregate(last=Max("pk"))["last"] or 0
    now = timezone.now()
    insert_rows(Item, COLUMNS, (_row(transfer, candidate, now) for candidate in new))
    added = Item.objects.filter(transfer=transfer, pk__gt=before)
    first = (
        Item.objects.filter(project=transfer.project_id, sha256=OuterRef("sha256"))
        .order_by("pk")
        .values("external_id")[:1]
    )
    twins = added.annotate(first=Subquery(first)).exclude(first=F("external_id"))
    rows = twins.order_by("import_row").values_list("import_row", "external_id", "first")
    same = [{"row": row, "item": item, "same_as": same_as} for row, item, same_as in rows]
    return same, lookalikes.find(added) if any(candidate.image for candidate in new) else []


def _row(transfer: Transfer, candidate: Candidate, now: datetime) -> tuple[Any, ...]:
    record, image = candidate.record, candidate.image
    return (
        uuid.uuid4(),
        transfer.project_id,
        record.external_id,
        record.data,
        candidate.key,
        image.media_type if image else "",
        candidate.sha256,
        *candidate.size,
        image.perceptual_hash if image else None,
        transfer.pk,
        record.row,
        now,
    )


def _duplicate_id(transfer: Transfer, record: ItemRecord, earlier: Earlier) -> Problem:
    place = {"row": record.row, "entry": record.entry, "field": "external_id"}
    if earlier.transfer == transfer.pk:
        return Problem(
            "duplicate_id",
            "Rows {first} and {second} have the same id “{id}”, but other content.",
            value=record.external_id,
            params={"first": earlier.row, "second": record.row, "id": record.external_id},
            hint=Hint("Give each item its own id."),
            **place,
        )
    return Problem(
        "duplicate_id",
        "The project has an item “{id}” already, with other content.",
        value=record.external_id,
        params={"id": record.external_id},
        hint=Hint("The item in the project was kept as it is."),
        **place,
    )


def _count(job: Job, transfer: Transfer, verdict: Verdict) -> None:
    result = job.result
    result["added"] = result.get("added", 0) + len(verdict.new)
    result["unchanged"] = result.get("unchanged", 0) + verdict.unchanged_count
    for problem in sorted(verdict.problems, key=lambda problem: problem.row or 0):
        add_problem(job, problem, transfer.file_name)


def _note(job: Job, count: str, kept: str, entries: list[dict[str, Any]]) -> None:
    """Count them all; the first are kept to be shown."""
    job.result[count] = job.result.get(count, 0) + len(entries)
    job.result[kept] = [*job.result.get(kept, []), *entries][:DUPLICATES_KEPT]


def _drop_files(candidates: list[Candidate], *, kept: set[str]) -> None:
    for candidate in candidates:
        if candidate.key and candidate.key not in kept:
            drop_image(candidate.key)
