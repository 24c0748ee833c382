"""The forms of lessons and exams: what experts write, and the answers of those who learn."""

from typing import Any
from urllib.parse import urlencode

from django import forms
from django.utils.translation import gettext_lazy as _

from labelops.accounts.models import User
from labelops.strict_json import StrictJSONError, loads
from reviews.models import ExamItem, ExamPlan, Lesson, LessonItem
from reviews.models.training import EXPLANATION_LENGTH
from reviews.reports.training_desk import block_choices
from reviews.services import exams, lessons
from tasks.blocks.classes import schema_classes
from tasks.forms.blocks import from_choice, to_choice
from tasks.forms.domain import ServiceForm
from tasks.models import Project, Task
from tasks.services.instruction_blocks import newest_blocks
from tasks.services.instructions import current_schema

SOURCES = [("", _("by experts")), ("all", _("all accepted labels"))]


class AnswerForm(ServiceForm, forms.Form):
    """An answer as JSON, as <answer-editor> sends it."""

    answer = forms.CharField()

    def clean_answer(self) -> Any:
        try:
            return loads(self.cleaned_data["answer"])
        except StrictJSONError as error:
            raise forms.ValidationError(str(error)) from error


class NewLessonForm(forms.ModelForm):
    class Meta:
        model = Lesson
        fields = ("title",)


class LessonForm(ServiceForm, forms.ModelForm):
    class Meta:
        model = Lesson
        fields = ("title", "block_id", "text")
        widgets = {"text": forms.Textarea(attrs={"rows": 8})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [("", "–"), *block_choices(newest_blocks(self.instance.project))]
        self.fields["block_id"] = forms.ChoiceField(
            label=_("Part of the instructions"), choices=choices, required=False
        )

    def save(self, *, by: User) -> Lesson | None:
        return self.attempt(lessons.edit_lesson, self.instance, by=by, **self.cleaned_data)


class LessonItemForm(ServiceForm, forms.ModelForm):
    class Meta:
        model = LessonItem
        fields = ("role", "explanation")
        widgets = {"explanation": forms.Textarea(attrs={"rows": 2})}

    def save(self, *, by: User) -> LessonItem | None:
        return self.attempt(lessons.edit_item, self.instance, by=by, **self.cleaned_data)


class CandidateFilterForm(forms.Form):
    """Which accepted labels are offered."""

    label = forms.ChoiceField(label=_("Accepted label"), required=False)
    source = forms.ChoiceField(label=_("Decided"), choices=SOURCES, required=False)
    q = forms.CharField(label=_("Id begins with"), required=False, max_length=300)

    def __init__(self, data: Any, *, project: Project) -> None:
        super().__init__(data)
        titles = schema_classes(current_schema(project))
        choices = [(to_choice(*found), title) for found, title in titles.items()]
        self.fields["label"].choices = [("", _("every class")), *choices]

    def values(self) -> dict[str, Any]:
        """The keywords of `references.candidates`; what cannot be read filters nothing."""
        self.is_valid()
        label = self.cleaned_data.get("label")
        return {
            "class_": from_choice(label) if label else None,
            "by_experts": self.cleaned_data.get("source") != "all",
            "q": self.cleaned_data.get("q", "").replace("\x00", ""),
        }

    def as_query(self) -> str:
        return urlencode({name: self.data.get(name, "") for name in self.fields})


class PickForm(forms.Form):
    """The task whose label becomes part of a lesson, and what for."""

    task = forms.ModelChoiceField(queryset=Task.objects.none(), to_field_name="public_id")
    role = forms.ChoiceField(choices=LessonItem.Role)

    def __init__(self, data: Any, *, project: Project) -> None:
        super().__init__(data)
        self.fields["task"].queryset = Task.objects.filter(
            batch__project=project, set_aside__isnull=True
        )


class PoolForm(forms.Form):
    """The tasks whose labels go into the exam pool."""

    tasks = forms.ModelMultipleChoiceField(queryset=Task.objects.none(), to_field_name="public_id")

    def __init__(self, data: Any, *, project: Project) -> None:
        super().__init__(data)
        self.fields["tasks"].queryset = Task.objects.filter(
            batch__project=project, set_aside__isnull=True
        )


class ExamItemForm(forms.ModelForm):
    class Meta:
        model = ExamItem
        fields = ("explanation", "state")
        widgets = {
            "explanation": forms.Textarea(attrs={"rows": 3, "maxlength": EXPLANATION_LENGTH})
        }


class PlanForm(ServiceForm, forms.ModelForm):
    class Meta:
        model = ExamPlan
        fields = (*exams.PLAN_FIELDS, "is_open")

    def save(self, *, by: User) -> ExamPlan | None:
        return self.attempt(exams.save_plan, self.instance.project, by=by, **self.cleaned_data)
