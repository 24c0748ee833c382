"""The page of the audit log, and its rows as a file."""

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from labelops.audit import access, reports, words
from labelops.audit.exports import COLUMNS, rows_for_csv
from labelops.audit.filters import FILTERS, read_chosen
from labelops.csv_tables import csv_response
from labelops.lists import CURSOR, check_parameters


@require_safe
def audit_log(request: HttpRequest) -> HttpResponse:
    reader = access.reader(request.user)
    check_parameters(request.GET, *FILTERS)
    chosen = read_chosen(reader, request.GET)
    filters = request.GET.copy()
    cursor = "".join(filters.pop(CURSOR, []))
    context = {
        "reader": reader,
        "chosen": chosen,
        "kinds": words.kinds_of_verbs(),
        "is_known_verb": chosen.verb in words.known_verbs,
        "page": reports.audit_page(reader, chosen, cursor),
        "filters": filters.urlencode(),
    }
    return render(request, "audit/audit_log.html", context)


@require_safe
def audit_csv(request: HttpRequest) -> StreamingHttpResponse:
    reader = access.reader(request.user)
    check_parameters(request.GET, *FILTERS)
    rows = rows_for_csv(reader, read_chosen(reader, request.GET))
    return csv_response(f"audit-{timezone.localdate().isoformat()}", COLUMNS, rows)
