"""The daily mail, handed to a real server: once a day, in the morning, what is new and unread."""

import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ImproperlyConfigured

from labelops import environment
from labelops.accounts.models import Role
from labelops.audit.models import Event
from labelops.notices.jobs import send_mail
from labelops.notices.kinds import Kind
from labelops.notices.models import MailAddress, Preference
from labelops.notices.services import addresses, digests, notices, preferences
from labelops.notices.services.notices import notify
from tests.factories import make_member, make_project, make_team
from tests.labelops.mail_server import receiving_mail
from tests.servers import free_port

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
# Eight in the morning in São Paulo is eleven in UTC.
MORNING = datetime(2026, 11, 28, 11, 0, tzinfo=UTC)


@pytest.fixture
def server(settings):
    with receiving_mail(settings) as found:
        yield found


@pytest.fixture
def project():
    return make_project(make_team(), name="Birds")


@pytest.fixture
def ana(project):
    ana = make_member(project.teams.get(), time_zone="America/Sao_Paulo", language="en")
    MailAddress.objects.create(
        person=ana, address="ana@example.org", given_at=MORNING, confirmed_at=MORNING
    )
    preferences.choose_ways(ana, {Kind.LEVEL_CHANGED: "mail", Kind.SUSPENSION_ENDED: "pages"})
    return ana


def tell(person, project, level=2, kind=Kind.LEVEL_CHANGED):
    parameters = {"project": project.name, "level": level}
    notify([person], kind, about=project, parameters=parameters, occasion=str(level))


def text_of(message):
    return message.get_content().replace("\r\n", "\n")


def test_the_mail_comes_once_a_day_in_the_morning(server, ana, project):
    tell(ana, project)
    tell(ana, project, kind=Kind.SUSPENSION_ENDED)
    assert digests.send_digests(now=MORNING - timedelta(minutes=1)) == 0
    assert digests.send_digests(now=MORNING) == 1
    tell(ana, project, level=3)
    assert digests.send_digests(now=MORNING + timedelta(hours=5)) == 0, "not twice a day"
    [message] = server.received
    assert message["To"] == "ana@example.org"
    assert message["From"] == "labelops@example.org"
    assert message["Subject"] == "LabelOps: one notice for you"
    assert message.get_content_type() == "text/plain"
    text = text_of(message)
    assert "Your level in Birds is now 2.\n  https://labels.example.org/levels/" in text
    assert "suspension" not in text
    assert "https://labels.example.org/profile/notices/" in text
    assert message["List-Unsubscribe"] == "<https://labels.example.org/profile/notices/>"
    # The next day brings what came since, not what a mail has told already.
    assert digests.send_digests(now=MORNING + DAY) == 1
    assert "now 3." in text_of(server.received[-1])
    assert "now 2." not in text_of(server.received[-1])
    assert digests.send_digests(now=MORNING + 2 * DAY) == 0, "nothing new"


def test_what_was_read_or_is_not_wanted_is_not_mailed(server, ana, project):
    tell(ana, project)
    notices.mark_read(ana.notices.get())
    assert digests.send_digests(now=MORNING) == 0
    tell(ana, project)
    preferences.choose_ways(ana, {Kind.LEVEL_CHANGED: "pages"})
    assert digests.send_digests(now=MORNING) == 0
    assert server.received == []


@pytest.mark.parametrize("reason", ["refused", "killed"])
def test_a_lost_mail_comes_with_the_next(server, ana, project, reason, monkeypatch):
    """Refused by the server, or the worker ended between claiming the day and sending."""
    tell(ana, project)
    if reason == "killed":
        MailAddress.objects.update(last_on=MORNING.date())
    server.is_refusing = reason == "refused"
    assert digests.send_digests(now=MORNING) == 0
    server.is_refusing = False
    tell(ana, project, level=3)
    assert digests.send_digests(now=MORNING + timedelta(hours=1)) == 0
    assert digests.send_digests(now=MORNING + DAY) == 1
    [message] = server.received
    assert {"now 2.", "now 3."} <= set(re.findall(r"now \d\.", text_of(message)))


def test_a_server_that_is_away_costs_nobody_the_mail_of_the_day(server, ana, project, settings):
    tell(ana, project)
    settings.MAIL = replace(settings.MAIL, port=free_port())
    assert digests.send_digests(now=MORNING) == 0
    settings.MAIL = replace(settings.MAIL, port=server.server_address[1])
    server.is_hanging_up = True
    other = make_member(project.teams.get(), time_zone="UTC")
    MailAddress.objects.create(
        person=other, address="bo@example.org", given_at=MORNING, confirmed_at=MORNING
    )
    preferences.choose_ways(other, {Kind.LEVEL_CHANGED: "mail"})
    tell(other, project)
    # It answered, and went away within the first mail: only that one waits for tomorrow.
    assert digests.send_digests(now=MORNING) == 0
    server.is_hanging_up = False
    assert digests.send_digests(now=MORNING + timedelta(minutes=5)) == 1
    assert server.received[0]["To"] == "bo@example.org"


def test_nothing_is_sent_to_whoever_may_not_enter_or_did_not_confirm(server, ana, project):
    tell(ana, project)
    team = project.teams.get()
    MailAddress.objects.update(confirmed_at=None)
    assert digests.send_digests(now=MORNING) == 0
    MailAddress.objects.update(confirmed_at=MORNING)
    team.is_active = False
    team.save()
    assert digests.send_digests(now=MORNING) == 0
    assert server.received == []


