"""What evidence makes of a model: looks, levels, certificates, the alarm, and what ends them."""

from datetime import timedelta

import pytest
from django.utils import timezone

from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.errors import DomainError
from labelops.notices.models import Notice
from reviews.models import ModelCheck, ModelLook, ModelStanding
from reviews.models.costs import MistakeCost
from reviews.quality import model_audit
from reviews.services import model_trust, model_trust_sweeps
from reviews.services.model_certificates import certificates
from tasks.models import InstructionVersion, ModelGrant
from tasks.services import model_grants
from tests.factories import (
    make_batch,
    make_grant,
    make_member,
    make_model_version,
    make_published_project,
    make_team,
)
from tests.reviews.model_evidence import make_model_checks, right_of

pytestmark = pytest.mark.django_db
Level = ModelGrant.Level
Kind = ModelCheck.Kind


@pytest.fixture
def team():
    return make_team()


@pytest.fixture
def mei(team):
    return make_member(team, Role.MANAGER)


@pytest.fixture
def batch(team):
    return make_batch(make_published_project(team), team)


@pytest.fixture
def model(batch):
    return make_model_version(batch.project)


def level_of(model, label="robin"):
    found = ModelGrant.objects.filter(model_version=model, label=label).first()
    return found.level if found else 0


def bars(model):
    return sorted(certificates(model).values_list("bar_percent", flat=True))


def test_a_look_comes_at_its_number_and_waits_for_what_waits(batch, model):
    make_model_checks(model, batch, [True] * 98)
    standing = model_trust.assess(model, "robin")
    assert (standing.n, standing.looked_at, level_of(model)) == (98, 0, 0)
    waiting, _last = make_model_checks(model, batch, [None, True])
    assert model_trust.assess(model, "robin").waiting == 1
    assert not ModelLook.objects.exists()
    ModelCheck.objects.filter(pk=waiting.pk).update(is_right=True, decided_at=timezone.now())
    standing = model_trust.assess(model, "robin")
    assert (standing.looked_at, bars(model)) == (100, [85, 90, 95])
    grant = model.grants.get()
    assert (grant.level, grant.bar_percent, grant.cut) == (Level.SOLOIST, 95, 0.9)
    assert grant.set_by is None
    assert "0 of 100 wrong" in grant.reason
    [first] = ModelLook.objects.filter(bar_percent=None)
    assert (first.outcome, first.level, first.seen, first.wrong) == ("promote", 0, 100, 0)
    # Again and again it says the same.
    looks = ModelLook.objects.count()
    model_trust.assess(model, "robin")
    assert (ModelLook.objects.count(), level_of(model)) == (looks, Level.SOLOIST)


def test_levels_go_by_the_class_and_certificates_by_the_score(batch, model):
    make_model_checks(model, batch, right_of(180, 200), score=0.5)
    model_trust.assess(model, "robin")
    looks = ModelLook.objects.filter(bar_percent=None).order_by("seen")
    assert [(look.seen, look.level, look.outcome) for look in looks] == [
        (100, Level.SHADOW, "promote"),
        (200, Level.SUGGESTER, "hold"),
    ]
    # Sure of the first two hundred, and right in them: the rest stays with people.
    other = make_model_version(batch.project)
    make_model_checks(other, batch, [True] * 200, score=0.95)
    make_model_checks(other, batch, right_of(120, 200), score=0.6)
    model_trust.assess(other, "robin")
    assert {look.cut for look in certificates(other)} == {0.95}
    assert (bars(other), level_of(other)) == ([85, 90, 95, 97], Level.SOLOIST)
    assert (bars(model), level_of(model)) == ([], Level.SUGGESTER)


