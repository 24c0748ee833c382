"""The work on a set of vectors: compute them or take them from a file, then make its map.

The job may be killed anywhere: vectors are stored a chunk at a time, together with how far it is,
and the map is made anew. What is new is known to pages once all of it is there.
"""

from typing import Any, BinaryIO

import numpy as np
from django.db import transaction
from django.utils.translation import gettext as _

from datasets.analysis.embedding import DIMENSIONS
from datasets.models import Campaign, ItemMap, Tracing, VectorBlock, VectorSet
from datasets.services import item_features
from datasets.services.item_maps import make_map
from datasets.services.vector_files import take_file
from datasets.services.vector_rows import length_of
from datasets.services.vectors import add_block, lock_set, publish, table_of
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.jobs.heart import Beat, heart
from labelops.jobs.models import Job
from labelops.jobs.services import (
    JobRefused,
    JobStopped,
    cancel_job,
    create_job,
    is_held,
    save_progress,
)
from labelops.media import storage
from tasks.formats import jsonl
from tasks.formats.problems import RowRefused
from tasks.models import Item, Project
from tasks.services.archiving import lock_project
from tasks.services.checks import check_fields, translated
from tasks.services.transfers import visible_name

KIND = "compute_vectors"
BUILT_IN = "built-in"
# Blocks of a finished set have so many vectors; smaller ones are put together.
BLOCK = 4_000
# A rule that was learned when the project was this many times smaller is learned again.
OUTGROWN = 4
SETS_MOST = 20
Origin = VectorSet.Origin


def start_building(project: Project, *, by: User) -> VectorSet:
    """Compute vectors of all items that have none; the caller wakes the job.

    Raises Conflict while a job is at it already.
    """
    with transaction.atomic():
        lock_project(project.pk)
        vector_set = project.vector_sets.filter(origin=Origin.BUILT_IN).first()
        if vector_set is None:
            vector_set = _made(project, BUILT_IN, Origin.BUILT_IN, DIMENSIONS)
            record_made(vector_set, by=by)
        _queue(vector_set, {}, by=by)
    return vector_set


def start_map(vector_set: VectorSet, *, by: User) -> VectorSet:
    """Make the map of vectors that were brought; those computed here are brought up to date."""
    if vector_set.origin == Origin.BUILT_IN:
        return start_building(vector_set.project, by=by)
    with transaction.atomic():
        lock_project(vector_set.project_id)
        locked = lock_set(vector_set.pk)
        _queue(locked, {}, by=by)
    return locked


def start_file(
    project: Project, *, name: str, file: BinaryIO, file_name: str, by: User
) -> VectorSet:
    """Take in a file of vectors under a name; the caller wakes the job.

    A name that is known adds to its set, and replaces what the items had. Raises DomainError.
    """
    shown = visible_name(file_name)
    storage.drop_leftovers()
    key = storage.save(storage.make_key("uploads"), storage.blocks_of(file)).key
    try:
        with transaction.atomic():
            lock_project(project.pk)
            vector_set, is_new = get_brought(project, name, _length(key, shown))
            if is_new:
                record_made(vector_set, by=by)
            _queue(vector_set, {"file": key, "file_name": shown}, by=by)
    except DomainError:
        storage.delete(key)
        raise
    return vector_set


def get_brought(project: Project, name: str, length: int) -> tuple[VectorSet, bool]:
    """The set of that name, and whether it was made now, as there was none.

    Callers hold the project's lock, and record what they do with a new one (`record_made`).
    """
    known = project.vector_sets.filter(name=name.strip()).defer("rule").first()
    if known is None:
        return _made(project, name.strip(), Origin.BROUGHT, length), True
    if known.origin == Origin.BUILT_IN:
        raise DomainError(
            _("This name is that of the vectors that are computed here."),
            code="name_taken",
            field="name",
            hint=_("Choose another name."),
        )
    return known, False


