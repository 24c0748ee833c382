"""Rulings: what experts decided for a kind of case, from a draft to a part of the instructions."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Exists, Max, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError, NotAllowed
from labelops.webhooks.events import Told
from labelops.webhooks.services.outbox import tell
from tasks.blocks import Block
from tasks.blocks.classes import schema_classes
from tasks.blocks.shapes import new_id
from tasks.models import (
    InstructionVersion,
    Item,
    LabelClass,
    Project,
    Question,
    ReservedItem,
    Ruling,
    Task,
)
from tasks.services import questions, results
from tasks.services.archiving import lock_project
from tasks.services.checks import REASON_LENGTH, check_fields, check_words
from tasks.services.instructions import change_blocks, current_version, newest_version
from tasks.services.publishing import is_alone
from tasks.services.reservations import OPEN

ITEMS_MOST = 50
State = Ruling.State
Class = dict[str, str]


def create_ruling(
    project: Project,
    *,
    verdict: str,
    by: User,
    text: str = "",
    from_class: Class | None = None,
    to_class: Class | None = None,
    classes: Iterable[Class] = (),
    items: Iterable[Item] = (),
    question: Question | None = None,
) -> Ruling:
    """Write a ruling. A question that led to it is answered with it at once.

    It binds others when a second expert publishes it. Raises DomainError with the field.
    """
    with transaction.atomic():
        lock_project(project.pk)
        number = project.rulings.aggregate(last=Max("number"))["last"] or 0
        ruling = Ruling(project=project, number=number + 1, author=by)
        _write(ruling, verdict, text, from_class, to_class, classes)
        asked = [question.item, *question.others.all()[: ITEMS_MOST - 1]] if question else []
        linked = [*items, *asked]
        ruling.items.set(_own_items(project, linked))
        record(by, "ruling.written", ruling, after=_facts(ruling))
        if question:
            questions.answer(question, text=_words(ruling), ruling=ruling, by=by)
            ruling.refresh_from_db()
    return ruling


def edit_ruling(
    ruling: Ruling,
    *,
    verdict: str,
    text: str,
    from_class: Class | None,
    to_class: Class | None,
    classes: Iterable[Class],
    by: User,
) -> Ruling:
    """Change a draft; its editor is its author from now on."""
    with transaction.atomic():
        ruling = _lock(ruling, State.DRAFT)
        before = _facts(ruling)
        ruling.author = by
        _write(ruling, verdict, text, from_class, to_class, classes)
        record(by, "ruling.edited", ruling, before=before, after=_facts(ruling))
    return ruling


def publish_ruling(ruling: Ruling, *, by: User, now: datetime | None = None) -> Ruling:
    """Put a ruling in force. Its author may only when there is no other expert."""
    with transaction.atomic():
        ruling = _lock(ruling, State.DRAFT)
        if ruling.author_id == by.pk and not is_alone(ruling.project, by):
            raise NotAllowed(
                _("You wrote this ruling: another expert publishes it."),
                code="second_person_needed",
            )
        ruling.state, ruling.publisher = State.PUBLISHED, by
        ruling.published_at = now or timezone.now()
        ruling.save()
        record(by, "ruling.published", ruling, after=_facts(ruling))
        facts = {"number": ruling.number, "verdict": ruling.verdict, "classes": ruling.classes}
        tell(ruling.project_id, Told.RULING_PUBLISHED, facts)
    return ruling


def withdraw_ruling(ruling: Ruling, *, reason: str, by: User) -> Ruling:
    """Take a ruling back: a draft, or one in force that turned out wrong."""
    reason = check_words(reason, REASON_LENGTH, field="reason")
    with transaction.atomic():
        ruling = _lock(ruling, State.DRAFT, State.PUBLISHED)
        ruling.state = State.WITHDRAWN
        ruling.save(update_fields=["state", "updated_at"])
        record(by, "ruling.withdrawn", ruling, reason=reason)
    return ruling


def supersede_ruling(ruling: Ruling, newer: Ruling, *, by: User) -> Ruling:
    """Let a newer ruling of the project stand in the place of this one."""
    if newer.project_id != ruling.project_id or newer.pk == ruling.pk:
        raise DomainError(_("Choose another ruling of this project."), field="newer")
    if newer.state not in Ruling.IN_FORCE:
        raise Conflict(_("The newer ruling is not in force yet."), code="not_in_force")
    with transaction.atomic():
        ruling = _lock(ruling, *Ruling.IN_FORCE)
        ruling.state, ruling.superseded_by = State.SUPERSEDED, newer
        ruling.save(update_fields=["state", "superseded_by", "updated_at"])
        record(by, "ruling.superseded", ruling, after={"by": newer.number})
    return ruling


def merge_ruling(ruling: Ruling, *, by: User) -> InstructionVersion:
    """Write a ruling into the draft of the instructions, on the pages of its classes.

    Its items become examples: of do on the page of the right class, of don't on the other. Those
    that are being labeled stay work, since examples never are. The ruling is part of the
    instructions when that version is published.
    """
    with transaction.atomic():
        ruling = _lock(ruling, State.PUBLISHED)
        draft = change_blocks(
            ruling.project,
            lambda blocks: _with_ruling(blocks, ruling),
            by=by,
            what=f"ruling {ruling.number}",
        )
        ruling.merged_into = draft
        ruling.save(update_fields=["merged_into", "updated_at"])
        record(by, "ruling.merged_into_draft", ruling, after={"version": draft.number})
    return draft


def contradicting(ruling: Ruling) -> Any:
    """The accepted labels from before a ruling that name the class it rules out, as a queryset."""
    none = LabelClass.objects.none()
    if ruling.from_class is None or ruling.published_at is None:
        return none
    return LabelClass.objects.filter(
        project=ruling.project_id,
        task__settled_at__lt=ruling.published_at,
        task__state=Task.State.ACCEPTED,
        **ruling.from_class,
    )


def send_to_review(ruling: Ruling, task: Task, *, by: User) -> None:
    """Have an expert look at a label that contradicts a ruling."""
    with transaction.atomic():
        task = _lock_contradicting(ruling, task)
        results.open_review(task, by=by, reason=f"ruling {ruling.number}")
        _count_decided(ruling)


def still_right(ruling: Ruling, task: Task, *, by: User) -> None:
    """Confirm a label of the worklist: an expert looked, and the ruling does not change it."""
    with transaction.atomic():
        task = _lock_contradicting(ruling, task)
        results.settle(
            task,
            answer=task.result_answer,
            source=Task.Source.REVIEW,
            confidence=None,
            version=current_version(ruling.project) or task.result_version,
            by=by,
            reason=f"confirmed after ruling {ruling.number}",
        )
        _count_decided(ruling)


def _lock_contradicting(ruling: Ruling, task: Task) -> Task:
    task = results.lock_task(task.pk)
    if not contradicting(ruling).filter(task=task.pk).exists():
        raise Conflict(_("This label has been decided meanwhile."), code="already_decided")
    return task


def _count_decided(ruling: Ruling) -> None:
    locked = Ruling.objects.select_for_update().get(pk=ruling.pk)
    locked.decided_count += 1
    locked.save(update_fields=["decided_count"])


def _lock(ruling: Ruling, *states: Ruling.State) -> Ruling:
    ruling = Ruling.objects.select_for_update(of=("self",)).select_related("project").get(
        pk=ruling.pk
    )  # fmt: skip
    if ruling.state not in states:
        raise Conflict(
            _("This ruling is %(state)s: that cannot be done with it.")
            % {"state": ruling.get_state_display()},
            code="wrong_state",
        )
    return ruling


def _write(
    ruling: Ruling,
    verdict: str,
    text: str,
    from_class: Class | None,
    to_class: Class | None,
    classes: Iterable[Class],
) -> None:
    ruling.verdict, ruling.text = verdict.strip(), text.strip()
    check_fields(ruling, "verdict", "text")
    if from_class is not None and from_class == to_class:
        raise DomainError(
            _("The label that becomes wrong and the right one are the same."), field="to_class"
        )
    ruling.from_class, ruling.to_class = from_class, to_class
    named = [*(entry for entry in (from_class, to_class) if entry), *classes]
    _require_known(ruling.project, named)
    ruling.classes = [entry for place, entry in enumerate(named) if entry not in named[:place]]
    ruling.save()


def _require_known(project: Project, classes: Iterable[Class]) -> None:
    newest = newest_version(project)
    known = schema_classes(newest.label_schema) if newest else {}
    for entry in classes:
        if (entry["control"], entry["value"]) not in known:
            raise DomainError(
                _("“%(value)s” is no class of this project.") % {"value": entry["value"][:80]},
                code="unknown_class",
                field="classes",
            )


def _own_items(project: Project, items: Iterable[Item]) -> list[Item]:
    found = list({item.pk: item for item in items}.values())
    if len(found) > ITEMS_MOST or any(item.project_id != project.pk for item in found):
        raise DomainError(
            _("Link at most %(most)d items of this project.") % {"most": ITEMS_MOST},
            field="items",
        )
    return found


def _facts(ruling: Ruling) -> dict[str, Any]:
    return {
        "number": ruling.number,
        "verdict": ruling.verdict,
        "text": ruling.text,
        "from": ruling.from_class,
        "to": ruling.to_class,
    }


def _words(ruling: Ruling) -> str:
    return "\n\n".join(part for part in (ruling.verdict, ruling.text) if part)


def _with_ruling(blocks: list[Block], ruling: Ruling) -> list[Block]:
    """The blocks with the words of the ruling on one page, and its items on both."""
    words = _("**Ruling %(number)d.** %(text)s") % {
        "number": ruling.number,
        "text": _words(ruling),
    }
    in_work = Task.objects.filter(item=OuterRef("pk"), state__in=OPEN)
    measures = ReservedItem.objects.filter(item=OuterRef("pk"), purpose=ReservedItem.Purpose.GOLD)
    items = list(ruling.items.exclude(Exists(in_work)).exclude(Exists(measures)).order_by("pk"))
    home = ruling.to_class or ruling.from_class or (ruling.classes or [None])[0]
    if home is None:
        block: Block = {"id": new_id(), "kind": "text", "title": ruling.verdict, "body": words}
        return [*blocks, {**block, "classes": []}]
    blocks = _on_page(blocks, home, words)
    for entry, verdict in ((ruling.to_class, "do"), (ruling.from_class, "dont")):
        if entry and _page_of(blocks, entry) is not None:
            blocks = _on_page(blocks, entry, words) if entry != home else blocks
            blocks = _with_examples(blocks, entry, items, verdict, ruling.verdict)
    return blocks


def _on_page(blocks: list[Block], entry: Class, words: str) -> list[Block]:
    """The words at the end of the class's page, which is made when there is none."""
    place = _page_of(blocks, entry)
    if place is None:
        page: Block = {"id": new_id(), "kind": "class", "title": "", "body": words}
        return [*blocks, {**page, "classes": [entry], "examples": []}]
    body = f"{blocks[place]['body'].rstrip()}\n\n{words}".strip()
    blocks[place] = {**blocks[place], "body": body}
    return blocks


def _with_examples(
    blocks: list[Block], entry: Class, items: list[Item], verdict: str, note: str
) -> list[Block]:
    """The items as examples on the class's page; those it shows already stay as they are."""
    place = _page_of(blocks, entry)
    shown = {example["item"] for example in blocks[place]["examples"]}
    added = [
        {
            "id": new_id(),
            "item": str(item.public_id),
            "verdict": verdict,
            "note": note,
            "region": None,
        }
        for item in items
        if str(item.public_id) not in shown
    ]
    blocks[place] = {**blocks[place], "examples": [*blocks[place]["examples"], *added]}
    return blocks


def _page_of(blocks: list[Block], entry: Class) -> int | None:
    for place, block in enumerate(blocks):
        if block["kind"] == "class" and block["classes"] == [entry]:
            return place
    return None
