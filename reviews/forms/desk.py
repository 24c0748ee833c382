"""What a reviewer sends from the desk."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from labelops.errors import DomainError
from labelops.strict_json import StrictJSONError, loads
from reviews.models import Cause, RejectReason, Review
from reviews.quality.merging import UnknownChoice, settled
from reviews.reports.desk import DeskPage
from reviews.reports.reasons import TITLES
from reviews.services.desk import COMMENT_LENGTH
from reviews.services.narrowing import Narrowing, narrowed
from tasks.access import reviewable_projects
from tasks.forms.domain import ServiceForm
from tasks.kinds.schema import single_choice
from tasks.models import Assignment, Project

Decision = Review.Decision
MERGE, OWN, MARKED = "merge", "own", "marked"
NARROWING = ("class", "annotator", "team", "reason")


class DeskForm(forms.Form):
    """Which project's desk to sit at, any when it is left out, and what to narrow it to."""

    project = forms.SlugField(required=False)
    annotator = forms.SlugField(required=False)
    team = forms.IntegerField(required=False)
    reason = forms.ChoiceField(choices=[(code, code) for code in TITLES], required=False)

    def __init__(self, data: Mapping[str, Any], *, user: User) -> None:
        super().__init__(data)
        # A field called `class` cannot be written as an attribute.
        self.fields["class"] = forms.CharField(required=False, max_length=264)
        self.user = user
        self.chosen: Project | None = None

    def clean(self) -> dict[str, Any]:
        """What does not exist for this person is as good as unknown."""
        sent = self.cleaned_data
        if sent.get("project"):
            allowed = reviewable_projects(self.user)
            self.chosen = allowed.filter(slug=sent["project"]).first()
            if self.chosen is None:
                raise forms.ValidationError(_("There is no such project."))
        if not self.errors:
            self.narrowing = self._narrowed(sent)
        return sent

    def _narrowed(self, sent: dict[str, Any]) -> Narrowing:
        try:
            return narrowed(
                self.chosen,
                class_=sent["class"],
                annotator=sent["annotator"],
                team=sent["team"],
                reason=sent["reason"],
            )
        except DomainError as error:
            raise forms.ValidationError(error.words) from error

    @property
    def kept(self) -> dict[str, str]:
        """The same again, for the next task."""
        names = ("project", *NARROWING)
        return {name: str(self.cleaned_data[name]) for name in names if self.cleaned_data[name]}


class DecisionForm(ServiceForm, forms.Form):
    """One press of a button: a decision, the class that is right, a reason to reject, or a cause.

    `chosen` is the number of an offered answer, "merge", or "own"; `answer` is the edited one, as
    JSON. `merge`, `marked` and the class keys become an accept or a fix, whichever they are.
    """

    decision = forms.CharField(required=False)
    fix_to = forms.CharField(required=False)
    reject = forms.ChoiceField(choices=RejectReason, required=False)
    cause = forms.ChoiceField(choices=Cause, required=False, label=_("cause"))
    request_id = forms.UUIDField()
    reason = forms.ChoiceField(choices=RejectReason, required=False, label=_("reason"))
    comment = forms.CharField(required=False, max_length=COMMENT_LENGTH, label=_("comment"))
    chosen = forms.CharField(required=False)
    answer = forms.CharField(required=False)
    seen = forms.CharField(required=False)
    dwell_ms = forms.IntegerField(required=False, min_value=0)

    def __init__(self, data: Any, *, page: DeskPage) -> None:
        super().__init__(data)
        self.page = page

    def clean(self) -> dict[str, Any]:
        sent = self.cleaned_data
        if not self.errors:
            self.verdict = {
                "request_id": sent["request_id"],
                "comment": sent["comment"],
                "dwell_ms": sent["dwell_ms"],
                "cause": sent["cause"] if self.page.is_adjudication else None,
                **self._decided(sent),
            }
        return sent

    def clean_seen(self) -> str:
        """Answers are chosen by number, and labels follow what is learned of their authors."""
        seen = self.cleaned_data["seen"]
        is_open = self.page.assignment.state == Assignment.State.LEASED
        if is_open and seen and seen != self.page.seen:
            raise forms.ValidationError(
                _("The answers have changed while you looked. Look again, then decide.")
            )
        return seen

    def _decided(self, sent: dict[str, Any]) -> dict[str, Any]:
        if sent["reject"]:
            return {"decision": Decision.REJECT, "reason": sent["reject"]}
        if sent["fix_to"]:
            return self._named(sent["fix_to"])
        decision = sent["decision"]
        if self.page.is_adjudication and decision not in Decision.values:
            decision = {MERGE: MERGE, OWN: Decision.FIX}.get(sent["chosen"], Decision.ACCEPT)
            if not sent["chosen"]:
                raise forms.ValidationError(_("Choose an answer, merge them, or give your own."))
        if decision == MERGE:
            return self._stored_or_fixed(self._merged(), sent["reason"])
        if decision == MARKED:
            if self.page.proposal is None:
                raise forms.ValidationError(_("No object was marked."))
            return self._stored_or_fixed(self.page.proposal, sent["reason"])
        if decision == Decision.FIX:
            return self._fixed(sent)
        if decision == Decision.ACCEPT:
            return {"decision": decision, "answer": self._chosen(sent["chosen"])}
        return {"decision": decision, "reason": sent["reason"]}

    def _named(self, value: str) -> dict[str, Any]:
        """The class of a key: one question is all there is."""
        control = single_choice(self.page.schema)
        if control is None or value not in {entry.value for entry in self.page.classes}:
            raise forms.ValidationError(_("This is not one of the classes."))
        return self._stored_or_fixed({control["name"]: value}, RejectReason.WRONG_CLASS)

    def _stored_or_fixed(self, answer: dict[str, Any], reason: str) -> dict[str, Any]:
        """What is there already is accepted; anything else is a correction."""
        if any(option.answer == answer for option in self.page.options) and (
            self.page.is_adjudication or answer == self.page.stored
        ):
            return {"decision": Decision.ACCEPT, "answer": answer}
        return {"decision": Decision.FIX, "answer": answer, "reason": reason}

    def _fixed(self, sent: dict[str, Any]) -> dict[str, Any]:
        if not sent["answer"]:
            return {"decision": Decision.FIX, "reason": sent["reason"]}
        try:
            answer = loads(sent["answer"])
        except StrictJSONError as error:
            raise forms.ValidationError(str(error)) from error
        return {"decision": Decision.FIX, "answer": answer, "reason": sent["reason"]}

    def _merged(self) -> dict[str, Any]:
        if self.page.stored is None or not self.page.disputes:
            raise forms.ValidationError(_("There is nothing to merge."))
        choices = {
            dispute.key: self.data[dispute.field]
            for dispute in self.page.disputes
            if dispute.field in self.data
        }
        page = self.page
        try:
            return settled(page.stored, page.disputed, choices, page.sources)
        except UnknownChoice as error:
            raise forms.ValidationError(_("This is not one of the choices.")) from error

    def _chosen(self, number: str) -> dict[str, Any] | None:
        if not number:
            return None
        if not number.isdecimal() or int(number) >= len(self.page.options):
            raise forms.ValidationError(_("This answer is not one of those shown."))
        return self.page.options[int(number)].answer
