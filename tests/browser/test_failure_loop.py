"""Once around by buttons: a failure, its cause, a batch with a purpose, and what it did."""

import io
import itertools
import re
import zipfile

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.test_model_coworker import DIGIT, digits
from tests.browser.work import make_work
from tests.factories import make_zip_bytes

pytestmark = pytest.mark.once

UPSIDE_DOWN = 180
ZEROS, SIXES, TESTED, UNLABELED = 80, 60, 30, 60
WANTED = 40
WAIT_MS = 60_000
# Of the labeled pictures, some zeros and all sixes upside down measure the model.
SPLIT = """
from tasks.models import Project
zeros = 0
for item in Project.objects.get(slug="{slug}").items.order_by("pk"):
    is_zero = item.external_id.startswith("0")
    zeros += is_zero
    is_test = "-180-" in item.external_id or is_zero and zeros > {taught}
    item.data = {{"split": "test" if is_test else "train"}}
    item.save()
"""
# More pictures of the same project, in no batch yet.
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
# Each picture is named after its digit.
LABEL = """
from labelops.accounts.models import User
from reviews.services import consensus, rollups
from tasks.services import annotations, handout
ana = User.objects.get(username="ana")
while found := handout.next_assignments(ana, batch={batch}).assignments:
    [lease] = found
    annotations.submit(
        lease.public_id, answer={{"digit": lease.task.item.external_id[0]}},
        request_id=lease.public_id, by=ana,
    )
consensus.assess_waiting()
rollups.count_changes()
"""


@pytest.fixture
def work(stack):
    """Upright pictures and, for the test alone, sixes upside down; more of these are unlabeled."""
    upright, turned = pictures(0), pictures(UPSIDE_DOWN)
    zeros, sixes, odd = of_digit(upright, "0"), of_digit(upright, "6"), of_digit(turned, "6")
    labeled = some(zeros, ZEROS) | some(sixes, SIXES) | some(odd, TESTED)
    made = make_work(stack, DIGIT, file=make_zip_bytes(labeled), file_name="digits.zip")
    file = stack.data_dir / f"{made.slug}-more"
    file.write_bytes(make_zip_bytes(some(odd, UNLABELED, after=TESTED)))
    stack.shell(SPLIT.format(slug=made.slug, taught=ZEROS - TESTED))
    stack.shell(MORE.format(slug=made.slug, file=file))
    stack.shell(LABEL.format(batch=made.batch))
    return made


def pictures(turned):
    """By name, in their order."""
    with zipfile.ZipFile(io.BytesIO(digits("06", turned=turned))) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def of_digit(found, digit):
    return {name: png for name, png in found.items() if name.startswith(digit)}


def some(found, count, *, after=0):
    return dict(itertools.islice(found.items(), after, after + count))


def train(mei, work, version):
    mei.goto(f"/projects/{work.slug}/models/")
    mei.get_by_role("button", name=re.compile("^Train")).click()
    name = f"built-in {version}"
    mei.locator("#model-training").get_by_role("link", name=name).click(timeout=WAIT_MS)
    expect(mei.get_by_role("heading", name="Report card")).to_be_visible()


def freeze(mei, work):
    mei.goto(f"/projects/{work.slug}/datasets/new/")
    mei.get_by_role("button", name="Freeze").click()
    expect(mei.get_by_role("link", name="Export e")).to_be_visible(timeout=WAIT_MS)


def evaluate(mei, work):
    """On the split that no model learns from; returns the address of the evaluation."""
    mei.goto(f"/projects/{work.slug}/evaluations/new/")
    mei.get_by_label("Split").select_option("test")
    mei.get_by_role("button", name="Evaluate").click()
    expect(mei.get_by_role("heading", name="What is taken for what")).to_be_visible(timeout=WAIT_MS)
    return mei.url


def move_threshold_without_a_line(mei, watch):
    """The figures that stay must not be taken for those of the new threshold."""
    watch.allow("htmx:")
    watch.allow("net::ERR_FAILED")
    mei.route("**/figures/**", lambda route: route.abort())
    mei.get_by_label("Score from").press("ArrowRight")
    outdated = mei.get_by_text("could not be brought up to date")
    expect(outdated).to_be_visible()
    mei.unroute("**/figures/**")
    mei.get_by_label("Score from").press("ArrowLeft")
    expect(outdated).to_have_count(0)


