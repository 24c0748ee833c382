"""The pages on which rules are made without JSON."""

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from tasks.forms.rules import RULE_FORMS
from tasks.kinds.rules import RULE_TYPES
from tasks.reports.rules import TYPE_EXAMPLES, TYPE_TITLES, sentence
from tasks.services import instructions, rules
from tests.factories import (
    make_annotation,
    make_batch,
    make_block,
    make_instruction,
    make_member,
    make_project,
    make_task,
    make_team,
)
from tests.tasks.test_kinds_rules import CONTROLS
from tests.tasks.test_schemas_forms import post_of

pytestmark = pytest.mark.django_db

SHARED = {"severity": "block", "message": ""}
# What a person fills in for each type, the rule it becomes, and its sentence.
FILLED = {
    "count": (
        {"subject": '["objects", "car"]', "max": "3"},
        {"control": "objects", "label": "car", "max": 3},
        "At most 3 objects of “Car”",
    ),
    "size": (
        {"subject": '["objects"]', "measure": "area share", "min": "0.5", "max": "50"},
        {"control": "objects", "measure": "area", "unit": "share", "min": 0.005, "max": 0.5},
        "The area of any class in “Objects” is from 0.5 % to 50 %",
    ),
    "overlap": (
        {"subject": '["objects"]', "labels": ["car"], "same_label": "on", "max": "80"},
        {"control": "objects", "labels": ["car"], "same_label": True, "max": 0.8},
        "Two objects of the same class, of “Car”, overlap by at most 80 %",
    ),
    "inside": (
        {
            "subject": '["objects", "wheel"]',
            "within": '["objects", "car"]',
            "percent": "95",
        },
        {"control": "objects", "label": "wheel", "within": "car", "share": 0.95},
        "Every “Wheel” lies inside a “Car”, with at least 95 % of it",
    ),
    "attribute": (
        {"subject": '["objects", "car", "colour"]'},
        {"control": "objects", "label": "car", "attribute": "colour"},
        "Every “Car” needs the attribute “Colour”",
    ),
    "length": (
        {"subject": '["note"]', "min": "1"},
        {"control": "note", "min": 1},
        "“Note” has at least 1 character, if it is answered",
    ),
    "chosen": (
        {"subject": '["tags"]', "min": "1", "max": "2"},
        {"control": "tags", "min": 1, "max": 2},
        "From 1 to 2 options of “Tags” are chosen",
    ),
    "required_when": (
        {"subject": '["note"]', "when": '["damage", "yes"]'},
        {"control": "note", "when": {"control": "damage", "value": "yes"}},
        "“Note” needs an answer when “Damage” is “Yes”",
    ),
}


@pytest.fixture
def project(team):
    project = make_project(team, slug="cars", item_type="image")
    # Words can only be marked in a text.
    schema = {"controls": [control for control in CONTROLS if control["type"] != "spans"]}
    make_instruction(project, label_schema=schema)
    return project


@pytest.fixture
def elena(client, team, project):
    person = make_member(team, Role.EXPERT)
    client.force_login(person)
    return person


def url(name, *arguments):
    return reverse(name, args=["cars", *arguments])


def seen(project):
    return {"seen": instructions.newest_version(project).updated_at.isoformat()}


def test_every_type_has_a_form_a_title_and_an_example():
    assert set(RULE_FORMS) == set(TYPE_TITLES) == set(TYPE_EXAMPLES) == set(RULE_TYPES)
    assert set(FILLED) == set(RULE_TYPES)


@pytest.mark.parametrize("type_", FILLED)
def test_a_rule_is_made_in_a_form_and_read_back_without_loss(client, elena, project, type_):
    fields, keys, words = FILLED[type_]
    assert client.get(url("rule_create", type_)).status_code == 200
    sent = {**SHARED, **fields, **seen(project)}
    preview = client.post(url("rule_preview", type_), sent)
    assert words in preview.content.decode()
    response = client.post(url("rule_create", type_), sent)
    assert response.status_code == 302
    draft = instructions.draft_version(project)
    [rule] = rules.rules_of(draft)
    assert rule == {"id": "r1", "type": type_, "severity": "block", **keys}
    assert sentence(rule, draft.label_schema) == words
    page = client.get(url("rule_edit", "r1"))
    form = page.context["form"]
    again = {name: form[name].value() for name in form.fields if form[name].value() is not None}
    assert words in page.content.decode()
    assert client.post(url("rule_edit", "r1"), again).status_code == 302
    assert rules.rules_of(instructions.draft_version(project)) == [rule]


def test_a_mistake_stands_at_its_field(client, elena, project):
    sent = {**SHARED, "subject": '["note"]', "min": "9", "max": "3", **seen(project)}
    response = client.post(url("rule_create", "length"), sent)
    assert response.status_code == 422
    assert "below the minimum" in response.context["form"].errors["max"][0]
    sent |= {"max": "900", "min": "400"}
    form = client.post(url("rule_create", "length"), sent).context["form"]
    assert "at most 100 are possible" in form.errors["min"][0]


def test_an_unfinished_rule_has_no_sentence_yet(client, elena):
    response = client.post(url("rule_preview", "length"), {**SHARED, "subject": '["note"]'})
    assert "once it is complete" in response.content.decode()


