"""What the review desk shows of a task: the answers side by side, their authors hidden."""

import hashlib
import string
import uuid
from collections import Counter
from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from reviews.models import Cause, Consensus, Pick, RejectReason, Review, TaskRoute
from reviews.reports import route_words
from reviews.reports.differences import Comparison, comparison, pictured
from reviews.reports.disputes import OpenDispute, open_disputes
from reviews.reports.marked_objects import marked
from reviews.reports.reasons import sentences
from reviews.services.outcomes import round_annotations
from tasks.kinds.answer import classes_in, equal, summary, value_of
from tasks.kinds.labels import DIGITS, digit_keys, flatten
from tasks.kinds.schema import single_choice
from tasks.models import Annotation, Assignment, Stage, Task
from tasks.reports.editor import editor_item
from tasks.reports.label_guide import question_of

# Beside the digits of the classes: one letter a cause, the same on every task.
CAUSE_KEYS = {
    Cause.SLIP: "s",
    Cause.UNCLEAR_RULE: "l",
    Cause.AMBIGUOUS_DATA: "b",
    Cause.TOOL: "t",
}


@dataclass(frozen=True)
class Option:
    """An answer that can be accepted as it is."""

    name: str
    summary: str
    answer: dict[str, Any]
    is_stored: bool
    key: str


@dataclass(frozen=True)
class ClassKey:
    """A class that one press stores; `is_stored`: it is the stored one, so that is accepting."""

    value: str
    title: str
    key: str
    color: str
    is_stored: bool


@dataclass(frozen=True)
class DeskPage:
    """Everything the page of one task needs."""

    assignment: Assignment
    is_adjudication: bool
    is_tie: bool
    why: list[str]
    agreement: int | None
    annotation_count: int
    options: list[Option]
    classes: list[ClassKey]
    comparisons: list[Comparison]
    # The name of the answer that the others are held against.
    base: str
    disputes: list[OpenDispute]
    # The answers that the consensus was made of, for merging them.
    sources: list[dict[str, Any]]
    stored: dict[str, Any] | None
    # The label with what was said of single objects carried out.
    proposal: dict[str, Any] | None
    disputed: dict[str, Any]
    view: dict[str, Any]
    editor: dict[str, Any]
    reject_reasons: list[tuple[str, str, str]]
    causes: list[tuple[str, str, str]]
    # Where a ruling is written about the two classes that people are split between.
    ruling_address: str
    # What was seen: a decision by the number of an answer is about these answers and no others.
    seen: str
    request_id: uuid.UUID
    # What this reviewer asked of the task, with the answer.
    question: dict[str, Any] | None
    # The decision that was taken back and is to be made anew.
    undone: Review | None

    @property
    def disputed_objects(self) -> list[dict[str, Any]]:
        return [entry["object"] for found in self.disputed.values() for entry in found]

    @property
    def are_alike(self) -> bool:
        """Whether there is something to compare, and it does not differ."""
        return bool(self.comparisons) and not any(found.entries for found in self.comparisons)

    @property
    def schema(self) -> dict[str, Any]:
        return self.assignment.instruction_version.label_schema


def desk_page(assignment: Assignment) -> DeskPage:
    task = assignment.task
    schema = assignment.instruction_version.label_schema
    consensus = Consensus.objects.filter(task=task).first()
    pick = Pick.objects.filter(assignment=assignment).select_related("undone").first()
    found = _shuffled(round_annotations(task, assignment.round))
    names = dict(zip((row.pk for row in found), string.ascii_uppercase, strict=False))
    named = [{"name": names[row.pk], "answer": row.answer} for row in found if row.pk in names]
    is_adjudication = assignment.stage == Stage.ADJUDICATE
    base = _base(named, consensus, is_adjudication)
    comparisons = _comparisons(schema, named, base)
    sources = _sources(consensus, found)
    item = editor_item(task.item)
    undone = pick.undone if pick else None
    options = _options(schema, named, consensus, task.pk if is_adjudication else None)
    crops = marked(task, schema)
    seen = [option.answer for option in options] + ([crops.proposal] if crops.proposal else [])
    return DeskPage(
        assignment=assignment,
        is_adjudication=is_adjudication,
        is_tie=bool(consensus and consensus.is_tie),
        why=[*crops.sentences, *_why(task, pick, consensus)],
        agreement=_percent(consensus),
        annotation_count=len(found),
        options=options,
        classes=[] if is_adjudication else _classes(schema, consensus),
        comparisons=comparisons,
        base=base["name"] if base else "",
        disputes=open_disputes(schema, consensus, _names_of(sources, names)),
        sources=[row.answer for row in sources or []],
        stored=consensus.answer if consensus else None,
        proposal=crops.proposal,
        disputed=consensus.disputes if consensus else {},
        view={
            "item": item,
            "label_schema": schema,
            "answers": named,
            "base": base,
            "differences": pictured(comparisons),
            "marked": crops.objects,
        },
        editor={
            "item": item,
            "label_schema": schema,
            "answer": _to_edit(consensus, undone, crops.proposal, is_adjudication),
            "editable": True,
            "starts": [option.answer for option in options] if is_adjudication else [],
        },
        reject_reasons=[
            (value, str(title), DIGITS[number])
            for number, (value, title) in enumerate(RejectReason.choices)
        ],
        causes=[(value, str(title), CAUSE_KEYS[Cause(value)]) for value, title in Cause.choices],
        ruling_address=_ruling_address(task, named, schema) if is_adjudication else "",
        seen=_place(*seen).hex()[:16],
        request_id=uuid.uuid4(),
        question=question_of(assignment),
        undone=undone,
    )


