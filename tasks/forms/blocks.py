"""The forms of the instruction studio: one block, its examples, its tree, and bringing text in."""

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from labelops.accounts.models import User
from tasks.blocks import Block
from tasks.blocks.classes import block_classes, ends, schema_classes
from tasks.blocks.shapes import BODY_LENGTH, NOTE_LENGTH, TITLE_LENGTH, TOTAL_LENGTH
from tasks.blocks.trees import QUESTION_LENGTH
from tasks.forms.domain import ServiceForm
from tasks.models import InstructionVersion, Project
from tasks.reports.guide import KIND_TITLES, VERDICT_TITLES
from tasks.services import instruction_blocks
from tasks.services.instruction_blocks import BlockChanged

SEPARATOR = "\x1f"
EXTRA_QUESTIONS = 1
# Rows that are added on the page can be led to before they are stored.
ROWS_TO_ADD = 5


def class_choices(schema: dict[str, Any]) -> list[tuple[str, str]]:
    """The classes of a schema for a select, each as one text."""
    return [(to_choice(*found), title) for found, title in schema_classes(schema).items()]


def to_choice(control: str, value: str) -> str:
    return f"{control}{SEPARATOR}{value}"


def from_choice(choice: str) -> dict[str, str]:
    control, value = choice.split(SEPARATOR, 1)
    return {"control": control, "value": value}


