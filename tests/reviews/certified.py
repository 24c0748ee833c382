"""Models that have proved themselves, for tests of what follows from that."""

from django.utils import timezone

from reviews.models import ModelLook, ModelStanding
from tests.factories import make_grant, make_prediction, make_task


def certify(model, label="robin", *, cut=0.9, bar=95):
    """Level 4 with a certificate: it may answer alone from the cut on."""
    standing, _is_new = ModelStanding.objects.get_or_create(model_version=model, label=label)
    look = ModelLook.objects.create(
        standing=standing,
        level=4,
        bar_percent=bar,
        cut=cut,
        series_after=0,
        upto=1,
        seen=400 + standing.looks.count(),
        n=200,
        wrong=1,
        lower=bar / 100,
        outcome=ModelLook.Outcome.CERTIFY,
        taken_at=timezone.now(),
    )
    make_grant(model, label, cut=cut, bar_percent=bar)
    return look


def said_tasks(batch, model, count, *, score=0.95, label="robin", **over):
    """Tasks that nobody has begun, each with what the model says of it."""
    tasks = [make_task(batch) for _number in range(count)]
    for task in tasks:
        make_prediction(model, task.item, label, score=score, **over)
    return tasks
