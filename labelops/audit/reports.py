"""The audit log as a page shows it: who, what, when, about what, why, and what was changed."""

import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import CharField, F, QuerySet, Value
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils.translation import gettext as _

from labelops.audit import words
from labelops.audit.access import Project, Reader
from labelops.audit.differences import Difference, differences
from labelops.audit.filters import ITSELF, Chosen
from labelops.audit.models import EventSeal
from labelops.audit.reading import Found, search
from labelops.audit.subjects import Subject, Target, subjects
from labelops.lists import PAGE_SIZE, Page, cursor_after, read_cursor

ARGUMENTS = 2


@dataclass(frozen=True)
class About:
    """An object as it is called; without an address it has no page that the reader may open."""

    mark: str
    noun: str
    name: str
    url: str = ""


@dataclass(frozen=True)
class Row:
    """One event in words."""

    number: int
    at: datetime
    who: str
    person: str
    verb: str
    what: str
    about: About
    project: Project | None
    reason: str
    differences: list[Difference]
    more_count: int
    seal: EventSeal | None


def audit_page(reader: Reader, chosen: Chosen, cursor: str = "") -> Page:
    """One page of rows, newest first. DomainError for a forged cursor."""
    before = read_cursor(cursor) if cursor else None
    wanted = search(reader, chosen)
    found = wanted.newest(PAGE_SIZE + 1, before) if wanted else []
    rows = rows_of(reader, found[:PAGE_SIZE])
    following = cursor_after(rows[-1].number) if len(found) > PAGE_SIZE else ""
    return Page(rows, following, is_first=not cursor)


def rows_of(reader: Reader, found: list[Found]) -> list[Row]:
    names = _names({(one.event.target_type, one.event.target_id) for one in found})
    return [_row(reader, one, names) for one in found]


def _row(reader: Reader, found: Found, names: dict[Target, list[str]]) -> Row:
    event, seal = found.event, found.seal
    project_id = seal.project_id if seal else None
    shown, more_count = differences(event.before, event.after)
    return Row(
        number=event.pk,
        at=event.created_at,
        who=str(event.actor) if event.actor else _("LabelOps"),
        person=event.actor.username if event.actor else ITSELF,
        verb=event.verb,
        what=words.of_verb(event.verb),
        about=_about(reader, (event.target_type, event.target_id), project_id, names),
        project=reader.projects.get(project_id) if project_id else None,
        reason=words.of_reason(event.reason),
        differences=shown,
        more_count=more_count,
        seal=seal,
    )


def _about(
    reader: Reader, target: Target, project_id: int | None, names: dict[Target, list[str]]
) -> About:
    """What is gone by now is called by its number alone."""
    target_type, target_id = target
    subject, mark = subjects.get(target_type), f"{target_type}:{target_id}"
    noun = str(subject.title) if subject else target_type
    if subject is None or target not in names:
        return About(mark, noun, target_id)
    name, *values = names[target]
    url = _url(subject, values) if subject.page and reader.may_open(subject, project_id) else ""
    return About(mark, noun, name or target_id, url)


def _url(subject: Subject, values: list[str]) -> str:
    given = dict(zip([name for name, _path in subject.arguments], values, strict=False))
    if "public_id" in given:
        given["public_id"] = str(uuid.UUID(given["public_id"]))
    return reverse(subject.page, kwargs=given)


def _names(targets: Iterable[Target]) -> dict[Target, list[str]]:
    """What the objects are called, and what the addresses of their pages hold; one statement."""
    by_type: dict[str, list[str]] = defaultdict(list)
    for target_type, target_id in targets:
        if target_type in subjects and target_id.isdecimal():
            by_type[target_type].append(target_id)
    parts = [_columns(subjects[target_type], ids) for target_type, ids in by_type.items()]
    if not parts:
        return {}
    found = parts[0].union(*parts[1:], all=True) if len(parts) > 1 else parts[0]
    return {(kind, key): rest for kind, key, *rest in found}


def _columns(subject: Subject, ids: list[str]) -> QuerySet[Any, Any]:
    values = [Cast(F(path), CharField()) for _name, path in subject.arguments]
    values += [Value("", CharField())] * (ARGUMENTS - len(values))
    name = F(subject.name) if isinstance(subject.name, str) else subject.name
    rows = subject.model._base_manager.filter(pk__in=ids).order_by()
    columns = {
        "audit_kind": Cast(Value(subject.target_type), CharField()),
        "audit_key": Cast(F("pk"), CharField()),
        "audit_name": Cast(name, CharField()),
        "audit_first": values[0],
        "audit_second": values[1],
    }
    return rows.annotate(**columns).values_list(*columns)
