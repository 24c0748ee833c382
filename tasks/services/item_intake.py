"""Turns a chunk of records into items: all of its good rows in one transaction, or none."""

import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Min

from labelops.hints import Hint
from labelops.jobs.models import Job
from labelops.jobs.services import JobStopped, save_progress
from labelops.media import storage
from labelops.media.images import ImageRefused, PreparedImage
from tasks.formats.problems import Problem, RowRefused
from tasks.formats.records import ItemRecord
from tasks.models import Item, Transfer
from tasks.services.media import drop_image, store_image
from tasks.services.transfers import add_problem, was_cancelled

TRIES = 3
DUPLICATES_KEPT = 200


@dataclass
class Candidate:
    """A good record with its digest and, for a new image, the files made for it."""

    record: ItemRecord
    sha256: str
    image: PreparedImage | None = None
    key: str = ""


@dataclass
class Verdict:
    """What a chunk comes to: items to add, rows that changed nothing, and bad rows."""

    items: list[Item] = field(default_factory=list)
    unchanged_count: int = 0
    problems: list[Problem] = field(default_factory=list)


def take_chunk(job: Job, transfer: Transfer, records: Sequence[ItemRecord | Problem]) -> None:
    """Store the good rows and the job's new cursor together; files are written before."""
    problems = [record for record in records if isinstance(record, Problem)]
    good = [record for record in records if isinstance(record, ItemRecord)]
    # Only images are worth a look beforehand: it spares decoding those that are there already.
    present = _present(transfer, [record for record in good if record.load])
    candidates = []
    for item in good:
        try:
            candidates.append(_candidate(transfer, item, is_new=item.external_id not in present))
        except RowRefused as error:
            problems.append(error.problem)
    try:
        kept = _store(job, transfer, candidates, problems)
    except JobStopped:
        # After a take-over the same keys are the other worker's files.
        if was_cancelled(job):
            _drop_files(candidates, kept=set())
        raise
    _drop_files(candidates, kept=kept)


def content_digest(record: ItemRecord) -> str:
    """What makes two items the same content: the bytes of an image, or the text."""
    content = record.load() if record.load else record.data["text"].encode()
    return hashlib.sha256(content).hexdigest()


def _candidate(transfer: Transfer, record: ItemRecord, *, is_new: bool) -> Candidate:
    if record.load is None:
        return Candidate(record, content_digest(record))
    content = record.load()
    digest = hashlib.sha256(content).hexdigest()
    if not is_new:
        return Candidate(record, digest)
    # The key belongs to the row, so a run that repeats the row overwrites its own file.
    key = storage.make_key("items", uuid.uuid5(transfer.job.public_id, str(record.row)))
    try:
        return Candidate(record, digest, store_image(key, content), key)
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
    for attempt in range(TRIES):
        try:
            with transaction.atomic():
                verdict = _judge(transfer, candidates)
                twins = _twins(transfer, verdict.items)
                Item.objects.bulk_create(verdict.items)
                verdict.problems += problems
                _count(job, transfer, verdict, twins)
                save_progress(job)
        except IntegrityError:
            # Another import added one of these ids since we looked: look again.
            if attempt == TRIES - 1:
                raise
        else:
            return {item.media_key for item in verdict.items}
    raise AssertionError("unreachable")


def _present(transfer: Transfer, records: list[ItemRecord]) -> dict[str, Item]:
    found = Item.objects.filter(
        project=transfer.project_id, external_id__in=[record.external_id for record in records]
    ).only("external_id", "sha256", "data", "transfer_id", "import_row")
    return {item.external_id: item for item in found}


def _judge(transfer: Transfer, candidates: list[Candidate]) -> Verdict:
    present = _present(transfer, [candidate.record for candidate in candidates])
    verdict = Verdict()
    for candidate in candidates:
        record = candidate.record
        earlier = present.get(record.external_id)
        if earlier is None:
            item = _new_item(transfer, candidate)
            present[record.external_id] = item
            verdict.items.append(item)
        elif earlier.sha256 == candidate.sha256 and earlier.data == record.data:
            verdict.unchanged_count += 1
        else:
            verdict.problems.append(_duplicate_id(transfer, record, earlier))
    return verdict


def _new_item(transfer: Transfer, candidate: Candidate) -> Item:
    record, image = candidate.record, candidate.image
    return Item(
        project_id=transfer.project_id,
        external_id=record.external_id,
        data=record.data,
        sha256=candidate.sha256,
        transfer=transfer,
        import_row=record.row,
        media_key=candidate.key,
        media_type=image.media_type if image else "",
        width=image.width if image else None,
        height=image.height if image else None,
    )


def _duplicate_id(transfer: Transfer, record: ItemRecord, earlier: Item) -> Problem:
    place = {"row": record.row, "entry": record.entry, "field": "external_id"}
    if earlier.transfer_id == transfer.pk:
        return Problem(
            "duplicate_id",
            "Rows {first} and {second} have the same id “{id}”, but other content.",
            value=record.external_id,
            params={"first": earlier.import_row, "second": record.row, "id": record.external_id},
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


def _twins(transfer: Transfer, items: list[Item]) -> list[dict[str, Any]]:
    """Items whose content the project, or this chunk, holds under another id."""
    digests = {item.sha256 for item in items}
    first_with = dict(
        Item.objects.filter(project=transfer.project_id, sha256__in=digests)
        .order_by()
        .values_list("sha256")
        .annotate(first=Min("external_id"))
    )
    twins = []
    for item in items:
        same_as = first_with.setdefault(item.sha256, item.external_id)
        if same_as != item.external_id:
            twins.append({"row": item.import_row, "item": item.external_id, "same_as": same_as})
    return twins


def _count(job: Job, transfer: Transfer, verdict: Verdict, twins: list[dict[str, Any]]) -> None:
    result = job.result
    result["added"] = result.get("added", 0) + len(verdict.items)
    result["unchanged"] = result.get("unchanged", 0) + verdict.unchanged_count
    result["duplicate_count"] = result.get("duplicate_count", 0) + len(twins)
    result["duplicates"] = [*result.get("duplicates", []), *twins][:DUPLICATES_KEPT]
    for problem in sorted(verdict.problems, key=lambda problem: problem.row or 0):
        add_problem(job, problem, transfer.file_name)


def _drop_files(candidates: list[Candidate], *, kept: set[str]) -> None:
    for candidate in candidates:
        if candidate.key and candidate.key not in kept:
            drop_image(candidate.key)
