"""A model's suggestion on the labeling page: taken with one key, recorded by the server."""

import json

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.work import MOOD, as_jsonl, make_work

pytestmark = pytest.mark.once

SUGGEST = """
import io, json
from django.utils import timezone
from labelops.accounts.models import User
from tasks.models import Batch, Item, ModelVersion, Prediction
batch = Batch.objects.get(pk={batch})
model = User.objects.create(username="model-{slug}", kind=User.Kind.MODEL)
version = ModelVersion.objects.create(
    user=model, project=batch.project, name="m-{slug}", version="1"
)
for item in Item.objects.filter(project=batch.project):
    Prediction.objects.create(
        model_version=version, item=item, answer={{"mood": "good"}}, score=0.9,
        created_at=timezone.now(),
    )
Batch.objects.filter(pk=batch.pk).update(suggestions="{mode}", blind_percent=0)
"""
EARN = """
import uuid
from tasks.models import Batch, ModelVersion
from tasks.services.model_grants import set_grant
from tasks.services.suggestions import is_blind
version = ModelVersion.objects.get(name="m-{slug}")
set_grant(version, "", level=2, by=None, reason="It was right.")
Batch.objects.filter(pk={batch}).update(suggestions="earned", blind_percent=20)
batch = Batch.objects.get(pk={batch})
for task in batch.tasks.all():
    # Chance would keep one of five back.
    while is_blind(task, batch):
        task.public_id = uuid.uuid4()
    task.save()
"""
RECORDED = """
import json
from tasks.models import Annotation
rows = Annotation.objects.filter(task__batch={batch}).order_by("pk")
print(json.dumps(list(rows.values_list("suggestion_mode", "suggestion_changed"))))
"""


@pytest.fixture
def work(stack):
    rows = as_jsonl(("a", "What a day!"), ("b", "Rain again."), ("c", "Well."))
    return make_work(stack, MOOD, file=rows, file_name="texts.jsonl")


def suggest(work, mode):
    work.stack.shell(SUGGEST.format(batch=work.batch, slug=work.slug, mode=mode))


def recorded(work):
    printed = work.stack.shell(RECORDED.format(batch=work.batch))
    return json.loads(printed.strip().splitlines()[-1])


@pytest.mark.parametrize("mode", ["shown", "earned"])
def test_one_key_takes_the_suggestion_and_goes_on(as_person, work, mode):
    suggest(work, "shown")
    if mode == "earned":
        work.stack.shell(EARN.format(batch=work.batch, slug=work.slug))
    ana = as_person("ana")
    steps.open_label_page(ana, work.batch)
    expect(ana.get_by_role("region", name="A model suggests")).to_contain_text("Good")
    ana.keyboard.press("a")
    steps.expect_done(ana, 1)
    ana.keyboard.press("2")
    steps.expect_done(ana, 2)
    assert recorded(work) == [["shown", False], ["shown", True]]


def test_a_suggestion_after_the_answer_offers_a_second_look(as_person, work):
    suggest(work, "after")
    ana = as_person("ana")
    steps.open_label_page(ana, work.batch)
    expect(ana.get_by_text("A model suggests")).to_have_count(0)
    ana.keyboard.press("2")
    ana.get_by_role("button", name="Change my answer").click()
    ana.keyboard.press("1")
    steps.expect_done(ana, 1)
    assert work.answers() == [{"mood": "good"}]
    assert recorded(work) == [["after", False]]
