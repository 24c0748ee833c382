"""The alarms of the board in words, each with its one next action."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from reviews.quality.batch_alarms import Alarm
from tasks.models import Batch, Task


@dataclass(frozen=True)
class AlarmWords:
    """What is wrong, and the button that leads to what mends it."""

    sentence: str
    action: str
    url: str


def words_of_alarm(alarm: Alarm, batch: Batch, *, rejected_lot: int | None = None) -> AlarmWords:
    slug = batch.project.slug
    match alarm:
        case Alarm.OVERDUE:
            sentence, action = _("The due date has passed."), _("See who is behind")
            url = reverse("batch_people", args=[batch.pk])
        case Alarm.LATE:
            sentence, action = _("It will probably be late."), _("See who is behind")
            url = reverse("batch_people", args=[batch.pk])
        case Alarm.LOT_REJECTED:
            sentence, action = _("The newest lot was rejected."), _("Open the lot")
            url = reverse("lot_detail", args=[rejected_lot])
        case Alarm.ACCURACY:
            sentence, action = _("Accuracy is below what is wanted."), _("See the checked labels")
            url = _listed("quality_items", slug, batch=batch.pk, sampled=1)
        case Alarm.QUESTIONS:
            sentence = _("A question has waited for more than a day.")
            action, url = _("Answer it"), _listed("question_list", slug)
        case Alarm.REVIEWS:
            sentence = _("A review has waited for more than a day.")
            state = Task.State.IN_REVIEW.value
            action, url = (
                _("See what waits"),
                _listed("quality_items", slug, batch=batch.pk, state=state),
            )
    return AlarmWords(sentence, action, url)


def _listed(name: str, slug: str, **query: object) -> str:
    address = reverse(name, args=[slug])
    return f"{address}?{urlencode(query)}" if query else address
