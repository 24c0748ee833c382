"""Notes of those who coach somebody."""

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from labelops.accounts.models import User
from labelops.audit.services import record
from labelops.errors import NotAllowed
from reviews.models import CoachNote
from reviews.models.coaching import NOTE_LENGTH
from tasks.models import Project
from tasks.services.checks import check_words


def add_note(project: Project, person: User, text: str, *, by: User) -> CoachNote:
    """Keep a note about a person. Raises DomainError for an empty or too long one."""
    if person.pk == by.pk:
        raise NotAllowed(_("Nobody coaches themselves."))
    text = check_words(text, NOTE_LENGTH, field="text")
    with transaction.atomic():
        note = CoachNote.objects.create(
            project=project, person=person, author=by, text=text, written_at=timezone.now()
        )
        record(by, "coach.noted", note, after={"project": project.pk, "person": person.pk})
    return note
