"""What the list of reported items shows."""

from dataclasses import dataclass

from labelops.lists import Page, keyset_page
from tasks.models import ItemReport, Project


@dataclass(frozen=True)
class ReportLine:
    """A report with the name its reader may see: only managers, who never label, see names."""

    report: ItemReport
    reporter: str
    resolved_by: str


def report_page(project: Project, cursor: str, *, show_all: bool, is_manager: bool) -> Page:
    """The reports of a project, newest first; the open ones unless all are asked for."""
    rows = ItemReport.objects.filter(project=project)
    rows = rows.select_related("item", "reporter", "resolved_by")
    if not show_all:
        rows = rows.filter(state=ItemReport.State.OPEN)
    page = keyset_page(rows, cursor, newest_first=True)
    lines = [_line(report, is_manager=is_manager) for report in page.rows]
    return Page(lines, page.next_cursor, page.is_first)


def _line(report: ItemReport, *, is_manager: bool) -> ReportLine:
    reporter = str(report.reporter) if is_manager else report.reporter.pseudonym
    return ReportLine(report, reporter, str(report.resolved_by or ""))
