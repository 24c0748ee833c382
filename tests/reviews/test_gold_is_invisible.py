"""Two people do the same things, one with work and one with gold: all that they get is alike."""

import re
import uuid
from itertools import count

import pytest
from django.urls import reverse

from reviews.services import rollups
from tasks.models import Task
from tasks.services import gold_serving
from tests.factories import (
    make_batch,
    make_gold,
    make_item,
    make_member,
    make_published_project,
    make_task,
    make_team,
)
from tests.reviews.gold import known_answer

pytestmark = pytest.mark.django_db
MASKS = (
    (re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"), "ID"),
    (re.compile(r"\d{4}-\d\d-\d\dT[\d:.]+(Z|\+00:00)"), "TIME"),
    (re.compile(r"\b\d{1,2}:\d\d( [ap]\.m\.)?"), "TIME"),
    (re.compile(r'(csrf[^"]*"[^"]*"?[^"]*"|csrfmiddlewaretoken" value=")[^"]+"'), "TOKEN"),
    (re.compile(r'"X-CSRFToken": "[^"]+"'), "TOKEN"),
    (re.compile(r'(nonce=")[^"]+"'), "NONCE"),
    (re.compile(r'"person": "?[^",}]+'), "PERSON"),
)


@pytest.fixture
def world():
    team = make_team()
    project = make_published_project(team)
    batch = make_batch(project, team, overlap=3, gold_percent=1)
    # So that no task ends for want of people.
    for _number in range(6):
        make_member(team)
    for _number in range(8):
        make_task(batch, make_item(project))
    for _number in range(8):
        made = make_gold(project, item=make_item(project))
        known_answer(made, by=project.created_by)
    return batch


class Walker:
    """Somebody who does everything that an annotator can, and keeps what they are told."""

    def __init__(self, client, batch, person):
        self.client, self.batch, self.person = client, batch, person
        self.told = []
        client.force_login(person)

    def note(self, name, response):
        body = response.content.decode()
        for number in count():
            shortened = body
            for pattern, word in MASKS:
                shortened = pattern.sub(word, shortened)
            if shortened == body or number > 3:
                break
            body = shortened
        body = body.replace(self.person.username, "NAME").replace(self.person.pseudonym, "NAME")
        told = {
            name: value
            for name, value in response.headers.items()
            if name not in {"Content-Length", "Content-Security-Policy"}
        }
        self.told.append((name, response.status_code, told, body))
        return response

    def api(self, name, *arguments, method="post", **sent):
        address = reverse(f"api_{name}", args=arguments)
        call = getattr(self.client, method)
        given = sent if method == "get" else {"data": sent, "content_type": "application/json"}
        return self.note(name, call(address, **given))

    def page(self, name, *arguments, method="get"):
        return self.note(name, getattr(self.client, method)(reverse(name, args=arguments)))

    def take(self, **sent):
        # The one lease of this person; what it is nobody but the database knows.
        return self.api("assignment_next", batch=self.batch.pk, **sent).json()[0]["assignment"]


def walk(walker):
    """Every endpoint that takes an assignment, and every page that speaks of the work."""
    held = walker.take()
    walker.page("assignment_instructions", held)
    walker.api("assignment_guide", held, method="get")
    walker.api("assignment_rulings", held, method="get", data={"q": "bird"})
    walker.api("assignment_explanation", held, method="get")
    walker.api("assignment_heartbeat", held)
    walker.api("assignment_draft", held, method="put", answer={"species": "wren"})
    walker.take()
    walker.api("assignment_release", held)
    walker.page("home")
    held = walker.take()
    walker.api("assignment_submit", held, request_id=str(uuid.uuid4()), answer={"species": "owl"})
    sent = {"request_id": str(uuid.uuid4()), "answer": {"species": "robin"}}
    walker.api("assignment_submit", held, **sent)
    walker.api("assignment_submit", held, **sent)
    walker.api("assignment_explanation", held, method="get")
    walker.api("assignment_heartbeat", held)
    rollups.count_changes()
    for name in ("own_answers", "inbox", "home", "label", "training_home", "earnings"):
        walker.page(name)
    walker.page("label_batch", walker.batch.pk)
    walker.api("assignment_undo", held)
    walker.page("own_answer_reopen", held, method="post")
    walker.api("assignment_question", held, text="Is a puppet a robin?", region=None, classes=[])
    walker.api("assignment_release", walker.take())
    walker.page("home")
    walker.api("assignment_skip", walker.take(), reason="too_hard")
    walker.api("assignment_report", walker.take(), reason="truncated")
    walker.page("label_grid", walker.batch.pk)


def test_nothing_that_an_annotator_can_reach_tells_gold_from_work(client, world, monkeypatch):
    team = world.teams.get()
    told = {}
    for kind in ("work", "gold"):
        person = make_member(team, username=f"person-{kind}", pseudonym=f"Otter {kind}")
        is_gold = kind == "gold"
        monkeypatch.setattr(
            gold_serving, "due", lambda batch, level, wanted, rng, gold=is_gold: gold * wanted
        )
        walker = Walker(client, world, person)
        walk(walker)
        told[kind] = walker.told
        states = set(
            Task.objects.filter(assignments__annotator=person).values_list("state", flat=True)
        )
        assert (states == {Task.State.GOLD}) == is_gold
    for work, gold in zip(told["work"], told["gold"], strict=True):
        assert work == gold


def test_a_page_of_the_grid_tells_nothing_either(client, world, monkeypatch):
    team = world.teams.get()
    bodies = []
    for is_gold in (False, True):
        person = make_member(team)
        monkeypatch.setattr(
            gold_serving, "due", lambda batch, level, wanted, rng, gold=is_gold: 3 * gold
        )
        walker = Walker(client, world, person)
        sent = {"batch": world.pk, "value": "robin"}
        page = walker.api("grid_next", **sent).json()
        rows = [row["assignment"] for row in page["items"]][:3]
        answers = [
            {"assignment": row, "request_id": str(uuid.uuid4()), "answer": {"species": "robin"}}
            for row in rows
        ]
        walker.api("grid_submit", answers=answers)
        walker.api("grid_undo", assignments=rows)
        walker.api("grid_release", assignments=rows)
        bodies.append(
            [(name, status, sorted(_keys(body))) for name, status, _h, body in walker.told]
        )
    assert bodies[0] == bodies[1]


def _keys(body):
    return set(re.findall(r'"(\w+)":', body))
