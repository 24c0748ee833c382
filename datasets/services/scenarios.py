"""Freezes items and their labels into a scenario test, and takes one out of the release gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from datasets.models import DatasetVersion, Scenario, ScenarioItem, Segment
from datasets.services.item_sets import ItemSet, members_of
from datasets.services.scenario_answers import measured_control
from datasets.services.scenario_checks import check
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.many_rows import insert_rows
from tasks.kinds import kind_of
from tasks.models import Project
from tasks.services.archiving import lock_project
from tasks.services.checks import check_fields, check_words

ITEMS_MOST = 10_000
Measure = Scenario.Measure
CHECKED = ("measure", "label", "score_bar", "overlap_bar", "bar_percent", "severity")


@dataclass(frozen=True)
class ScenarioWish:
    """What a scenario is to measure, and the share in percent that has to be right."""

    name: str
    version: DatasetVersion
    bar_percent: Decimal
    measure: Measure = Measure.RIGHT
    label: str = ""
    severity: Scenario.Severity = Scenario.Severity.BLOCKS
    # Empty: the first question that can be measured.
    control: str = ""
    score_bar: float = 0.0
    overlap_bar: float = 0.5
    # Freeze without the items that are in the way.
    leaves_out: bool = False


def ids_of(item_set: ItemSet) -> list[int]:
    """The items of a set, each once. Raises DomainError when they are too many for a test."""
    ids: dict[int, None] = {}
    for members in members_of(item_set):
        ids |= dict.fromkeys(member.item_id for member in members)
        if len(ids) > ITEMS_MOST:
            raise DomainError(
                _("A scenario test has at most %(most)s items.") % {"most": f"{ITEMS_MOST:,}"},
                code="too_many_items",
                hint=_("Narrow the segment down to what you want to test."),
            )
    return list(ids)


def freeze(
    project: Project,
    wish: ScenarioWish,
    item_ids: Sequence[int],
    *,
    by: User,
    segment: Segment | None = None,
) -> Scenario:
    """A new scenario, or the next number of one of the same name.

    Raises DomainError with each reason why it would prove nothing.
    """
    scenario = unfrozen(project, wish, by=by)
    scenario.segment = segment
    with transaction.atomic():
        lock_project(project.pk)
        found = check(scenario, item_ids, leaves_out=wish.leaves_out)
        if found.blocks:
            raise DomainError(" ".join(found.blocks), code="blocked")
        last = project.scenarios.filter(name=scenario.name).aggregate(last=Max("number"))["last"]
        scenario.number, scenario.item_count = (last or 0) + 1, found.item_count
        scenario.save()
        members = [(scenario.pk, row.item, row.answer) for row in found.rows]
        insert_rows(ScenarioItem, ("scenario", "item", "answer"), members)
        scenario.frozen_at = timezone.now()
        scenario.save(update_fields=["frozen_at"])
        after = {"items": scenario.item_count, "bar_percent": str(scenario.bar_percent)}
        record(by, "scenario.frozen", scenario, after=after)
    return scenario


def unfrozen(project: Project, wish: ScenarioWish, *, by: User) -> Scenario:
    """What would be frozen, not stored. Raises DomainError for a wish that makes no sense."""
    if wish.version.project_id != project.pk or not wish.version.is_frozen:
        raise DomainError(
            _("Choose a frozen dataset version of the project."), field="dataset_version"
        )
    control = measured_control(wish.version, wish.control)
    scenario = Scenario(
        project=project,
        name=check_words(wish.name, 120, field="name"),
        dataset_version=wish.version,
        control=control["name"],
        measure=wish.measure,
        label=wish.label,
        score_bar=wish.score_bar,
        overlap_bar=wish.overlap_bar,
        bar_percent=wish.bar_percent,
        severity=wish.severity,
        item_count=0,
        created_by=by,
    )
    check_fields(scenario, *CHECKED)
    _check_class(scenario, kind_of(control).classes(control))
    return scenario


def retire(scenario: Scenario, *, by: User) -> None:
    """Take it out of the release gate. Its runs stay, and its items are kept from training."""
    with transaction.atomic():
        standing = Scenario.objects.filter(pk=scenario.pk, retired_at=None)
        if not standing.update(retired_at=timezone.now()):
            raise Conflict(_("This scenario test is retired already."), code="already_retired")
        record(by, "scenario.retired", scenario)


def _check_class(scenario: Scenario, classes: Sequence[str]) -> None:
    if scenario.measure == Measure.RIGHT and scenario.label:
        raise DomainError(
            _("The share of items that are right is about all classes."),
            code="class_unused",
            field="label",
        )
    if scenario.label and scenario.label not in classes:
        raise DomainError(_("The question has no such class."), code="unknown_value", field="label")