@pytest.mark.parametrize("subject", ["", "x", "[]", '["nothing"]', '["objects"]', "null"])
def test_a_hostile_subject_is_no_choice(client, elena, project, subject):
    sent = {**SHARED, "subject": subject, "min": "1", **seen(project)}
    response = client.post(url("rule_create", "length"), sent)
    assert response.status_code == 422
    assert "subject" in response.context["form"].errors


def test_an_old_page_does_not_overwrite_a_newer_draft(client, elena, project):
    sent = {**SHARED, "subject": '["note"]', "min": "1", **seen(project)}
    instructions.edit_draft(project, by=elena, blocks=[make_block("Meanwhile")])
    response = client.post(url("rule_create", "length"), sent)
    assert response.status_code == 422
    assert "Somebody else saved this draft" in response.content.decode()


def test_rules_are_moved_and_removed_by_buttons(client, elena, project):
    rules.add_rule(project, {"type": "length", "control": "note", "min": 1}, by=elena)
    rules.add_rule(project, {"type": "length", "control": "note", "min": 2}, by=elena)
    client.post(url("rule_move", "r2"), {"up": "1", **seen(project)})
    assert ids(project) == ["r2", "r1"]
    client.post(url("rule_move", "r2"), {"down": "1", **seen(project)})
    assert ids(project) == ["r1", "r2"]
    client.post(url("rule_remove", "r1"), seen(project))
    assert ids(project) == ["r2"]
    gone = client.post(url("rule_move", "r1"), {"up": "1", **seen(project)}, follow=True)
    assert "no longer there" in gone.content.decode()


def ids(project):
    return [rule["id"] for rule in rules.rules_of(instructions.draft_version(project))]


def test_the_list_shows_sentences_and_what_can_be_added(client, elena, project):
    rules.add_rule(project, {"type": "length", "control": "note", "max": 9}, by=elena)
    page = client.get(url("rule_list")).content.decode()
    assert "“Note” has at most 9 characters" in page
    assert all(str(title) in page for title in TYPE_TITLES.values())


def test_only_rules_that_the_questions_allow_are_offered(client, elena, team):
    plain = make_project(team, slug="plain")
    make_instruction(plain)
    page = client.get(reverse("rule_list", args=["plain"]))
    assert page.context["types"] == []
    assert "leave nothing to check" in page.content.decode()
    assert client.get(reverse("rule_create", args=["plain", "length"])).status_code == 404
    assert client.get(reverse("rule_create", args=["plain", "nothing"])).status_code == 404


def test_without_questions_the_page_says_what_comes_first(client, elena, team):
    make_project(team, slug="empty")
    page = client.get(reverse("rule_list", args=["empty"])).content.decode()
    assert "Ask the questions first" in page
    assert client.post(reverse("rule_trial", args=["empty"])).status_code == 200


def test_the_trial_names_the_items_and_works_before_publishing(client, elena, project, team):
    rules.add_rule(
        project,
        {"type": "required_when", "control": "note", "when": {"control": "damage", "value": "yes"}},
        by=elena,
    )
    assert "no answers yet" in client.post(url("rule_trial")).content.decode()
    batch = make_batch(project, team, overlap=1)
    task = make_labeled_task_of(batch, {"damage": "yes"})
    page = client.post(url("rule_trial")).content.decode()
    assert "1 of 1" in page
    assert reverse("item_detail", args=[task.item.public_id]) in page


def make_labeled_task_of(batch, answer):
    task = make_task(batch)
    make_annotation(task, make_member(batch.teams.get()), answer)
    return task


@pytest.mark.parametrize("count", [1, 8])
def test_the_trial_costs_the_same_for_any_number_of_rules_and_answers(
    client, elena, project, team, count, django_assert_max_num_queries
):
    for _ in range(count):
        rules.add_rule(project, {"type": "length", "control": "note", "min": 5}, by=elena)
        make_labeled_task_of(make_batch(project, team, overlap=1), {"note": "abc"})
    with django_assert_max_num_queries(9):
        client.post(url("rule_trial"))


def test_a_question_that_a_rule_speaks_of_cannot_just_go(client, elena, project):
    rules.add_rule(project, {"type": "length", "control": "note", "min": 5}, by=elena)
    page = client.get(url("schema_edit"))
    sent = post_of(page.context["formset"]) | seen(project)
    renamed = client.post(url("schema_edit"), sent | {"controls-1-name": "remark"})
    assert renamed.status_code == 302
    assert rules.rules_of(instructions.draft_version(project))[0]["control"] == "remark"
    page = client.get(url("schema_edit"))
    sent = post_of(page.context["formset"]) | seen(project) | {"controls-1-DELETE": "on"}
    refused = client.post(url("schema_edit"), sent)
    assert refused.status_code == 422
    assert "on the page “Rules” first" in refused.content.decode()


@pytest.mark.parametrize("role", [Role.ANNOTATOR, Role.REVIEWER])
def test_who_only_labels_has_no_such_page(client, team, project, role):
    client.force_login(make_member(team, role))
    assert client.get(url("rule_list")).status_code == 404


def test_strangers_have_no_such_page(client, project):
    client.force_login(make_member(make_team(), Role.EXPERT))
    assert client.post(url("rule_trial")).status_code == 404
