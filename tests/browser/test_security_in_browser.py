"""Hostile words stand on the pages as words: nothing runs, no policy is broken."""

import pytest
from playwright.sync_api import expect

from tests.browser import steps
from tests.browser.work import as_jsonl, make_work

pytestmark = pytest.mark.once
SCRIPT = "<script>alert(1)</script>"
BREAK_OUT = "</script><script>alert(2)</script>"
HANDLER = '"><img src=x onerror=alert(3)>'
TEMPLATE = "{{7*7}}{% csrf_token %}${7*7}"
HOSTILE = f"{SCRIPT}{BREAK_OUT}{HANDLER}{TEMPLATE}"
BODY = f"""# {HOSTILE}

[a link](javascript:alert(4)) <a href="javascript:alert(5)">another</a>
![a picture](x" onerror="alert(6)) <img src=x onerror=alert(7)> <svg onload=alert(8)></svg>
"""
CONTROL = {
    "name": "mood",
    "type": "choice",
    "title": HOSTILE,
    "required": True,
    "multiple": False,
    "options": [
        {"value": "good", "title": SCRIPT + HANDLER, "key": "1"},
        {"value": "bad", "title": BREAK_OUT + TEMPLATE, "key": "2"},
    ],
}


@pytest.fixture
def work(stack):
    rows = as_jsonl((HOSTILE, f"Text {HOSTILE}"))
    return make_work(
        stack,
        CONTROL,
        file=rows,
        file_name="hostile.jsonl",
        name=f"Name {HOSTILE}"[:120],
        body=BODY,
        overlap=2,
    )


def expect_words(page, *words):
    for word in words:
        expect(page.locator("body")).to_contain_text(word)
    is_inert = "!document.querySelector('main img[src=x], main [onload], main a[href^=javascript]')"
    assert page.evaluate(is_inert)


def test_hostile_words_are_shown_and_never_run(as_person, work):
    mei = as_person("mei")
    project = f"/projects/{work.slug}/"
    for address in (project, f"{project}instructions/1/", f"{project}items/"):
        mei.goto(address)
        expect_words(mei, SCRIPT)
    mei.goto(f"/batches/{work.batch}/")
    expect_words(mei, SCRIPT)
    for address in ("edit/", "schema/", "instructions/edit/", "quality/", "exports/new/"):
        mei.goto(project + address)
    label(as_person("ana"), work, "1")
    label(as_person("bo"), work, "2")
    decide(as_person("elena"), work)


def label(page, work, key):
    steps.open_label_page(page, work.batch)
    expect(page.locator(".text-page")).to_have_text(f"Text {HOSTILE}")
    expect(page.locator('[data-option="bad"]')).to_contain_text(BREAK_OUT + TEMPLATE)
    page.keyboard.press(key)
    steps.expect_done(page, 1)


def decide(page, work):
    form = page.locator("form", has=page.locator(f'input[value="{work.slug}"]'))

    def waits():
        page.goto("/review/")
        return form.count() == 1

    work.stack.wait_for(waits, "the disputed task on the desk")
    form.get_by_role("button").click()
    expect_words(page, HOSTILE)
    expect(page.locator("answer-view .text-page")).to_have_text(f"Text {HOSTILE}")
    page.get_by_role("textbox", name="Comment").fill(HOSTILE)
    page.get_by_role("button", name="Accept").click()
    # Nothing else waits: the desk goes to its home once the decision is stored.
    page.wait_for_url("**/review/")


def test_a_script_that_came_in_all_the_same_would_not_run(as_person, watch):
    watch.allow("Content Security Policy")
    watch.allow("CSP violation")
    # The picture that does not exist: its handler must not run.
    watch.allow("status of 404")
    page = as_person("mei")
    page.evaluate(
        """() => {
          const script = document.createElement("script");
          script.textContent = "document.body.dataset.ran = 'yes'";
          document.body.append(script);
          document.body.insertAdjacentHTML("beforeend",
            "<img src=/x onerror=\\"document.body.dataset.ran = 'yes'\\">");
        }"""
    )
    page.get_by_role("link", name="Projects").focus()
    assert page.evaluate("document.body.dataset.ran") is None
    assert any("CSP violation" in found for found in watch.found)


def test_hostile_words_in_forms_come_back_as_words(as_person, watch):
    watch.allow("the server responded with a status of 422")
    page = as_person("mei")
    page.goto("/projects/new/")
    page.get_by_label("Purpose").fill(HOSTILE)
    page.get_by_label("Question", exact=True).fill(HOSTILE)
    page.get_by_role("button", name="Create project").click()
    expect(page.locator(".invalid-feedback, .errorlist, .alert-danger").first).to_be_visible()
    expect(page.get_by_label("Purpose")).to_have_value(HOSTILE)
    expect(page.get_by_label("Question", exact=True)).to_have_value(HOSTILE)
