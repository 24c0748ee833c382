"""What the pages of failure cases show: the list with its filters, and what was done about one."""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.db.models import Q
from django.utils.translation import gettext as _

from datasets.models import BulkEdit, Campaign, FailureCase, Impact
from datasets.reports.impact import Card, card
from datasets.reports.scenarios import what_it_says
from datasets.reports.segments import size_of
from datasets.services.case_proofs import Proof, proof_of, tests_of
from datasets.services.failure_cases import UNSOLVED
from datasets.services.item_sets import ASKED_MOST
from datasets.services.release_gate import GateRow
from labelops.accounts.models import User
from labelops.lists import CURSOR, Page, keyset_page
from reviews.reports.dashboard_filters import Choice, find, unknown
from tasks.models import Project

SHOWN = 20
State = FailureCase.State


@dataclass(frozen=True)
class CaseList:
    page: Page
    states: list[Choice]
    owners: list[Choice]
    # What is chosen, as part of an address.
    filters: str


@dataclass(frozen=True)
class TestLine:
    row: GateRow
    sentence: str


@dataclass(frozen=True)
class BatchLine:
    """A batch that is to better its tests, or whose items were collected for it."""

    impact: Impact
    card: Card | None


@dataclass(frozen=True)
class CasePage:
    size: int
    # Whether every item of the project was asked, or the newest alone.
    is_whole: bool
    looked_at: int
    proof: Proof
    tests: list[TestLine]
    campaigns: list[Campaign]
    batches: list[BatchLine]
    edits: list[BulkEdit]
    standing: str
    is_unsolved: bool


def case_list(project: Project, given: Mapping[str, str]) -> CaseList:
    """Raises DomainError for a state or an owner that is not in the list."""
    state = given.get("state", "")
    if state and state not in State.values:
        raise unknown("state")
    owners = User.objects.filter(pk__in=project.failure_cases.order_by().values("owner"))
    owner = find(owners, given.get("owner", ""), "owner")
    rows = project.failure_cases.select_related("owner", "segment", "solved_with")
    rows = rows.filter(state=state) if state else rows
    rows = rows.filter(owner=owner) if owner else rows
    chosen = {"state": state, "owner": owner.pk if owner else ""}
    return CaseList(
        page=keyset_page(rows, given.get(CURSOR, ""), newest_first=True),
        states=[Choice(value, str(title), value == state) for value, title in State.choices],
        owners=[
            Choice(str(person.pk), str(person), person == owner)
            for person in owners.order_by("name", "username")
        ],
        filters=urlencode({name: value for name, value in chosen.items() if value}),
    )


def case_page(case: FailureCase) -> CasePage:
    size, is_whole = size_of(case.segment)
    proof = proof_of(case)
    campaigns = _campaigns(case)
    of_segment = {"source__query__set": "segment", "source__query__segment": str(case.segment_id)}
    edits = case.project.bulk_edits.filter(**of_segment).select_related("job", "undo_job")
    return CasePage(
        size=size,
        is_whole=is_whole,
        looked_at=ASKED_MOST,
        proof=proof,
        tests=[TestLine(row, what_it_says(row)) for row in proof.rows],
        campaigns=campaigns,
        batches=_batches(case, campaigns),
        edits=list(edits[:SHOWN]),
        standing=_standing(case, proof),
        is_unsolved=case.state in UNSOLVED,
    )


def _campaigns(case: FailureCase) -> list[Campaign]:
    linked = case.campaigns.values("pk")
    rows = Campaign.objects.filter(Q(segment=case.segment_id) | Q(pk__in=linked))
    return list(rows.select_related("job", "batch")[:SHOWN])


def _batches(case: FailureCase, campaigns: list[Campaign]) -> list[BatchLine]:
    rows = Impact.objects.filter(
        Q(batch__campaign__in=campaigns)
        | Q(target__project=case.project_id, target__name__in=tests_of(case).values("name"))
    )
    impacts = rows.select_related("batch", "target", "before", "after")[:SHOWN]
    return [
        BatchLine(impact, card(impact, settings.CURRENCY) if impact.measured_at else None)
        for impact in impacts
    ]


def _standing(case: FailureCase, proof: Proof) -> str:
    """How far it is, and what comes next, in a sentence or two."""
    if case.state == State.DROPPED:
        return _("It was dropped. The history says why.")
    if case.state == State.SOLVED:
        solved = _("Solved: %(version)s has passed its tests.") % {"version": case.solved_with}
        return f"{solved} {proof.lack}" if proof.is_failed else solved
    parts = [proof.lack]
    if case.state == State.BACK:
        came = _("%(version)s had solved it, and it is back.") % {"version": case.solved_with}
        parts.insert(0, came)
    if not proof.lack:
        passes = _("%(version)s passes its tests: it can be closed.")
        parts.append(passes % {"version": proof.version})
    elif proof.is_failed:
        parts.append(_("Once labels are mended or added, run the test on the next version."))
    return " ".join(filter(None, parts))
