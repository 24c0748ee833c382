"""A model's whole way by buttons: trained, proved, trusted, audited, and sent back when spoiled."""

import functools
import io
import re
from contextlib import suppress

import pytest
from PIL import Image
from playwright.sync_api import TimeoutError, expect

from reviews.demo.pictures import digit_pictures
from tests.browser import steps
from tests.browser.work import make_work
from tests.factories import make_zip_bytes

pytestmark = pytest.mark.once

DIGIT = {
    "name": "digit",
    "type": "choice",
    "title": "Which digit is it?",
    "required": True,
    "multiple": False,
    "options": [
        {"value": "0", "title": "Zero", "key": "1", "color": "#2f9e44"},
        {"value": "6", "title": "Six", "key": "2", "color": "#c2255c"},
    ],
}
DIGITS = 1_797
TAUGHT, PROVED, AUDITED = 80, 250, 40
GLANCE_MS = 2_000
# Ana is known to be good: what she says is true. Each picture is named after its digit.
LABEL = """
from labelops.accounts.models import User
from labelops.accounts.services.system import system_user
from reviews.services import consensus, model_trust_sweeps, rollups
from tasks.models import Batch
from tasks.services import annotations, handout
from tasks.services.qualifications import set_level
batch, ana = Batch.objects.get(pk={batch}), User.objects.get(username="ana")
set_level(batch.project, ana, level=3, by=system_user(), reason="the exam")
for _ in range({count}):
    found = handout.next_assignments(ana, batch=batch.pk).assignments
    if not found:
        break
    [lease] = found
    annotations.submit(
        lease.public_id, answer={{"digit": lease.task.item.external_id[0]}},
        request_id=lease.public_id, by=ana,
    )
consensus.assess_waiting()
rollups.count_changes()
model_trust_sweeps.weigh()
"""
# An expert rules where people and model differ, for the people, and on what nobody labeled.
RULE = """
import uuid
from labelops.accounts.models import User
from reviews.models import Consensus
from reviews.services import desk, model_trust_sweeps, queue, rollups, task_routing
from tasks.models import Batch
batch, elena = Batch.objects.get(pk={batch}), User.objects.get(username="elena")
while found := queue.next_review(elena, batch=batch, is_required=True):
    own = {{"digit": found.task.item.external_id[0]}}
    stored = Consensus.objects.filter(task=found.task).first()
    decision = "accept" if stored and stored.answer == own else "fix"
    desk.decide(found, decision=decision, answer=own, by=elena, request_id=uuid.uuid4())
rollups.count_changes()
model_trust_sweeps.weigh()
task_routing.route_waiting()
"""
# More items of the same project, in no batch yet.
MORE = """
from labelops.accounts.models import User
from labelops.jobs.services import run_job
from tasks.models import Project
from tasks.services.imports import run_import, start_import
transfer = start_import(
    Project.objects.get(slug="{slug}"), file=open("{file}", "rb"), file_name="more.zip",
    by=User.objects.get(username="mei"), batch="", overlap=1,
)
run_job(transfer.job_id, run_import)
"""
# The version begins to take every six for a zero, and is sure of it.
SPOIL = """
from django.utils import timezone
from labelops.accounts.models import Team, User
from reviews.services import task_routing
from tasks.models import Prediction, Project
from tasks.services import batch_items, batches
project, mei = Project.objects.get(slug="{slug}"), User.objects.get(username="mei")
fresh = list(project.items.filter(tasks=None).values_list("pk", flat=True))
Prediction.objects.filter(item__in=fresh).update(
    answer={{"digit": "0"}}, label="0", score=0.999, scores={{"0": 0.999, "6": 0.001}},
    novelty=0.5, created_at=timezone.now(),
)
batch = batches.create_batch(
    project, by=mei, name="Second", purpose="More", overlap=1, review_percent=0,
    teams=Team.objects.filter(name="Lagoa Labeling"), model_bar_percent=85,
)
batch_items.add_items(batch, fresh, by=mei)
batches.start_batch(batch, by=mei)
task_routing.route_waiting()
print(batch.pk)
"""


def digits(wanted, *, turned=0):
    """Pictures of some digits, named after them; others are the same, turned a little."""
    found = [picture for picture in every_digit() if picture.digit in wanted]
    return make_zip_bytes(
        {f"{found.digit}-{turned}-{found.name}": turn(found.png, turned) for found in found}
    )


