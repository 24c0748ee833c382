"""Fast hands on a bad line: answers go on, survive, and arrive once; any of the last comes back."""

import io
import zipfile

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.conftest import log_in
from tests.browser.work import MOOD, as_jsonl, make_work

pytestmark = pytest.mark.once

NOTE = {"name": "note", "type": "text", "title": "Say it", "required": True}
CUT = """
from labelops.media.storage import path_of
from tasks.models import Item
from tasks.services.media import PREVIEW, SUFFIXES
[item] = Item.objects.filter(project__slug="{slug}")
path = path_of(item.media_key + SUFFIXES[PREVIEW])
path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
"""
DATABASES = "async () => (await indexedDB.databases()).map(({ name }) => name)"


def texts(count):
    return as_jsonl(*((f"t{number}", f"Text number {number}.") for number in range(count)))


@pytest.fixture
def moods(stack):
    return make_work(stack, MOOD, file=texts(6), file_name="texts.jsonl")


@pytest.fixture
def notes(stack):
    return make_work(stack, NOTE, file=texts(2), file_name="texts.jsonl")


def shown(page):
    return page.locator(".text-page").inner_text()


def answer(page, key):
    """One key; the next text stands there at once."""
    before = shown(page)
    page.keyboard.press(key)
    page.wait_for_function(
        "before => document.querySelector('.text-page')?.innerText !== before", arg=before
    )


def moods_of(work):
    return [given["mood"] for given in work.answers()]


def test_without_a_line_every_task_at_hand_can_be_answered(as_person, moods, watch):
    watch.allow("ERR_INTERNET_DISCONNECTED")
    ana = as_person("ana")
    steps.open_label_page(ana, moods.batch)
    ana.context.set_offline(True)
    answer(ana, "1")
    ana.keyboard.press("2")
    expect(ana.locator(".session-unsent")).to_contain_text("offline")
    assert moods_of(moods) == []
    while ana.locator("label-session").get_attribute("data-phase") == "working":
        ana.keyboard.press("2")
        ana.wait_for_timeout(100)
    expect(ana.get_by_text("kept on this device")).to_be_visible()
    ana.context.set_offline(False)
    steps.expect_sent(ana)
    assert moods_of(moods)[:2] == ["good", "bad"]


def test_a_tab_that_dies_leaves_its_answers_to_the_next_one(as_person, moods, watch):
    watch.allow("ERR_INTERNET_DISCONNECTED")
    ana = as_person("ana")
    steps.open_label_page(ana, moods.batch)
    ana.context.set_offline(True)
    answer(ana, "1")
    answer(ana, "2")
    expect(ana.locator(".session-count")).to_have_text("2 done")
    context = ana.context
    ana.close(run_before_unload=False)
    context.set_offline(False)
    again = context.new_page()
    steps.open_label_page(again, moods.batch)
    steps.expect_sent(again)
    assert moods_of(moods) == ["good", "bad"]


def test_answers_are_taken_back_one_after_the_other(as_person, moods):
    ana = as_person("ana")
    steps.open_label_page(ana, moods.batch)
    first = shown(ana)
    for key in ("1", "1", "1"):
        answer(ana, key)
    steps.expect_sent(ana)
    for _step in range(3):
        ana.keyboard.press("z")
    expect(ana.locator(".text-page")).to_have_text(first)
    expect(ana.locator('[data-option="good"]')).to_have_attribute("aria-pressed", "true")
    ana.keyboard.press("2")
    steps.expect_done(ana, 1)
    for _rest in range(5):
        steps.wait_for_task(ana)
        ana.keyboard.press("1")
    steps.expect_done(ana, 6)
    assert sorted(moods_of(moods)) == ["bad", "good", "good", "good", "good", "good"]


def test_a_new_login_sends_what_waited_and_somebody_elses_does_not(as_person, moods, watch):
    watch.allow("the server responded with a status of 401")
    watch.allow("the server responded with a status of 403")
    ana = as_person("ana")
    steps.open_label_page(ana, moods.batch)
    ana.context.clear_cookies()
    answer(ana, "1")
    expect(ana.get_by_text("You are logged out.")).to_be_visible()
    other = ana.context.new_page()
    log_in(other, "bo")
    ana.get_by_role("button", name="Try again").click()
    expect(ana.get_by_text("Somebody else is logged in now.")).to_be_visible()
    assert moods_of(moods) == []
    ana.context.clear_cookies()
    log_in(other, "ana")
    ana.reload()
    steps.wait_for_task(ana)
    steps.expect_sent(ana)
    assert moods_of(moods) == ["good"]


