"""Every sentence can be translated, and a language that is long and right to left still fits."""

import shutil
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import SCREEN, STEP_MS
from tests.browser.pseudo_world import PASSWORD, make_world
from tests.pseudo_locale import CODE, write_catalogue
from tests.stack import Stack

pytestmark = [pytest.mark.slow, pytest.mark.once]
LOOK = (Path(__file__).parent / "pseudo_walk.js").read_text().strip().rstrip(";")


@pytest.fixture(scope="module")
def backwards(chromium):
    """A stack of its own with the made-up language, and the places to walk to."""
    running = Stack(DJANGO_SETTINGS_MODULE="tests.pseudo_settings")
    try:
        write_catalogue(running.data_dir)
        running.start()
        yield running, make_world(running)
    finally:
        running.stop()
        shutil.rmtree(running.data_dir, ignore_errors=True)


@pytest.fixture
def walk(chromium, backwards, watch):
    """Goes through addresses as one person; what was found is asserted when the test ends."""
    stack, _places = backwards
    context = chromium.new_context(base_url=stack.url, viewport=SCREEN, locale=CODE)
    context.set_default_timeout(STEP_MS)
    watch.follow(context)
    page, findings = context.new_page(), []

    def look():
        address = page.url.removeprefix(stack.url)
        findings.extend(f"{address}: {found}" for found in page.evaluate(LOOK))

    def walked(person, *addresses):
        if person:
            page.goto("/login/")
            page.locator("[name=username]").fill(f"◆{person}")
            page.locator("[name=password]").fill(PASSWORD)
            page.locator("form button[type=submit]").first.click()
            # Every address ends with a slash, that of the login page, too.
            page.wait_for_url(lambda url: "/login/" not in url)
            expect(page.locator(".htmx-request")).to_have_count(0)
        for address in addresses:
            page.goto(address)
            # Parts that a page asks for at once are looked at too, and not left while they come.
            expect(page.locator(".htmx-request")).to_have_count(0)
            look()
        return page

    walked.look = look
    yield walked
    context.close()
    assert not findings, "\n".join(findings)


def test_pages_of_nobody(walk, watch):
    watch.allow("the server responded with a status of 422")
    page = walk("", "/login/")
    page.locator("[name=username]").fill("◆nobody")
    page.locator("[name=password]").fill("wrong")
    page.locator("form button[type=submit]").first.click()
    page.locator("[role=alert]").first.wait_for()
    walk.look()


def test_pages_of_a_manager(walk, backwards):
    _stack, places = backwards
    project = "/projects/pictures/"
    walk(
        "mei",
        "/",
        "/projects/",
        "/projects/new/",
        project,
        *(project + page for page in ("edit/", "items/", "transfers/", "people/", "reports/")),
        *(
            project + page
            for page in ("batches/new/", "imports/new/", "imports/folder/", "exports/new/")
        ),
        *(project + page for page in ("webhooks/", "webhooks/new/")),
        "/projects/texts/reports/",
        "/projects/birds/quality/",
        "/projects/birds/quality/items/",
        "/projects/birds/attention/",
        *(f"/projects/birds/cases/{page}" for page in ("", "new/", f"{places['case']}/")),
        f"/projects/birds/cases/{places['case']}/edit/",
        f"/batches/{places['picture_batch']}/",
        f"/batches/{places['bird_batch']}/edit/",
        f"/items/{places['item']}/",
        f"/items/{places['bird_item']}/",
        "/people/",
        "/profile/",
        "/profile/password/",
        "/profile/tokens/",
        "/profile/notices/",
        *("/notices/", "/notices/?show=all", "/announcements/", "/announcements/new/"),
    )