def record_made(vector_set: VectorSet, *, by: User, **facts: int) -> None:
    after = {"name": vector_set.name, "dimensions": vector_set.dimensions, **facts}
    record(by, "vectors.created", vector_set, after=after)


def _made(project: Project, name: str, origin: Origin, dimensions: int) -> VectorSet:
    if project.vector_sets.count() >= SETS_MOST:
        raise Conflict(
            _("A project has at most %(most)d sets of vectors.") % {"most": SETS_MOST},
            code="too_many_sets",
            hint=_("Delete one that is of no more use."),
        )
    made = VectorSet(project=project, name=name, origin=origin, dimensions=dimensions)
    check_fields(made, "name")
    made.save()
    return made


def _length(key: str, file_name: str) -> int:
    try:
        with storage.open_file(key) as stream:
            return length_of(jsonl.read_rows(stream))
    except RowRefused as refused:
        problem = refused.problem
        raise DomainError(
            _("%(file)s, row %(row)s: %(sentence)s")
            % {"file": file_name, "row": problem.row or 1, "sentence": translated(problem)},
            code=problem.code,
            field="file",
            row=problem.row,
            hint=_('Each line looks like {"item": "a1", "vector": [0.1, -0.2, …]}.'),
        ) from refused


def _queue(vector_set: VectorSet, payload: dict[str, Any], *, by: User) -> None:
    if vector_set.job_id and not vector_set.job.is_finished:
        raise Conflict(
            _("Vectors of this set are being worked on already."),
            code="still_running",
            hint=_("Wait until that has ended, or stop it."),
        )
    project = vector_set.project
    payload = {"set": vector_set.pk, "project": project.slug} | payload
    vector_set.job = create_job(KIND, payload, by=by, project_id=project.pk)
    vector_set.save(update_fields=["job"])


def run(job: Job) -> None:
    """Go on where an interrupted run was; run again after its end it does nothing."""
    vector_set = VectorSet.objects.select_related("project").filter(pk=job.payload["set"]).first()
    if vector_set is None:
        # Deleted meanwhile.
        return
    beat = heart(job)
    if not job.cursor.get("is_read"):
        try:
            _read(vector_set, job, beat)
        except (JobRefused, JobStopped):
            _drop_file_of_ended(job)
            raise
    _tidy(vector_set, beat)
    if not ItemMap.objects.filter(vector_set=vector_set, stamp=vector_set.stamp).exists():
        made = make_map(vector_set, beat=beat)
        job.result["points"] = made.point_count
    save_progress(job)


def _read(vector_set: VectorSet, job: Job, beat: Beat) -> None:
    if key := job.payload.get("file"):
        take_file(vector_set, job)
    elif vector_set.origin == Origin.BUILT_IN:
        _compute(vector_set, job, beat)
    with transaction.atomic():
        locked = lock_set(vector_set.pk)
        before = locked.vector_count
        publish(locked)
        job.cursor = {"is_read": True}
        job.result["vectors"] = locked.vector_count
        after = {"vectors": locked.vector_count}
        record(job.created_by, "vectors.added", locked, before={"vectors": before}, after=after)
        save_progress(job)
    vector_set.refresh_from_db(fields=["stamp", "vector_count"])
    if key:
        storage.delete(key)


def _drop_file_of_ended(job: Job) -> None:
    """Unless another run has taken the job over, which reads the file to its end."""
    if is_held(job):
        _drop_file(job)


def _drop_file(job: Job) -> None:
    if key := job.payload.get("file"):
        storage.delete(key)


def stop(vector_set: VectorSet, *, by: User) -> None:
    """What was stored by then stays. Raises Conflict when nothing is at it."""
    if vector_set.job is None:
        raise Conflict(_("This has already ended."), code="job_finished")
    job = cancel_job(vector_set.job, by=by)
    if job.is_finished:
        _drop_file(job)


