"""What a campaign is to make better, as the evaluation of its seeds measured it."""

from decimal import Decimal

from django.db.models import Count, F, Q, QuerySet
from django.utils.translation import gettext as _

from datasets.models import BACKGROUND, Campaign, Evaluation, Match

LABEL_LENGTH = 80


def target_of(campaign: Campaign) -> tuple[str, Decimal | None]:
    """The class that fails most among the seeds, and the share of it that is right.

    Of a class that is missed or mixed up its recall; of one that is not there its precision.
    Nothing where the seeds are of no evaluation.
    """
    evaluation = campaign.evaluation
    if evaluation is None:
        return "", None
    seeds = campaign.seeds.values("item")
    wrong = Match.objects.filter(evaluation=evaluation, item__in=seeds)
    wrong = wrong.exclude(truth=F("predicted")).exclude(_is_unsaid(evaluation))
    commonest = wrong.order_by().values("truth", "predicted").annotate(n=Count("pk")).order_by("-n")
    first = commonest.first()
    if first is None:
        return "", None
    if first["truth"] == BACKGROUND:
        label = evaluation.class_of(first["predicted"])
        said = Match.objects.filter(_is_said(evaluation), predicted=first["predicted"])
        return _("precision of %(label)s") % {"label": label[:LABEL_LENGTH]}, _share(
            evaluation, said, first["predicted"]
        )
    label = evaluation.class_of(first["truth"])
    there = Match.objects.filter(truth=first["truth"])
    return _("recall of %(label)s") % {"label": label[:LABEL_LENGTH]}, _share(
        evaluation, there, first["truth"]
    )


def _share(evaluation: Evaluation, rows: QuerySet[Match], code: int) -> Decimal | None:
    """How many of the rows are of that class on both sides, at the evaluation's thresholds."""
    is_near = Q(overlap__gte=evaluation.overlap_bar) | Q(overlap__isnull=True)
    is_right = Q(truth=code, predicted=code) & _is_said(evaluation) & is_near
    counts = rows.filter(evaluation=evaluation).aggregate(
        right=Count("pk", filter=is_right), all=Count("pk")
    )
    return round(Decimal(counts["right"]) / counts["all"], 4) if counts["all"] else None


def _is_said(evaluation: Evaluation) -> Q:
    return Q(score__gte=evaluation.score_bar) | Q(score__isnull=True)


def _is_unsaid(evaluation: Evaluation) -> Q:
    """A false one that is not sure enough is none."""
    return Q(truth=BACKGROUND, score__lt=evaluation.score_bar)
