"""A marketer's ten questions to the board and the log, each answered in at most three clicks."""

import csv
import io
import re
import time
from pathlib import Path

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from tests.parts.browser import axe_script, violations
from tests.parts.ses_events import event
from tests.parts.web_server import PASSWORD
from worker.feedback.recorder import FeedbackRecorder
from worker.ledger.schema import attempt, report

pytestmark = [pytest.mark.browser, pytest.mark.slow]

NURSE_PAGE = "/outlook/registered-nurse"
SOURCES = {
    "bea@example.com": ("nurse", NURSE_PAGE, "autumn"),
    "cem@example.com": ("nurse", NURSE_PAGE, "autumn"),
    "dan@example.org": ("accountant", "/outlook/accountant", "autumn"),
    "eva@example.org": ("accountant", "/outlook/accountant", "spring"),
}


class Asking:
    """Counts the clicks since the log's first page."""

    def __init__(self, page, home):
        self.page = page
        self._home = home

    def again(self):
        self.page.goto(self._home)
        self._clicks = 0

    def click(self, locator):
        self._clicks += 1
        assert self._clicks <= 3, "more than three clicks"
        locator.click()

    def link(self, name):
        self.click(self.page.get_by_role("link", name=name, exact=True))

    def saved(self, locator):
        """The rows of the CSV file that a click gives."""
        with self.page.expect_download() as download:
            self.click(locator)
        text = Path(download.value.path()).read_bytes()
        assert text.startswith(b"\xef\xbb\xbf")
        return list(csv.DictReader(io.StringIO(text.decode("utf-8-sig"))))


def table(page, name):
    """The lines of a table of the board: name -> the numbers of its columns by their headers."""
    region = page.get_by_role("region", name=name, exact=True)
    headers = region.locator("thead th").all_inner_texts()[1:]
    found = {}
    for row in region.locator("tbody tr").all():
        numbers = [re.match(r"[\d,]+", cell.strip()).group() for cell in row.locator("td").all_inner_texts()]
        found[row.locator("th").inner_text()] = dict(zip(headers, map(int, numbers), strict=True))
    return found


def log_in(page, url):
    page.goto(f"{url}/log/")
    page.get_by_label("Name").fill("marketing")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()
    expect(page.get_by_role("heading", name="Send log")).to_be_visible()


def happened(installation, address, kind, **part):
    """SES's event about the letter to this address."""
    with installation.ledger.read() as tx:
        joined = attempt.join(report, report.c.id == attempt.c.report_id)
        theirs = sa.select(attempt.c.id).select_from(joined).where(report.c.address == address)
        attempt_id = tx.execute(theirs).scalar_one()
    FeedbackRecorder(installation.ledger).take(
        event(kind, attempt=attempt_id, message=f"m-{attempt_id}", feedbackId=attempt_id, **part)
    )


@pytest.fixture(scope="module")
def history(installation, browser):
    """Signups through the form and the API, their letters, and then SES's events.

    Yields what the board said before anybody signed up and before any event: its words, and what axe finds.
    """
    page = browser.new_page()
    log_in(page, installation.url)

    def board():
        page.goto(f"{installation.url}/log/board")
        return page.locator("main").inner_text(), violations(page, axe_script())

    said = {"empty": board()}
    form = browser.new_page()
    form.goto(f"{installation.url}/?role=ML+Engineer&page=/outlook/ml-engineer&campaign=autumn")
    form.get_by_label("Email").fill("ada@example.com")
    form.wait_for_timeout(1100)  # the least time a person takes
    form.get_by_role("button", name="Get Your Personalized Assessment").click()
    expect(form.get_by_role("heading", name="We have your request")).to_be_visible()
    form.close()
    for address, (role, outlook, campaign) in SOURCES.items():
        installation.sign_up(address, role=role, source={"page": outlook, "campaign": campaign})
    installation.sign_up("leo@example.org", role="Dragon Tamer", source={"page": NURSE_PAGE, "campaign": "autumn"})
    installation.sign_up("ada@example.com", role="ML Engineer", source={"campaign": "spring"})
    for address in ("ada@example.com", *SOURCES):
        installation.letter_to(address)
    deadline = time.monotonic() + 30
    while not (said_now := board())[0].count("5 sent, no events"):  # a letter is written before it is recorded
        assert time.monotonic() < deadline, said_now[0][:1500]
    said["silent"] = said_now
    for address in ("ada@example.com", "bea@example.com", "dan@example.org"):
        happened(installation, address, "Delivery")
    happened(installation, "cem@example.com", "Bounce", bounceSubType="NoEmail")
    happened(installation, "dan@example.org", "Complaint")
    page.close()
    return said


@pytest.fixture
def asking(visit, installation, history):
    page = visit("/log/login")
    log_in(page, installation.url)
    return Asking(page, f"{installation.url}/log/")


def test_the_board_without_signups_and_without_events(history):
    for words, problems in history.values():
        assert problems == []
        assert "%" not in words.replace("not 0 %", "").partition("Signups by day")[0].partition("Sent within")[0]
    assert "No signup has arrived yet" in history["empty"][0]
    assert "No events have come for these letters." in history["silent"][0]
    assert "not known" in history["silent"][0]