def test_pages_of_an_expert(walk, watch):
    project = "/projects/pictures/"
    watch.allow("the server responded with a status of 422")
    page = walk(
        "elena",
        "/",
        *(project + page for page in ("schema/", "instructions/", "instructions/edit/")),
        *(project + page for page in ("instructions/1/", "rules/", "rules/r1/")),
        *(f"{project}rules/new/{type_}/" for type_ in ("size", "overlap", "attribute", "length")),
        "/projects/texts/rules/new/required_when/",
        "/review/",
    )
    page.goto("/projects/pictures/rules/")
    page.locator("form[action$='on-labels/'] button").click()
    page.locator("#rule-trial").wait_for()
    walk.look()
    page.goto("/projects/pictures/rules/new/count/")
    page.locator("[name=min]").fill("4")
    page.locator("[name=max]").fill("3")
    page.locator("main form button[type=submit]").click()
    page.locator(".invalid-feedback").first.wait_for()
    walk.look()


def test_training_as_experts_write_it(walk, backwards):
    _stack, places = backwards
    desk = "/projects/learning/training/"
    lesson = f"{desk}lessons/{places['lesson']}/"
    pool = (f"{desk}pool/", f"{desk}pool/add/", f"{desk}pool/{places['exam_item']}/")
    walk("elena", desk, lesson, f"{lesson}pick/", *pool)


def test_training_as_people_take_it(walk, backwards):
    _stack, places = backwards
    lesson, failed = f"/lessons/{places['lesson']}/", f"/exams/{places['failed']}/"
    exam = f"/exams/{places['sitting']}/"
    page = walk("ana", "/training/", "/training/learning/", failed, f"{failed}1/", exam, lesson)
    page.locator("[data-option=wren]").click()
    page.locator("main button[type=submit]").click()
    page.locator(".alert-warning").wait_for()
    walk.look()


def test_review_at_a_glance(walk):
    page = walk("elena", "/review/glance/", "/review/glance/birds/")
    page.locator("button[name=value]").first.click()
    page.locator(".sheet .tile:focus").wait_for()
    page.keyboard.press("r")
    page.locator("dialog button").first.wait_for()
    walk.look()
    page.keyboard.press("1")
    walk.look()
    # Who leaves gives back what they hold; where a window is closed, not every browser tells.
    page.goto("/review/")


def test_the_review_desk(walk):
    page = walk("elena", "/review/")
    page.locator("form[action*='next'] button").first.click()
    page.locator("answer-view").wait_for()
    walk.look()


@pytest.mark.parametrize("kind", ["picture", "text"])
def test_the_labeling_page(walk, backwards, kind):
    _stack, places = backwards
    page = walk("ana", "/", "/notices/?show=all", "/inbox/")
    page.goto(f"/label/{places[f'{kind}_batch']}/")
    page.locator("label-session[data-phase=working]").wait_for()
    walk.look()
    page.keyboard.press("?")
    page.locator("kbd").first.wait_for()
    walk.look()
    page.keyboard.press("Escape")
    page.keyboard.press("s")
    expect(page.locator(".skip-menu input")).to_be_visible()
    walk.look()


PLANTED = """
<!doctype html><html dir="ltr"><title>⟦Títlé⟧</title><body>
<p>⟦Á líñk: <a href="#">thát óñé</a>⟧ ◆data LabelOps 12</p>
<p>⟦Óñé⟧ forgotten</p><button title="no mark">⟦Ók⟧</button>
<button style="display: block; width: 40px; overflow: hidden">⟦Únbréákáblé⟧</button>
<div style="position: relative; height: 90px"><button>⟦Fírst⟧</button>
<button style="margin-inline-start: -30px">⟦Sécónd⟧</button></div>
"""


def test_the_walk_finds_what_is_planted(chromium):
    page = chromium.new_page()
    page.set_content(PLANTED)
    found = "\n".join(page.evaluate(LOOK))
    page.close()
    for planted in ("forgotten", "title: no mark", "right to left", "cut off: ⟦Únb", "overlap:"):
        assert planted in found
    assert len(found.splitlines()) == 5
