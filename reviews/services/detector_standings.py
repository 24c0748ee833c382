"""How often each detector was right in each class, and where it is muted: by that, or by hand."""

from collections import defaultdict
from datetime import datetime

from django.db import models, transaction
from django.db.models import Count, Min, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import DomainError
from reviews.detectors.trust import bounds, is_useless
from reviews.models import Consensus, DetectorStanding, LabelIssue
from reviews.quality.error_rate import Stratum, error_rate
from reviews.services import suspicions
from tasks.models import Project
from tasks.services.archiving import lock_project, require_live
from tasks.services.checks import REASON_LENGTH, check_words

COMPUTED = ("decided", "confirmed", "lower", "upper", "by_chance", "muted_at", "computed_at")


class Choice(models.TextChoices):
    """What a manager makes of a detector in one class."""

    MUTE = "mute"
    KEEP = "keep"
    EVIDENCE = "evidence"


def assess(project: Project) -> None:
    """Count anew what experts said of all that was found, and mute what finds nothing.

    Callers hold the project. Whatever a person decided of a detector stays.
    """
    now = timezone.now()
    known = {(row.detector, row.label): row for row in project.detector_standings.all()}
    counts = _counts(project)
    # Where nothing is left of what a detector found, only what a person decided stays.
    kept = {key: (0, 0) for key, row in known.items() if key not in counts and row.set_by_id}
    gone = [row.pk for key, row in known.items() if key not in counts | kept]
    DetectorStanding.objects.filter(pk__in=gone).delete()
    chance, anywhere = _by_chance(project)
    rows = []
    for (detector, label), (decided, confirmed) in (counts | kept).items():
        row = known.get((detector, label)) or DetectorStanding(
            project=project, detector=detector, label=label
        )
        row.decided, row.confirmed, row.computed_at = decided, confirmed, now
        row.by_chance = chance.get(label, anywhere)
        _judge(row, now)
        rows.append(row)
    DetectorStanding.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["project", "detector", "label"],
        update_fields=COMPUTED,
    )


def _counts(project: Project) -> dict[tuple[str, str], tuple[int, int]]:
    """By detector and class, how many findings were decided, and how many of them confirmed."""
    issues = LabelIssue.objects.filter(project=project).by_class().order_by()
    rows = issues.values_list("detector", "concerns").annotate(
        decided=Count("pk", filter=Q(is_confirmed__isnull=False)),
        confirmed=Count("pk", filter=Q(is_confirmed=True)),
    )
    return {(detector, label): (decided, confirmed) for detector, label, decided, confirmed in rows}


def _judge(row: DetectorStanding, now: datetime) -> None:
    interval = bounds(row.confirmed, row.decided)
    row.lower, row.upper = interval.low, interval.high
    if row.set_by_id is None:
        is_muted = is_useless(row.confirmed, row.decided, row.by_chance)
        row.muted_at = (row.muted_at or now) if is_muted else None


def assess_outdated() -> int:
    """The projects in which an expert decided something that was suspicious. Returns how many."""
    count = 0
    oldest = DetectorStanding.objects.values("project").annotate(since=Min("computed_at"))
    for project_id, since in oldest.values_list("project", "since"):
        decided = LabelIssue.objects.decided().filter(project=project_id, decided_at__gt=since)
        project = Project.objects.live().filter(pk=project_id).first()
        if project is None or not decided.exists():
            continue
        with transaction.atomic():
            lock_project(project.pk)
            assess(project)
            suspicions.feed(project)
        count += 1
    return count


def decide(standing: DetectorStanding, choice: str, *, by: User, reason: str) -> DetectorStanding:
    """Mute or keep a detector in a class whatever it finds, or leave that to evidence again.

    Raises DomainError for an unknown choice, and without a reason to mute or keep.
    """
    if choice not in Choice.values:
        raise DomainError(_("This is not one of the choices."), field="choice")
    is_left = choice == Choice.EVIDENCE
    reason = "" if is_left else check_words(reason, REASON_LENGTH, field="reason")
    project = standing.project
    require_live(project)
    with transaction.atomic():
        lock_project(project.pk)
        locked = DetectorStanding.objects.select_for_update().get(pk=standing.pk)
        before = _facts(locked)
        locked.set_by, locked.reason = (None, "") if is_left else (by, reason)
        locked.muted_at = timezone.now() if choice == Choice.MUTE else None
        locked.save(update_fields=["set_by", "reason", "muted_at"])
        if is_left:
            assess(project)
        suspicions.feed(project)
        record(by, f"detector.{choice}", locked, before=before, after=_facts(locked), reason=reason)
    return locked


def _facts(standing: DetectorStanding) -> dict[str, object]:
    return {
        "detector": standing.detector,
        "label": standing.label,
        "is_muted": standing.muted_at is not None,
    }


def _by_chance(project: Project) -> tuple[dict[str, float], float | None]:
    """By class, and over all, the share of labels that experts did not let stand, chance picking.

    Batches are sampled unequally, so each counts by its size.
    """
    sampled = Q(standing=Consensus.Standing.SAMPLED)
    rows = (
        Consensus.objects.filter(batch__project=project)
        .order_by()
        .values_list("label", "batch")
        .annotate(
            size=Count("pk"),
            n=Count("pk", filter=sampled),
            wrong=Count("pk", filter=sampled & Q(was_wrong=True)),
        )
    )
    by_class: dict[str, list[Stratum]] = defaultdict(list)
    for label, _batch, size, n, wrong in rows:
        by_class[label].append(Stratum(wrong, n, size))
    rates = {label: error_rate(strata) for label, strata in by_class.items()}
    overall = error_rate([stratum for strata in by_class.values() for stratum in strata])
    known = {label: rate.value for label, rate in rates.items() if rate and label}
    return known, overall.value if overall else None
