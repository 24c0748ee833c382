"""Every count opens exactly what it counts: each is clicked, and its list is walked to the end."""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import resolve, reverse
from django.utils import timezone

from labelops.accounts.models import Role, Team
from reviews.models import Measurement
from reviews.services import batch_figures, consensus, quality, rollups, sampling, trust_sweeps
from tasks.models import Annotation, Task
from tasks.services import handout, questions
from tasks.services.results import exclude, lock_task
from tests.factories import (
    make_batch,
    make_gold,
    make_gold_answer,
    make_item,
    make_labeled_task,
    make_member,
    make_published_project,
    make_task,
    make_team,
)

# What a number of these columns is, and why it opens no list.
NOT_LISTED = {
    "A day": "a pace over weeks; the record of the person has the days",
    "A label takes": "a mean of times; the record of the person has them",
    "Mean time": "a mean of times; the record of the person has them",
    "Seconds a label": "a mean of times of whole teams",
    "Cost a label": "hours times their cost",
    "Cost a label accepted as it was": "hours times their cost",
    "Labels a day": "a pace; the people of each batch have it",
    "Of the region": "a pace; the people of each batch have it",
    "Per accepted item": "the row itself is what it was computed from",
    "EUR": "an amount of money: statements have the lines behind it",
    "Decisions": "of a day: the reviewers' page lists them by person",
}
# The same on one page alone.
NOT_LISTED_ON = {
    ("batch_detail", "Accepted"): "added up to the end of a day: the table behind the chart",
    ("batch_report", "Accepted"): "added up to the end of a day: the table behind the chart",
    ("vendor_comparison", "People"): "those whom the matrix shows under this team",
}
MOST_STATEMENTS = 12


def measured(annotation, *, is_right, source="audit"):
    given = annotation.answer["species"]
    other = {"wren": "robin", "robin": "wren"}[given]
    Measurement.objects.create(
        project=annotation.task.batch.project,
        person=annotation.author,
        annotation=annotation,
        source=source,
        is_right=is_right,
        score=float(is_right),
        expected=given if is_right else other,
        given=given,
        measured_at=timezone.now(),
    )


def build():
    """Two teams and two batches, with work of every kind and more than a page of answers."""
    house, vendor = make_team(name="House"), make_team(name="Lagoa", kind=Team.Kind.VENDOR)
    project = make_published_project(house, vendor, slug="birds")
    due = timezone.now() + timedelta(days=2)
    spring = make_batch(
        project, house, vendor, name="Spring", overlap=3, review_percent=0, due_at=due
    )
    autumn = make_batch(project, house, name="Autumn", overlap=2, review_percent=100)
    mei = make_member(house, Role.MANAGER, name="Mei")
    ana, bo = make_member(house, name="Ana"), make_member(house, name="Bo")
    vera = make_member(vendor, name="Vera")
    for place in range(9):
        said = "robin" if place % 3 == 0 else "wren"
        task = make_labeled_task(spring, "wren", said, "wren", authors=[ana, bo, vera])
        consensus.assess(task.pk)
        made = list(task.annotations.order_by("pk"))
        for number, annotation in enumerate(made[: 1 + place % 3]):
            measured(annotation, is_right=(place + number) % 4 != 0)
        for annotation, state in zip(made, ("accepted", "fixed", "rejected"), strict=True):
            if place < 4:
                Annotation.objects.filter(pk=annotation.pk).update(
                    state=state, active_ms=1_000 * (place + number)
                )
        if place < 3:
            sampling.note_decision(Task.objects.get(pk=task.pk), was_wrong=place == 1)
    for labels in (("wren", "robin"), ("robin", "robin")):
        waiting = make_labeled_task(autumn, *labels, authors=[ana, bo])
        consensus.assess(waiting.pk)
    cy = make_member(vendor, name="Cy")
    out = make_labeled_task(spring, "wren", "wren", "robin", authors=[ana, bo, cy])
    yesterday = timezone.now() - timedelta(days=1)
    Annotation.objects.filter(author=cy).update(submitted_at=yesterday)
    with transaction.atomic():
        exclude(lock_task(out.pk), by=mei, reason="blurred")
    make_gold_answer(make_gold(project, "wren", by=mei), spring, vera, "robin")
    make_task(autumn, make_item(project))
    make_task(autumn, make_item(project))
    [held, _kept] = handout.next_assignments(ana, count=2).assignments
    questions.ask(held, text="Is a puppet a wren?", by=ana)
    rollups.count_changes()
    quality.compute_snapshot(project)
    trust_sweeps.take_looks()
    for batch in (spring, autumn):
        batch_figures.refresh(batch)
    return SimpleNamespace(
        mei=mei, ana=ana, vera=vera, spring=spring, autumn=autumn, house=house, vendor=vendor
    )


