"""Freezes items and their labels into a scenario test, and takes one out of the release gate."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from datasets.models import DatasetVersion, Scenario, ScenarioItem, Segment
from datasets.services import scenario_checks
from datasets.services.item_sets import ItemSet, members_of
from datasets.services.scenario_answers import measured_control
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


@dataclass(frozen=True)
class ScenarioWish:
    """What a scenario is to measure, and the share in percent that has to be right."""

    name: str
    version: DatasetVersion
    bar_percent: Decimal
    measure: Measure = Measure.RIGHT
    label: str = ""
    severity: Scenario.Severity = Scenario.Severity.BLOCKS


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
    _check_version(project, wish.version)
    scenario = Scenario(
        project=project,
        name=check_words(wish.name, 120, field="name"),
        dataset_version=wish.version,
        segment=segment,
        measure=wish.measure,
        label=wish.label,
        bar_percent=wish.bar_percent,
        severity=wish.severity,
        item_count=0,
        created_by=by,
    )
    check_fields(scenario, "measure", "label", "bar_percent", "severity")
    _set_control(scenario)
    with transaction.atomic():
        lock_project(project.pk)
        _refuse_blocked(scenario, item_ids)
        last = project.scenarios.filter(name=scenario.name).aggregate(last=Max("number"))["last"]
        scenario.number = (last or 0) + 1
        entries = list(
            scenario_checks.labeled(wish.version, item_ids).values_list("item", "answer")
        )
        scenario.item_count = len(entries)
        scenario.save()
        rows = [(scenario.pk, item, answer) for item, answer in entries]
        insert_rows(ScenarioItem, ("scenario", "item", "answer"), rows)
        scenario.frozen_at = timezone.now()
        scenario.save(update_fields=["frozen_at"])
        after = {"items": scenario.item_count, "bar_percent": str(scenario.bar_percent)}
        record(by, "scenario.frozen", scenario, after=after)
    return scenario


def retire(scenario: Scenario, *, by: User) -> None:
    """Take it out of the release gate. Its runs stay, and its items are kept from training."""
    with transaction.atomic():
        standing = Scenario.objects.filter(pk=scenario.pk, retired_at=None)
        if not standing.update(retired_at=timezone.now()):
            raise Conflict(_("This scenario test is retired already."), code="already_retired")
        record(by, "scenario.retired", scenario)


def _check_version(project: Project, version: DatasetVersion) -> None:
    if version.project_id != project.pk or not version.is_frozen:
        raise DomainError(
            _("Choose a frozen dataset version of the project."), field="dataset_version"
        )


def _set_control(scenario: Scenario) -> None:
    control, scenario.kind = measured_control(scenario.dataset_version)
    scenario.control = control["name"]
    is_of_class = scenario.measure != Measure.RIGHT
    if is_of_class and scenario.label not in kind_of(control).classes(control):
        raise DomainError(_("Name the class that it is about."), code="no_class", field="label")
    if scenario.label and not is_of_class:
        raise DomainError(
            _("The share of items that are right is about all classes."),
            code="class_unused",
            field="label",
        )


def _refuse_blocked(scenario: Scenario, item_ids: Sequence[int]) -> None:
    only = scenario.label if scenario.measure == Measure.RECALL else ""
    version = scenario.dataset_version
    blocks = scenario_checks.check(version, item_ids, scenario.bar, only=only).blocks
    if blocks:
        raise DomainError(" ".join(blocks), code="blocked")
