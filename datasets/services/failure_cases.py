"""Failure cases: opening one, changing it, and its arrows from open to solved."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from datasets.analysis.conditions import Condition
from datasets.models import Campaign, Evaluation, FailureCase, Scenario, Segment
from datasets.services import segments
from datasets.services.case_links import begin_work, tell_owner
from datasets.services.case_proofs import proof_of, tests_of
from datasets.services.item_sets import ItemSet
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import Conflict, DomainError
from labelops.locking import locked
from labelops.notices.kinds import Kind
from tasks.access import experts_of, managers_of
from tasks.models import Project
from tasks.services.archiving import lock_project
from tasks.services.checks import REASON_LENGTH, check_fields, check_words

State = FailureCase.State
UNSOLVED = (State.OPEN, State.WORK, State.BACK)
TITLE_LENGTH = 120


def possible_owners(project: Project) -> QuerySet[User]:
    """The experts and managers of the project's own house."""
    return (experts_of(project) | managers_of(project)).order_by("name", "username")


def open_on_set(
    project: Project,
    title: str,
    item_set: ItemSet,
    *,
    by: User,
    conditions: Sequence[Condition] = (),
    **values: Any,
) -> FailureCase:
    """Keep the items of a set, or the conditions of a slice, as a segment, and open a case of it.

    `values` are those of `open_case`.
    """
    title = check_words(title, TITLE_LENGTH, field="title")
    with transaction.atomic():
        try:
            if conditions:
                rows = [condition.as_json() for condition in conditions]
                segment = segments.create_live(project, title, rows, by=by)
            else:
                segment = segments.create_from_set(project, title, item_set, by=by)
        except Conflict as error:
            raise Conflict(
                _("There is a segment of this name already: open the case from that, or rename."),
                code="name_taken",
                field="title",
            ) from error
        return open_case(project, title, segment, by=by, evaluation=item_set.evaluation, **values)


def open_case(
    project: Project,
    title: str,
    segment: Segment,
    *,
    by: User,
    evaluation: Evaluation | None = None,
    **values: Any,
) -> FailureCase:
    """`values`: hypothesis, severity, customer, owner, model_version. Raises DomainError."""
    case = FailureCase(
        project=project,
        title=title,
        segment=segment,
        evaluation=evaluation,
        created_by=by,
        **values,
    )
    with transaction.atomic():
        lock_project(project.pk)
        locked(Segment.objects.filter(project=project), segment.pk)
        _check(case)
        case.save()
        record(by, "case.opened", case, after={"title": case.title, "owner": case.owner_id})
        _tell_of_it(case, by=by)
    return case


def change(
    case: FailureCase,
    *,
    by: User,
    scenarios: Iterable[Scenario],
    campaigns: Iterable[Campaign],
    **values: Any,
) -> FailureCase:
    """`values` are fields; `scenarios` and `campaigns` all that are linked to it by hand.

    Raises Conflict for other tests of a case that is solved.
    """
    with transaction.atomic():
        lock_project(case.project_id)
        case = _lock(case)
        before = _facts(case)
        for name, value in values.items():
            setattr(case, name, value)
        _check(case)
        case.save(update_fields=[*values])
        _link(case, scenarios, campaigns)
        after = _facts(case)
        changed = [name for name in before if before[name] != after[name]]
        if not changed:
            return case
        told = [{name: facts[name] for name in changed} for facts in (before, after)]
        record(by, "case.changed", case, before=told[0], after=told[1])
        if "owner" in changed:
            _tell_of_it(case, by=by)
        if set(after["campaigns"]) - set(before["campaigns"]):
            begin_work(FailureCase.objects.filter(pk=case.pk), by=by)
    return case


def _link(case: FailureCase, scenarios: Iterable[Scenario], campaigns: Iterable[Campaign]) -> None:
    proving = set(tests_of(case))
    case.scenarios.set(scenarios)
    case.campaigns.set(campaigns)
    # A later number of a test that is linked changes nothing.
    if case.state == State.SOLVED and proving != set(tests_of(case)):
        raise Conflict(
            _("Its tests have proved that it is solved. Reopen it to choose others."),
            code="wrong_state",
            field="scenarios",
        )


def _facts(case: FailureCase) -> dict[str, Any]:
    return {
        "title": case.title,
        "hypothesis": case.hypothesis,
        "severity": case.severity,
        "customer": case.customer,
        "owner": case.owner_id,
        "model_version": case.model_version_id,
        "scenarios": sorted(case.scenarios.order_by().values_list("pk", flat=True)),
        "campaigns": sorted(case.campaigns.order_by().values_list("pk", flat=True)),
    }


def begin(case: FailureCase, *, by: User) -> FailureCase:
    """Somebody says that it is looked into."""
    return _move(case, (State.OPEN, State.BACK), State.WORK, "case.begun", by=by)


def solve(case: FailureCase, *, by: User) -> FailureCase:
    """Raises Conflict unless the newest version of the model has passed all of its tests."""
    with transaction.atomic():
        # A run locks its test before it looks for solved cases: so none comes in between.
        list(tests_of(case).select_for_update(of=("self",)).order_by("pk"))
        found = _lock(case)
        _require_state(found, UNSOLVED)
        proof = proof_of(found)
        if proof.lack:
            raise Conflict(
                proof.lack,
                code="not_proved",
                hint=_("It is solved once a newer model has passed."),
            )
        found.state, found.solved_with = State.SOLVED, proof.version
        found.save(update_fields=["state", "solved_with"])
        record(by, "case.solved", found, reason=str(proof.version))
    return found


def drop(case: FailureCase, reason: str, *, by: User) -> FailureCase:
    """Give it up, with the reason."""
    reason = check_words(reason, REASON_LENGTH, field="reason")
    return _move(case, UNSOLVED, State.DROPPED, "case.dropped", by=by, reason=reason)


def reopen(case: FailureCase, *, by: User) -> FailureCase:
    return _move(case, (State.SOLVED, State.DROPPED), State.OPEN, "case.reopened", by=by)


def _move(
    case: FailureCase,
    of: Sequence[str],
    to: str,
    verb: str,
    *,
    by: User,
    reason: str = "",
) -> FailureCase:
    with transaction.atomic():
        found = _lock(case)
        _require_state(found, of)
        found.state, found.solved_with = to, None
        found.save(update_fields=["state", "solved_with"])
        record(by, verb, found, reason=reason)
    return found


def _lock(case: FailureCase) -> FailureCase:
    return locked(FailureCase.objects.select_related("project", "owner"), case.pk)


def _require_state(case: FailureCase, of: Sequence[str]) -> None:
    if case.state not in of:
        raise Conflict(
            _("This case is not as it was when you looked: it is “%(state)s” now.")
            % {"state": case.get_state_display()},
            code="wrong_state",
        )


def _check(case: FailureCase) -> None:
    case.title = check_words(case.title, TITLE_LENGTH, field="title")
    check_fields(case, "title", "hypothesis", "severity", "customer")
    if not possible_owners(case.project).filter(pk=case.owner_id).exists():
        raise DomainError(
            _("Choose an expert or a manager of the project."), code="unknown_value", field="owner"
        )


def _tell_of_it(case: FailureCase, *, by: User) -> None:
    if case.owner_id != by.pk:
        tell_owner(case, Kind.CASE_GIVEN)