def _compute(vector_set: VectorSet, job: Job, beat: Beat) -> None:
    """Of all items that have come since, those in the bin too: they may come back."""
    project = vector_set.project
    items = Item.everything.filter(project=project).order_by("pk")
    total = items.count()
    if vector_set.rule is None or _is_outgrown(vector_set, total):
        _learn(vector_set, total, beat)
    rule = item_features.opened(bytes(vector_set.rule))
    job.total_count = total
    job.done_count = items.filter(pk__lte=vector_set.computed_until).count()
    while chunk := list(items.filter(pk__gt=vector_set.computed_until)[: item_features.CHUNK]):
        ids, vectors = item_features.read(project, rule, chunk)
        with transaction.atomic():
            locked = lock_set(vector_set.pk)
            add_block(locked, ids, vectors)
            vector_set.computed_until = locked.computed_until = chunk[-1].pk
            locked.save(update_fields=["computed_until"])
            job.done_count += len(chunk)
            job.result["unreadable"] = job.result.get("unreadable", 0) + len(chunk) - len(ids)
            save_progress(job)


def _is_outgrown(vector_set: VectorSet, item_count: int) -> bool:
    learned = vector_set.learned_count
    return learned < item_features.LEARNED_MOST and item_count >= OUTGROWN * learned


def _learn(vector_set: VectorSet, item_count: int, beat: Beat) -> None:
    """All vectors are computed anew by a new rule: those of two rules cannot be compared."""
    vector_set.rule = item_features.learn(vector_set.project, beat=beat).as_bytes()
    vector_set.learned_count, vector_set.computed_until = item_count, 0
    with transaction.atomic():
        lock_set(vector_set.pk).blocks.all().delete()
        vector_set.save(update_fields=["rule", "learned_count", "computed_until"])


def _tidy(vector_set: VectorSet, beat: Beat) -> None:
    """Put small blocks together, without vectors that were replaced or whose items have gone."""
    table = table_of(vector_set)
    kept = _kept_places(vector_set, table.ids, beat)
    blocks = vector_set.blocks.count()
    if len(kept) == len(table.ids) and blocks <= len(kept) // BLOCK + 1:
        return
    with transaction.atomic():
        locked = lock_set(vector_set.pk)
        if locked.stamp != table.stamp:
            # Somebody has added more meanwhile: the next job does it.
            return
        locked.blocks.all().delete()
        for first in range(0, len(kept), BLOCK):
            some = kept[first : first + BLOCK]
            add_block(locked, table.ids[some].tolist(), table.matrix[some])
        publish(locked)
    vector_set.refresh_from_db(fields=["stamp", "vector_count"])


def _kept_places(vector_set: VectorSet, ids: np.ndarray, beat: Beat) -> np.ndarray:
    """Where in the table items are that have not been removed for good."""
    parts = [np.empty(0, np.int64)]
    for first in range(0, len(ids), BLOCK):
        some = ids[first : first + BLOCK]
        rows = Item.everything.filter(project=vector_set.project_id, pk__range=(some[0], some[-1]))
        standing = np.fromiter(rows.order_by().values_list("pk", flat=True), np.int64)
        parts.append(first + np.flatnonzero(np.isin(some, standing)))
        beat()
    return np.concatenate(parts)


def delete_set(vector_set: VectorSet, *, by: User) -> str:
    """For good, with its map; returns its name.

    Raises Conflict while a job is at it, or something rests on it.
    """
    with transaction.atomic():
        lock_project(vector_set.project_id)
        locked = lock_set(vector_set.pk)
        if locked.job_id and not locked.job.is_finished:
            raise Conflict(
                _("Vectors of this set are being worked on. Stop that first."),
                code="still_running",
            )
        rests = (Campaign.objects, Tracing.objects)
        if any(rows.filter(vector_set=locked).exists() for rows in rests):
            raise Conflict(
                _("Campaigns or traced causes rest on these vectors, so they stay."),
                code="in_use",
            )
        before = {"name": locked.name, "vectors": locked.vector_count}
        record(by, "vectors.deleted", locked, before=before)
        VectorBlock.objects.filter(vector_set=locked).delete()
        locked.delete()
    return locked.name
