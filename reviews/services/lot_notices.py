"""What managers are told of lots."""

from labelops.accounts.models import User
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify
from reviews.models import Lot
from tasks.access import managers_of


def tell_managers(lot: Lot, kind: Kind, *, but: User | None = None) -> None:
    """All managers of the project's own house, save the one who did it."""
    project = lot.batch.project
    managers = managers_of(project)
    parameters = {
        "project": project.name,
        "batch": lot.batch.name,
        "number": lot.number,
        "lot_id": lot.pk,
    }
    notify(managers.exclude(pk=but.pk) if but else managers, kind, about=lot, parameters=parameters)
