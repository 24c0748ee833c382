"""What the pages and the API say of an import or export: how far it is and what came of it."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.template.defaultfilters import filesizeformat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from labelops.jobs.models import Job
from tasks.formats import READERS
from tasks.models import Item, Transfer, Upload
from tasks.services.arrivals import BRING
from tasks.services.export_targets import DELIVER, Target
from tasks.services.import_checks import CHECK, Mode
from tasks.services.import_undo import can_undo

ERRORS_SHOWN = 100


@dataclass(frozen=True)
class Count:
    title: str
    value: int


@dataclass(frozen=True)
class TransferReport:
    """Figures and problems, ready to show."""

    is_import: bool
    # Only the rows were looked at: nothing was imported.
    is_check: bool
    can_undo: bool
    is_finished: bool
    is_cancelling: bool
    percent: int | None
    progress: str
    rate: str
    time_left: str
    counts: list[Count]
    left_out: list[Count]
    errors: list[dict[str, Any]]
    error_count: int
    hidden_error_count: int
    duplicates: list[dict[str, Any]]
    duplicate_count: int
    looks_like: list[dict[str, Any]]
    looks_like_count: int
    has_file: bool
    # Where the file of an export went, in words, and the name that it has there.
    target: str
    place: str
    # What the file of the rows that were left out holds, where there is one.
    rejected: dict[str, Any] | None
    # The id of the file that was only looked at, as long as it waits.
    upload: str | None


def report(transfer: Transfer, *, now: datetime | None = None) -> TransferReport:
    job = transfer.job
    return TransferReport(
        is_import=transfer.direction == Transfer.Direction.IMPORT,
        is_check=job.payload.get("mode") == Mode.CHECK,
        can_undo=can_undo(transfer),
        is_finished=job.is_finished,
        is_cancelling=job.is_cancel_requested and not job.is_finished,
        percent=_percent(transfer, job),
        progress=_progress(transfer, job),
        rate=_rate(job, now or timezone.now()) if transfer.format else "",
        time_left=_time_left(job, now or timezone.now()),
        counts=_counts(transfer, job) if transfer.format else [],
        left_out=_left_out(transfer.manifest or {}),
        errors=job.errors[:ERRORS_SHOWN],
        error_count=job.error_count,
        hidden_error_count=max(0, job.error_count - ERRORS_SHOWN),
        duplicates=job.result.get("duplicates", []),
        duplicate_count=job.result.get("duplicate_count", 0),
        looks_like=_standing(job.result.get("looks_like", [])),
        looks_like_count=job.result.get("looks_like_count", 0),
        has_file=transfer.manifest is not None,
        target=_target(job),
        place=job.result.get("place", ""),
        rejected=transfer.rejected,
        upload=_waiting_upload(job),
    )


def _standing(pairs: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The pairs of which both items are there still: an import may have been taken back since."""
    if not pairs:
        return []
    ids = {pair[name] for pair in pairs for name in ("item_id", "looks_like_id")}
    found = Item.objects.filter(public_id__in=ids).values_list("public_id", flat=True)
    there = {str(public_id) for public_id in found}
    return [pair for pair in pairs if {pair["item_id"], pair["looks_like_id"]} <= there]


def _waiting_upload(job: Job) -> str | None:
    name = job.payload.get("upload")
    if name is None or job.payload["mode"] != Mode.CHECK or not job.is_finished:
        return None
    waiting = Upload.objects.filter(public_id=name, state=Upload.State.COMPLETE)
    return name if waiting.exists() else None


def unit(transfer: Transfer) -> str:
    """What the progress is counted in."""
    if transfer.direction == Transfer.Direction.EXPORT:
        return "labels"
    if transfer.direction == Transfer.Direction.UNDO:
        return "items"
    reader = READERS.get(transfer.format)
    return "entries" if reader and reader.counts_rows else "bytes"


def _target(job: Job) -> str:
    titles = {
        Target.FOLDER: _("Written into the export folder of the server:"),
        Target.BUCKET: _("Put into the bucket of the object store:"),
    }
    return titles.get(job.result.get("to"), "")


def _percent(transfer: Transfer, job: Job) -> int | None:
    if job.cursor.get("phase") != DELIVER:
        return job.percent
    return 100 * job.cursor["byte_count"] // (transfer.byte_count or 1)


