"""What each of the people who depend on the worker does, in a real browser against the running whole."""

import re
import time

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from tests.parts.browser import axe_script, violations
from tests.parts.waiting import wait_for
from tests.parts.web_server import PASSWORD
from worker.ledger.schema import attempt, audit, report

pytestmark = [pytest.mark.browser, pytest.mark.slow]


def test_a_refused_form_is_accessible(installation, visit):
    page = visit("/")
    scriptless_form(page)
    page.get_by_label("Email").fill("a@b")
    page.get_by_label("Your job title").fill("Accountant")
    page.wait_for_timeout(1100)  # the least time a person takes
    page.evaluate("document.getElementById('signup').submit()")  # our own script does not run, but axe does
    expect(page.get_by_label("Email")).to_have_attribute("aria-invalid", "true")
    assert violations(page, axe_script()) == []


def scriptless_form(page):
    """Load the page again without our script."""
    page.route("**/embed.js", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page.reload()


def fill_in(page, address, *, role="ML Engineer"):
    page.get_by_label("Email").fill(address)
    page.get_by_label("Your job title").fill(role)
    expect(page.locator("#role-hint")).to_contain_text("We read this as")
    page.get_by_text("Add your week").click()
    page.get_by_label("Write production code", exact=True).check()
    page.get_by_label("Time for: Write production code").fill("25")
    page.get_by_label("Another task, in your words (1)").fill("Feeding the office cat")
    page.get_by_label("Time for the other task 1").fill("5")
    page.get_by_label("Skills, separated by commas").fill("Python, Mentoring")


def log_in(page, name):
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Log in").click()


def test_from_the_form_to_the_letter_the_log_the_replay_and_the_unsubscribe_page(installation, visit, tmp_path):
    # A person fills in the form with a profile, and the letter arrives.
    page = visit("/")
    fill_in(page, "ada@example.com")
    page.get_by_role("button", name="Get your personalized assessment").click()
    expect(page.get_by_role("heading", name="We have your request")).to_be_visible()
    letter = installation.letter_to("ada@example.com")
    assert "Feeding the office cat" in letter.get_body(("plain",)).get_content()

    # Marketing logs in, finds it, opens its timeline, exports.
    page = visit("/log/")
    log_in(page, "marketing")
    page.get_by_label("Find a person").fill("ADA@example.com")
    page.get_by_role("button", name="Find").click()
    expect(page.get_by_text("1 signup of one person")).to_be_visible()
    with page.expect_download() as download:
        page.get_by_role("button", name="Export CSV").click()
    download.value.save_as(tmp_path / "export.csv")
    assert "a***@example.com" in (tmp_path / "export.csv").read_text()
    page.locator("tbody a").first.click()
    expect(page.get_by_text("The same as the letter that was sent")).to_be_visible()
    assert page.frame_locator("iframe").locator("body").inner_text()
    assert page.get_by_role("link", name="Needs attention").count() == 0

    # An operator replays a failed one.
    fill_in(form := visit("/"), "bob@example.com")
    operator = visit("/log/status")
    log_in(operator, "olga")
    operator.get_by_label("Why").fill("to let one fail")
    operator.get_by_role("button", name="Pause all sending").click()
    expect(operator.get_by_text("Sending is paused by")).to_be_visible()
    form.get_by_role("button", name="Get your personalized assessment").click()
    expect(form.get_by_role("heading", name="We have your request")).to_be_visible()
    with installation.ledger.write() as tx:
        failed = sa.update(report).where(report.c.address == "bob@example.com")
        tx.execute(failed.values(state="failed", reason="MessageRejected"))
    operator.get_by_role("button", name="Resume sending").click()
    operator.get_by_role("link", name="Needs attention").click()
    operator.get_by_role("checkbox").check()
    operator.get_by_role("button", name="Plan a replay").click()
    expect(operator.get_by_text("nothing was ever handed to SES")).to_be_visible()
    assert violations(operator, axe_script()) == []
    operator.get_by_label("Why do you replay them?").fill("the template is fixed")
    operator.get_by_role("button", name="Replay 1 report").click()
    expect(operator.get_by_text("1 report put back to ready")).to_be_visible()
    installation.letter_to("bob@example.com")

    # The reader opens the letter's link, and leaves by one button.
    link = re.search(r"<([^>]+)>", letter["List-Unsubscribe"]).group(1)
    reader = visit("/unsubscribe/" + link.rpartition("/")[2])
    reader.get_by_role("button", name="Unsubscribe").click()
    expect(reader.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    assert violations(reader, axe_script()) == []
    with installation.ledger.read() as tx:
        actions = tx.execute(sa.select(audit.c.action).order_by(audit.c.id)).scalars().all()
    assert [action for action in actions if action != "login"] == [
        "look_up",
        "export",
        "pause",
        "resume",
        "replay",
        "suppress",
    ]


def test_from_a_page_of_the_website_to_the_letter_and_the_log(installation, website, visit):
    page = visit("/embed")
    lines = page.locator("pre").first.inner_text().replace('campaign="autumn"', 'campaign="embedded"')
    page.goto(website.put("/outlook/ml-engineer", lines))
    page.get_by_label("Email").fill("embedded@example.com")
    expect(page.get_by_label("Your job title")).to_have_value("ML Engineer")
    page.get_by_role("button", name="Get your personalized assessment").click()  # at once: the element waits its time
    expect(page.get_by_role("heading", name="We have your request")).to_be_visible()
    assert "ML Engineer" in installation.letter_to("embedded@example.com")["Subject"]
    page = visit("/log/")
    log_in(page, "marketing")
    page.goto(installation.url + "/log/?campaign=embedded&page=/outlook/ml-engineer")
    expect(page.get_by_text("e***@example.com")).to_be_visible()


def test_the_form_without_a_script(installation, visit):
    page = visit("/", java_script_enabled=False)
    page.get_by_label("Your job title").fill("Accountant")
    page.get_by_text("Add your week").click()
    page.get_by_role("button", name="Show the tasks of my role").click()
    page.locator("#task-list input[type=checkbox]").first.check()
    page.get_by_label("Email").fill("scriptless@example.com")
    time.sleep(1.1)
    page.get_by_role("button", name="Get your personalized assessment").click()
    expect(page.get_by_role("heading", name="We have your request")).to_be_visible()
    installation.letter_to("scriptless@example.com")


@pytest.mark.parametrize("scripted", [True, False])
def test_a_slip_in_the_address_is_asked_about_and_one_click_answers(installation, visit, scripted):
    page = visit("/", java_script_enabled=scripted)
    page.get_by_label("Email").fill(f"reader.{scripted}@gmail.con")
    page.get_by_label("Your job title").fill("Accountant")
    page.wait_for_timeout(1100)
    page.get_by_role("button", name="Get your personalized assessment").click()
    expect(page.get_by_text(f"Did you mean reader.{scripted}@gmail.com?")).to_be_visible()
    if scripted:
        assert violations(page, axe_script()) == []
    page.get_by_role("button", name="Yes, send it to").click()
    expect(page.get_by_text("We have your request").first).to_be_visible()
    installation.letter_to(f"reader.{scripted}@gmail.com")


def test_a_form_whose_token_was_used_elsewhere_gets_a_new_one_by_itself(installation, visit):
    page = visit("/")
    fetched = []

    def spoil_the_first(route):
        fetched.append(route.fetch())
        body = fetched[-1].json()
        route.fulfill(json=body | ({"form_token": "over"} if len(fetched) == 1 else {}))

    page.route("**/v1/form-token", spoil_the_first)
    page.get_by_label("Email").fill("patient.reader@example.com")
    page.get_by_label("Your job title").fill("Accountant")
    page.get_by_role("button", name="Get your personalized assessment").click()
    expect(page.get_by_role("heading", name="We have your request")).to_be_visible()
    installation.letter_to("patient.reader@example.com")


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (360, "dark"),
        (1280, "light"),
        pytest.param(360, "light", marks=pytest.mark.long),
        pytest.param(1280, "dark", marks=pytest.mark.long),
    ],
)
def test_every_page_is_accessible(installation, visit, scheme, width):
    script = axe_script()
    address = f"{scheme}-{width}@example.com"
    page = visit("/", color_scheme=scheme, viewport={"width": width, "height": 900})
    fill_in(page, address)
    page.get_by_role("button", name="Get your personalized assessment").click()
    expect(page.get_by_role("heading", name="We have your request")).to_be_visible()
    letter = installation.letter_to(address)
    wait_for(lambda: sent_to(installation, address) is not None, "the record of the letter")
    key, number = sent_to(installation, address)
    with installation.ledger.write() as tx:
        for table, column in ((attempt, attempt.c.report_id), (report, report.c.id)):  # a page needs something to show
            tx.execute(sa.update(table).where(column == number).values(state="unknown"))
    link = re.search(r"<([^>]+)>", letter["List-Unsubscribe"]).group(1).rpartition("/")[2]
    found = {}

    def look(path):
        page.goto(installation.url + path)
        wider = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        problems = violations(page, script)
        found[path] = [*problems, *(["wider than the screen"] if wider else [])]

    for path in (
        "/",
        "/?role=ML+Engineer",
        "/received",
        "/received?unknown=1",
        "/embed",
        f"/unsubscribe/{link}",
        "/unsubscribe/x",
        "/nothing",
        "/log/login",
    ):
        look(path)
    log_in(page, "olga")
    pages = (
        "",
        "board",
        "board?by=page&dated_by=sent",
        "unsubscribes",
        "status",
        "attention",
        f"unknown/{number}",
        "suppressions",
        "audit",
        "refusals",
        f"people/{key}",
    )
    for path in (*pages, "nothing", "?state=failed"):
        look(f"/log/{path}")
    page.goto(installation.url + "/log/")
    page.evaluate(
        "document.querySelector('.logout [name=csrftoken]').value = 'x'; document.querySelector('.logout').submit()"
    )
    expect(page.get_by_role("heading", name="This form has expired")).to_be_visible()
    found["expired form"] = violations(page, script)
    assert {path: problems for path, problems in found.items() if problems} == {}
    if script is None:
        pytest.skip("axe is not installed; the pages were only measured")


def sent_to(installation, address):
    """Recipient key and id of the report that is recorded as sent; None until it is."""
    theirs = sa.select(report.c.recipient_key, report.c.id).where(report.c.address == address)
    with installation.ledger.read() as tx:
        return tx.execute(theirs.where(report.c.state == "sent")).one_or_none()


def test_axe_finds_what_is_wrong(browser):
    script = axe_script()
    if script is None:
        pytest.skip("axe is not installed")
    page = browser.new_page()
    page.set_content("<html lang=en><title>t</title><main><h1>t</h1><input><img src=x></main></html>")
    assert {found.partition(":")[0] for found in violations(page, script)} == {"image-alt", "label"}
    page.close()