def test_what_was_sent_last_week_by_campaign_and_by_page(asking):
    page = asking.page
    asking.again()
    asking.link("Board")
    asking.link("Last 7 days")
    sent = page.locator("ul.tiles li", has=page.get_by_role("heading", name="Sent", exact=True))
    expect(sent.locator(".big")).to_have_text("5")
    expect(page.get_by_text("Counted by the day of signing up. Days are UTC.")).to_be_visible()
    assert violations(page, axe_script()) == []
    campaigns, pages, roles = (table(page, name) for name in ("By campaign", "By page", "By role"))
    assert campaigns == {
        "autumn": {
            "signups": 5, "before": 0, "sent": 4, "delivered": 3, "bounced": 1, "complained": 1, "no word yet": 0,
        },
        "spring": {
            "signups": 2, "before": 0, "sent": 1, "delivered": 0, "bounced": 0, "complained": 0, "no word yet": 1,
        },
    }  # fmt: skip
    assert {name: row["sent"] for name, row in pages.items()} == {
        NURSE_PAGE: 2, "/outlook/accountant": 2, "/outlook/ml-engineer": 1, "no page named": 0,
    }  # fmt: skip
    assert {name: row["signups"] for name, row in roles.items()} == {
        "registered-nurse": 2, "accountant": 2, "ml-engineer": 2, "read as no single role": 1,
    }  # fmt: skip


def test_who_bounced_and_why_and_which_roles_we_lack(asking):
    page = asking.page
    asking.again()
    asking.link("Board")
    asking.link("the mailbox does not exist")
    expect(page.locator("#count")).to_contain_text("1 signup,")
    expect(page.locator("tbody tr")).to_contain_text("c***@example.com")
    expect(page.locator("tbody tr")).to_contain_text("the mailbox does not exist")
    asking.again()
    asking.link("Board")
    asking.link("dragon tamer")
    expect(page.locator("tbody tr")).to_contain_text("l***@example.org")


def test_conversion_and_trend(asking):
    page = asking.page
    asking.again()
    asking.link("Board")
    for words in ("Signed up", "71.4%", "100.0%", "60.0%"):
        expect(page.locator("ol.funnel")).to_contain_text(words)
    expect(page.locator("ul.tiles")).to_contain_text("none in the period before")
    asking.click(page.get_by_text("By day, as a table"))
    days = page.get_by_role("region", name="By day", exact=True)
    expect(days).to_be_visible()
    assert sum(day["signups"] for day in table(page, "By day").values()) == 7


def test_what_somebody_got_and_when(asking, installation):
    page = asking.page
    asking.again()
    page.get_by_label("Find a person").fill("BEA@example.com")
    asking.click(page.get_by_role("button", name="Find"))
    asking.click(page.locator("tbody a").first)
    subject = str(installation.letter_to("bea@example.com")["Subject"])
    expect(page.get_by_role("heading", name="The letter that was sent")).to_be_visible()
    expect(page.locator("dl").nth(1)).to_contain_text(subject)
    expect(page.locator("dl").first).to_contain_text(re.compile(r"sent\s*\d{4}-\d\d-\d\d \d\d:\d\d:\d\d"))
    expect(page.get_by_text("Times are UTC.")).to_be_visible()


def test_the_exports_give_the_counts_that_the_board_shows(asking):
    asking.again()
    asking.link("Board")
    shown = table(asking.page, "By campaign")
    rows = asking.saved(asking.page.get_by_role("link", name="Download by campaign as CSV"))
    assert {row["group"]: int(row["signups"]) for row in rows} == {name: row["signups"] for name, row in shown.items()}
    asking.again()
    log = asking.saved(asking.page.get_by_role("button", name="Export CSV"))
    assert all(row["received_at"].endswith("+00:00") for row in log)
    for name, row in shown.items():
        mine = [line for line in log if line["campaign"] == name]
        assert row["signups"] == len(mine)
        assert row["sent"] == sum(line["state"] in {"sent", "returned"} for line in mine)
        assert row["delivered"] == sum(line["feedback"] in {"delivered", "complained"} for line in mine)
        assert row["bounced"] == sum(line["feedback"] == "bounced" for line in mine)
    [bounced] = [line for line in log if line["feedback"] == "bounced"]
    assert (bounced["feedback_detail"], bounced["reason_text"]) == ("Permanent/NoEmail", "the mailbox does not exist")
    assert {line["letter_kind"] for line in log if line["state"] == "sent"} == {"role"}


def test_every_number_of_the_board_lists_as_many(asking, installation):
    page = asking.page
    page.goto(f"{installation.url}/log/board?dated_by=sent&period=today")
    links = {
        link.get_attribute("href"): int(link.inner_text().replace(",", ""))
        for link in page.locator("ol.funnel a, [aria-label='By campaign'] td a").all()
    }
    assert len(links) > 8
    for address, number in links.items():
        page.goto(installation.url + address)
        assert re.match(rf"{number:,} signups?,", page.locator("#count").inner_text()), address
