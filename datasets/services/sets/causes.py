"""Items that fail for one cause, and the training items around them."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from datasets.models import Evaluation, FailureCause, FailureCluster, Tracing
from datasets.models.causes import Cause
from datasets.services.item_sets import Member, RankedItems, SetKind
from datasets.services.sets.reading import refused, whole_number
from labelops.lists import Page, keyset_page
from tasks.models import Project

NEIGHBOURS_MOST = 2_000
# Which of the neighbours: those with labels that are not to be trusted, or all of them.
SUSPECTS, ALL = "suspects", "all"


@dataclass(frozen=True)
class FailingItems:
    """Failures of one tracing, cluster by cluster, the most typical first."""

    project: Project
    title: str
    evaluation: Evaluation | None
    rows: QuerySet[FailureCause] = field(repr=False)

    def count(self) -> int:
        return self.rows.count()

    def page(self, cursor: str, size: int) -> Page:
        page = keyset_page(self.rows, cursor, size=size)
        return Page([_member(row) for row in page.rows], page.next_cursor, page.is_first)


def _member(row: FailureCause) -> Member:
    facts = row.evidence
    return Member(row.item_id, facts["truth_id"], facts["predicted_id"], row.get_cause_display())


def read_failing(project: Project, given: Mapping[str, str]) -> FailingItems:
    """`evaluation`; of one `cause`, of one `cluster` by its number, or all that was traced."""
    tracing, title, rows = _failures(project, given)
    return FailingItems(project, title, tracing.evaluation, rows)


def read_neighbours(project: Project, given: Mapping[str, str]) -> RankedItems:
    """The training items around the failures that the same parameters name.

    Those that are near most failures first; `which`: suspects (if nothing is said) or all.
    """
    tracing, title, rows = _failures(project, given)
    which = given.get("which", "") or SUSPECTS
    if which not in (SUSPECTS, ALL):
        raise refused("which")
    key = "evidence__neighbours" if which == ALL else "evidence__suspects"
    counts: Counter[int] = Counter()
    for ids in rows.values_list(key, flat=True).iterator():
        counts.update(ids)
    members = [
        Member(item_id, note=_("near failing items: %(count)d") % {"count": count})
        for item_id, count in sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))
    ]
    words = {
        SUSPECTS: _("Training items with doubtful labels around: %(title)s"),
        ALL: _("Training items around: %(title)s"),
    }
    shown = words[which] % {"title": title}
    return RankedItems(project, shown, members[:NEIGHBOURS_MOST], tracing.evaluation)


def _failures(
    project: Project, given: Mapping[str, str]
) -> tuple[Tracing, str, QuerySet[FailureCause]]:
    tracing = (
        Tracing.objects.filter(
            evaluation=whole_number(given, "evaluation"),
            evaluation__project=project,
            finished_at__isnull=False,
        )
        .select_related("evaluation__dataset_version", "evaluation__model_version")
        .first()
    )
    if tracing is None:
        raise refused("evaluation")
    rows = FailureCause.objects.filter(tracing=tracing).order_by("pk")
    words = [_("Failures")]
    if name := given.get("cause", ""):
        if name not in Cause.values:
            raise refused("cause")
        rows = rows.filter(cause=name)
        words.append(str(Cause(name).label))
    if given.get("cluster"):
        number = whole_number(given, "cluster")
        clusters = FailureCluster.objects.filter(tracing=tracing, number=number)
        rows = rows.filter(cluster__in=clusters.values("pk"))
        words.append(_("group %(number)d") % {"number": number})
    if given.get("failure"):
        rows = rows.filter(pk=whole_number(given, "failure"))
        words.append(_("one item"))
    return tracing, " · ".join([*words, str(tracing.evaluation)]), rows


OF_FAILURES = ("evaluation", "cause", "cluster", "failure")
CAUSE = SetKind(OF_FAILURES, read_failing)
CAUSE_NEIGHBOURS = SetKind((*OF_FAILURES, "which"), read_neighbours)
