"""Segments: sets of items with a name, chosen once or found anew by their conditions."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from datasets.analysis.conditions import (
    CONDITIONS_MOST,
    VALUES_MOST,
    BadCondition,
    Condition,
    read_conditions,
)
from datasets.models import Segment, SegmentItem
from datasets.services.condition_queries import FACTS, items_meeting
from datasets.services.item_sets import ItemSet, members_of
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.locking import locked
from labelops.many_rows import insert_rows
from tasks.models import Item, Project
from tasks.services.checks import check_words

ITEMS_MOST = 20_000
NAME_LENGTH = 120
CHECKED_AT_ONCE = 500


def create_from_set(
    project: Project, name: str, item_set: ItemSet, *, by: User, note: str = ""
) -> Segment:
    """Keep the items that the set has now."""
    chunks = ((member.item_id for member in chunk) for chunk in members_of(item_set))
    return create_static(project, name, chain.from_iterable(chunks), by=by, note=note)


def create_static(
    project: Project, name: str, item_ids: Iterable[int], *, by: User, note: str = ""
) -> Segment:
    """Keep these items; what is not the project's is left out.

    Raises DomainError for none or too many, Conflict when the name is taken.
    """
    name = check_words(name, NAME_LENGTH, field="name")
    ids = _standing(project, sorted(_different(item_ids)))
    if not ids:
        raise DomainError(_("There are no items to keep."), code="no_items")
    with transaction.atomic():
        segment = _created(
            Segment(
                project=project,
                name=name,
                note=note,
                kind=Segment.Kind.STATIC,
                item_count=len(ids),
                created_by=by,
            )
        )
        rows = ((segment.pk, item_id) for item_id in ids)
        insert_rows(SegmentItem, ("segment", "item"), rows)
        record(by, "segment.created", segment, after={"name": name, "items": len(ids)})
    return segment


def create_live(
    project: Project, name: str, conditions: Any, *, by: User, note: str = ""
) -> Segment:
    """Keep the conditions, as anybody sent them; raises DomainError with what is wrong of them."""
    name = check_words(name, NAME_LENGTH, field="name")
    checked = [condition.as_json() for condition in check_conditions(conditions)]
    with transaction.atomic():
        segment = _created(
            Segment(
                project=project,
                name=name,
                note=note,
                kind=Segment.Kind.LIVE,
                conditions=checked,
                created_by=by,
            )
        )
        record(by, "segment.created", segment, after={"name": name, "conditions": checked})
    return segment


def rename(segment: Segment, name: str, *, by: User) -> Segment:
    """Raises Conflict when the name is taken."""
    name = check_words(name, NAME_LENGTH, field="name")
    with transaction.atomic():
        found = locked(Segment.objects.all(), segment.pk)
        before, found.name = found.name, name
        if before != name:
            with _taken_names_told():
                found.save(update_fields=["name"])
            record(by, "segment.renamed", found, before={"name": before}, after={"name": name})
    return found


def delete(segment: Segment, *, by: User) -> None:
    """Raises Conflict while a scenario test or a failure case is of it: it says what they mean."""
    with transaction.atomic():
        found = locked(Segment.objects.all(), segment.pk)
        if scenario := found.scenarios.first():
            raise Conflict(
                _("The scenario test “%(name)s” was made from this segment.")
                % {"name": scenario.name},
                code="segment_in_use",
                hint=_("It shows what the test is about, so it stays."),
            )
        if case := found.cases.first():
            raise Conflict(
                _("It holds the items of the failure case “%(title)s”.") % {"title": case.title},
                code="segment_in_use",
            )
        record(by, "segment.deleted", found, before={"name": found.name})
        found.members.all()._raw_delete("default")
        found.delete()


def items_of(segment: Segment) -> QuerySet[Item]:
    """Those that are in it now; without those in the bin."""
    if segment.is_live:
        return items_meeting(segment.project, conditions_of(segment))
    chosen = SegmentItem.objects.filter(segment=segment).values("item")
    return Item.objects.filter(project=segment.project_id, pk__in=chosen)


def conditions_of(segment: Segment) -> tuple[Condition, ...]:
    """Empty for a static one."""
    return check_conditions(segment.conditions) if segment.is_live else ()


def check_conditions(given: Any) -> tuple[Condition, ...]:
    """Conditions that the database can be asked. Raises DomainError; `row` counts from 1."""
    try:
        found = read_conditions(given, facts=FACTS)
        for place, condition in enumerate(found):
            _check_fact(condition, place)
    except BadCondition as error:
        raise DomainError(
            _complaint(error.code),
            code=error.code,
            field="conditions",
            row=error.place + 1,
            hint=_("(condition %(number)d)") % {"number": error.place + 1},
        ) from error
    return found


def _check_fact(condition: Condition, place: int) -> None:
    if condition.data_name:
        return
    fact = FACTS[condition.field]
    if condition.operator not in fact.operators:
        raise BadCondition("unknown_operator", place)
    if any(fact.reads(value) is None for value in condition.values):
        raise BadCondition("bad_value", place)


def _complaint(code: str) -> str:
    return {
        "no_conditions": _("Name at least one condition."),
        "too_many_conditions": _("Name at most %(most)d conditions.") % {"most": CONDITIONS_MOST},
        "unknown_field": _("There is no such field."),
        "unknown_operator": _("This field cannot be compared in this way."),
        "bad_number_of_values": _("Name one value, or at most %(most)d for “is”.")
        % {"most": VALUES_MOST},
        "bad_value": _(
            "This field has no such value. Numbers and days are written 12.5 and 2026-05-31."
        ),
    }.get(code, _("This is not a condition."))


def _different(item_ids: Iterable[int]) -> set[int]:
    """Stops reading once there are more than a segment keeps."""
    found: set[int] = set()
    for item_id in item_ids:
        found.add(item_id)
        if len(found) > ITEMS_MOST:
            raise DomainError(
                _("A segment of chosen items holds at most %(most)s.")
                % {"most": f"{ITEMS_MOST:,}"},
                code="too_many_items",
                hint=_("Save conditions instead: those hold for any number of items."),
            )
    return found


def _standing(project: Project, ids: Sequence[int]) -> list[int]:
    found: list[int] = []
    for first in range(0, len(ids), CHECKED_AT_ONCE):
        rows = project.items.filter(pk__in=ids[first : first + CHECKED_AT_ONCE])
        found += rows.order_by("pk").values_list("pk", flat=True)
    return found


def _created(segment: Segment) -> Segment:
    with _taken_names_told():
        segment.save()
    return segment


@contextmanager
def _taken_names_told() -> Iterator[None]:
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise Conflict(_("Another segment has this name."), code="name_taken") from error
