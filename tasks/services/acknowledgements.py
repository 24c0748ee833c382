"""Reading what changed: before the next task after a breaking change, within a shift otherwise."""

import hashlib
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import mark_done
from tasks.models import Acknowledgement, Annotation, InstructionVersion, Project
from tasks.services.instructions import current_version
from tasks.services.publishing import quiz_examples

QUIZ_MOST = 5
State = InstructionVersion.State


def acknowledged_number(project: Project, person: User) -> int:
    """The newest version whose changes the person has acknowledged; 0 before the first."""
    own = Acknowledgement.objects.filter(
        project=project, person=person, acknowledged_at__isnull=False
    )
    return own.aggregate(last=Max("number"))["last"] or 0


def known_number(project: Project, person: User) -> int:
    """The newest version the person has seen: acknowledged, or worked under. 0: a newcomer."""
    worked = Annotation.everything.filter(author=person, instruction_version__project=project)
    under = worked.order_by("-pk").values_list("instruction_version__number", flat=True).first()
    return max(acknowledged_number(project, person), under or 0)


def is_due(version: InstructionVersion, acknowledged: int, now: datetime) -> bool:
    """Whether the person must read before they get the next task."""
    must_know = version.breaking_number
    if version.notice_from and version.notice_from <= now:
        must_know = max(must_know, version.notice_number)
    return acknowledged < must_know


def quiz(version: InstructionVersion, person: User, since: int) -> list[dict[str, Any]]:
    """Up to five examples of the breaking changes after version `since`, for this person.

    The same person gets the same ones whenever they look; others get others. Examples of do and
    of don't take turns, so that one answer does not fit all.
    """
    newer = InstructionVersion.objects.filter(
        project=version.project_id,
        number__gt=since,
        number__lte=version.number,
        state__in=[State.PUBLISHED, State.SUPERSEDED],
    )
    present = {block["id"]: block for block in version.blocks}
    found = {
        entry["example"]["id"]: {**entry, "block": present[entry["block"]["id"]]}
        for changed in newer.order_by("number")
        for entry in quiz_examples(changed)
        if entry["block"]["id"] in present
    }
    by_verdict: dict[str, list[dict[str, Any]]] = {"do": [], "dont": []}
    for example_id in sorted(found, key=lambda found_id: _number(person.pk, found_id)):
        by_verdict[found[example_id]["example"]["verdict"]].append(found[example_id])
    turns = [
        (place, verdict, entry)
        for verdict, entries in by_verdict.items()
        for place, entry in enumerate(entries)
    ]
    turns.sort(key=lambda turn: turn[:2])
    chosen = [entry for _place, _verdict, entry in turns[:QUIZ_MOST]]
    return sorted(chosen, key=lambda entry: _number(person.pk, entry["example"]["id"]))


def _number(person_id: int, example_id: str) -> str:
    return hashlib.sha256(f"{person_id}:{example_id}".encode()).hexdigest()


def acknowledge(
    project: Project,
    person: User,
    *,
    number: int,
    answers: dict[str, bool],
    now: datetime | None = None,
) -> list[str]:
    """Note that the person has read the changes up to a version, and check their answers.

    `answers` says of each example's id whether it is of its class now. Returns the ids of those
    that are wrong; then nothing is acknowledged, and the mistakes are counted. Raises Conflict
    when there is a newer version, DomainError when an answer is missing.
    """
    now = now or timezone.now()
    with transaction.atomic():
        version = current_version(project)
        if version is None or version.number != number:
            raise Conflict(
                _("There is a newer version by now. Read it once more."), code="newer_version"
            )
        own, _created = Acknowledgement.objects.select_for_update().get_or_create(
            project=project, person=person, number=number
        )
        if own.acknowledged_at:
            return []
        asked = quiz(version, person, acknowledged_number(project, person))
        wrong = _wrong(asked, answers)
        for example_id in wrong:
            own.mistakes[example_id] = own.mistakes.get(example_id, 0) + 1
        if not wrong:
            own.acknowledged_at = now
            record(person, "instruction.acknowledged", version, after={"mistakes": own.mistakes})
            mark_done(person, Kind.INSTRUCTIONS_CHANGED, project)
        own.save()
    return wrong


def _wrong(asked: list[dict[str, Any]], answers: dict[str, bool]) -> list[str]:
    wrong = []
    for entry in asked:
        example = entry["example"]
        if example["id"] not in answers:
            raise DomainError(
                _("Decide each example."), code="answer_needed", field=f"answers.{example['id']}"
            )
        if answers[example["id"]] != (example["verdict"] == "do"):
            wrong.append(example["id"])
    return wrong
