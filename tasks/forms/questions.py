"""The forms of questions and rulings."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from labelops.accounts.models import User
from tasks.forms.blocks import class_choices, from_choice, to_choice
from tasks.forms.domain import ServiceForm
from tasks.models import Project, Question, Ruling
from tasks.models.questions import TEXT_LENGTH
from tasks.services import questions, rulings
from tasks.services.instructions import newest_version

NONE = ("", "–")


class AnswerForm(ServiceForm, forms.Form):
    """Words for the asker, and the ruling they come from when there is one."""

    text = forms.CharField(
        label=gettext_lazy("Answer"),
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=gettext_lazy("The asker reads it and gets the item back first."),
    )
    ruling = forms.ModelChoiceField(
        label=gettext_lazy("Answered by a ruling"), queryset=Ruling.objects.none(), required=False
    )

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.question = question
        if question.assignment_id is None:
            self.fields["text"].help_text = gettext_lazy("The asker reads it.")
        rows = question.project.rulings.filter(state__in=Ruling.IN_FORCE)
        self.fields["ruling"].queryset = rows
        self.fields["ruling"].label_from_instance = lambda row: f"{row.number}: {row.verdict}"

    def save(self, *, by: User) -> Question | None:
        values = self.cleaned_data
        return self.attempt(
            questions.answer, self.question, text=values["text"], ruling=values["ruling"], by=by
        )


class RulingForm(ServiceForm, forms.Form):
    """A ruling; the classes are chosen from the newest questions of the project."""

    verdict = forms.CharField(
        label=gettext_lazy("Verdict"),
        max_length=Ruling._meta.get_field("verdict").max_length,
        help_text=gettext_lazy("One sentence that settles the case: “A reflection is not a car.”"),
    )
    text = forms.CharField(
        label=gettext_lazy("Explanation"),
        required=False,
        max_length=TEXT_LENGTH,
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    from_class = forms.ChoiceField(
        label=gettext_lazy("Labels that say"),
        required=False,
        help_text=gettext_lazy("With it, accepted labels that say so become a worklist."),
    )
    to_class = forms.ChoiceField(label=gettext_lazy("are to say instead"), required=False)
    classes = forms.MultipleChoiceField(
        label=gettext_lazy("Further classes it is about"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(
        self, *args: Any, project: Project, ruling: Ruling | None = None, **kwargs: Any
    ) -> None:
        initial = {**kwargs.pop("initial", {}), **(_initial(ruling) if ruling else {})}
        super().__init__(*args, initial=initial, **kwargs)
        newest = newest_version(project)
        choices = class_choices(newest.label_schema) if newest else []
        self.fields["from_class"].choices = [NONE, *choices]
        self.fields["to_class"].choices = [NONE, *choices]
        self.fields["classes"].choices = choices
        self.project, self.ruling = project, ruling

    def values(self) -> dict[str, Any]:
        values = self.cleaned_data
        return {
            "verdict": values["verdict"],
            "text": values["text"],
            "from_class": _class(values["from_class"]),
            "to_class": _class(values["to_class"]),
            "classes": [from_choice(choice) for choice in values["classes"]],
        }

    def save(self, *, by: User, question: Question | None = None) -> Ruling | None:
        if self.ruling:
            return self.attempt(rulings.edit_ruling, self.ruling, by=by, **self.values())
        return self.attempt(
            rulings.create_ruling, self.project, by=by, question=question, **self.values()
        )


def _initial(ruling: Ruling) -> dict[str, Any]:
    ends = (ruling.from_class, ruling.to_class)
    return {
        "verdict": ruling.verdict,
        "text": ruling.text,
        "from_class": to_choice(**ruling.from_class) if ruling.from_class else "",
        "to_class": to_choice(**ruling.to_class) if ruling.to_class else "",
        "classes": [to_choice(**entry) for entry in ruling.classes if entry not in ends],
    }


def _class(choice: str) -> dict[str, str] | None:
    return from_choice(choice) if choice else None


class RulingFilterForm(forms.Form):
    """Words, up to two classes (a pair that is mixed up), and drafts or what is in force."""

    q = forms.CharField(label=gettext_lazy("Words"), required=False, max_length=200)
    one = forms.ChoiceField(label=gettext_lazy("About the class"), required=False)
    other = forms.ChoiceField(label=gettext_lazy("and the class"), required=False)
    state = forms.ChoiceField(
        label=gettext_lazy("State"),
        required=False,
        choices=[("", gettext_lazy("all")), *Ruling.State.choices],
    )

    def __init__(self, data: Any, *, project: Project) -> None:
        super().__init__(data)
        newest = newest_version(project)
        choices = class_choices(newest.label_schema) if newest else []
        for name in ("one", "other"):
            self.fields[name].choices = [NONE, *choices]

    def chosen(self) -> dict[str, Any]:
        """`classes` are those to name; what cannot be read filters nothing."""
        self.is_valid()
        values = self.cleaned_data
        pair = [values.get("one"), values.get("other")]
        return {
            "words": values.get("q", ""),
            "state": values.get("state", ""),
            "classes": [from_choice(choice) for choice in pair if choice],
        }


def class_choice(text: str) -> str:
    """The choice of a class that an address names as "control:value"."""
    control, colon, value = text.partition(":")
    return to_choice(control, value) if colon else ""