@functools.cache
def every_digit():
    """Drawing them takes two seconds."""
    return digit_pictures(DIGITS)


def turn(png, degrees):
    if not degrees:
        return png
    stream = io.BytesIO()
    turned = Image.open(io.BytesIO(png)).rotate(degrees, fillcolor="white")
    turned.save(stream, "PNG", compress_level=1)
    return stream.getvalue()


@pytest.fixture
def work(stack):
    """Some pictures in a batch, others for later."""
    made = make_work(stack, DIGIT, file=digits("06"), file_name="digits.zip")
    file = stack.data_dir / f"{made.slug}-more"
    file.write_bytes(digits("6", turned=4))
    stack.shell(MORE.format(slug=made.slug, file=file))
    return made


def label(work, batch, count):
    work.stack.shell(LABEL.format(batch=batch, count=count))


def spoil(work):
    """Give the later pictures to a batch of their own, the model wrongly sure; its number."""
    return int(work.stack.shell(SPOIL.format(slug=work.slug)).strip().splitlines()[-1])


def train(mei, work):
    """Press the button, and wait for the report card."""
    mei.goto(f"/projects/{work.slug}/models/")
    mei.get_by_role("button", name="Train", exact=True).click()
    mei.locator("#model-training").get_by_role("link", name="built-in 1").click(timeout=60_000)
    expect(mei.get_by_role("heading", name="Report card")).to_be_visible()


def show_as_earned(mei, batch):
    mei.goto(f"/batches/{batch}/edit/")
    mei.get_by_label("As far as earned").check()
    mei.get_by_role("button", name="Save").click()
    expect(mei.get_by_role("button", name="Pause")).to_be_visible()


def open_ladder(mei, work):
    mei.goto(f"/projects/{work.slug}/models/")
    mei.get_by_role("link", name="built-in 1").first.click()
    return mei.get_by_role("region", name="What it may do, class by class")


def have_experts_rule(mei, work, batch):
    ladder = open_ladder(mei, work)
    expect(ladder.get_by_role("row")).to_have_count(3)
    asking = ladder.get_by_role("button", name="Send to the review desk")
    for place in range(asking.count()):
        asking.nth(place).click()
        expect(mei.get_by_text(re.compile("on the review desk|on its way"))).to_be_visible()
    work.stack.shell(RULE.format(batch=batch))


def see_a_suggestion(ana, batch):
    """One item in five keeps it back; here is one that does not, after a few at most."""
    steps.open_label_page(ana, batch)
    region = ana.get_by_role("region", name="A model suggests")
    for done in range(1, 9):
        with suppress(TimeoutError):
            return region.wait_for(timeout=GLANCE_MS)
        ana.keyboard.press("1")
        steps.expect_done(ana, done)
        steps.wait_for_task(ana)
    return region.wait_for()


def let_the_model_answer(mei, work):
    mei.goto(f"/batches/{work.batch}/")
    mei.get_by_label("in %").fill("85")
    mei.get_by_role("button", name="Let the model answer").click()
    expect(mei.get_by_text("The model answers alone where")).to_be_visible()
    work.stack.shell("from reviews.services import task_routing; task_routing.route_waiting()")
    mei.reload()


def test_a_model_earns_trust_and_loses_it(as_person, work):
    mei, ana = as_person("mei"), as_person("ana")
    label(work, work.batch, TAUGHT)
    train(mei, work)
    show_as_earned(mei, work.batch)

    label(work, work.batch, PROVED)
    have_experts_rule(mei, work, work.batch)
    zero = open_ladder(mei, work).get_by_role("row", name="Zero")
    expect(zero).to_contain_text("so it answers alone from score")
    see_a_suggestion(ana, work.batch)

    let_the_model_answer(mei, work)
    alone = mei.get_by_role("row", name="the model alone").first
    expect(alone.get_by_role("link")).to_be_visible()

    second = spoil(work)
    label(work, second, AUDITED)
    have_experts_rule(mei, work, second)
    zero = open_ladder(mei, work).get_by_role("row", name="Zero")
    expect(zero).to_contain_text("alarm")
    expect(zero).to_contain_text("A3")
    work.stack.shell("from reviews.services import model_redo; model_redo.redo_waiting()")
    mei.goto(f"/batches/{second}/")
    expect(mei.get_by_role("row", name=re.compile(r"waiting 1\d\d "))).to_be_visible()
