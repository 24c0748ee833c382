"""Instruction versions: one draft, one published, the past untouched; and their Markdown."""

import copy
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelops.audit.models import Event
from labelops.errors import Conflict, DomainError
from tasks.models import InstructionVersion
from tasks.services import instructions
from tasks.services.markdown import render_markdown
from tests.factories import CHOICE_SCHEMA, make_instruction, make_project

pytestmark = pytest.mark.django_db

State = InstructionVersion.State


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def xiu(project):
    return project.created_by


def test_editing_changes_the_one_draft(project, xiu):
    first = make_instruction(project, state=State.DRAFT)
    again = instructions.edit_draft(project, by=xiu, body="New")
    assert (again.pk, again.body) == (first.pk, "New")
    assert Event.objects.about(again).get().after == {"number": 1, "changed": ["body"]}


def test_editing_after_publishing_begins_the_next_version(project, xiu):
    published = make_instruction(project, number=4, body="Old")
    draft = instructions.edit_draft(project, by=xiu, label_schema=copy.deepcopy(CHOICE_SCHEMA))
    assert (draft.number, draft.state, draft.body) == (5, State.DRAFT, "Old")
    assert instructions.current_version(project) == published
    assert instructions.newest_version(project) == draft


def test_publishing_supersedes_the_version_before(project, xiu):
    old = make_instruction(project)
    draft = instructions.edit_draft(project, by=xiu, body="Better")
    published = instructions.publish(draft, by=xiu)
    old.refresh_from_db()
    assert (old.state, published.state, published.approver) == (
        State.SUPERSEDED, State.PUBLISHED, xiu,
    )  # fmt: skip
    assert published.published_at
    assert Event.objects.about(published).first().verb == "instruction.published"
    assert Event.objects.about(old).get().verb == "instruction.superseded"


def test_a_published_version_is_not_published_again(project, xiu):
    with pytest.raises(Conflict) as caught:
        instructions.publish(make_instruction(project), by=xiu)
    assert caught.value.code == "not_a_draft"


def test_a_published_version_cannot_be_changed(project, xiu):
    version = InstructionVersion.objects.get(pk=make_instruction(project).pk)
    version.body = "Something else"
    with pytest.raises(Conflict):
        version.save()


def test_empty_instructions_are_not_published(project, xiu):
    draft = make_instruction(project, state=State.DRAFT, body=" \n ")
    with pytest.raises(DomainError) as caught:
        instructions.publish(draft, by=xiu)
    assert caught.value.code == "empty_body"


def test_a_schema_without_questions_is_not_published(project, xiu):
    draft = make_instruction(project, state=State.DRAFT, label_schema={"controls": []})
    with pytest.raises(DomainError) as caught:
        instructions.publish(draft, by=xiu)
    assert caught.value.field == "label_schema.controls"
    draft.refresh_from_db()
    assert draft.state == State.DRAFT


def test_an_edit_over_somebody_elses_is_refused(project, xiu):
    seen = make_instruction(project, state=State.DRAFT).updated_at
    instructions.edit_draft(project, by=xiu, body="Theirs", seen_at=seen)
    with pytest.raises(Conflict) as caught:
        instructions.edit_draft(project, by=xiu, body="Mine", seen_at=seen)
    assert caught.value.code == "draft_changed"
    assert instructions.draft_version(project).body == "Theirs"


def test_a_draft_begun_meanwhile_is_not_overwritten(project, xiu):
    seen = make_instruction(project).updated_at
    instructions.edit_draft(project, by=xiu, body="Theirs", seen_at=seen)
    with pytest.raises(Conflict):
        instructions.edit_draft(project, by=xiu, body="Mine", seen_at=seen)


def test_only_what_was_read_is_published(project, xiu):
    draft = make_instruction(project, state=State.DRAFT)
    instructions.edit_draft(project, by=xiu, body="Changed since")
    with pytest.raises(Conflict) as caught:
        instructions.publish(draft, by=xiu, seen_at=draft.updated_at)
    assert caught.value.code == "draft_changed"


@pytest.mark.parametrize("body", ["x" * (instructions.BODY_LENGTH + 1), "a\x00b"])
def test_a_body_that_cannot_be_kept_is_refused(project, xiu, body):
    with pytest.raises(DomainError) as caught:
        instructions.edit_draft(project, by=xiu, body=body)
    assert caught.value.field == "body"


def test_markdown_makes_headings_tables_and_links():
    html = render_markdown("# Rules\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n[x](https://a.org)")
    assert "<h2>Rules</h2>" in html
    assert "<td>1</td>" in html
    assert 'rel="noopener noreferrer nofollow"' in html


@pytest.mark.parametrize(
    "source",
    [
        "<script>alert(1)</script>",
        "<img src=x onerror=alert(1)>",
        "[x](javascript:alert(1))",
        "![x](data:text/html;base64,PHNjcmlwdD4=)",
        '<a href="x" style="position:fixed">',
        "<svg/onload=alert(1)>",
        "<https://a.org/\"onmouseover='alert(1)'>",
    ],
)
def test_markdown_lets_nothing_active_through(source):
    assert active_parts(render_markdown(source)) == []


@given(st.text(max_size=200))
def test_markdown_takes_any_text(source):
    assert active_parts(render_markdown(source)) == []


def active_parts(html):
    """Whatever a browser would act upon: scripts, handlers, styles, odd addresses."""
    found = []

    class Reader(HTMLParser):
        def handle_starttag(self, tag, attrs):
            found.extend([tag] * (tag in {"script", "style", "iframe", "svg", "form", "object"}))
            for name, value in attrs:
                is_odd = name in {"href", "src"} and ":" in (value or "")
                is_odd = is_odd and not value.startswith(("http://", "https://", "mailto:"))
                found.extend([name] * (name.startswith("on") or name == "style" or is_odd))

    Reader().feed(html)
    return found
