"""Gold: made from what an expert decided, approved by a second one, and versioned ever after.

A new version of the answer takes effect with its approval, and then re-scores the past.
"""

from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError, NotAllowed
from reviews.models import GoldAnswer
from reviews.models.gold import ALTERNATIVES_MAX, REASON_LENGTH
from reviews.services.gold_measuring import rescore, set_void
from reviews.services.references import candidates, reference_of
from tasks.kinds.answer import PATH, classes_in, equal, value_of
from tasks.kinds.schema import single_choice
from tasks.models import GoldItem, InstructionVersion, Item, Task
from tasks.services import gold as pool
from tasks.services.annotations import check_answer
from tasks.services.archiving import lock_project
from tasks.services.checks import check_fields, check_words
from tasks.services.gold_serving import SERVINGS_MOST
from tasks.services.publishing import is_alone
from tasks.services.reservations import OPEN

State = GoldItem.State
Answer = dict[str, Any]


def propose(
    task: Task,
    *,
    reason: str,
    by: User,
    alternatives: Sequence[Answer] = (),
    tolerance: float = 0.0,
) -> GoldItem:
    """Make gold of a label that an expert decided; a second expert approves it.

    Raises Conflict `not_decided`, `in_work` or `gold_already`, DomainError with the field.
    """
    with transaction.atomic():
        project = lock_project(task.batch.project_id)
        found = candidates(project).filter(pk=task.pk).first()
        if found is None:
            raise _not_fit(task)
        _require_idle(found.item)
        reference = reference_of(found)
        return _put(
            found.item,
            reference["version"],
            reference["answer"],
            reason=reason,
            alternatives=alternatives,
            tolerance=tolerance,
            by=by,
        )


def add_known(
    item: Item, version: InstructionVersion, answer: Answer, *, reason: str, by: User
) -> str:
    """Take in an answer that is known from elsewhere; it is in use at once.

    An item that is still at work is served once that has ended. Raises DomainError with the
    field, Conflict `item_shown` or `worn_out`. Returns "unchanged" (what has retired since stays
    retired), "added" or "revised".
    """
    answer = check_answer(answer, label_schema=version.label_schema, item_facts=item.facts)
    with transaction.atomic():
        lock_project(item.project_id)
        found = GoldItem.objects.filter(item=item).first()
        current = found.answers.in_force().first() if found else None
        if current and equal(version.label_schema, current.answer, answer):
            return "unchanged"
        if found is None or found.state == State.RETIRED:
            _require_free(item)
        gold = _put(item, version, answer, reason=reason, alternatives=(), tolerance=0.0, by=by)
        newest = gold.answers.first()
        if newest.approved_at is None:
            approve(newest, by=by, is_vouched_for=True)
    return "revised" if found else "added"


def revise(
    gold: GoldItem,
    *,
    answer: Answer,
    reason: str,
    by: User,
    alternatives: Sequence[Answer] = (),
    tolerance: float = 0.0,
    version: InstructionVersion | None = None,
) -> GoldAnswer:
    """Write another version of what is right; until its approval the former one is in force."""
    with transaction.atomic():
        gold = lock(gold)
        if gold.state == State.RETIRED:
            raise _retired()
        return _write(
            gold,
            version or gold.answers.first().version,
            answer,
            reason=reason,
            alternatives=alternatives,
            tolerance=tolerance,
            by=by,
        )


def approve(answer: GoldAnswer, *, by: User, is_vouched_for: bool = False) -> GoldItem:
    """Let the newest version take effect: the item is in use, and its past is scored anew.

    Raises NotAllowed for the author where there is another expert, Conflict when it is outdated.
    """
    with transaction.atomic():
        gold = lock(answer.gold)
        answer = GoldAnswer.objects.select_related("version").get(pk=answer.pk)
        newest = gold.answers.first()
        if gold.state == State.RETIRED or newest.pk != answer.pk or answer.approved_at:
            raise Conflict(
                _("This is not what waits for approval any more."), code="not_in_approval"
            )
        is_second = answer.author_id != by.pk or is_vouched_for
        if not is_second and not is_alone(gold.project, by):
            raise NotAllowed(
                _("A second expert approves what you wrote."), code="second_expert_needed"
            )
        answer.approver, answer.approved_at = by, timezone.now()
        answer.save(update_fields=["approver", "approved_at"])
        record(by, "gold.approved", gold, after={"number": answer.number})
        pool.add(gold.item, label_class=_class_of(answer), by=by, state=State.ACTIVE)
        gold.known_to.add(by)
        rescore(gold, answer)
    return GoldItem.objects.get(pk=gold.pk)


def suspend(gold: GoldItem, *, reason: str, by: User | None) -> GoldItem:
    """Serve it no more until somebody rules; what it measured does not count meanwhile."""
    if by is not None:
        reason = check_words(reason, REASON_LENGTH, field="reason")
    with transaction.atomic():
        gold = lock(gold)
        if gold.state != State.ACTIVE:
            raise _wrong_state(gold)
        pool.move(gold, State.SUSPENDED, by=by, reason=reason)
        set_void(gold)
    return gold


