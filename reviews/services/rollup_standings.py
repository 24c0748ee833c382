"""As what people did their work: the team and the level they had when it was first counted."""

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from labelops.accounts.models import Membership
from tasks.models import Qualification

# From a team to the batches that its people work in: by name for labeling, by project for reviews.
LABELING_IN, REVIEWING_IN = "team__batches", "team__projects__batches"


class WorkStanding(NamedTuple):
    team: int | None
    level: int


class Piece(NamedTuple):
    """A label or a decision, by its id."""

    work: int
    person: int
    batch: int


def standings(
    pieces: Iterable[Piece], known: Mapping[int, WorkStanding], batches_of_team: str, using: str
) -> dict[int, WorkStanding]:
    """By id of the work; what was counted before stays as it is."""
    pieces = list(pieces)
    new = [piece for piece in pieces if piece.work not in known]
    found = {piece.work: known[piece.work] for piece in pieces if piece.work in known}
    if not new:
        return found
    people, batches = {piece.person for piece in new}, {piece.batch for piece in new}
    memberships = Membership.objects.using(using).filter(
        user__in=people, **{f"{batches_of_team}__in": batches}
    )
    rows = memberships.order_by("-team").values_list("user", batches_of_team, "team")
    teams = {(person, batch): team for person, batch, team in rows}
    qualifications = Qualification.objects.using(using).filter(
        person__in=people, project__batches__in=batches
    )
    levels = {
        (person, batch): level
        for person, batch, level in qualifications.values_list(
            "person", "project__batches", "level"
        )
    }
    for work, person, batch in new:
        place = person, batch
        found[work] = WorkStanding(teams.get(place), levels.get(place, 0))
    return found