def test_logging_out_wipes_the_device_and_asks_about_unsent_answers(as_person, moods, watch):
    watch.allow("ERR_INTERNET_DISCONNECTED")
    watch.allow("net::ERR_FAILED")
    ana = as_person("ana")
    home = ana.context.new_page()
    home.goto("/")
    steps.open_label_page(ana, moods.batch)
    ana.route("**/submit/", lambda route: route.abort())
    answer(ana, "1")
    expect(ana.locator(".session-unsent")).to_contain_text("1 to send")
    home.get_by_role("button", name="Log out").click()
    expect(home.get_by_text("not sent yet: 1")).to_be_visible()
    home.get_by_role("button", name="Cancel").click()
    ana.unroute("**/submit/")
    steps.expect_sent(ana)
    ana.close()
    home.get_by_role("button", name="Log out").click()
    home.wait_for_url("**/login/")
    home.wait_for_function(f"async () => (await ({DATABASES})()).length === 0")
    assert moods_of(moods) == ["good"]


def test_a_draft_survives_a_dead_tab_without_a_line(as_person, notes, watch):
    watch.allow("ERR_INTERNET_DISCONNECTED")
    ana = as_person("ana")
    steps.open_label_page(ana, notes.batch)
    ana.context.set_offline(True)
    ana.get_by_role("textbox", name="Say it").fill("Half a sent")
    ana.wait_for_timeout(200)
    context = ana.context
    ana.close(run_before_unload=False)
    context.set_offline(False)
    again = context.new_page()
    steps.open_label_page(again, notes.batch)
    expect(again.get_by_role("textbox", name="Say it")).to_have_value("Half a sent")


def test_todays_answers_can_be_changed_until_somebody_has_them(as_person, moods):
    ana = as_person("ana")
    steps.open_label_page(ana, moods.batch)
    answer(ana, "1")
    steps.expect_sent(ana)
    ana.get_by_role("link", name="My answers").click()
    row = ana.get_by_role("row").filter(has_text="Good").first
    expect(row).to_contain_text("Text number")
    row.get_by_role("button", name="Change").click()
    steps.wait_for_task(ana)
    ana.keyboard.press("2")
    steps.expect_done(ana, 1)
    assert moods_of(moods) == ["bad"]


def test_the_instructions_open_beside_the_work(as_person, moods):
    ana = as_person("ana")
    steps.open_label_page(ana, moods.batch)
    ana.keyboard.press("i")
    expect(ana.get_by_role("region", name="Instructions")).to_contain_text("Look closely.")
    ana.keyboard.press("Escape")
    expect(ana.get_by_role("region", name="Instructions")).to_be_hidden()
    answer(ana, "1")


def test_the_cursor_stands_in_the_next_item_at_once(as_person, notes):
    ana = as_person("ana")
    steps.open_label_page(ana, notes.batch)
    ana.keyboard.type("one")
    ana.keyboard.press("Control+Enter")
    steps.expect_done(ana, 1)
    ana.keyboard.type("two")
    ana.keyboard.press("Control+Enter")
    steps.expect_done(ana, 2)
    assert notes.answers() == [{"note": "one"}, {"note": "two"}]


def test_an_image_that_is_cut_off_is_told_shown_and_can_be_reported(as_person, stack):
    content, noise = io.BytesIO(), io.BytesIO()
    Image.effect_noise((400, 300), 60).save(noise, "JPEG")
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("photo.jpg", noise.getvalue())
    work = make_work(stack, MOOD, file=content.getvalue(), file_name="photos.zip")
    stack.shell(CUT.format(slug=work.slug))
    ana = as_person("ana")
    steps.open_label_page(ana, work.batch)
    expect(ana.get_by_text("A part of this image is missing.")).to_be_visible()
    expect(ana.locator(".picture")).to_be_visible()
    ana.keyboard.press("s")
    ana.get_by_text("It is cut off or damaged").click()
    expect(ana.get_by_text("Nothing to label right now")).to_be_visible()