class NewBlockForm(forms.Form):
    """Which kind of block, and for a class page which class."""

    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=list(KIND_TITLES.items()))
    target = forms.ChoiceField(label=gettext_lazy("Class"), required=False)

    def __init__(
        self, *args: Any, schema: dict[str, Any], blocks: list[Block], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        has_page = {block_classes(block)[0] for block in blocks if block["kind"] == "class"}
        self.fields["target"].choices = [
            ("", "–"),
            *(
                (to_choice(*found), title)
                for found, title in schema_classes(schema).items()
                if found not in has_page
            ),
        ]
        self.schema = schema

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        kind, target = cleaned.get("kind"), cleaned.get("target")
        if kind == "class" and not target:
            self.add_error("target", _("Choose the class that the page is about."))
        if kind == "tree" and not target:
            first = next(iter(schema_classes(self.schema)), None)
            if first is None:
                self.add_error("kind", _("A tree ends on classes: ask a question with classes."))
            else:
                cleaned["target"] = to_choice(*first)
        return cleaned

    @property
    def target_class(self) -> dict[str, str] | None:
        target = self.cleaned_data.get("target")
        return from_choice(target) if target else None


class ExampleTermsForm(forms.Form):
    """What an example shows, why, and where on the item."""

    verdict = forms.ChoiceField(
        label=gettext_lazy("It shows"), choices=list(VERDICT_TITLES.items())
    )
    note = forms.CharField(
        label=gettext_lazy("Why"),
        required=False,
        max_length=NOTE_LENGTH,
        help_text=gettext_lazy("Read after a wrong answer, too."),
    )
    region = forms.CharField(
        label=gettext_lazy("Where"),
        required=False,
        max_length=80,
        help_text=gettext_lazy("Image: left, top, width, height. Text: first, last character."),
    )

    def clean_region(self) -> dict[str, Any] | None:
        """Four numbers are a box, two a stretch of text, none the whole item."""
        written = self.cleaned_data["region"].replace(",", " ").replace("–", " ").split()
        try:
            numbers = [float(part) for part in written]
        except ValueError as error:
            raise forms.ValidationError(_("Write numbers with spaces between them.")) from error
        if not numbers:
            return None
        if len(numbers) == 4:
            return {"box": [round(number, 1) for number in numbers]}
        if len(numbers) == 2:
            return {"start": int(numbers[0]), "end": int(numbers[1])}
        raise forms.ValidationError(_("Write four numbers for a box, or two for a text."))


class ExampleForm(ExampleTermsForm):
    """One example that a block has."""

    id = forms.CharField(widget=forms.HiddenInput)


def region_text(region: dict[str, Any] | None) -> str:
    """A region as people type it."""
    if region is None:
        return ""
    if "box" in region:
        return ", ".join(f"{side:g}" for side in region["box"])
    return f"{region['start']}, {region['end']}"


class NodeForm(forms.Form):
    """One question of a tree. A target is "node:3" or "value:robin"."""

    question = forms.CharField(
        label=gettext_lazy("Question"), max_length=QUESTION_LENGTH, required=False
    )
    yes = forms.ChoiceField(label=gettext_lazy("Yes leads to"), required=False)
    no = forms.ChoiceField(label=gettext_lazy("No leads to"), required=False)

    def __init__(self, *args: Any, targets: list[tuple[str, Any]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("yes", "no"):
            self.fields[name].choices = targets

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if cleaned.get("question"):
            for name in ("yes", "no"):
                if not cleaned.get(name) and name not in self.errors:
                    self.add_error(name, _("Say where this answer leads."))
        return cleaned


ExampleFormSet = forms.formset_factory(ExampleForm, extra=0, can_delete=True)
NodeFormSet = forms.formset_factory(NodeForm, extra=EXTRA_QUESTIONS, can_delete=True)


class WordsForm(ServiceForm, forms.Form):
    """Heading and text of a block, and the state of it that the person started from."""

    seen = forms.CharField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(label=gettext_lazy("Heading"), required=False, max_length=TITLE_LENGTH)
    body = forms.CharField(
        label=gettext_lazy("Text, in Markdown"),
        required=False,
        strip=False,
        max_length=BODY_LENGTH,
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=gettext_lazy("**bold**, - list, > quote, | table |, ## heading"),
    )


class BlockForm(WordsForm):
    """A block as a form; `examples` and `nodes` are the formsets beside it, where it has them."""

    classes = forms.MultipleChoiceField(
        label=gettext_lazy("Classes it is about"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("None means all: a breaking change then touches every label."),
    )

    def __init__(
        self, data: Any = None, *, block: Block, schema: dict[str, Any], **kwargs: Any
    ) -> None:
        initial = {
            "title": block["title"],
            "body": block["body"],
            "seen": instruction_blocks.state_of(block),
            "classes": [to_choice(*found) for found in block_classes(block)],
        }
        super().__init__(data, initial=initial, **kwargs)
        self.block = block
        if block["kind"] in {"class", "tree"}:
            del self.fields["classes"]
        else:
            self.fields["classes"].choices = class_choices(schema)
        self.examples = _examples(data, block) if "examples" in block else None
        self.nodes = _nodes(data, block, schema) if block["kind"] == "tree" else None

    def is_valid(self) -> bool:
        formsets = [found for found in (self.examples, self.nodes) if found is not None]
        return all([super().is_valid(), *(found.is_valid() for found in formsets)])

    def edited(self) -> Block:
        """The block with what the form says, as far as it can be read."""
        values = self.cleaned_data
        block = {**self.block, "title": values.get("title", ""), "body": values.get("body", "")}
        if "classes" in self.fields:
            block["classes"] = [from_choice(choice) for choice in values.get("classes", [])]
        if self.examples is not None:
            block["examples"] = self._edited_examples()
        if self.nodes is not None:
            block["nodes"] = _edited_nodes(self.nodes)
        return block

    def _edited_examples(self) -> list[dict[str, Any]]:
        known = {example["id"]: example for example in self.block["examples"]}
        return [
            {**known[values["id"]], **{key: values[key] for key in ("verdict", "note", "region")}}
            for values in _kept(self.examples)
            if values.get("id") in known
        ]

    def save(self, project: Project, *, by: User) -> InstructionVersion | None:
        """The draft; None when the service refused. Raises BlockChanged with both texts."""
        try:
            return instruction_blocks.save_block(
                project, self.edited(), seen=self.cleaned_data["seen"], by=by
            )
        except BlockChanged:
            raise
        except instruction_blocks.DomainError as error:
            self.add_refusal(error)
            return None


def _examples(data: Any, block: Block) -> forms.BaseFormSet:
    initial = [
        {**example, "region": region_text(example["region"])} for example in block["examples"]
    ]
    return ExampleFormSet(data, initial=initial, prefix="examples")


def _nodes(data: Any, block: Block, schema: dict[str, Any]) -> forms.BaseFormSet:
    number = {node["id"]: place for place, node in enumerate(block["nodes"], start=1)}

    def target(to: dict[str, str]) -> str:
        return f"node:{number[to['node']]}" if "node" in to else f"value:{to['value']}"

    initial = [
        {"question": node["question"], "yes": target(node["yes"]), "no": target(node["no"])}
        for node in block["nodes"]
    ]
    rows = max(len(initial) + EXTRA_QUESTIONS, _posted_rows(data))
    titles = schema_classes(schema)
    values = dict.fromkeys([value for control, value in titles if control == block["control"]])
    values |= dict.fromkeys(ends(block))
    targets: list[tuple[str, Any]] = [("", "–")]
    targets += [
        (f"value:{value}", titles.get((block["control"], value), value)) for value in values
    ]
    targets += [
        (f"node:{place}", _("question %(number)d") % {"number": place})
        for place in range(2, rows + 1 + ROWS_TO_ADD)
    ]
    return NodeFormSet(data, initial=initial, prefix="nodes", form_kwargs={"targets": targets})


def _posted_rows(data: Any) -> int:
    posted = (data or {}).get("nodes-TOTAL_FORMS", "")
    return min(int(posted), 100) if posted.isdecimal() else 0


def _edited_nodes(formset: forms.BaseFormSet) -> list[dict[str, Any]]:
    """The questions that are left, with the numbers they have on the page."""
    nodes = []
    for place, form in enumerate(formset.forms, start=1):
        values = getattr(form, "cleaned_data", {})
        if values.get("question") and not values.get("DELETE"):
            nodes.append(
                {
                    "id": str(place),
                    "question": values["question"],
                    "yes": _target(values.get("yes", "")),
                    "no": _target(values.get("no", "")),
                }
            )
    return nodes


def _target(choice: str) -> dict[str, str]:
    kind, _colon, name = choice.partition(":")
    return {kind: name}


def _kept(formset: forms.BaseFormSet | None) -> list[dict[str, Any]]:
    rows = [getattr(form, "cleaned_data", {}) for form in formset.forms] if formset else []
    return [values for values in rows if values and not values.get("DELETE")]


class TranslationForm(WordsForm):
    """The words of a block in another language."""

    def save(
        self, project: Project, block_id: str, language: str, *, by: User
    ) -> InstructionVersion | None:
        values = self.cleaned_data
        return self.attempt(
            instruction_blocks.translate_block,
            project,
            block_id,
            language,
            title=values["title"],
            body=values["body"],
            seen=values["seen"],
            by=by,
        )


class ImportTextForm(ServiceForm, forms.Form):
    """A whole text at once: Markdown, or what was copied from a word processor."""

    text = forms.CharField(
        label=gettext_lazy("Your instructions"),
        strip=False,
        max_length=TOTAL_LENGTH,
        widget=forms.Textarea(attrs={"rows": 20, "data-paste-markdown": ""}),
        help_text=gettext_lazy(
            "Paste from a word processor or write Markdown. Each heading begins a part; a heading "
            "that is the name of a class becomes its page."
        ),
    )
    replace = forms.BooleanField(
        label=gettext_lazy("In place of what the draft holds now"), required=False
    )

    def save(self, project: Project, *, by: User) -> InstructionVersion | None:
        values = self.cleaned_data
        return self.attempt(
            instruction_blocks.import_text,
            project,
            values["text"],
            replace=values["replace"],
            by=by,
        )


class CopyForm(ServiceForm, forms.Form):
    """Instructions and questions of another project as the next draft of this one."""

    source = forms.ModelChoiceField(
        label=gettext_lazy("From"), queryset=InstructionVersion.objects.none()
    )

    def __init__(self, *args: Any, sources: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["source"].queryset = sources

    def save(self, project: Project, *, by: User) -> InstructionVersion | None:
        return self.attempt(
            instruction_blocks.copy_from, self.cleaned_data["source"], project, by=by
        )
