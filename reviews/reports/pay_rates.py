"""The page of a project's rates: whose there are, and what was set before."""

from dataclasses import dataclass

from labelops.accounts.models import Team
from reviews.models import PayRate
from reviews.reports.money import shown_rate
from reviews.reports.pay_words import title_of
from reviews.services import pay_rates
from tasks.models import Project

HISTORY_SHOWN = 60


@dataclass(frozen=True)
class SetRow:
    """One amount that was set."""

    rate: PayRate
    title: str
    amount: str


@dataclass(frozen=True)
class RatesPage:
    teams: list[Team]
    history: list[SetRow]
    is_cut: bool


def rates_page(project: Project, team: Team | None) -> RatesPage:
    rows = list(pay_rates.history(project, team)[: HISTORY_SHOWN + 1])
    shown = [
        SetRow(row, title_of(row.basis, row.level), shown_rate(row.amount))
        for row in rows[:HISTORY_SHOWN]
    ]
    return RatesPage(list(project.teams.all()), shown, len(rows) > HISTORY_SHOWN)
