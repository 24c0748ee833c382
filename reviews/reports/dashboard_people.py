"""The tables of people and of their teams on the quality page."""

from collections.abc import Iterable
from dataclasses import replace

from django.utils.translation import gettext as _

from labelops.accounts.models import Team, User
from labelops.intervals import Interval
from reviews.quality.contributions import MILLION
from reviews.quality.figure import Figure
from reviews.quality.rollup_figures import jackknife, share
from reviews.reports.dashboard_figures import (
    Query,
    Section,
    agreement_of,
    entry_of,
    grouped,
    make_section,
)
from reviews.reports.dashboard_filters import Chosen
from reviews.reports.dashboard_sums import Sums, added_up


def people_sections(
    people: dict[tuple[int, int | None], Sums], chosen: Chosen, base: Query, *, show_names: bool
) -> Iterable[Section]:
    if not people:
        return
    teams = grouped(people, 1)
    names = dict(
        Team.objects.filter(pk__in=[key for key in teams if key]).values_list("pk", "name")
    )
    entries = []
    for team, sums in teams.items():
        query = {**base, "team": team} if team else base
        accuracy = share(sums["right"], sums["measured"])
        name = names[team] if team else _("no team")
        found = entry_of(name, sums, query, accuracy, {"measured": "all"})
        own = _team_agreement([entry for key, entry in people.items() if key[1] == team])
        entries.append(replace(found, agreement=own, is_of_labels=True))
    note = _(
        "Agreement: their labels with the others' on the same items, the interval over people. "
        "Accuracy: answers that were right, of those measured."
    )
    yield make_section("teams", _("By vendor and team"), note, _("Labels"), entries, chosen)
    yield _people(grouped(people, 0), chosen, base, show_names=show_names)


def _team_agreement(rows: list[Sums]) -> Figure:
    """The mean over a team's labels, with an interval over its people.

    Labels of one person are alike: people are left out in turn. A single person's is over items.
    """
    total = added_up(rows)
    plain = agreement_of(total)
    if plain.value is None or sum(row["shared"] > 0 for row in rows) < 2:
        return plain

    def without(number: int) -> float | None:
        rest = total["shared"] - rows[number]["shared"]
        left = total["agreement"] - rows[number]["agreement"]
        return left / MILLION / rest if rest else None

    held = [number for number, row in enumerate(rows) if row["shared"]]
    over_people = jackknife(plain.value, held, without, least=0.0)
    return replace(plain, interval=_wider(plain.interval, over_people))


def _wider(first: Interval | None, second: Interval | None) -> Interval | None:
    if first is None or second is None:
        return first or second
    return Interval(min(first.low, second.low), max(first.high, second.high))


def _people(people: dict[int, Sums], chosen: Chosen, base: Query, *, show_names: bool) -> Section:
    known = User.objects.only("name", "username", "pseudonym", "is_simulated").in_bulk(list(people))
    entries = []
    for person, sums in sorted(people.items(), key=lambda entry: -entry[1]["labels"]):
        user = known[person]
        found = entry_of(
            str(user) if show_names else user.pseudonym,
            sums,
            {**base, "annotator": person},
            share(sums["right"], sums["measured"]),
            {"measured": "all"},
        )
        entries.append(replace(found, is_simulated=user.is_simulated))
    note = _(
        "Agreement is with the others on the same items, not with the truth. Accuracy: answers "
        "that were right, of those measured by hidden gold or by chance."
    )
    found = make_section("annotators", _("People"), note, _("Labels"), entries, chosen)
    return replace(found, is_people=True)