def test_without_scores_and_where_costly_classes_may_be_missed_nobody_answers_alone(batch, model):
    make_model_checks(model, batch, [True] * 200, score=None)
    model_trust.assess(model, "robin")
    assert (bars(model), level_of(model)) == ([], Level.SECOND_READER)
    MistakeCost.objects.create(
        project=batch.project, control="species", value="wren", cost=10, set_at=timezone.now()
    )
    other = make_model_version(batch.project)
    make_model_checks(other, batch, [True] * 400)
    model_trust.assess(other, "robin")
    assert (bars(other), level_of(other)) == ([], Level.SECOND_READER)
    make_model_checks(other, batch, [True] * 400)
    model_trust.assess(other, "robin")
    assert (bars(other), level_of(other)) == ([85, 90, 95, 97, 98, 99], Level.SOLOIST)


def test_levels_are_left_by_the_bound(batch, model):
    make_grant(model, level=Level.SECOND_READER)
    make_model_checks(model, batch, right_of(94, 100), score=None)
    # Below its bar at one look: a second reader has two.
    assert model_trust.assess(model, "robin").looked_at == 100
    assert level_of(model) == Level.SECOND_READER
    make_model_checks(model, batch, right_of(93, 100), score=None)
    standing = model_trust.assess(model, "robin")
    assert (level_of(model), standing.looked_at, standing.n) == (Level.FIRST_READER, 0, 0)
    assert ModelLook.objects.first().outcome == "demote"


def alone(model, batch):
    """It has proved 95 % and answers alone."""
    make_model_checks(model, batch, [True] * 100)
    return model_trust.assess(model, "robin", now=timezone.now())


