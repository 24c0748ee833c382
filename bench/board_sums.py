"""The sums, counts and levels that benchmarks of the board read, of half a year; run inside Django.

They agree in size with the answers, not digit by digit: the pages read as many rows as they would.
"""

from typing import Any

from bench import rows
from labelops.accounts.models import Membership, User
from reviews.models import (
    BatchDay,
    ClassRollup,
    ItemRollup,
    PairRollup,
    PersonRollup,
    ProjectClassRollup,
    ProjectPairRollup,
    TrustStanding,
    WorkDay,
)
from reviews.quality.contributions import GROUPS, MILLION
from tasks.models import BatchTally, Qualification

BATCHES, PEOPLE = 40, 200
CLASSES = 10
DAYS, WEEKS = 181, 26
MONDAY = "date_trunc('week', current_date)::date"
# By the last two digits of its item's id; what is not named is accepted.
STATES = {"labeling": 12, "in_review": 17, "in_adjudication": 18, "on_hold": 19}


def fill_sums() -> None:
    """By day and week: every fourth person works on a batch on a day, for half a year."""
    days = f"generate_series(current_date - {DAYS - 1}, current_date, '1 day') day"
    weeks = f"generate_series({MONDAY} - {7 * (WEEKS - 1)}, {MONDAY}, '7 days') week"
    classes = f"generate_series(0, {CLASSES - 1})"
    people = f"{Membership._meta.db_table} person"
    each = "(SELECT count(*) FROM tasks_annotation) / " + str(BATCHES * DAYS * PEOPLE // 4)
    for stage, every, done in (("annotate", 4, f"({each})"), ("review", 40, "4")):
        rows.insert(
            WorkDay,
            {
                "batch_id": "batch.id",
                "day": "day::date",
                "person_id": "person.user_id",
                "team_id": "person.team_id",
                "level": "2",
                "stage": f"'{stage}'",
                "done": f"{done} - 5 + (10 * random())::int",
                "timed": done,
                "active_ms": f"6000 * {done}",
                "reading_ms": "60000",
            },
            f"FROM tasks_batch batch CROSS JOIN {days} CROSS JOIN {people} WHERE "
            f"mod(person.id + batch.id * 7 + extract(doy FROM day)::int, {every}) = 0",
        )
    rows.insert(
        BatchDay,
        {
            "batch_id": "batch.id",
            "day": "day::date",
            "accepted": f"(SELECT count(*) FROM tasks_task) / {BATCHES * DAYS}",
        },
        f"FROM tasks_batch batch CROSS JOIN {days}",
    )
    items = f"(SELECT count(*) FROM tasks_task) / {BATCHES * WEEKS * GROUPS}"
    sums = {"batch_id": "batch.id", "week": "week::date"}
    grouped = {
        **sums,
        "group": "grp",
        "shared": items,
        "agreement": f"{items} * {int(0.85 * MILLION)}",
        "squares": f"{items} * {int(0.8 * MILLION)}",
    }
    groups = (
        f"FROM tasks_batch batch CROSS JOIN {weeks} CROSS JOIN generate_series(0, {GROUPS - 1}) grp"
    )
    rows.insert(
        ItemRollup,
        {
            **grouped,
            "items": items,
            "assessed": items,
            "sampled": f"{items} / 5",
            "wrong": "mod(grp, 2)",
        },
        groups,
    )
    rows.insert(
        ClassRollup,
        {
            **grouped,
            "label_class": "'c' || place",
            "labels": items,
            "pairable": items,
            "coincident": f"{items} * {int(0.8 * MILLION)}",
            "measured": f"{items} / 3",
            "right": f"{items} / 4",
        },
        f"{groups} CROSS JOIN {classes} place",
    )
    rows.insert(
        PersonRollup,
        {
            **sums,
            "person_id": "person.user_id",
            "team_id": "person.team_id",
            "labels": "48",
            "shared": "48",
            "agreement": str(40 * MILLION),
            "squares": str(36 * MILLION),
            "accepted": "9",
            "fixed": "1",
            "measured": "10",
            "right": "(7 + 3 * random())::int",
            "timed": "48",
            "active_ms": "240000",
        },
        f"FROM tasks_batch batch CROSS JOIN {weeks} CROSS JOIN {people}",
    )
    rows.insert(
        PairRollup,
        {
            **sums,
            "kind": "kind",
            "first": "'c' || a",
            "second": "'c' || b",
            "pairs": "CASE WHEN a = b THEN 1000 ELSE 10 END",
        },
        f"FROM tasks_batch batch CROSS JOIN {weeks} CROSS JOIN {classes} a CROSS JOIN {classes} b "
        "CROSS JOIN unnest(ARRAY['people', 'label']) kind WHERE kind = 'label' OR a <= b",
    )
    _add_up(ClassRollup, ProjectClassRollup, ("week", "group", "label_class"))
    _add_up(PairRollup, ProjectPairRollup, ("week", "kind", "first", "second"))


def _add_up(source: Any, target: Any, keys: tuple[str, ...]) -> None:
    """The sums of projects from those of their batches."""
    values = {"project_id": "batch.project_id", **{key: f'one."{key}"' for key in keys}}
    for field in target._meta.concrete_fields:
        if not field.primary_key and field.column not in values:
            values[field.column] = f'sum(one."{field.column}")'
    groups = ", ".join(values[key] for key in ("project_id", *keys))
    rows.insert(
        target,
        values,
        f"FROM {source._meta.db_table} one JOIN tasks_batch batch ON batch.id = one.batch_id "
        f"GROUP BY {groups}",
    )


def fill_people(manager: User) -> None:
    """Everybody's level in each project, and what it rests on."""
    source = f"FROM tasks_project project CROSS JOIN {Membership._meta.db_table} person"
    keys = {"project_id": "project.id", "person_id": "person.user_id"}
    rows.insert(
        Qualification,
        {**keys, "level": "2", "set_by_id": manager.pk, "set_at": "now()"},
        source,
    )
    rows.insert(
        TrustStanding,
        {
            **keys,
            "n": "60",
            "right": "50 + mod(person.id, 10)",
            "lower": "0.8",
            "upper": "0.95",
            "gap": "mod(person.id, 20)",
            "is_falling": "mod(person.id, 15) = 0",
            "assessed_at": "now()",
        },
        source,
    )


def fill_tallies() -> None:
    """A row for the system with the counts of tasks, one a person with their answers."""
    states = ("pending", *STATES, "accepted")
    counted = {
        f"{state}_count": f"count(*) FILTER (WHERE task.state = '{state}')" for state in states
    }
    rows.insert(
        BatchTally,
        {"batch_id": "task.batch_id", **counted},
        "FROM tasks_task task GROUP BY task.batch_id",
    )
    rows.insert(
        BatchTally,
        {
            "batch_id": "slot.batch_id",
            "person_id": "slot.annotator_id",
            "annotation_count": "count(*)",
            "active_ms": "6000 * count(*)",
        },
        "FROM tasks_assignment slot WHERE slot.annotator_id IS NOT NULL "
        "GROUP BY slot.batch_id, slot.annotator_id",
    )