def open_mixed_up(mei):
    """The sixes that are taken for zeros."""
    matrix = mei.get_by_role("region", name="What is taken for what")
    matrix.get_by_role("row", name=re.compile("^Six")).get_by_role("link").first.click()
    expect(mei.locator(".examine-tile").first).to_be_visible()


def save_as_test(mei):
    """What is shown becomes a segment, and the segment a scenario test."""
    mei.get_by_role("link", name="Save as a segment").click()
    mei.get_by_label("Name", exact=True).fill("Sixes upside down")
    mei.get_by_role("button", name="Save", exact=True).click()
    mei.get_by_role("link", name=re.compile("scenario test", re.IGNORECASE)).last.click()
    mei.get_by_label("Bar, %").fill("50")
    mei.get_by_role("button", name="Freeze the test").click()
    expect(mei.get_by_role("heading", name=re.compile("Sixes upside down"))).to_be_visible()


def trace(mei, evaluation):
    """To the groups of failures, each with its cause."""
    mei.goto(evaluation)
    mei.get_by_role("link", name="Why it fails").click()
    mei.get_by_role("button", name="Compute vectors first").click()
    mei.get_by_role("button", name="Trace the causes").click(timeout=WAIT_MS)
    expect(mei.get_by_role("heading", name="Failures that are alike")).to_be_visible(
        timeout=WAIT_MS
    )


def collect(mei):
    """Begin at the failures that lack data; take what is like them, page by page."""
    mei.get_by_role("link", name="Collect more like these").first.click()
    mei.get_by_label("Name", exact=True).fill("Sixes upside down")
    mei.get_by_label("What fails").fill("Sixes that stand upside down are taken for zeros.")
    mei.get_by_label("Items wanted").fill(str(WANTED))
    mei.get_by_role("button", name="Look for candidates").click()
    mei.get_by_role("button", name="Show candidates n").click(timeout=WAIT_MS)
    mei.get_by_role("button", name="Tick all on this page").click()
    expect(mei.get_by_text(f"{UNLABELED} ticked")).to_be_visible()
    mei.get_by_role("button", name="Accept the ticked, discard the others").click()
    found = re.compile(rf"\d+ of {WANTED} found")
    expect(mei.get_by_role("link", name=found)).to_be_visible()


def make_batch(mei):
    """What was accepted, with what it is to better fixed beforehand; its number."""
    mei.get_by_role("link", name=re.compile(r"Make \d+ items a batch")).click()
    mei.get_by_label("Overlap").fill("1")
    mei.get_by_label("Review rate").fill("0")
    mei.get_by_label(steps.VENDOR_TEAM).check()
    mei.get_by_role("button", name="Make batch").click()
    mei.get_by_role("link", name="Fix a target").click()
    mei.get_by_label("Gain wanted, points").fill("50")
    mei.get_by_role("button", name="Fix the target").click()
    mei.get_by_role("button", name="Start", exact=True).click()
    expect(mei.get_by_role("button", name="Pause")).to_be_visible()
    return int(mei.url.rstrip("/").rsplit("/", 1)[1])


def test_a_failure_is_traced_to_its_data_and_mended(as_person, work, watch):
    mei, ana = as_person("mei"), as_person("ana")
    freeze(mei, work)
    train(mei, work, 1)
    evaluation = evaluate(mei, work)
    move_threshold_without_a_line(mei, watch)
    open_mixed_up(mei)
    save_as_test(mei)

    trace(mei, evaluation)
    collect(mei)
    batch = make_batch(mei)
    work.stack.shell(LABEL.format(batch=batch))

    train(mei, work, 2)
    mei.goto(f"/batches/{batch}/")
    mei.get_by_role("button", name="Measure with built-in 2").click()
    card = mei.get_by_role("region", name="What it did to the model")
    expect(card).to_contain_text("It got better.", timeout=WAIT_MS)
    expect(card).to_contain_text(re.compile(r"\d+ of \d+ fixed, 0 broken"))
    ana.goto(f"/my-work/{batch}/impact/")
    expect(ana.get_by_role("heading", name="What my work did")).to_be_visible()
    expect(ana.get_by_role("main")).to_contain_text("points")
