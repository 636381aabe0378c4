"""In a browser from the letter's button to the report page: corrected, unsubscribed and back, forgotten."""

import re

import pytest
import sqlalchemy as sa
from playwright.sync_api import expect

from tests.parts.browser import axe_script, violations
from worker.ledger.schema import attempt, audit, report, signup

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SCREENS = [
    {"viewport": {"width": width, "height": 800}, "color_scheme": scheme}
    for width in (360, 1280)
    for scheme in ("light", "dark")
]
TASKS = {"tasks": [{"task": "Write production code", "share": 25}, {"task": "Feeding the office cat", "share": 5}]}


@pytest.fixture
def path_from_letter(installation):
    """Sends somebody's letter and returns where its button leads."""

    def path(address, **fields):
        installation.sign_up(address, **fields)
        page = installation.letter_to(address).get_body(("html",)).get_content()
        return re.search(r'href="https://exposure\.example\.com(/report/[\w-]{22})"', page)[1]

    return path


def range_shown(page):
    text = (
        page.locator("#result").inner_text() if page.locator("#result").count() else page.locator("main").inner_text()
    )
    return re.search(r"between (\d+) and (\d+) on a scale", text).groups()


@pytest.mark.parametrize("java_script_enabled", [True, False])
def test_from_the_button_to_the_page_and_gone(installation, visit, path_from_letter, java_script_enabled):
    address = f"reader{java_script_enabled}@example.com"
    path = path_from_letter(address, role="ML Engineer", profile=TASKS)
    page = visit(path, java_script_enabled=java_script_enabled)
    expect(page.get_by_text("ML Engineer: should you worry?")).to_be_visible()
    assert address not in page.content()
    before = range_shown(page)

    with installation.ledger.read() as tx:
        kept = [tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in (signup, attempt)]

    # The hours are changed, and the range follows.
    page.get_by_role("spinbutton", name="Write production code").fill("1")
    page.get_by_label("Another task, in your words (1)").fill("mentor junior engineers")
    page.get_by_label("Time for the other task 1").fill("39")
    page.get_by_role("button", name="Show my report with this").click()
    expect(page.get_by_role("heading", name="With your changes")).to_be_visible()
    assert range_shown(page) != before

    # The title is corrected; what was changed before stays in the form.
    page.get_by_role("radio", name="Another title").check()
    page.get_by_label("Type another title").fill("accountant")
    page.get_by_role("button", name="Read it this way").click()
    expect(page.get_by_text("Accountant: should you worry?")).to_be_visible()
    expect(page.get_by_role("spinbutton", name="mentor junior engineers")).to_have_value("39")

    # Nothing was stored and nothing was sent.
    page.get_by_role("link", name="Back to the report as it was").click()
    assert range_shown(page) == before
    with installation.ledger.read() as tx:
        now = [tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one() for table in (signup, attempt)]
    assert now == kept

    # Unsubscribed, and back.
    page.get_by_role("button", name="Never write to me").click()
    expect(page.get_by_role("heading", name="You are unsubscribed")).to_be_visible()
    page.get_by_role("button", name="Undo").click()
    expect(page.get_by_role("heading", name="You are no longer unsubscribed")).to_be_visible()
    page.get_by_role("link", name="Your report").click()

    # Forgotten, after one question.
    page.get_by_role("button", name="Delete everything about me").click()
    page.get_by_role("button", name="Yes, delete it").click()
    expect(page.get_by_role("heading", name="We have forgotten you")).to_be_visible()
    page.goto(installation.url + path)
    expect(page.get_by_role("heading", name="This report is gone")).to_be_visible()
    with installation.ledger.read() as tx:
        row = tx.execute(sa.select(report).where(report.c.link_token == path.rpartition("/")[2])).one()
        done = tx.execute(sa.select(audit.c.action).where(audit.c.report_id == row.id).order_by(audit.c.id)).scalars()
        assert list(done) == ["suppress", "unsuppress", "erase"]
    assert (row.address, row.profile) == (None, None)


def test_every_state_is_accessible(installation, visit, path_from_letter):
    path = path_from_letter("axe@example.com", role="teacher", profile=TASKS)
    leave = path.replace("/report/", "/unsubscribe/")
    script, found = axe_script(), {}

    def look(page, name, heading):
        expect(page.get_by_role("heading", name=heading)).to_be_visible()
        wider = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        found[name] = [*violations(page, script), *(["wider than the screen"] if wider else [])]

    for screen in SCREENS:
        name = f"{screen['viewport']['width']} {screen['color_scheme']}"
        page = visit(path, **screen)
        look(page, f"{name} page", "Is this your title?")
        page.get_by_role("button", name="Show my report with this").click()
        look(page, f"{name} corrected", "With your changes")
        for address, heading in (
            (f"{path}/forget", "Delete everything about you?"),
            (leave, "Unsubscribe"),
            ("/report/x", "We do not know this link"),
        ):
            page.goto(installation.url + address)
            look(page, f"{name} {heading}", heading)
    page.goto(installation.url + leave)
    page.get_by_role("button", name="Unsubscribe").click()
    look(page, "unsubscribed", "You are unsubscribed")
    page.goto(f"{installation.url}{path}/forget")
    page.get_by_role("button", name="Yes, delete it").click()
    look(page, "forgotten", "We have forgotten you")
    assert {state: problems for state, problems in found.items() if problems} == {}
    if script is None:
        pytest.skip("axe is not installed; the pages were only measured")
