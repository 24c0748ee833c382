"""What a person may be told of: a closed list. Words and links are made when a notice is shown."""

from collections import defaultdict
from datetime import datetime
from typing import Any

from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _


class Kind(models.TextChoices):
    QUESTION_ASKED = "question.asked", _("a question waits for my answer")
    QUESTION_ANSWERED = "question.answered", _("a question of mine is answered")
    INSTRUCTIONS_CHANGED = "instructions.changed", _("there are instructions to read")
    LEVEL_CHANGED = "level.changed", _("my level changes")
    SUSPENSION_STARTED = "suspension.started", _("I am suspended from a project")
    SUSPENSION_ENDED = "suspension.ended", _("a suspension of mine ends")
    WORK_MOVED = "work.moved", _("tasks that I held go to others")
    ANSWERS_TAKEN_OUT = "work.taken_out", _("answers of mine are taken out")
    IMPACT_MEASURED = "impact.measured", _("what my work did to a model is measured")
    WORK_ENDED = "job.ended", _("background work that I started has ended")
    WORK_FAILED = "job.failed", _("background work that I started has failed")
    BATCH_DUE = "batch.due", _("a batch is due within two days")
    BATCH_OVERDUE = "batch.overdue", _("a batch is overdue")
    LOT_REJECTED = "lot.rejected", _("a lot is rejected")
    LOT_RETURNED = "lot.returned", _("labels of a rejected lot are sent back")
    MODEL_ALARM = "model.alarm", _("a model no longer answers a class alone")
    MODEL_SWAYS = "model.sways", _("a model is proved to sway people")
    CAMPAIGN_ENDED = "campaign.ended", _("a campaign of mine is full, or finds hardly more")
    CASE_GIVEN = "case.given", _("a failure case is given to me")
    CASE_BACK = "case.back", _("a failure case of mine is back")
    WEBHOOK_GIVEN_UP = "webhook.given_up", _("a webhook is switched off, as nothing arrives")


# Whom a kind can concern, so that nobody is asked about what never reaches them.
OF_EVERYBODY = (Kind.WORK_ENDED, Kind.WORK_FAILED)
OF_LABELERS = (
    Kind.QUESTION_ANSWERED,
    Kind.INSTRUCTIONS_CHANGED,
    Kind.LEVEL_CHANGED,
    Kind.SUSPENSION_STARTED,
    Kind.SUSPENSION_ENDED,
    Kind.WORK_MOVED,
    Kind.ANSWERS_TAKEN_OUT,
    Kind.IMPACT_MEASURED,
)
OF_EXPERTS = (Kind.QUESTION_ASKED,)
OF_MANAGERS = (
    Kind.BATCH_DUE,
    Kind.BATCH_OVERDUE,
    Kind.LOT_REJECTED,
    Kind.LOT_RETURNED,
    Kind.MODEL_ALARM,
    Kind.MODEL_SWAYS,
    Kind.CAMPAIGN_ENDED,
    Kind.CASE_GIVEN,
    Kind.CASE_BACK,
    Kind.WEBHOOK_GIVEN_UP,
)

