"""Events as lines that people read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Model, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from labelops.audit import words
from labelops.audit.models import Event
from tasks.models import ItemReport, SkipReason

VERBS = {
    "batch.created": gettext_lazy("made the batch"),
    "batch.changed": gettext_lazy("changed the batch"),
    "batch.items_added": gettext_lazy("added items"),
    "batch.items_removed": gettext_lazy("took out the items of a filling that did not end"),
    "batch.started": gettext_lazy("started the batch"),
    "batch.resumed": gettext_lazy("resumed the batch"),
    "batch.paused": gettext_lazy("paused the batch"),
    "batch.calibrating": gettext_lazy("asked for a calibration first"),
    "batch.calibrated": gettext_lazy("ended the calibration and started the batch"),
    "batch.calibration_stopped": gettext_lazy("gave the calibration up"),
    "batch.closed": gettext_lazy("closed the batch"),
    "batch.reopened": gettext_lazy("reopened the batch"),
    "withdrawal.started": gettext_lazy("began to take the work out"),
    "withdrawal.undone": gettext_lazy("began to put the work back"),
    "lot.opened": gettext_lazy("drew the sample"),
    "lot.accepted": gettext_lazy("accepted the lot"),
    "lot.rejected": gettext_lazy("rejected the lot"),
    "lot.cancelled": gettext_lazy("gave the lot up"),
    "lot.reopened": gettext_lazy("went on with the lot: a decision was taken back"),
    "lot.decision_taken_back": gettext_lazy("kept the end: a decision was taken back later"),
    "lot.returned": gettext_lazy("sent labels back"),
    "dataset.started": gettext_lazy("began to freeze the version"),
    "dataset.failed": gettext_lazy("gave the version up"),
    "dataset.frozen": gettext_lazy("froze the version"),
    "scenario.frozen": gettext_lazy("froze the test"),
    "scenario.judged": gettext_lazy("ran the test, with a new verdict"),
    "scenario.retired": gettext_lazy("retired the test"),
    "impact.planned": gettext_lazy("said what the batch is to better"),
    "impact.measured": gettext_lazy("measured what the batch did to a model"),
    "impact.share_measured": gettext_lazy("measured what the batch alone adds to a model"),
    "segment.created": gettext_lazy("saved the segment"),
    "segment.renamed": gettext_lazy("renamed the segment"),
    "campaign.started": gettext_lazy("began the campaign"),
    "campaign.opened": gettext_lazy("found the candidates"),
    "campaign.looked_again": gettext_lazy("had it look for candidates again"),
    "campaign.refilled": gettext_lazy("looked for more candidates"),
    "campaign.decided": gettext_lazy("went through a page"),
    "campaign.undone": gettext_lazy("took a page back"),
    "campaign.full": gettext_lazy("ended it: as many as wanted were found"),
    "campaign.dry": gettext_lazy("ended it: hardly anything fits any more"),
    "campaign.stopped": gettext_lazy("stopped it"),
    "campaign.resumed": gettext_lazy("went on with it"),
    "campaign.batched": gettext_lazy("made it a batch"),
    "task.restated": gettext_lazy("let another answer stand, as more is known of its annotators"),
    "task.settled": gettext_lazy("settled the label"),
    "task.objects_checked": gettext_lazy("looked at objects of the label"),
    "task.object_checks_withdrawn": gettext_lazy("took back what they said of objects"),
    "task.in_review": gettext_lazy("asked for a review"),
    "task.in_adjudication": gettext_lazy("asked for an adjudication"),
    "task.rework": gettext_lazy("sent the task back"),
    "task.pending": gettext_lazy("opened the task anew"),
    "task.labeling": gettext_lazy("let the task go on"),
    "task.on_hold": gettext_lazy("put the task on hold"),
    "task.excluded": gettext_lazy("took the task out of the work"),
    "item.deleted": gettext_lazy("deleted the item"),
    "item.restored": gettext_lazy("restored the item"),
    "item.tagged": gettext_lazy("tagged the item"),
    "item.untagged": gettext_lazy("took a tag off the item"),
    "edit.started": gettext_lazy("began to edit the items"),
    "edit.resumed": gettext_lazy("went on with the edit"),
    "edit.undone": gettext_lazy("began to take the edit back"),
    "item.reserved": gettext_lazy("kept the item for teaching"),
    "annotation.submitted": gettext_lazy("submitted an answer"),
    "annotation.taken_out": gettext_lazy("took the answer out"),
    "annotation.put_back": gettext_lazy("put the answer back"),
    "assignment.leased": gettext_lazy("took the task"),
    "assignment.released": gettext_lazy("gave the task back"),
    "assignment.skipped": gettext_lazy("skipped the task"),
    "item.reported": gettext_lazy("reported the item"),
    "item.report_resolved": gettext_lazy("resolved a report"),
    "level.set": gettext_lazy("set the level"),
    "level.checks": gettext_lazy("changed how much is checked"),
    "trust.alarm": gettext_lazy("raised the alarm"),
    "trust.declined": gettext_lazy("declined the promotion"),
    "suspension.started": gettext_lazy("suspended the person"),
    "suspension.appealed": gettext_lazy("appealed"),
    "suspension.upheld": gettext_lazy("let the suspension stand"),
    "suspension.granted": gettext_lazy("granted the appeal"),
    "suspension.lifted": gettext_lazy("lifted the suspension"),
    "suspension.expired": gettext_lazy("ended the suspension, as its time was over"),
    "announcement.published": gettext_lazy("published the announcement"),
    "announcement.confirmed": gettext_lazy("confirmed the announcement"),
    "announcement.put_away": gettext_lazy("put the announcement away"),
    "announcement.withdrawn": gettext_lazy("withdrew the announcement"),
    "assignment.expired": gettext_lazy("let the lease run out"),
}
# What services note when nobody wrote a reason; stored in English, told in the reader's language.
REASONS = {
    "a question is open": gettext_lazy("a question is open"),
    "the question is answered": gettext_lazy("the question is answered"),
    "the question is closed": gettext_lazy("the question is closed"),
    "an expert excluded the item": gettext_lazy("an expert excluded the item"),
    "used as example": gettext_lazy("used as an example"),
    "used as lesson": gettext_lazy("used in a lesson"),
    "used as exam": gettext_lazy("used in an exam"),
    "answer taken back": gettext_lazy("answer taken back"),
    "an object was marked as wrong": gettext_lazy("an object was marked as wrong"),
    "object checks taken back": gettext_lazy("what was said of its objects was taken back"),
    "agreement reached": gettext_lazy("people agree as asked"),
    "an answer was taken out": gettext_lazy("an answer was taken out"),
    "the withdrawal was undone": gettext_lazy("the withdrawal was undone"),
    "answers differ": gettext_lazy("answers differ"),
    "asked in a calibration": gettext_lazy("asked in a calibration"),
    "calibration given up": gettext_lazy("calibration given up"),
    "drawn at random": gettext_lazy("drawn at random"),
    "fewer labels are wanted": gettext_lazy("fewer labels are wanted"),
    "nobody is left to ask": gettext_lazy("nobody is left to ask"),
    "rejected too often": gettext_lazy("rejected too often"),
    "reworked": gettext_lazy("reworked"),
    "skipped by several people": gettext_lazy("skipped by several people"),
    "taken back by a manager": gettext_lazy("taken back by a manager"),
    "unlike all that the model learned from": gettext_lazy(
        "unlike all that the model learned from"
    ),
    "the model's answers are done anew": gettext_lazy("the model's answers are done anew"),
    "the labels leave doubt": gettext_lazy("the labels leave doubt"),
    **dict(SkipReason.choices),
    **dict(ItemReport.Reason.choices),
}
SHOWN = 30
READ = 200


@dataclass(frozen=True)
class Line:
    at: datetime
    who: str
    what: str
    reason: str


def history(targets: Iterable[Model], *, show_names: bool) -> list[Line]:
    """The newest events about the targets. Without names people appear by pseudonym."""
    about = Q(pk__in=[])
    by_type: dict[str, list[str]] = {}
    for target in targets:
        by_type.setdefault(target._meta.label_lower, []).append(str(target.pk))
    for target_type, ids in by_type.items():
        about |= Q(target_type=target_type, target_id__in=ids)
    events = Event.objects.filter(about).select_related("actor").order_by("-id")[:READ]
    return [_line(event, count, show_names) for event, count in _folded(events)][:SHOWN]


def _folded(events: Iterable[Event]) -> list[tuple[Event, int]]:
    """Items go into a batch by chunks with an event each; the reader wants one line."""
    folded: list[tuple[Event, int]] = []
    for event in events:
        count = (event.after or {}).get("count", 0) if event.verb == "batch.items_added" else 0
        if folded and count:
            last, sum_ = folded[-1]
            if last.verb == event.verb and last.actor_id == event.actor_id:
                folded[-1] = (last, sum_ + count)
                continue
        folded.append((event, count))
    return folded


def _line(event: Event, count: int, show_names: bool) -> Line:
    actor: Any = event.actor
    who = _("LabelOps") if actor is None else (str(actor) if show_names else actor.pseudonym)
    what = words.of_verb(event.verb)
    if count:
        what = ngettext("added %(count)d item", "added %(count)d items", count) % {"count": count}
    return Line(event.created_at, who, what, str(REASONS.get(event.reason, event.reason)))