def resume(gold: GoldItem, *, reason: str, by: User) -> GoldItem:
    """Stand by the answer: it is served and counts again, and what was said so far is settled."""
    reason = check_words(reason, REASON_LENGTH, field="reason")
    with transaction.atomic():
        gold = lock(gold)
        answer = gold.answers.in_force().first()
        if gold.state != State.SUSPENDED or answer is None:
            raise _wrong_state(gold)
        answer.upheld_at = timezone.now()
        answer.save(update_fields=["upheld_at"])
        pool.move(gold, State.ACTIVE, by=by, reason=reason)
        rescore(gold, answer)
    return gold


def retire(gold: GoldItem, *, reason: str, by: User) -> GoldItem:
    """Take it out for good. What it measured stays; of a suspended one nothing counts."""
    reason = check_words(reason, REASON_LENGTH, field="reason")
    with transaction.atomic():
        gold = lock(gold)
        if gold.state == State.RETIRED:
            raise _wrong_state(gold)
        pool.move(gold, State.RETIRED, by=by, reason=reason)
    return gold


def lock(gold: GoldItem) -> GoldItem:
    rows = GoldItem.objects.select_for_update(of=("self",)).select_related("project", "item")
    return rows.get(pk=gold.pk)


def _put(
    item: Item, version: InstructionVersion, answer: Answer, *, by: User, **words: Any
) -> GoldItem:
    found = GoldItem.objects.filter(item=item).first()
    if found and found.state == State.RETIRED and found.served_count >= SERVINGS_MOST:
        raise Conflict(
            _("Too many people have met this item: it cannot measure anybody any more."),
            code="worn_out",
        )
    if found is None or found.state == State.RETIRED:
        found = pool.add(item, label_class="", by=by, state=State.PROPOSED)
    _write(lock(found), version, answer, by=by, **words)
    return GoldItem.objects.get(pk=found.pk)


def _write(
    gold: GoldItem,
    version: InstructionVersion,
    answer: Answer,
    *,
    reason: str,
    alternatives: Sequence[Answer],
    tolerance: float,
    by: User,
) -> GoldAnswer:
    """A version under the next number; with nobody else to ask, its author approves it."""
    reason = check_words(reason, REASON_LENGTH, field="reason")
    newest = gold.answers.first()
    written = GoldAnswer(
        gold=gold,
        number=newest.number + 1 if newest else 1,
        version=version,
        answer=_checked(answer, version, gold.item),
        alternatives=_alternatives(alternatives, answer, version, gold.item),
        tolerance=tolerance,
        reason=reason,
        author=by,
    )
    check_fields(written, "tolerance")
    written.save()
    # Whoever drilled on the item has read what is right about it.
    drilled = User.objects.filter(drills__items__item=gold.item_id)
    gold.known_to.add(by, *drilled)
    if gold.state == State.PROPOSED and gold.label_class != _class_of(written):
        gold.label_class = _class_of(written)
        gold.save(update_fields=["label_class"])
    record(by, "gold.written", gold, after={"number": written.number, "answer": answer})
    if is_alone(gold.project, by):
        approve(written, by=by)
        written.refresh_from_db()
    return written


def _checked(answer: Answer, version: InstructionVersion, item: Item) -> Answer:
    """The answer without the walk that led to it. Raises DomainError with the field."""
    whole = {name: value for name, value in answer.items() if name != PATH}
    return check_answer(whole, label_schema=version.label_schema, item_facts=item.facts)


def _alternatives(
    given: Sequence[Answer], answer: Answer, version: InstructionVersion, item: Item
) -> list[Answer]:
    """What else is right, each once and without the answer itself."""
    if len(given) > ALTERNATIVES_MAX:
        raise DomainError(
            _("At most %(most)d answers are also right.") % {"most": ALTERNATIVES_MAX},
            field="alternatives",
        )
    kept: list[Answer] = []
    for one in given:
        checked = _checked(one, version, item)
        if not any(equal(version.label_schema, checked, other) for other in (answer, *kept)):
            kept.append(checked)
    return kept


def _class_of(answer: GoldAnswer) -> str:
    """The class that balances the pool: of the one question, else the first that is named."""
    schema = answer.version.label_schema
    choice = single_choice(schema)
    if choice is not None:
        value = value_of(choice, answer.answer)
        return "" if value is None else str(value)
    named = classes_in(schema, answer.answer)
    return named[0][1] if named else ""


def _require_idle(item: Item) -> None:
    if Task.objects.filter(item=item, state__in=OPEN).exists():
        raise Conflict(
            _("This item is still at work in another batch: it cannot measure anybody."),
            code="in_work",
        )


def _require_free(item: Item) -> None:
    if item.reservations.exclude(purpose=pool.Purpose.GOLD).exists():
        raise Conflict(
            _("This item is shown in the instructions, a lesson or an exam."), code="item_shown"
        )


def _not_fit(task: Task) -> Conflict:
    if GoldItem.objects.filter(item=task.item_id, state__in=pool.KEPT).exists():
        return Conflict(_("This item is gold already."), code="gold_already")
    return Conflict(
        _(
            "Gold is made of labels that an expert decided and that nothing doubts, on items "
            "that are shown nowhere else."
        ),
        code="not_decided",
    )


def _retired() -> Conflict:
    return Conflict(_("This item has been retired."), code="wrong_state")


def _wrong_state(gold: GoldItem) -> Conflict:
    return Conflict(
        _("This cannot be done while the item is “%(state)s”.")
        % {"state": gold.get_state_display()},
        code="wrong_state",
    )
