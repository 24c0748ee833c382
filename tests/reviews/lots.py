"""What the tests of lots share: a house, a vendor with two people, and accepted labels."""

import random
import uuid
from decimal import Decimal

from labelops.accounts.models import Role, Team
from reviews.models import Lot
from reviews.services import desk, lots, queue
from tests.factories import (
    make_accepted_tasks,
    make_batch,
    make_member,
    make_published_project,
    make_team,
)

# With these a lot of 30 is decided by 12 looks, and one wrong label is allowed.
WIDE = lots.Rates(aql_percent=Decimal(5), ltpd_percent=Decimal(25))


class House:
    """The cast: xiu is the expert, mei the manager, ana and bo are the vendor's."""

    def __init__(self):
        self.team, self.vendor = make_team(name="House"), make_team(name="V", kind=Team.Kind.VENDOR)
        self.xiu = make_member(self.team, Role.EXPERT, username="xiu")
        self.mei = make_member(self.team, Role.MANAGER, username="mei")
        self.ana, self.bo = (make_member(self.vendor, username=name) for name in ("ana", "bo"))
        self.project = make_published_project(
            self.team, self.vendor, slug="birds", created_by=self.mei
        )
        self.batch = make_batch(self.project, self.team, self.vendor, name="Dusk", overlap=1)

    def label(self, count=30, *, label="robin", author=None, batch=None):
        """Labels that the vote has accepted, each by one author."""
        return make_accepted_tasks(
            batch or self.batch, count, answer={"species": label}, author=author or self.ana
        )

    def open(self, **over):
        over = {"by": self.mei, "rates": WIDE, "rng": random.Random(4)} | over
        return lots.open_lot(over.pop("batch", self.batch), **over)

    def look(self, *, is_wrong=False, decision=None, by=None):
        """The next task of the desk, decided; returns the task."""
        by = by or self.xiu
        held = queue.next_review(by, rng=random.Random(1))
        decide(held, is_wrong=is_wrong, decision=decision, by=by)
        return held.task

    def ended(self, *, accepted, **over):
        """A lot with its end, without anybody's looks."""
        lot = self.open(**over)
        mistakes = 0 if accepted else lot.allowed_count + 1
        while Lot.objects.get(pk=lot.pk).state == Lot.State.SAMPLING:
            self.look(is_wrong=mistakes > 0)
            mistakes -= 1
        lot.refresh_from_db()
        return lot


def decide(held, *, is_wrong=False, decision=None, by):
    stored = held.task.consensus.answer["species"]
    other = {"species": "wren" if stored == "robin" else "robin"}
    verdict = {"decision": "fix", "answer": other, "reason": "wrong_class"}
    if decision:
        verdict = {"decision": decision, "reason": "wrong_class"}
    elif not is_wrong:
        verdict = {"decision": "accept"}
    desk.decide(held, by=by, request_id=uuid.uuid4(), **verdict)