def test_an_alarm_takes_one_level_and_has_done_anew_what_is_in_doubt(batch, model, mei):
    alone(model, batch)
    needed = -(-model_audit.bound(0.95) // model_audit.wrong_step(0.95))
    start = timezone.now()
    make_model_checks(model, batch, [True] * 5, kind=Kind.AUDIT, now=start)
    # Below the cut, and blind: neither is what it answers alone.
    make_model_checks(model, batch, [False] * 9, kind=Kind.AUDIT, score=0.2)
    make_model_checks(model, batch, [False] * 9)
    later = start + timedelta(minutes=1)
    make_model_checks(model, batch, [False] * (needed - 1), kind=Kind.AUDIT, now=later)
    standing = model_trust.assess(model, "robin")
    assert (level_of(model), standing.audited, standing.audited_wrong) == (4, 8, 3)
    assert 0.8 < standing.alarm_score < 1
    assert round(standing.audit_upper, 2) == 0.71
    make_model_checks(model, batch, [False], kind=Kind.AUDIT, now=later)
    standing = model_trust.assess(model, "robin")
    grant = model.grants.get()
    assert (grant.level, grant.redo_since) == (Level.SECOND_READER, start)
    assert (bars(model), standing.n, standing.looked_at) == ([], 0, 0)
    [reason] = {look.end_reason for look in ModelLook.objects.filter(outcome="certify")}
    assert reason == "alarm: 4 of the newest 4 audits were wrong"
    [notice] = Notice.objects.filter(person=mei)
    assert (notice.kind, notice.parameters["wrong"]) == ("model.alarm", 4)
    assert Event.objects.filter(verb="model_version.alarm").count() == 1
    # It is not raised a second time, and old checks prove nothing any more.
    model_trust.assess(model, "robin")
    assert (level_of(model), Notice.objects.count()) == (Level.SECOND_READER, 1)


def test_a_certificate_whose_checks_say_something_else_by_now_ends(batch, model):
    alone(model, batch)
    last = ModelCheck.objects.latest("pk")
    ModelCheck.objects.filter(pk=last.pk).update(is_right=False)
    model_trust.assess(model, "robin")
    assert (bars(model), model.grants.get().bar_percent) == ([85, 90], 90)
    ModelCheck.objects.filter(pk__lt=last.pk).update(is_void=True)
    model_trust.assess(model, "robin")
    assert (bars(model), level_of(model)) == ([], Level.SECOND_READER)


def test_managers_take_levels_and_never_give_them(batch, model, mei):
    alone(model, batch)
    with pytest.raises(DomainError):
        model_trust.lower(model, "robin", level=4, by=mei, reason="Up", redo=False)
    with pytest.raises(DomainError):
        model_trust.lower(model, "robin", level=1, by=mei, reason=" ", redo=False)
    since = model.grants.get().since
    model_trust.lower(model, "robin", level=1, by=mei, reason="Odd nights.", redo=True)
    grant = model.grants.get()
    assert (grant.level, grant.set_by, grant.redo_since) == (1, mei, since)
    assert bars(model) == []
    # What it had proved has had its effect; new checks count.
    model_trust.assess(model, "robin")
    assert (level_of(model), ModelStanding.objects.get().n) == (1, 0)
    alone(model, batch)
    assert level_of(model) == Level.SOLOIST
    model_grants.stop(model, by=mei, reason="No.", redo=False)
    model.refresh_from_db()
    assert model_trust.assess(model, "robin") is None
    assert bars(model) == []
    model_grants.resume(model, by=mei, reason="")
    model.refresh_from_db()
    standing = model_trust.assess(model, "robin")
    assert (level_of(model), standing.n, bars(model)) == (0, 0, [])


def test_a_breaking_change_of_the_rule_ends_what_was_proved_under_the_old(batch, model):
    for label in ("robin", "wren"):
        make_model_checks(model, batch, [True] * 100, label=label)
    assert model_trust_sweeps.weigh() == 0
    ModelStanding.objects.bulk_create(
        ModelStanding(model_version=model, label=label) for label in ("robin", "wren")
    )
    assert (model_trust_sweeps.weigh(), model_trust_sweeps.weigh()) == (2, 0)
    first = batch.project.instruction_versions.get()
    blocks = [
        {**first.blocks[0], "id": "new", "classes": [{"control": "species", "value": "robin"}]}
    ]
    InstructionVersion.objects.filter(pk=first.pk).update(state="superseded")
    InstructionVersion.objects.create(
        project=batch.project,
        number=2,
        state="published",
        blocks=[*first.blocks, *blocks],
        label_schema=first.label_schema,
        author=first.author,
        changes={"new": "breaking"},
        breaking_number=2,
    )
    assert model_trust_sweeps.weigh() == 2
    assert (level_of(model), level_of(model, "wren")) == (Level.FIRST_READER, Level.SOLOIST)
    assert {look.standing.label for look in certificates(model)} == {"wren"}
    assert (model_trust_sweeps.weigh(), model_trust_sweeps.weigh_all()) == (0, 2)


def test_a_new_version_begins_one_level_below_its_parent_where_it_is_not_worse(batch):
    parent = make_model_version(batch.project)
    alone(parent, batch)
    worse, as_good = (make_model_version(batch.project) for _number in range(2))
    assert as_good.parent == worse
    type(as_good).objects.filter(pk=as_good.pk).update(parent=parent)
    as_good.refresh_from_db()
    for model, right in ((worse, 180), (as_good, 195)):
        make_model_checks(model, batch, right_of(right, 200), kind=Kind.REPLAY)
        standing = model_trust.assess(model, "robin")
        assert standing.n == 0
    assert (level_of(worse), level_of(as_good)) == (Level.SHADOW, Level.FIRST_READER)
    assert "195 of 200 right" in as_good.grants.get().reason


def test_a_look_is_not_taken_twice_though_its_checks_were_void_meanwhile(batch, model, mei):
    alone(model, batch)
    ModelCheck.objects.update(is_void=True)
    model_trust.assess(model, "robin")
    model_trust.lower(model, "robin", level=1, by=mei, reason="Look again.", redo=False)
    ModelCheck.objects.update(is_void=False)
    standing = model_trust.assess(model, "robin")
    assert (level_of(model), standing.n, standing.looked_at) == (Level.SUGGESTER, 0, 0)
