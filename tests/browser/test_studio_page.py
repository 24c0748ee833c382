"""Writing instructions in a browser: pasted from a word processor, seen while they are written."""

import pytest
from playwright.sync_api import expect

from tests.browser.work import MOOD, as_jsonl, make_work

pytestmark = pytest.mark.once

# As a word processor puts it on the clipboard, and as somebody who means harm would.
PASTED = """
<html><head><style>p{color:red}</style></head><body>
<h1 style="mso-style:x">Goal</h1><p>Find <b>irony</b>.&nbsp;<o:p></o:p></p>
<h2>Good</h2><ul><li>kind</li><li>warm</li></ul>
<table><thead><tr><th>a</th><th>b</th></tr></thead>
<tbody><tr><td>1</td><td>2</td></tr></tbody></table>
<img src="https://elsewhere.org/x.png" onerror="document.title='ran'">
<script>document.title='ran'</script>
</body></html>
"""
PASTE = """
([field, html]) => {
  const clipboardData = new DataTransfer();
  clipboardData.setData("text/html", html);
  const event = new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true });
  field.dispatchEvent(event);
}
"""


def test_a_text_is_pasted_and_becomes_parts_with_a_live_preview(stack, as_person, watch):
    # The policy stops what the pasted page would run.
    watch.allow("Executing inline event handler")
    watch.allow("CSP violation: script-src-attr")
    file = as_jsonl(("a", "Fine."))
    work = make_work(stack, MOOD, file=file, file_name="moods.jsonl", body="Old words.")
    page = as_person("elena")
    page.goto(f"/projects/{work.slug}/instructions/import/")
    field = page.get_by_label("Your instructions")
    page.evaluate(PASTE, [field.element_handle(), PASTED])
    text = field.input_value()
    assert text.startswith("# Goal\n\nFind **irony**.")
    assert "## Good\n\n-   kind\n-   warm\n\n| a | b |" in text
    assert "elsewhere" not in text
    page.get_by_label("In place of what the draft holds now").check()
    page.get_by_role("button", name="Make parts of it").click()
    outline = page.get_by_role("navigation", name="Parts")
    expect(outline.get_by_role("link")).to_have_text(["Goal Goal", "Class page Good"])
    assert page.title().startswith("Write instructions")

    outline.get_by_role("link", name="Good").click()
    preview = page.locator("#block-preview")
    expect(preview.get_by_role("listitem").first).to_have_text("kind")
    page.get_by_label("Text, in Markdown").fill("A *friendly* tone.")
    expect(preview.locator("em")).to_have_text("friendly")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("Saved in draft 2")).to_be_visible()