@pytest.fixture
def birds(made):
    return made


@pytest.fixture
def mei(birds):
    client = Client()
    client.force_login(birds.mei)
    return client


def test_every_count_opens_exactly_what_it_counts(birds, mei):
    wrong, followed = [], {}
    for address in addresses(birds):
        page = mei.get(address)
        assert page.status_code == 200, address
        read = Figures()
        read.feed(page.text)
        name = resolve(address.partition("?")[0]).url_name
        wrong += [
            f"{address}: {title}: {words} opens nothing"
            for title, words in read.unlinked
            if title not in NOT_LISTED and (name, title) not in NOT_LISTED_ON
        ]
        for figure in read.figures:
            target = absolute(address, figure.href)
            if target not in followed:
                followed[target] = counts(mei, target)
            if not figure.fits(followed[target]):
                wrong.append(f"{address}: {figure.words} opens {target}: {followed[target]}")
    assert not wrong, "\n".join(wrong)
    assert len(followed) > 60


def test_answers_on_hidden_gold_are_listed_for_those_alone_who_never_label(birds, mei):
    expert = Client()
    expert.force_login(make_member(birds.house, Role.EXPERT))
    listed = reverse("quality_items", args=["birds"])
    of_today = f"day={timezone.now().date().isoformat()}"
    for query in (of_today, "labeled=all"):
        address = f"{listed}?batch={birds.spring.pk}&{query}"
        with CaptureQueriesContext(connection) as captured:
            seen = mei.get(address).context
        assert len(captured) <= MOST_STATEMENTS
        states = [row.task.state for row in seen["page"].rows]
        assert states.count("gold") == 1
        found = expert.get(address).context
        assert "gold" not in {row.task.state for row in found["page"].rows}
        assert total(expert, address).answers < total(mei, address).answers


def addresses(birds):
    yield from (reverse(name) for name in ("board", "board_today", "board_queues", "board_stock"))
    for name in ("detail", "people", "classes", "history", "report"):
        yield from (
            reverse(f"batch_{name}", args=[batch.pk]) for batch in (birds.spring, birds.autumn)
        )
    quality_page = reverse("quality", args=["birds"])
    yield from (quality_page, f"{quality_page}?batch={birds.spring.pk}")
    yield from (f"{quality_page}?team={birds.house.pk}", f"{quality_page}?label=wren")
    yield f"{quality_page}?weeks=4"
    yield reverse("people_matrix")
    yield from (
        reverse("person_record", args=["birds", person.pk]) for person in (birds.ana, birds.vera)
    )
    charts = reverse("control_charts", args=["birds"])
    yield from (charts, f"{charts}?of=classes")
    teams = reverse("vendor_comparison", args=["birds"])
    yield f"{teams}?first={birds.house.pk}&second={birds.vendor.pk}"


def absolute(address, href):
    return address.partition("?")[0] + href if href.startswith("?") else href


def counts(client, address):
    """What a list holds, by what it is counted in: its rows are counted on all of its pages."""
    address = address.partition("#")[0]
    name = resolve(address.partition("?")[0]).url_name
    response = client.get(address)
    assert response.status_code == 200, address
    context = response.context
    if name == "board":
        return {"rows": sum(bool(row.alarms) for row in context["board"].rows), "is_table": True}
    if name == "batch_detail":
        return {"is_table": True}
    if name == "batch_people":
        return {"rows": len(context["people"])}
    if name == "shared_items":
        return {"rows": context["page"].count}
    if name == "question_list":
        return {"rows": len(context["page"].rows)}
    found = {"rows": walked(client, address, context["page"])}
    if name == "quality_items":
        totals = total(client, address)
        assert totals.tasks == found["rows"], address
        found |= {"answers": totals.answers, "pairs": totals.pairs}
    return found


