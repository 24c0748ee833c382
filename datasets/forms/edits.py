"""What each act of a bulk edit asks for."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from datasets.models import BulkEdit
from datasets.services import bulk_edits
from datasets.services.edit_acts import fixing
from labelops.accounts.models import User
from tasks.forms.domain import ServiceForm
from tasks.models import Project
from tasks.models.item_tags import TAG_LENGTH
from tasks.models.questions import QUESTION_LENGTH
from tasks.services.checks import REASON_LENGTH

Act = BulkEdit.Act
# Sets of items have parameters of the same names.
PREFIX = "edit"


class EditForm(ServiceForm, forms.Form):
    """The fields of one act; `meant` are the items, with their objects."""

    def __init__(
        self, *args: Any, project: Project, act: str, meant: bulk_edits.Meant, **kwargs: Any
    ) -> None:
        super().__init__(*args, prefix=PREFIX, **kwargs)
        self.project, self.act, self.meant = project, act, meant
        self.fields.update(self._fields())

    def _fields(self) -> dict[str, forms.Field]:
        match self.act:
            case Act.FIX:
                of_objects = any(self.meant.values())
                choices = fixing.choices(self.project, of_objects=of_objects)
                label = forms.ChoiceField(label=_("Right label"), choices=[("", "–"), *choices])
                return {"label": label, "reason": _reason(_("Comment"), is_required=False)}
            case Act.RELABEL:
                return {"reason": _reason(_("What to look at: the annotators read it"))}
            case Act.EXCLUDE:
                return {"reason": _reason(_("Why they are excluded"))}
            case Act.QUESTION:
                area = forms.Textarea(attrs={"rows": 3})
                question = forms.CharField(
                    label=_("Question"), max_length=QUESTION_LENGTH, widget=area
                )
                return {"text": question}
        return {"tag": forms.CharField(label=_("Tag"), max_length=TAG_LENGTH)}

    @property
    def has_choices(self) -> bool:
        """Whether there is a class to fix to: what is drawn is mended on the review desk."""
        return self.act != Act.FIX or len(self.fields["label"].choices) > 1

    def save(self, *, source: dict[str, Any], by: User) -> BulkEdit | None:
        wishes = self.cleaned_data
        return self.attempt(
            bulk_edits.start,
            self.project,
            self.meant,
            act=self.act,
            wishes=wishes,
            source=source,
            by=by,
        )


def _reason(label: Any, *, is_required: bool = True) -> forms.CharField:
    return forms.CharField(label=label, max_length=REASON_LENGTH, required=is_required)