def _progress(transfer: Transfer, job: Job) -> str:
    if job.cursor.get("phase") == DELIVER and not job.is_finished:
        return _("sending the file: %(done)s of %(total)s") % {
            "done": filesizeformat(job.cursor["byte_count"]),
            "total": filesizeformat(transfer.byte_count),
        }
    if job.cursor.get("phase") == BRING:
        return "" if job.is_finished else _bringing(job)
    if job.total_count is None:
        return ""
    show = filesizeformat if unit(transfer) == "bytes" else "{:,}".format
    words = (
        _("looking at the rows: %(done)s of %(total)s")
        if job.cursor.get("phase") == CHECK
        else _("%(done)s of %(total)s")
    )
    return words % {
        "done": show(min(job.done_count, job.total_count)),
        "total": show(job.total_count),
    }


def _bringing(job: Job) -> str:
    done = filesizeformat(job.done_count)
    if job.total_count is None:
        return _("fetching the file: %(done)s") % {"done": done}
    total = filesizeformat(job.total_count)
    return _("fetching the file: %(done)s of %(total)s") % {"done": done, "total": total}


def _rate(job: Job, now: datetime) -> str:
    result = job.result
    handled = sum(
        result.get(name, 0)
        for name in ("would_add", "added", "unchanged", "count", "removed", "kept")
    )
    handled += job.error_count
    if not job.started_at or not handled:
        return ""
    seconds = max(0.1, ((job.finished_at or now) - job.started_at).total_seconds())
    rate = round(handled / seconds) or 1
    return ngettext("%(rate)d row per second", "%(rate)d rows per second", rate) % {"rate": rate}


def _time_left(job: Job, now: datetime) -> str:
    """What the rest of this step takes, if it goes on as fast; an import has several."""
    begun = datetime.fromisoformat(job.cursor["since"]) if "since" in job.cursor else job.started_at
    if job.state != Job.State.RUNNING or not begun or not job.total_count or not job.done_count:
        return ""
    left = (now - begun) * max(0, job.total_count - job.done_count) / job.done_count
    minutes = round(left.total_seconds() / 60)
    if minutes < 1:
        return _("less than a minute left of this step")
    words = ngettext(
        "about %(count)d minute left of this step",
        "about %(count)d minutes left of this step",
        minutes,
    )
    return words % {"count": minutes}


def _counts(transfer: Transfer, job: Job) -> list[Count]:
    titles = {
        "count": _("labels written"),
        "would_add": _("would be added"),
        "added": _("added"),
        "unchanged": _("there already, unchanged"),
        "revised": _("replaced"),
        "items_created": _("items created"),
        "labels_added": _("labels taken"),
        "labels_unchanged": _("labels there already"),
        "labels_left": _("labels in the file, not taken"),
        "predictions_added": _("predictions taken"),
        "predictions_replaced": _("predictions replaced"),
        "predictions_unchanged": _("predictions there already"),
        "batched": _("put into the batch"),
        "removed": _("taken out again"),
        "kept": _("stayed, as work on them had begun"),
    }
    shown = [Count(titles[name], job.result[name]) for name in titles if name in job.result]
    if transfer.direction == Transfer.Direction.IMPORT:
        shown.append(Count(_("with a problem, left out"), job.error_count))
    return shown


def _left_out(manifest: dict[str, Any]) -> list[Count]:
    """What an export leaves out, by what it is: mostly what its format cannot carry."""
    titles = {
        "older_labels": _("older labels of items that have a newer one"),
        "tests": _("labels of test items and of copies of them"),
        "undecidable": _("items that cannot be decided"),
        "unknown_size": _("images of unknown size"),
        "missing_images": _("images that are no longer in the store"),
        "unsized_objects": _("objects on images of unknown size"),
        "answers": _("answers that the format has no place for"),
        "attributes": _("objects without their attributes"),
        "rotation": _("turned boxes, written as the upright box around them"),
        "box": _("boxes"),
        "polygon": _("polygons"),
        "polyline": _("lines"),
        "keypoints": _("sets of keypoints"),
        "mask": _("masks"),
        "overlapping_spans": _("spans that overlap another"),
        "spans_without_token": _("spans of white space only"),
        "path": _("ways through decision trees"),
    }
    counted = manifest.get("left_out", {})
    return [Count(titles.get(name, name), count) for name, count in counted.items()]
