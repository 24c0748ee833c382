"""What other work means to failure cases: it begins on them, and a test that fails brings one back.

Apart from `failure_cases`, which reads the runs that are stored here.
"""

from django.db.models import Q, QuerySet

from datasets.models import FailureCase, Scenario, ScenarioRun
from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify

State = FailureCase.State


def begin_work(cases: QuerySet[FailureCase], *, by: User) -> None:
    """Something was begun about them: those that nobody was at are at work now."""
    waiting = cases.filter(state__in=[State.OPEN, State.BACK]).values("pk")
    for case in FailureCase.objects.select_for_update().filter(pk__in=waiting).order_by("pk"):
        case.state, case.solved_with = State.WORK, None
        case.save(update_fields=["state", "solved_with"])
        record(by, "case.begun", case)


def cases_tested_by(scenario: Scenario) -> QuerySet[FailureCase]:
    """A test of the same name is another number of the same test."""
    same = Scenario.objects.filter(project=scenario.project_id, name=scenario.name)
    of_any = Q(segment__scenarios__in=same) | Q(scenarios__in=same)
    return FailureCase.objects.filter(of_any, project=scenario.project_id)


def bring_back(run: ScenarioRun) -> None:
    """A test of a solved case is failed by what solved it, or by a later version of that model.

    Of no consequence is a number of the test that another has replaced, and a version after which
    another has passed. Callers hold the lock of the test.
    """
    test, version = run.scenario, run.model_version
    newer = Scenario.objects.filter(
        project=test.project_id, name=test.name, number__gt=test.number, retired_at=None
    )
    later = ScenarioRun.objects.filter(
        scenario=test,
        model_version__gt=version.pk,
        model_version__name=version.name,
        verdict=ScenarioRun.Verdict.PASS,
    )
    if newer.exists() or later.exists():
        return
    solved = cases_tested_by(test).filter(
        state=State.SOLVED, solved_with__name=version.name, solved_with__lte=version.pk
    )
    rows = FailureCase.objects.select_for_update(of=("self",)).filter(pk__in=solved.values("pk"))
    for case in rows.select_related("owner", "project").order_by("pk"):
        case.state = State.BACK
        case.save(update_fields=["state"])
        record(None, "case.came_back", case, after={"test": str(test)}, reason=str(version))
        tell_owner(case, Kind.CASE_BACK)


def tell_owner(case: FailureCase, kind: Kind) -> None:
    parameters = {
        "case": case.title,
        "project": case.project.name,
        "slug": case.project.slug,
        "case_id": case.pk,
    }
    notify([case.owner], kind, about=case, parameters=parameters)