def total(client, address):
    """What the part that loads by itself says of a list of items."""
    path, _mark, query = address.partition("?")
    response = client.get(f"{path}total/?{query}")
    assert response.context["totals"].sentence in response.text
    return response.context["totals"]


def walked(client, address, page):
    count, joint = len(page.rows), "&" if "?" in address else "?"
    while page.next_cursor:
        page = client.get(f"{address}{joint}cursor={page.next_cursor}").context["page"]
        count += len(page.rows)
    return count


@dataclass
class Figure:
    """A link with the number that it stands for; `unit` is the word after it, if any."""

    href: str
    words: str
    n: int
    unit: str = ""
    is_part: bool = False

    def fits(self, found):
        if "is_table" in found and "alarms=1" not in self.href:
            return True
        if self.is_part:
            return found["rows"] <= self.n
        if self.unit in ("item", "items", "task", "tasks"):
            return found["rows"] == self.n
        if found.get("pairs") is not None:
            return found["pairs"] == self.n
        if self.unit in ("answer", "answers", "label", "labels"):
            return found["answers"] == self.n
        return self.n in (found["rows"], found.get("answers"))


AFTER = 120
RATE = re.compile(r"^-?\d")
NUMBER = re.compile(r"^(?:n = |Over |today: )?(\d+)(?: (\w+)|$)")
SHARE = re.compile(r"% (?:\(.*\), \d+ )?of (\d+)$|% \(.*\), \d+ of (\d+)$|^\d+ of (\d+)$")
BESIDE = re.compile(r"^ *\(.*?\) *n = (\d+) (\w+)")


@dataclass
class Figures(HTMLParser):
    """Reads the links of a page that begin with a number or have an n beside them."""

    links: list = field(default_factory=list)
    cells: list = field(default_factory=list)
    heads: list = field(default_factory=list)

    def __post_init__(self):
        super().__init__()
        self.text, self.href, self.begun, self.cell, self.column = "", None, 0, None, 0
        self.head = None

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "a":
            self.href, self.begun = attrs.get("href"), len(self.text)
        elif tag == "table":
            self.heads = []
        elif tag == "tr":
            self.column = 0
        elif tag == "th" and attrs.get("scope") == "col":
            self.head = len(self.text)
        elif tag == "td":
            is_number = "number" in attrs.get("class", "").split()
            self.cell = [len(self.text), len(self.links), is_number]

    def handle_data(self, data):
        self.text += data

    def handle_endtag(self, tag):
        if tag == "a" and self.href:
            self.links.append((self.href, self.begun, len(self.text)))
            self.href = None
        elif tag == "th":
            if self.head is not None:
                self.heads.append(tidy(self.text[self.head :]).rstrip(" ▲▼"))
                self.head = None
            self.column += 1
        elif tag == "td" and self.cell:
            begin, links, is_number = self.cell
            if is_number and len(self.links) == links:
                title = self.heads[self.column] if self.column < len(self.heads) else ""
                self.cells.append((title, tidy(self.text[begin:])))
            self.column, self.cell = self.column + 1, None

    @property
    def figures(self):
        for place, (href, begin, end) in enumerate(self.links):
            words = tidy(self.text[begin:end])
            beside = BESIDE.match(tidy(self.text[end : end + AFTER], strip=False))
            if found := SHARE.search(words):
                yield Figure(href, words, int(next(filter(None, found.groups()))))
            elif beside and RATE.match(words):
                following = self.links[place + 1 : place + 2]
                is_part = any(
                    start - end < AFTER and "shared=1" in other for other, start, _end in following
                )
                yield Figure(href, words, int(beside[1]), beside[2], is_part)
            elif found := NUMBER.match(words):
                yield Figure(href, words, int(found[1]), found[2] or "")

    @property
    def unlinked(self):
        """Numbers in cells of numbers that open nothing, each with the title of its column."""
        return [(title, words) for title, words in self.cells if re.search(r"[1-9]", words)]


def tidy(words, *, strip=True):
    plain = re.sub(r"\s+", " ", words)
    return plain.strip() if strip else plain
