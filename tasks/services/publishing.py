"""From a draft to the rules in force: asking for approval, publishing, withdrawing.

Two people stand behind a version: whoever asks for approval, and somebody else who publishes it.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError, NotAllowed
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify
from labelops.webhooks.events import Told
from labelops.webhooks.services.outbox import tell
from tasks import access
from tasks.blocks.classes import block_classes, schema_classes
from tasks.models import InstructionVersion, Project, ReservedItem, Ruling
from tasks.services import reservations, stale
from tasks.services.archiving import lock_project
from tasks.services.checks import REASON_LENGTH, check_schema, check_words
from tasks.services.example_items import example_items
from tasks.services.instructions import changes_of, current_version, require_seen
from tasks.services.qualifications import people_of

# A clarifying change must be read within a shift.
NOTICE_TIME = timedelta(hours=8)
QUIZ_LEAST = 3
Change = InstructionVersion.Change
State = InstructionVersion.State


def request_approval(
    version: InstructionVersion,
    *,
    changes: dict[str, str],
    by: User,
    seen_at: datetime | None = None,
) -> InstructionVersion:
    """Say what each change asks of people, and have somebody else look at the draft.

    Raises DomainError when a changed block has no kind of change, or the text is not ready.
    """
    with transaction.atomic():
        project = lock_project(version.project_id)
        version = InstructionVersion.objects.get(pk=version.pk)
        if version.state != State.DRAFT:
            raise _not_a_draft(version)
        require_seen(version, seen_at)
        version.changes = _checked_changes(version, current_version(project), changes)
        require_ready(version)
        version.author, version.state = by, State.IN_APPROVAL
        version.save()
        after = {"number": version.number, "changes": version.changes}
        record(by, "instruction.approval_asked", version, after=after)
    return version


def send_back(version: InstructionVersion, *, reason: str, by: User) -> InstructionVersion:
    """Return a version that waits for approval to its author, who is told why."""
    reason = check_words(reason, REASON_LENGTH, field="reason")
    with transaction.atomic():
        lock_project(version.project_id)
        version = InstructionVersion.objects.get(pk=version.pk)
        if version.state != State.IN_APPROVAL:
            raise Conflict(_("This version does not wait for approval."), code="not_in_approval")
        version.state = State.DRAFT
        version.save(update_fields=["state", "updated_at"])
        record(by, "instruction.sent_back", version, reason=reason)
    return version


def publish(
    version: InstructionVersion,
    *,
    by: User,
    policy: str = stale.Policy.KEEP,
    sample: int = stale.SAMPLE,
    seen_at: datetime | None = None,
    now: datetime | None = None,
) -> InstructionVersion:
    """Make a version the rules in force; the one before it is superseded.

    `policy` says what becomes of the accepted labels that a breaking change touches; the caller
    wakes the job that carries it out, if there is one (`stale.unfinished_job`).
    Raises Conflict when the version was changed after `seen_at`, NotAllowed when its author
    approves it although somebody else could.
    """
    now = now or timezone.now()
    with transaction.atomic():
        project = lock_project(version.project_id)
        version = InstructionVersion.objects.get(pk=version.pk)
        former = current_version(project)
        _require_publishable(version, former, by)
        require_seen(version, seen_at)
        require_ready(version)
        if former:
            former.state = State.SUPERSEDED
            former.save(update_fields=["state"])
            record(by, "instruction.superseded", former, after={"by": version.number})
        version.state, version.approver, version.published_at = State.PUBLISHED, by, now
        _set_what_people_must_know(version, former, now)
        version.save()
        after = {"number": version.number, "changes": version.changes, "policy": policy}
        record(by, "instruction.published", version, after=after)
        facts = {"number": version.number, "changes": sorted(set(version.changes.values()))}
        tell(project.pk, Told.INSTRUCTIONS_PUBLISHED, facts)
        items = example_items(project, version.blocks).values()
        reservations.reserve(items, ReservedItem.Purpose.EXAMPLE, by=by)
        _merge_rulings(version, by)
        stale.start(version, policy=policy, sample=sample, by=by)
        _tell_readers(version, former, by)
    return version


def withdraw(version: InstructionVersion, *, reason: str, by: User) -> InstructionVersion:
    """Take the published version back; the one before it is in force again.

    Labels made under it keep its number: they are found in the list of affected work.
    """
    reason = check_words(reason, REASON_LENGTH, field="reason")
    with transaction.atomic():
        project = lock_project(version.project_id)
        version = InstructionVersion.objects.get(pk=version.pk)
        former = project.instruction_versions.filter(
            state=State.SUPERSEDED, number__lt=version.number
        ).first()
        if version.state != State.PUBLISHED or former is None:
            raise Conflict(
                _("Only the published version can be withdrawn, when there is one before it."),
                code="not_withdrawable",
            )
        version.state = State.WITHDRAWN
        version.save(update_fields=["state"])
        former.state = State.PUBLISHED
        former.save(update_fields=["state"])
        record(by, "instruction.withdrawn", version, after={"to": former.number}, reason=reason)
    return former


def can_approve(version: InstructionVersion, user: User) -> bool:
    """Whether the person may publish it: anybody but its author, who may only when alone."""
    project = version.project
    if not access.projects(user).filter(pk=project.pk).exists():
        return False
    return not _needs_another(version, current_version(project), user)


def require_ready(version: InstructionVersion) -> None:
    """Raise DomainError for the first thing that keeps a version from being published."""
    check_schema(version.label_schema, version.project.item_type)
    if not any(block["body"].strip() or block.get("nodes") for block in version.blocks):
        raise DomainError(
            _("Write the instructions first: annotators would see an empty page."),
            code="empty_body",
            field="blocks",
        )
    _require_ends(version)
    _require_quiz(version)


def _require_ends(version: InstructionVersion) -> None:
    known = schema_classes(version.label_schema)
    for block in version.blocks:
        if block["kind"] != "tree":
            continue
        wrong = next((found for found in block_classes(block) if found not in known), None)
        if wrong or not block["nodes"]:
            raise DomainError(
                _("The decision tree “%(title)s” leads to “%(value)s”, which is no class.")
                % {"title": block["title"], "value": wrong[1]}
                if wrong
                else _("The decision tree “%(title)s” asks no question yet.")
                % {"title": block["title"]},
                code="tree_not_ready",
                field=f"blocks.{block['id']}",
            )


def _require_quiz(version: InstructionVersion) -> None:
    blocks = {block["id"] for block in version.blocks}
    breaking = {name for name, change in version.changes.items() if change == Change.BREAKING}
    if not breaking & blocks:
        # New questions or rules have no examples: people read the change and confirm it.
        return
    count = len(quiz_examples(version))
    if count < QUIZ_LEAST:
        raise DomainError(
            _(
                "After a breaking change people answer %(least)d to 5 examples of it. "
                "The changed class pages have %(count)d."
            )
            % {"least": QUIZ_LEAST, "count": count},
            code="too_few_examples",
            field="changes",
            hint=_("Add examples of do or don't to them, or call the change clarifying."),
        )


def quiz_examples(version: InstructionVersion) -> list[dict[str, object]]:
    """The examples of the blocks with a breaking change that are plainly right or wrong."""
    return [
        {"block": block, "example": example}
        for block in version.blocks
        if version.changes.get(block["id"]) == Change.BREAKING
        for example in block.get("examples", [])
        if example["verdict"] != "borderline"
    ]


def _checked_changes(
    version: InstructionVersion, former: InstructionVersion | None, changes: dict[str, str]
) -> dict[str, str]:
    wanted = {change.id: change for change in changes_of(version, former)}
    for change_id, change in wanted.items():
        if changes.get(change_id) not in Change.values:
            title = change.block.get("title") or change.block.get("kind") or _("Rules")
            raise DomainError(
                _("Say of “%(title)s” what the change asks of people.") % {"title": title},
                code="change_needed",
                field=f"changes.{change_id}",
            )
    return {change_id: changes[change_id] for change_id in wanted}


def _require_publishable(
    version: InstructionVersion, former: InstructionVersion | None, by: User
) -> None:
    if version.state not in InstructionVersion.UNPUBLISHED:
        raise _not_a_draft(version)
    if version.state == State.DRAFT and former is not None:
        raise Conflict(
            _("Version %(number)d has not been handed in for approval.")
            % {"number": version.number},
            code="not_in_approval",
        )
    if _needs_another(version, former, by):
        raise NotAllowed(
            _("You wrote this version: somebody else reads it before it is published."),
            code="second_person_needed",
        )


def _needs_another(
    version: InstructionVersion, former: InstructionVersion | None, user: User
) -> bool:
    """Whether somebody else must publish: before the first version nobody is bound by one."""
    is_own = version.author_id == user.pk and former is not None
    return is_own and not is_alone(version.project, user)


def _not_a_draft(version: InstructionVersion) -> Conflict:
    return Conflict(
        _("Version %(number)d is %(state)s already.")
        % {"number": version.number, "state": version.get_state_display()},
        code="not_a_draft",
    )


def is_alone(project: Project, user: User) -> bool:
    """Whether nobody else could be the second expert."""
    return not access.experts_of(project).exclude(pk=user.pk).exists()


def _set_what_people_must_know(
    version: InstructionVersion, former: InstructionVersion | None, now: datetime
) -> None:
    kinds = set(version.changes.values())
    if former:
        version.breaking_number = former.breaking_number
        version.notice_number, version.notice_from = former.notice_number, former.notice_from
    if Change.BREAKING in kinds:
        version.breaking_number = version.number
    elif Change.CLARIFYING in kinds:
        version.notice_number, version.notice_from = version.number, now + NOTICE_TIME


def _tell_readers(version: InstructionVersion, former: InstructionVersion | None, by: User) -> None:
    """Those who must read it before they go on; of the first version a newcomer reads anyway."""
    if former is None or not {Change.BREAKING, Change.CLARIFYING} & set(version.changes.values()):
        return
    project = version.project
    parameters = {"project": project.name, "slug": project.slug, "number": version.number}
    readers = people_of(project).exclude(pk__in=[by.pk, version.author_id])
    notify(readers, Kind.INSTRUCTIONS_CHANGED, about=project, parameters=parameters)


def _merge_rulings(version: InstructionVersion, by: User) -> None:
    for ruling in Ruling.objects.filter(merged_into=version, state=Ruling.State.PUBLISHED):
        ruling.state = Ruling.State.MERGED
        ruling.save(update_fields=["state", "updated_at"])
        record(by, "ruling.merged", ruling, after={"version": version.number})
