"""The inbox: an author reads what became of an answer, and nothing about anybody else."""

import uuid

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.navigation import unread_count
from reviews.models import Feedback, SecondLook
from reviews.services import consensus, desk, feedback, queue
from tests.factories import (
    ROBIN,
    make_batch,
    make_block,
    make_example,
    make_instruction,
    make_item,
    make_labeled_task,
    make_member,
    make_project,
    make_team,
    make_user,
)
from tests.reviews.deciding import decide_next

pytestmark = pytest.mark.django_db
STATEMENTS_MOST = 20


@pytest.fixture
def decided(client):
    """Ana said wren, Bo said robin, an expert said robin."""
    team = make_team()
    project = make_project(team)
    example = make_item(project, data={"text": "Red breast, brown back."})
    pages = [
        make_block("Look closely."),
        make_block(
            "Its breast is red.",
            id="robins",
            kind="class",
            title="Robin",
            classes=[ROBIN],
            examples=[make_example(example), make_example(make_item(project), "dont")],
        ),
    ]
    make_instruction(project, blocks=pages)
    batch = make_batch(project, team, overlap=2, review_percent=0)
    ana, bo = make_member(team, name="Ana"), make_member(team, name="Bo Secret")
    expert = make_member(team, Role.EXPERT, name="Elena Secret")
    task = make_labeled_task(batch, "wren", "robin", authors=[ana, bo])
    consensus.assess(task.pk)
    desk.decide(
        queue.next_review(expert),
        decision="fix",
        answer={"species": "robin"},
        reason="wrong_class",
        comment="The breast is red.",
        by=expert,
        request_id=uuid.uuid4(),
    )
    client.force_login(ana)
    return Feedback.objects.get(author=ana)


def test_the_author_reads_before_and_after_and_why(decided, client):
    listed = client.get(reverse("inbox")).content.decode()
    assert "wrong class" in listed
    page = client.get(reverse("feedback_detail", args=[decided.pk])).content.decode()
    assert "The breast is red." in page
    assert '"species": "wren"' in page
    assert '"species": "robin"' in page
    assert "Secret" not in listed + page


def test_what_was_said_against_others_is_not_for_whose_answer_stood(decided, client):
    other = Feedback.objects.exclude(pk=decided.pk).get()
    client.force_login(other.author)
    pages = [client.get(reverse("inbox")), client.get(reverse("feedback_detail", args=[other.pk]))]
    for page in pages:
        assert "The breast is red." not in page.content.decode()


def test_got_it_marks_it_read_once(decided, client):
    url = reverse("feedback_read", args=[decided.pk])
    assert client.post(url).headers["Location"] == reverse("inbox")
    read_at = Feedback.objects.get(pk=decided.pk).read_at
    client.post(url)
    assert Feedback.objects.get(pk=decided.pk).read_at == read_at
    assert "Everything is read" in client.get(reverse("inbox")).content.decode()
    assert "wrong class" in client.get(reverse("inbox"), {"show": "all"}).content.decode()


def test_another_authors_entry_does_not_exist(decided, client):
    other = Feedback.objects.exclude(pk=decided.pk).get()
    assert client.get(reverse("feedback_detail", args=[other.pk])).status_code == 404
    assert client.post(reverse("feedback_read", args=[other.pk])).status_code == 404


def test_an_unknown_filter_is_said(decided, client):
    assert client.get(reverse("inbox"), {"author": "bo"}).status_code == 400


def test_the_instructions_of_the_answer_can_be_read(decided, client):
    url = reverse("assignment_instructions", args=[decided.annotation.assignment.public_id])
    assert "Look closely." in client.get(url).content.decode()


def test_the_rule_and_examples_of_the_right_class_stand_below(decided, client):
    page = client.get(reverse("feedback_detail", args=[decided.pk])).content.decode()
    assignment = decided.annotation.assignment.public_id
    assert f"{reverse('assignment_instructions', args=[assignment])}#block-robins" in page
    assert "Its breast is red." in page
    assert "Red breast, brown back." in page
    assert "example-dont" not in page


