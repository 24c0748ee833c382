"""What people do at the pages, in the words of the loop."""

from playwright.sync_api import expect

VENDOR_TEAM = "Lagoa Labeling"


def create_project(page, name, *, kind, classes, question, items="images", purpose=""):
    page.goto("/projects/new/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label(items).check()
    page.get_by_label("Purpose").fill(purpose)
    page.get_by_label(VENDOR_TEAM).check()
    page.get_by_label("Question", exact=True).fill(question)
    page.get_by_label("Kind of answer").select_option(kind)
    page.get_by_label("Classes, one per line").fill("\n".join(classes))
    page.get_by_role("button", name="Create project").click()
    expect(page.get_by_role("heading", name=name)).to_be_visible()
    return page.url.rstrip("/").rsplit("/", 1)[1]


def write_instructions(page, slug, body):
    page.goto(f"/projects/{slug}/instructions/import/")
    page.get_by_label("Your instructions").fill(body)
    page.get_by_role("button", name="Make parts of it").click()
    page.get_by_role("link", name="Go on to publishing").click()
    page.get_by_role("button", name="Publish version 1").click()
    page.get_by_role("dialog").get_by_role("button", name="Publish").click()
    expect(page.get_by_role("row", name="Version 1")).to_contain_text("published")


def import_file(page, slug, name, media_type, content):
    page.goto(f"/projects/{slug}/imports/new/")
    upload = {"name": name, "mimeType": media_type, "buffer": content}
    page.get_by_label("File", exact=True).set_input_files(upload)
    page.get_by_role("button", name="Send the file").click()
    expect(page.get_by_role("heading", name="Before the import")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_role("link", name="Make a batch")).to_be_visible(timeout=30_000)


def start_batch(page, slug, name, *, purpose="", overlap=2):
    """A batch with all new items for the vendor's team; returns its number."""
    page.goto(f"/projects/{slug}/batches/new/")
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label("Purpose").fill(purpose)
    page.get_by_label("Overlap").fill(str(overlap))
    page.get_by_label("Review rate").fill("0")
    page.get_by_label(VENDOR_TEAM).check()
    page.get_by_role("button", name="Make batch").click()
    page.get_by_role("button", name="Start", exact=True).click()
    expect(page.get_by_role("button", name="Pause")).to_be_visible()
    return int(page.url.rstrip("/").rsplit("/", 1)[1])


def open_label_page(page, batch):
    page.goto(f"/label/{batch}/")
    wait_for_task(page)


def wait_for_task(page):
    page.locator("label-session[data-phase=working]").wait_for()


def place_of_picture(page):
    """Where the picture stands, once it is painted: work begins while a large one is decoded.

    Asked in one step: a sharper image takes the place of the first look at any moment.
    """
    return page.wait_for_function(
        """() => {
          const pictures = document.querySelectorAll(".stage-canvas .picture:not(.is-first)");
          const place = [...pictures].at(-1)?.getBoundingClientRect();
          return place?.width ? place.toJSON() : null;
        }"""
    ).json_value()


def wait_for_end(page):
    page.locator("label-session[data-phase=empty]").wait_for()


def expect_done(page, count):
    """So many answers, and the server has them all."""
    expect(page.locator(".session-count")).to_have_text(f"{count} done")
    expect_sent(page)


def expect_sent(page):
    expect(page.locator("label-session")).to_have_attribute("data-unsent", "0")


def download(page, name):
    with page.expect_download() as waiting:
        page.get_by_role("link", name=name).click()
    return waiting.value.path().read_bytes()
