"""Rules of a project's draft: added, changed, moved, and tried on the labels that exist."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.errors import Conflict, DomainError
from tasks.kinds import ItemFacts
from tasks.kinds.broken import broken
from tasks.kinds.rules import Rule
from tasks.models import Annotation, InstructionVersion, Project, Task
from tasks.services import instructions
from tasks.services.checks import check_schema

TRIAL_ANSWERS = 2_000
TRIAL_SECONDS = 10
TRIAL_ITEMS = 20
CHUNK = 100
NEW = "new"


def rules_of(version: InstructionVersion | None) -> list[Rule]:
    """The rules of a version, in their order."""
    return version.label_schema.get("rules", []) if version else []


def rule_named(version: InstructionVersion | None, rule_id: str) -> Rule | None:
    return next((rule for rule in rules_of(version) if rule["id"] == rule_id), None)


def checked_rule(version: InstructionVersion, rule: Rule) -> Rule:
    """The normalised rule over the questions of a version. Raises DomainError with the field."""
    controls = version.label_schema["controls"]
    # Alone, so that the path says "rules[0]" whatever its place will be.
    schema = {"controls": controls, "rules": [{"id": NEW, **rule}]}
    normal: Rule = check_schema(schema, version.project.item_type)["rules"][0]
    return normal


def add_rule(
    project: Project, rule: Rule, *, by: User, seen_at: datetime | None = None
) -> InstructionVersion:
    """Put a rule at the end. Raises DomainError with the field, Conflict for an old page."""
    newest = _newest(project)
    rules = rules_of(newest)
    taken = {known["id"] for known in rules}
    free = next(name for n in range(1, len(rules) + 2) if (name := f"r{n}") not in taken)
    added = {**checked_rule(newest, rule), "id": free}
    return _save(project, newest, [*rules, added], by=by, seen_at=seen_at)


def change_rule(
    project: Project, rule_id: str, rule: Rule, *, by: User, seen_at: datetime | None = None
) -> InstructionVersion:
    """Replace a rule; it keeps its id and its place."""
    newest = _newest(project)
    changed = {**checked_rule(newest, rule), "id": rule_id}
    rules = [changed if known["id"] == rule_id else known for known in rules_of(newest)]
    return _save(project, newest, rules, by=by, seen_at=seen_at)


def remove_rule(
    project: Project, rule_id: str, *, by: User, seen_at: datetime | None = None
) -> InstructionVersion:
    newest = _newest(project)
    rules = [known for known in rules_of(newest) if known["id"] != rule_id]
    return _save(project, newest, rules, by=by, seen_at=seen_at)


def move_rule(
    project: Project, rule_id: str, *, is_up: bool, by: User, seen_at: datetime | None = None
) -> InstructionVersion:
    """Move a rule one place; at the end of the list it stays."""
    newest = _newest(project)
    rules = list(rules_of(newest))
    place = next((index for index, known in enumerate(rules) if known["id"] == rule_id), None)
    if place is None:
        raise _gone()
    rules.insert(max(0, place + (-1 if is_up else 1)), rules.pop(place))
    return _save(project, newest, rules, by=by, seen_at=seen_at)


def _newest(project: Project) -> InstructionVersion:
    newest = instructions.newest_version(project)
    if newest is None:
        raise DomainError(
            _("There are no questions yet."),
            code="no_questions",
            hint=_("Ask the questions first: rules speak of their answers."),
        )
    return newest


def _gone() -> Conflict:
    return Conflict(
        _("This rule is no longer there."), code="rule_gone", hint=_("Reload the list.")
    )


def _save(
    project: Project,
    newest: InstructionVersion,
    rules: list[Rule],
    *,
    by: User,
    seen_at: datetime | None,
) -> InstructionVersion:
    schema = {"controls": newest.label_schema["controls"], "rules": rules}
    # What was read here must still be the newest when it is written, even if no page was seen.
    seen_at = seen_at or newest.updated_at
    return instructions.edit_draft(project, by=by, label_schema=schema, seen_at=seen_at)


@dataclass(frozen=True)
class TriedItem:
    """An item with an answer that breaks a rule."""

    public_id: uuid.UUID
    external_id: str


@dataclass
class TriedRule:
    """How many answers break one rule, and the newest items among them."""

    rule: Rule
    broken_count: int = 0
    items: list[TriedItem] = field(default_factory=list)


@dataclass(frozen=True)
class Trial:
    """What the rules of a version say of answers that exist; `is_cut` when time ran out."""

    rules: list[TriedRule]
    answer_count: int
    is_cut: bool


def try_rules(version: InstructionVersion, *, clock: Callable[[], float] = time.monotonic) -> Trial:
    """Hold the newest answers of the project against the rules; nothing is changed.

    One statement, read in chunks; at most 2,000 answers and ten seconds.
    """
    tried = {rule["id"]: TriedRule(rule) for rule in rules_of(version)}
    rows = (
        Annotation.objects.filter(task__batch__project=version.project_id)
        .exclude(task__state=Task.State.GOLD)
        .order_by("-id")
        .values_list(
            "answer",
            "task__item__public_id",
            "task__item__external_id",
            "task__item__width",
            "task__item__height",
        )[:TRIAL_ANSWERS]
    )
    ends_at, count, is_cut = clock() + TRIAL_SECONDS, 0, False
    for answer, public_id, external_id, width, height in rows.iterator(chunk_size=CHUNK):
        if clock() > ends_at:
            is_cut = True
            break
        count += 1
        facts = ItemFacts(version.project.item_type, width, height)
        for rule_id in _broken_rules(version.label_schema, answer, facts):
            _note(tried[rule_id], TriedItem(public_id, external_id))
    return Trial(list(tried.values()), count, is_cut)


def _broken_rules(schema: dict[str, Any], answer: dict[str, Any], facts: ItemFacts) -> set[str]:
    return {found.rule for found in broken(schema, answer, facts)}


def _note(tried: TriedRule, item: TriedItem) -> None:
    tried.broken_count += 1
    if len(tried.items) < TRIAL_ITEMS and item not in tried.items:
        tried.items.append(item)