def test_unread_entries_stand_by_reason(decided, client):
    page = client.get(reverse("inbox")).content.decode()
    assert page.index("wrong class") < page.index(decided.annotation.task.item.external_id)


def contest(client, entry, words="The tail is cocked."):
    return client.post(reverse("feedback_contest", args=[entry.pk]), {"words": words})


def test_a_contest_is_filed_once_and_its_state_is_said(decided, client):
    detail = reverse("feedback_detail", args=[decided.pk])
    assert "Do you disagree?" in client.get(detail).content.decode()
    assert contest(client, decided, words=" ").status_code == 422
    assert contest(client, decided).headers["Location"] == detail
    page = client.get(detail).content.decode()
    assert "no other expert of the house" in page
    assert "The tail is cocked." in page
    assert "Do you disagree?" not in page
    assert contest(client, decided).status_code == 422
    assert "Everything is read" in client.get(reverse("inbox")).content.decode()


def test_an_expert_who_could_decide_it_makes_the_page_say_so(decided, client):
    make_member(decided.annotation.task.batch.teams.get(), Role.EXPERT)
    contest(client, decided)
    page = client.get(reverse("feedback_detail", args=[decided.pk])).content.decode()
    assert "Another expert decides it." in page


def test_an_upheld_contest_comes_back_with_the_reasons(decided, client):
    other = make_member(decided.annotation.task.batch.teams.get(), Role.EXPERT, name="Olga Secret")
    contest(client, decided)
    decide_next(other, "fix", answer={"species": "robin"}, comment="No wren has red.")
    inbox = client.get(reverse("inbox")).content.decode()
    detail = reverse("feedback_detail", args=[decided.pk])
    assert detail in inbox
    page = client.get(detail).content.decode()
    assert "No wren has red." in page
    assert "Secret" not in inbox + page
    client.post(reverse("feedback_read", args=[decided.pk]))
    assert "Everything is read" in client.get(reverse("inbox")).content.decode()


def test_the_first_reviewer_reads_what_was_overturned_and_not_by_whom(decided, client):
    other = make_member(decided.annotation.task.batch.teams.get(), Role.EXPERT, name="Olga Secret")
    contest(client, decided)
    decide_next(other, "accept", answer={"species": "wren"})
    look = SecondLook.objects.get()
    client.force_login(look.first.reviewer)
    detail = reverse("overturned_detail", args=[look.pk])
    assert detail in client.get(reverse("inbox")).content.decode()
    assert (unread_count(look.first.reviewer), unread_count(decided.author)) == (1, 1)
    page = client.get(detail).content.decode()
    assert "The tail is cocked." in page
    assert '"species": "robin"' in page
    assert '"species": "wren"' in page
    assert "Olga" not in page
    assert "Ana" not in page
    client.post(reverse("overturned_read", args=[look.pk]))
    assert "Everything is read" in client.get(reverse("inbox")).content.decode()
    client.force_login(other)
    assert client.get(detail).status_code == 404


def test_the_inbox_costs_as_many_statements_with_many_entries(
    decided, client, django_assert_num_queries, django_assert_max_num_queries
):
    # Three make a drill, which the page offers with as many statements however many there are.
    more_mistakes(decided, 2)
    with django_assert_max_num_queries(STATEMENTS_MOST) as few:
        client.get(reverse("inbox"))
    more_mistakes(decided, 2)
    assert feedback.open_entries(decided.author).count() == 5
    with django_assert_num_queries(len(few)):
        client.get(reverse("inbox"))


def more_mistakes(entry, count):
    batch, expert = entry.annotation.task.batch, entry.review.reviewer
    for _number in range(count):
        task = make_labeled_task(batch, "wren", "robin", authors=[entry.author, make_user()])
        consensus.assess(task.pk)
        decide_next(expert, "fix", answer={"species": "robin"})