def test_a_mail_speaks_the_reader_s_language_and_lists_a_bounded_number(
    server, ana, project, django_assert_num_queries
):
    ana.language = "de"
    ana.save()
    others = [make_member(project.teams.get(), time_zone="UTC") for _number in range(3)]
    for person in others:
        MailAddress.objects.create(
            person=person, address="x@example.org", given_at=MORNING, confirmed_at=MORNING
        )
        preferences.choose_ways(person, {Kind.LEVEL_CHANGED: "mail"})
    for number in range(digests.LISTED + 5):
        tell(ana, project, level=number)
    tell(others[0], project)
    # Two to find who is due; three for each mail.
    with django_assert_num_queries(2 + 2 * 3):
        assert digests.send_digests(now=MORNING) == 2
    text = text_of(server.received[0])
    assert text.count("https://labels.example.org/levels/") == digests.LISTED
    assert "There are more:" in text
    assert server.received[0]["Subject"] == "LabelOps: notices for you"


def test_an_address_counts_once_its_link_was_opened(client, server, ana, project):
    client.force_login(ana)
    kinds = {"question_answered": "pages", "instructions_changed": "none"}
    kinds |= {"suspension_started": "pages", "suspension_ended": "pages"}
    kinds |= {"work_moved": "pages", "answers_taken_out": "pages", "impact_measured": "pages"}
    form = kinds | {"level_changed": "mail", "address": "new@example.org"}
    assert client.post("/profile/notices/", form).status_code == 302
    assert b"new@example.org is not confirmed yet" in client.get("/profile/notices/").content
    assert send_mail() == 1
    assert send_mail() == 0, "asked once"
    [message] = server.received
    link = re.search(r"https://labels.example.org(/profile/mail/\S+)", text_of(message))[1]
    assert client.get(link).status_code == 200
    assert MailAddress.objects.get().confirmed_at is None, "looking confirms nothing"
    other = make_member(project.teams.get())
    addresses.set_address(other, "new@example.org")
    client.force_login(other)
    assert client.post(link).status_code == 404
    client.force_login(ana)
    assert client.post(link).status_code == 302
    assert b"It goes to new@example.org." in client.get("/profile/notices/").content
    verbs = Event.objects.about(ana).values_list("verb", flat=True)
    assert list(verbs) == [
        *("mail_address.confirmed", "mail_address.set", "notices.chosen"),
        "notices.chosen",
    ]
    form["address"] = ""
    assert client.post("/profile/notices/", form).status_code == 422
    assert client.post("/profile/notices/", form | {"level_changed": "none"}).status_code == 302
    assert MailAddress.objects.get(person=ana).address == ""
    assert client.get(link).status_code == 404
    assert b"You have given no address yet." in client.get("/profile/notices/").content


def test_nobody_has_mails_sent_to_others_at_short_intervals(server, ana):
    start = MORNING
    for minutes, sent in ((0, 1), (5, 0), (30, 0), (61, 1), (66, 0)):
        now = start + timedelta(minutes=minutes)
        addresses.set_address(ana, "", now=now)
        addresses.set_address(ana, f"victim{minutes}@example.org", now=now)
        assert digests.ask_for_confirmations(now=now) == sent, minutes
    assert digests.ask_for_confirmations(now=start + timedelta(hours=3)) == 1, "the newest one"
    assert digests.ask_for_confirmations(now=start + timedelta(hours=9)) == 0
    assert server.received[-1]["To"] == "victim66@example.org"


def test_without_a_mail_server_nobody_is_offered_mail(client, ana, project, settings):
    settings.MAIL = None
    mei = make_member(project.teams.get(), Role.MANAGER)
    for person in (ana, mei):
        client.force_login(person)
        page = client.get("/profile/notices/").content
        assert b"This installation sends no mail" in page
        assert b"Also in the daily mail" not in page
        assert b'value="pages"' in page
        assert page.count(b"checked") == page.count(b'value="none"')
    assert b"A lot is rejected" in page
    form = {"batch_due": "none", "level_changed": "mail"}
    assert client.post("/profile/notices/", form).status_code == 422
    assert send_mail() == 0
    assert Preference.objects.filter(person=mei).count() == 0


@pytest.mark.once
def test_the_mail_server_of_the_environment(monkeypatch):
    def given(url, sender="labelops@example.org"):
        monkeypatch.setenv("LABELOPS_MAIL_URL", url)
        monkeypatch.setenv("LABELOPS_MAIL_FROM", sender)
        return environment.mail_server("LABELOPS_MAIL_URL", "LABELOPS_MAIL_FROM")

    assert given("", "") is None
    found = given("smtps://me%40x:p%2Fw@mail.example.org")
    assert (found.host, found.port, found.user, found.password) == (
        *("mail.example.org", 465),
        *("me@x", "p/w"),
    )
    assert (found.is_tls, found.is_starttls) == (True, False)
    assert given("smtp+starttls://mail:2525").port == 2525
    assert given("smtp+starttls://mail").is_starttls
    for url in ("http://mail", "smtp://", "mail.example.org:25", "smtp://mail:99999"):
        with pytest.raises(ImproperlyConfigured, match="LABELOPS_MAIL_URL"):
            given(url)
    for sender in ("", "labelops", "a@b\nBcc: c@d"):
        with pytest.raises(ImproperlyConfigured, match="LABELOPS_MAIL_FROM"):
            given("smtp://mail", sender)
    site = environment.site_address
    assert site(["https://*.a.org", "https://b.org/"], ["a.org"], is_local=False) == "https://b.org"
    assert site([], [".a.org"], is_local=False) == "https://a.org"
    monkeypatch.setenv("PORT", "8123")
    assert site([], ["localhost"], is_local=True) == "http://localhost:8123"
