"""The page of notices and the bell: one's own alone, newest first, read by a post."""

import pytest
from django.urls import reverse

from labelops.accounts.models import Role
from labelops.navigation import COUNT_SHOWN
from labelops.notices.kinds import Kind
from labelops.notices.services.notices import notify
from tests.factories import make_member, make_project, make_team, make_user

pytestmark = pytest.mark.django_db
STATEMENTS_MOST = 12


@pytest.fixture
def project():
    return make_project(make_team(), name="Birds <b>")


@pytest.fixture
def ana(project, client):
    ana = make_member(project.teams.get(), username="ana")
    client.force_login(ana)
    return ana


def tell(person, project, count=1, *, kind=Kind.LEVEL_CHANGED):
    parameters = {"project": project.name, "level": 2, "slug": project.slug}
    for number in range(count):
        notify([person], kind, about=project, parameters=parameters, occasion=str(number))


def test_opening_a_notice_reads_it_and_leads_to_what_it_is_about(client, ana, project):
    tell(ana, project, 2)
    page = client.get("/notices/")
    assert page.content.count(b"Your level in Birds &lt;b&gt; is now 2.") == 4
    assert b'<span class="badge">2</span>' in page.content
    newest, oldest = ana.notices.all()
    opened = client.post(reverse("notice_open", args=[newest.pk]))
    assert opened.headers["Location"] == "/levels/"
    assert client.post(reverse("notice_read", args=[oldest.pk])).status_code == 302
    assert not ana.notices.unread().exists()
    page = client.get("/notices/")
    assert b"Everything is read." in page.content
    assert b'<span class="badge">' not in page.content
    assert b"Your level" in client.get("/notices/?show=all").content


def test_what_comes_after_the_page_was_shown_stays_unread(client, ana, project):
    tell(ana, project)
    upto = client.get("/notices/").context["upto"]
    other = make_user()
    tell(other, project)
    tell(ana, project, kind=Kind.SUSPENSION_ENDED)
    client.post("/notices/read/", {"upto": upto})
    assert [notice.kind for notice in ana.notices.unread()] == [Kind.SUSPENSION_ENDED]
    assert other.notices.unread().count() == 1
    for wrong in ("", "x", "-1", "0", "9" * 30):
        assert client.post("/notices/read/", {"upto": wrong}).status_code == 302
    assert ana.notices.unread().count() == 1


def test_nobody_opens_what_somebody_else_was_told(client, ana, project):
    other = make_user()
    tell(other, project)
    for route in ("notice_open", "notice_read"):
        assert client.post(reverse(route, args=[other.notices.get().pk])).status_code == 404
    assert b"Nothing yet." in client.get("/notices/?show=all").content
    assert other.notices.unread().exists()


def test_pages_go_on_where_the_last_one_ended(client, ana, project):
    tell(ana, project, 60)
    first = client.get("/notices/")
    assert len(first.context["page"].rows) == 50
    second = client.get("/notices/", {"cursor": first.context["page"].next_cursor})
    assert len(second.context["page"].rows) == 10
    assert b"Mark all as read" not in second.content
    assert client.get("/notices/?cursor=forged").status_code == 400
    assert client.get("/notices/?shw=all").status_code == 400


def test_the_bell_counts_up_to_a_bound_within_what_navigation_asks(
    client, project, django_assert_max_num_queries
):
    """An operator has a bell without being in any team."""
    op, mei = make_user(is_staff=True), make_member(project.teams.get(), Role.MANAGER)
    tell(mei, project, COUNT_SHOWN + 2)
    tell(op, project)
    for person, badge in ((mei, b'<span class="badge">99</span>'), (op, b'badge">1</span>')):
        client.force_login(person)
        # The session, the person, what they may do with the bell, and the page itself.
        with django_assert_max_num_queries(4) as captured:
            assert badge in client.get("/notices/").content
        [bell] = [query["sql"] for query in captured if "bounded" in (query["sql"] or "")]
        assert "accounts_membership" in bell


def test_the_page_costs_the_same_for_any_number_of_notices(
    client, ana, project, django_assert_max_num_queries
):
    counts = []
    for _round in range(2):
        tell(ana, project, 20 * len(counts) + 1, kind=list(Kind)[3 + len(counts)])
        with django_assert_max_num_queries(STATEMENTS_MOST) as captured:
            client.get("/notices/?show=all")
        counts.append(len(captured))
    assert counts[0] == counts[1]