SENTENCES: dict[str, Any] = {
    Kind.QUESTION_ANSWERED: _("Your question about %(item)s in %(project)s is answered."),
    Kind.INSTRUCTIONS_CHANGED: _("Version %(number)s of the instructions of %(project)s is new."),
    Kind.LEVEL_CHANGED: _("Your level in %(project)s is now %(level)s."),
    Kind.SUSPENSION_STARTED: _("Until %(until_at)s you are suspended from %(project)s."),
    Kind.SUSPENSION_ENDED: _("Your suspension from %(project)s is over."),
    Kind.WORK_MOVED: _("Tasks of %(project)s that you had went to others."),
    Kind.ANSWERS_TAKEN_OUT: _("Answers of yours in %(project)s are taken out."),
    Kind.IMPACT_MEASURED: _("What your work in %(project)s did to a model is measured."),
    Kind.WORK_ENDED: _("What you started has ended: %(work)s."),
    Kind.WORK_FAILED: _("What you started has failed: %(work)s."),
    Kind.BATCH_DUE: _("Due on %(due_at)s: the batch %(batch)s of %(project)s."),
    Kind.BATCH_OVERDUE: _("Overdue since %(due_at)s: the batch %(batch)s of %(project)s."),
    Kind.LOT_REJECTED: _("Lot %(number)s of the batch %(batch)s of %(project)s is rejected."),
    Kind.LOT_RETURNED: _("Labels of lot %(number)s of %(project)s, batch %(batch)s, go back."),
    Kind.MODEL_ALARM: _(
        "%(model)s in %(project)s answers a class no longer alone: %(wrong)s of the newest %(n)s "
        "audits were wrong."
    ),
    Kind.MODEL_SWAYS: _("People follow the mistakes of %(model)s too often (%(project)s)."),
    Kind.CAMPAIGN_ENDED: _(
        "The campaign %(campaign)s of %(project)s has ended: %(accepted)s of %(quota)s items found."
    ),
    Kind.CASE_GIVEN: _("The failure case “%(case)s” of %(project)s is yours."),
    Kind.CASE_BACK: _("The failure case “%(case)s” of %(project)s is back: its test is failed."),
    Kind.WEBHOOK_GIVEN_UP: _("A webhook of %(project)s is switched off: nothing arrived."),
}
# The page about it: the name of its route, and the parameters that the route takes.
PAGES: dict[str, tuple[str, tuple[str, ...]]] = {
    Kind.QUESTION_ASKED: ("question_list", ("slug",)),
    Kind.QUESTION_ANSWERED: ("label", ()),
    Kind.INSTRUCTIONS_CHANGED: ("label_changes", ("slug",)),
    Kind.LEVEL_CHANGED: ("own_levels", ()),
    Kind.SUSPENSION_STARTED: ("own_levels", ()),
    Kind.SUSPENSION_ENDED: ("own_levels", ()),
    Kind.WORK_MOVED: ("own_answers", ()),
    Kind.ANSWERS_TAKEN_OUT: ("own_answers_taken_out", ()),
    Kind.IMPACT_MEASURED: ("impact_of_work", ("batch_id",)),
    Kind.BATCH_DUE: ("batch_detail", ("batch_id",)),
    Kind.BATCH_OVERDUE: ("batch_detail", ("batch_id",)),
    Kind.LOT_REJECTED: ("lot_detail", ("lot_id",)),
    Kind.LOT_RETURNED: ("lot_detail", ("lot_id",)),
    Kind.MODEL_ALARM: ("model_detail", ("slug", "model_id")),
    Kind.MODEL_SWAYS: ("model_detail", ("slug", "model_id")),
    Kind.CAMPAIGN_ENDED: ("campaign_detail", ("slug", "campaign_id")),
    Kind.CASE_GIVEN: ("failure_case_detail", ("slug", "case_id")),
    Kind.CASE_BACK: ("failure_case_detail", ("slug", "case_id")),
    Kind.WEBHOOK_GIVEN_UP: ("webhook_detail", ("webhook",)),
}
# Background work by its kind: what people call it, and its page.
WORK: dict[str, tuple[Any, tuple[str, tuple[str, ...]]]] = {
    "import": (_("an import"), ("transfer_detail", ("job",))),
    "annotation_import": (_("an import of labels"), ("transfer_detail", ("job",))),
    "import_undo": (_("taking an import back"), ("transfer_detail", ("job",))),
    "export": (_("an export"), ("transfer_detail", ("job",))),
    "export_dataset": (_("an export of a dataset"), ("transfer_detail", ("job",))),
    "prepare_campaign": (_("looking for candidates"), ("campaign_list", ("project",))),
    "freeze_dataset": (_("freezing a dataset"), ("project_list", ())),
    "evaluate": (_("evaluating a model"), ("evaluation_list", ("project",))),
    "compute_vectors": (_("computing what is similar"), ("item_map", ("project",))),
    "fill_batch": (_("adding items to a batch"), ("batch_detail", ("batch",))),
    "ask_model_backend": (_("asking a model"), ("backend_detail", ("backend",))),
    "teach_model_backend": (_("having a model learn"), ("backend_detail", ("backend",))),
    "adjust_overlap": (_("changing the overlap of a batch"), ("batch_detail", ("batch",))),
    "stale_labels": (_("looking after labels in doubt"), ("project_list", ())),
    "withdraw_work": (_("taking work out"), ("withdrawal_detail", ("withdrawal",))),
    "undo_withdrawal": (_("putting work back"), ("withdrawal_detail", ("withdrawal",))),
    "find_label_issues": (_("looking for wrong labels"), ("project_list", ())),
    "return_lot": (_("sending labels of a lot back"), ("lot_detail", ("lot",))),
    "bulk_edit": (_("an edit of many items"), ("bulk_edit_list", ("project",))),
    "undo_bulk_edit": (_("taking an edit back"), ("bulk_edit_list", ("project",))),
    "run_scenarios": (_("running scenario tests"), ("model_list", ("project",))),
    "measure_impact": (_("measuring what a batch did to a model"), ("batch_detail", ("batch",))),
    "train_without_batch": (
        _("training the model without a batch"),
        ("batch_detail", ("batch",)),
    ),
    "train_model": (_("training the built-in model"), ("model_list", ("project",))),
}
OTHER_WORK = (_("background work"), ("home", ()))


def sentence(kind: str, parameters: dict[str, Any], count: int) -> str:
    """In the language and the zone that are active."""
    # A row may be older than a parameter.
    words: dict[str, Any] = defaultdict(lambda: "–")
    words |= {name: _shown(name, value) for name, value in parameters.items()}
    if kind == Kind.QUESTION_ASKED:
        return ngettext(
            "A question in %(project)s waits for your answer.",
            "%(count)d questions in %(project)s were given to you.",
            count,
        ) % (words | {"count": count})
    if kind not in SENTENCES:
        return gettext("Something happened that this version has no words for.")
    return str(SENTENCES[kind]) % words


def _shown(name: str, value: Any) -> Any:
    if name.endswith("_at"):
        moment = timezone.localtime(datetime.fromisoformat(value))
        return date_format(moment, "SHORT_DATETIME_FORMAT")
    return WORK.get(value, OTHER_WORK)[0] if name == "work" else value


def address(kind: str, parameters: dict[str, Any]) -> str:
    """The page about it, without the host."""
    if kind in {Kind.WORK_ENDED, Kind.WORK_FAILED}:
        _words, (route, names) = WORK.get(parameters.get("work", ""), OTHER_WORK)
    else:
        route, names = PAGES.get(kind, ("home", ()))
    if not all(name in parameters for name in names):
        return reverse("home")
    return reverse(route, args=[parameters[name] for name in names])
