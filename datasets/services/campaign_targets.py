"""What a campaign is to make better, as the evaluation of its seeds measured it."""

from decimal import Decimal

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from datasets.models import BACKGROUND, Campaign, Evaluation, Match
from datasets.services.class_names import names_of
from datasets.services.outcomes import failing_matches

LABEL_LENGTH = 80


def target_of(campaign: Campaign) -> tuple[str, Decimal | None]:
    """The class that fails most among the seeds, and the share of it that is right.

    Of a class that is missed or mixed up its recall; of one that is not there its precision.
    Nothing where the seeds are of no evaluation. Reads all matches: for jobs, not for pages.
    """
    evaluation = campaign.evaluation
    if evaluation is None:
        return "", None
    failing = failing_matches(evaluation).filter(item__in=campaign.seeds.values("item"))
    counted = failing.order_by().values("truth", "predicted").annotate(n=Count("pk"))
    commonest = counted.order_by("-n", "truth", "predicted").first()
    if commonest is None:
        return "", None
    if commonest["truth"] != BACKGROUND:
        label = _name(evaluation, commonest["truth"])
        share = _right_share(evaluation, Q(truth=commonest["truth"]))
        return _("recall of %(label)s") % {"label": label}, share
    label = _name(evaluation, commonest["predicted"])
    is_said = Q(score__gte=evaluation.score_bar) | Q(score__isnull=True)
    share = _right_share(evaluation, Q(predicted=commonest["predicted"]) & is_said)
    return _("precision of %(label)s") % {"label": label}, share


def _name(evaluation: Evaluation, code: int) -> str:
    value = evaluation.class_of(code)
    return names_of(evaluation).get(value, value)[:LABEL_LENGTH]


def _right_share(evaluation: Evaluation, of_class: Q) -> Decimal | None:
    count = Match.objects.filter(of_class, evaluation=evaluation).count()
    wrong = failing_matches(evaluation).filter(of_class).count()
    return round(Decimal(count - wrong) / count, 4) if count else None