def _why(task: Task, pick: Pick | None, consensus: Consensus | None) -> list[str]:
    found = sentences(pick.reasons) if pick else []
    if consensus:
        return found or sentences(consensus.reasons)
    # Nobody labelled it: where a model works, its routing says why.
    routed = TaskRoute.objects.filter(task=task, way=TaskRoute.Way.EXPERT).first()
    if routed:
        found += route_words.sentences(routed.reasons)
    return found or [_("labelled by nobody")]


def _ruling_address(task: Task, named: list[dict[str, Any]], schema: dict[str, Any]) -> str:
    """With the two commonest classes that the answers do not share."""
    counts = Counter(found for entry in named for found in classes_in(schema, entry["answer"]))
    split = [found for found, count in counts.most_common() if count < len(named)][:2]
    query = {
        name: ":".join(found) for name, found in zip(("from", "to"), reversed(split), strict=False)
    }
    address = reverse("ruling_create", args=[task.batch.project.slug])
    return f"{address}?{urlencode(query)}" if len(split) > 1 else address


def _to_edit(
    consensus: Consensus | None,
    undone: Review | None,
    proposal: dict[str, Any] | None,
    is_adjudication: bool,
) -> dict[str, Any]:
    """What the editor starts with: the adjudicating expert's own hand, with nothing in it.

    What was said of single objects is carried out already, for whoever decides.
    """
    if undone and undone.answer is not None:
        return undone.answer
    if proposal:
        return proposal
    return consensus.answer if consensus and not is_adjudication else {}


def _base(
    named: list[dict[str, Any]], consensus: Consensus | None, is_adjudication: bool
) -> dict[str, Any] | None:
    """The stored label; for the adjudicating expert, who is told of none, the first answer."""
    if consensus and not is_adjudication:
        return {"name": _("stored label"), "answer": consensus.answer}
    return named[0] if named else None


def _comparisons(
    schema: dict[str, Any], named: list[dict[str, Any]], base: dict[str, Any] | None
) -> list[Comparison]:
    if base is None:
        return []
    return [
        comparison(schema, entry["name"], base["answer"], entry["answer"])
        for entry in named
        if entry is not base
    ]


def _sources(consensus: Consensus | None, found: list[Annotation]) -> list[Annotation] | None:
    """The annotations a consensus was made of, in its order; None when one is not there."""
    if consensus is None:
        return None
    rows = {row.pk: row for row in found}
    numbers = [pk for pk, _revision in consensus.sources]
    return [rows[pk] for pk in numbers] if all(pk in rows for pk in numbers) else None


def _names_of(sources: list[Annotation] | None, names: dict[int, str]) -> list[str] | None:
    if sources is None:
        return None
    return [names.get(row.pk, "…") for row in sources]


def _percent(consensus: Consensus | None) -> int | None:
    if consensus is None or consensus.agreement is None:
        return None
    return round(100 * consensus.agreement)


def _shuffled(found: list[Annotation]) -> list[Annotation]:
    """A fixed order that tells nothing about who answered first."""
    return sorted(found, key=lambda row: _place(row.task_id, row.pk))


def _place(*parts: object) -> bytes:
    return hashlib.sha256(" ".join(str(part) for part in parts).encode()).digest()


def _options(
    schema: dict[str, Any],
    named: list[dict[str, Any]],
    consensus: Consensus | None,
    shuffled_for: int | None,
) -> list[Option]:
    """Each different answer once. The stored one stands first and is preselected, except for the

    adjudicating expert: who is not to lean on it sees them in a random order that stays.
    """
    found: list[tuple[str, dict[str, Any]]] = []
    if consensus:
        found.append((_saying(schema, named, consensus.answer) or _("merged"), consensus.answer))
    for entry in named:
        if not any(equal(schema, answer, entry["answer"]) for _name, answer in found):
            found.append((_saying(schema, named, entry["answer"]), entry["answer"]))
    stored = consensus.answer if consensus else None
    if shuffled_for is not None:
        found.sort(key=lambda option: _place(shuffled_for, option[1]))
        stored = None
    return [
        Option(
            name=name,
            summary=summary(schema, answer),
            answer=answer,
            is_stored=answer == stored,
            key=DIGITS[number] if number < len(DIGITS) else "",
        )
        for number, (name, answer) in enumerate(found)
    ]


def _saying(schema: dict[str, Any], named: list[dict[str, Any]], answer: dict[str, Any]) -> str:
    """The names of the answers that say this."""
    return ", ".join(entry["name"] for entry in named if equal(schema, entry["answer"], answer))


def _classes(schema: dict[str, Any], consensus: Consensus | None) -> list[ClassKey]:
    """The classes that a digit stores, where the one question of the task is a single choice."""
    control = single_choice(schema)
    if control is None or len(schema["controls"]) > 1:
        return []
    labels = flatten(control["options"])
    keys = digit_keys(labels)
    stored = value_of(control, consensus.answer) if consensus else None
    return [
        ClassKey(
            value=label["value"],
            title=label["title"],
            key=keys[label["value"]],
            color=label.get("color", ""),
            is_stored=label["value"] == stored,
        )
        for label in labels
    ]
