"""The form on a page of another origin: <ai-exposure-form> of /embed.js against the real service."""

import contextlib
import shutil
import time
from types import SimpleNamespace

import pytest
import sqlalchemy as sa
from playwright.sync_api import Route, expect

from tests.integration.web.conftest import web_services
from tests.parts.browser import PATIENCE_MS, axe_script, violations
from tests.parts.foreign_site import foreign_site
from tests.parts.redis_server import redis_server
from tests.parts.web_server import web_server
from worker.errors import LedgerUnavailable, TurnedAway
from worker.ledger.schema import report, signup
from worker.web.form_words import WORDS

pytestmark = [pytest.mark.browser, pytest.mark.slow]

HOSTILE = """<style>
  *:not(html, head, body, main) {
    display: none !important; visibility: hidden !important; opacity: 0 !important; position: fixed !important;
    width: 3px !important; float: right !important; color: transparent !important; font: 60px/1 serif !important;
    letter-spacing: 2em !important; text-transform: uppercase !important; pointer-events: none !important;
    --ink: transparent !important; --surface: transparent !important;
  }
  #email, #role, #send, #signup, .field, .exposure { background: red !important; }
</style>"""
TIME_LIMIT_MS = 10_000
SENT = WORDS["received"]
LIMITS = {"WORKER_DOMAIN_LIMIT_PER_HOUR": "0", "WORKER_TOTAL_LIMIT_PER_HOUR": "0"}


@pytest.fixture(scope="module")
def world(browser, migrated_sqlite, tmp_path_factory):
    """The service over SQLite, and a website whose pages may use it."""
    home = tmp_path_factory.mktemp("embed")
    ledger_url = f"sqlite:///{shutil.copy(migrated_sqlite, home / 'ledger.db')}"
    with foreign_site() as website, redis_server() as redis_url:
        services = web_services(ledger_url, redis_url, home, WORKER_ALLOWED_ORIGINS=website.origin, **LIMITS)
        with contextlib.closing(services.core.ledger), web_server(services) as site:
            yield SimpleNamespace(site=site, website=website, browser=browser, services=services)


@pytest.fixture
def expected():
    """Parts of the console messages that do not fail a test."""
    return ["422", "429", "503"]


@pytest.fixture
def visit(world, expected):
    """Opens a page of the website with this body; every console message that is not `expected` fails the test."""
    opened, messages = [], []

    def visit(
        body, *, path="/outlook/ml-engineer", head="", headers=None, script=None, prepare=None, ready=True, **options
    ):
        script = script or f'<script src="{world.site.url}/embed.js" async></script>'
        url = world.website.put(path, body, head=head + script, **(headers or {}))
        context = world.browser.new_context(**options)
        opened.append(context)
        page = context.new_page()
        page.on("console", lambda message: messages.append(message.text))
        page.on("pageerror", lambda error: messages.append(str(error)))
        if prepare:
            prepare(page)
        page.goto(url + "?utm_source=mail#form")
        if ready:
            expect(page.get_by_label("Email").first).to_be_visible()
        return page

    yield visit
    for context in opened:
        context.close()
    assert [text for text in messages if not any(part in text for part in expected)] == []


def tag(**attributes):
    written = " ".join(f'{name.replace("_", "-")}="{value}"' for name, value in attributes.items())
    return f'<ai-exposure-form {written}><a href="https://worker.example.com/">To the form</a></ai-exposure-form>'


def button(page, key="send", **values):
    return page.get_by_role("button", name=WORDS[key].format(**values))


def wait_until(page, reached):
    """Wait while the browser goes on."""
    deadline = time.monotonic() + PATIENCE_MS / 1000
    while not reached():
        assert time.monotonic() < deadline
        page.wait_for_timeout(20)


def hang(page, pattern, hanging=None):
    """Leave the requests without an answer; returns those that came."""
    hanging = [] if hanging is None else hanging

    def keep(route):
        hanging.append(route)

    page.route(pattern, keep)
    return hanging


def signups(world):
    with world.services.core.ledger.read() as tx:
        return tx.execute(sa.select(signup).order_by(signup.c.id)).all()


def newest(world):
    return signups(world)[-1]


def reports_to(world, address):
    with world.services.core.ledger.read() as tx:
        return tx.execute(sa.select(report).where(report.c.address == address)).all()


def test_a_signup_from_a_page_with_hostile_styles_and_the_same_ids(world, visit):
    own = '<input id="email" value="theirs"><p id="role">theirs</p><form id="signup"></form><b id="send">theirs</b>'
    page = visit(own + tag(role="ml-engineer", campaign="autumn"), head=HOSTILE)
    form = page.locator("ai-exposure-form")
    expect(page.get_by_label("Your job title")).to_have_value("ML Engineer")
    expect(page.locator("ai-exposure-form #role-hint")).to_contain_text("We read this as ML Engineer")
    style = page.evaluate(
        """() => {
          const root = document.querySelector('ai-exposure-form').shadowRoot;
          const style = getComputedStyle(root.querySelector('.heading'));
          const {fontSize, letterSpacing, textTransform, visibility} = style;
          return {fontSize, letterSpacing, textTransform, visibility, seen: style.color !== 'rgba(0, 0, 0, 0)'};
        }"""
    )
    assert style == {
        "fontSize": "21px", "letterSpacing": "-0.2px", "textTransform": "none", "visibility": "visible", "seen": True,
    }  # fmt: skip
    assert form.bounding_box()["width"] > 500
    page.get_by_label("Email").fill("hostile@example.com")
    page.get_by_text(WORDS["week"]).click()
    page.get_by_label("Write production code", exact=True).check()
    page.get_by_label("Time for: Write production code").fill("25")
    page.get_by_label("Another task, in your words (1)").fill("Feeding the office cat")
    page.get_by_label("Skills, separated by commas").fill("Python, Mentoring")
    button(page).click()
    expect(page.get_by_role("heading", name=SENT)).to_be_focused()
    expect(form).to_contain_text("It is about ML Engineer.")
    row = newest(world)
    assert (row.outcome, row.channel, row.source_page, row.campaign) == (
        "admitted", "browser", "/outlook/ml-engineer", "autumn"
    )  # fmt: skip
    [owed] = reports_to(world, "hostile@example.com")
    assert owed.profile["tasks"][0] == {"task": "write-production-code", "share": 25.0}
    assert page.locator("input#email").first.input_value() == "theirs"
    assert page.evaluate("document.styleSheets.length") == 1


def test_with_the_keyboard_alone(world, visit):
    page = visit(tag(campaign="keys"))
    title = page.get_by_label("Your job title")
    page.keyboard.press("Tab")
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type("keys@example.com")
    page.keyboard.press("Tab")
    expect(title).to_be_focused()
    expect(title).to_have_attribute("aria-expanded", "false")
    page.keyboard.type("accou")
    expect(title).to_have_attribute("aria-expanded", "true")
    expect(page.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("ArrowUp")
    expect(page.get_by_role("option").last).to_have_attribute("aria-selected", "true")
    page.keyboard.press("ArrowDown")  # past the last is the field itself
    expect(page.locator("[aria-activedescendant]")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(title).to_have_attribute("aria-expanded", "false")
    expect(title).to_have_value("accou")
    page.keyboard.press("Alt+ArrowDown")
    expect(title).to_have_attribute("aria-expanded", "true")
    while page.get_by_role("option", selected=True).all_inner_texts() != ["Accountant"]:
        page.keyboard.press("ArrowDown")
    chosen = page.get_by_role("option", selected=True).get_attribute("id")
    expect(title).to_have_attribute("aria-activedescendant", chosen)
    page.keyboard.press("Enter")
    expect(title).to_have_value("Accountant")
    expect(title).to_be_focused()
    expect(page.locator("#role-hint")).to_contain_text("We read this as Accountant")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # on "Add your week"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    expect(page.get_by_role("checkbox").first).to_be_checked()
    page.get_by_label("Years of experience").focus()
    page.keyboard.type("6")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name=SENT)).to_be_focused()
    assert (newest(world).campaign, newest(world).outcome) == ("keys", "admitted")


def test_a_suggestion_is_chosen_by_a_click(visit):
    page = visit(tag())
    page.get_by_label("Your job title").press_sequentially("accou")
    page.get_by_role("option", name="Accountant", exact=True).click()
    expect(page.locator("#role-hint")).to_contain_text("We read this as Accountant")
    expect(page.get_by_role("listbox")).to_be_hidden()


def test_several_on_a_page_have_each_their_own_token_role_and_campaign(world, visit):
    page = visit(tag(role="nurse", campaign="top") + tag(data_role="ml-engineer", campaign="end"))
    for at, campaign in ((0, "top"), (1, "end")):
        form = page.locator("ai-exposure-form").nth(at)
        form.get_by_label("Email").fill(f"{campaign}@example.org")
        form.get_by_role("button", name=WORDS["send"]).click()
        expect(form.get_by_role("heading", name=SENT)).to_be_visible()
    assert [(row.campaign, row.role_slug, row.outcome) for row in signups(world)[-2:]] == [
        ("top", "registered-nurse", "admitted"), ("end", "ml-engineer", "admitted")
    ]  # fmt: skip


def test_a_service_that_hangs_is_asked_once_more_and_then_said(world, visit):
    page = visit(tag(role="nurse"), prepare=lambda page: page.clock.install())
    hanging = hang(page, "**/v1/signups")
    page.get_by_label("Email").fill("patient@example.net")
    button(page).click()
    for tries in (1, 2):
        wait_until(page, lambda: len(hanging) == tries)  # noqa: B023 - waits at once
        expect(page.get_by_text(WORDS["sending"])).to_be_visible()
        page.clock.fast_forward(TIME_LIMIT_MS + 1)
    expect(page.get_by_role("alert")).to_be_focused()
    expect(page.get_by_role("alert")).to_have_text(WORDS["no_answer"])
    assert len(hanging) == 2
    page.unroute("**/v1/signups")
    expect(page.get_by_label("Email")).to_have_value("patient@example.net")
    button(page, "try_again").click()
    expect(page.get_by_role("heading", name=SENT)).to_be_visible()
    assert len(reports_to(world, "patient@example.net")) == 1


def test_a_lost_answer_makes_no_second_signup(world, visit):
    lost: list[int] = []
    page = visit(tag(role="nurse"), prepare=lambda page: page.clock.install())

    def lose_the_first(route):
        if lost:
            route.continue_()
        else:
            lost.append(route.fetch().status)  # the service has it; the browser waits

    page.route("**/v1/signups", lose_the_first)
    page.get_by_label("Email").fill("lost@example.net")
    before = len(signups(world))
    button(page).click()
    wait_until(page, lambda: lost)
    page.clock.fast_forward(TIME_LIMIT_MS + 1)
    expect(page.get_by_role("heading", name=SENT)).to_be_visible()
    assert lost == [202]
    assert len(signups(world)) == before + 1


def test_a_service_that_hangs_from_the_start_leaves_the_link(visit, expected):
    hanging: list[Route] = []

    def prepare(page):
        page.clock.install()
        hang(page, "**/v1/form", hanging)

    expected.append("WORKER_ALLOWED_ORIGINS")
    page = visit(tag(role="nurse"), prepare=prepare, ready=False)
    for tries in (1, 2):
        wait_until(page, lambda: len(hanging) == tries)  # noqa: B023 - waits at once
        page.clock.fast_forward(TIME_LIMIT_MS + 1)
    expect(page.get_by_role("link", name="To the form")).to_be_visible()
    assert page.get_by_label("Email").count() == 0


def test_a_page_that_may_not_use_it_shows_the_link_and_says_why(world, visit, expected):
    expected += ["WORKER_ALLOWED_ORIGINS", "CORS", "Failed to load resource"]
    with foreign_site() as other:
        script = f'<script src="{world.site.url}/embed.js" async></script>'
        empty = '<ai-exposure-form role="nurse" campaign="x"></ai-exposure-form>'
        page = visit("", ready=False)
        page.goto(other.put("/about", empty, head=script))
        link = page.get_by_role("link", name=WORDS["heading"])
        expect(link).to_have_attribute("href", f"{world.site.url}/?role=nurse&page=%2Fabout&campaign=x")


def test_while_the_ledger_is_away_nothing_typed_is_lost(world, visit, monkeypatch):
    def away(*_, **__):
        raise LedgerUnavailable("gone")

    page = visit(tag(role="nurse"))
    page.get_by_label("Email").fill("away@example.com")
    with monkeypatch.context() as patched:
        patched.setattr(world.services.core.receiver, "receive", away)
        button(page).click()
        expect(page.get_by_role("alert")).to_have_text(WORDS["unavailable"])
        expect(page.get_by_role("alert")).to_be_focused()
    button(page, "try_again").click()
    expect(page.get_by_role("heading", name=SENT)).to_be_visible()
    assert len(reports_to(world, "away@example.com")) == 1


def test_a_reached_limit_is_said(world, visit, monkeypatch):
    def turned_away(*_, **__):
        raise TurnedAway

    monkeypatch.setattr(world.services.core.receiver, "receive", turned_away)
    page = visit(tag(role="nurse"))
    page.get_by_label("Email").fill("limited@example.com")
    button(page).click()
    expect(page.get_by_role("alert")).to_contain_text("no report will be sent for this one")
    expect(page.get_by_role("alert")).to_be_focused()


def test_what_is_wrong_is_said_at_its_field(world, visit):
    page = visit(tag())
    email, title = page.get_by_label("Email"), page.get_by_label("Your job title")
    button(page).click()
    expect(email).to_be_focused()
    expect(email).to_have_accessible_description(WORDS["email_missing"])
    expect(title).to_have_attribute("aria-invalid", "true")
    title.fill("nurse")
    expect(title).not_to_have_attribute("aria-invalid", "true")
    expect(page.get_by_text(WORDS["role_missing"])).to_be_hidden()
    expect(email).to_have_attribute("aria-invalid", "true")
    email.fill("ada@mailinator.com")
    before = len(signups(world))
    button(page).click()
    expect(email).to_have_accessible_description("We cannot write to throw-away addresses. Please use another address.")
    expect(email).to_be_focused()
    expect(title).not_to_have_attribute("aria-invalid", "true")
    assert len(signups(world)) == before + 1
    email.fill("corrected@example.com")
    button(page).click()
    expect(page.get_by_role("heading", name=SENT)).to_be_visible()


def test_an_unknown_title_is_said_before_sending_and_after(world, visit):
    page = visit(tag(campaign="unknown"))
    page.get_by_label("Email").fill("unicorn@example.com")
    title = page.get_by_label("Your job title")
    title.fill("Unicorn Engineer")
    before = len(signups(world))
    page.keyboard.press("Enter")
    expect(title).to_be_focused()
    expect(title).to_have_accessible_description(WORDS["unknown"])
    expect(button(page, "send_anyway")).to_be_visible()
    assert len(signups(world)) == before
    button(page, "send_anyway").click()
    expect(page.get_by_role("heading", name=SENT)).to_be_focused()
    expect(page.get_by_text(WORDS["no_report"])).to_be_visible()
    expect(page.get_by_text(WORDS["on_its_way"])).to_have_count(0)
    assert newest(world).outcome == "unknown_role"
    button(page, "change_title").click()
    expect(title).to_be_focused()
    page.get_by_role("button", name="Software Engineer", exact=True).click()
    expect(page.locator("#role-hint")).to_contain_text("We read this as Software Engineer")
    button(page).click()
    expect(page.get_by_text("It is about Software Engineer.")).to_be_visible()
    assert (newest(world).outcome, newest(world).role_slug) == ("admitted", "software-engineer")


def test_tasks_make_up_for_an_unknown_title(world, visit):
    page = visit(tag())
    page.get_by_label("Email").fill("tasks@example.com")
    page.get_by_label("Your job title").fill("Dragon Tamer")
    page.get_by_text(WORDS["week"]).click()
    page.get_by_label("Another task, in your words (1)").fill("Write production code")
    button(page, "send_anyway").click()
    expect(page.get_by_text(WORDS["on_its_way"])).to_be_visible()
    assert newest(world).outcome == "admitted"


@pytest.mark.parametrize(("answer", "slug"), [("Data Analyst", "data-analyst"), (WORDS["all_of_them"], None)])
def test_a_title_that_means_several_jobs_is_asked_about(world, visit, answer, slug):
    page = visit(tag())
    page.get_by_label("Email").fill(f"{slug}@example.com")
    page.get_by_label("Your job title").fill("Analyst")
    expect(page.locator("#role-hint")).to_have_text(WORDS["several"])
    page.get_by_role("button", name=answer).click()
    expect(page.locator("#role-hint")).to_contain_text("We ")
    button(page).click()
    expect(page.get_by_role("heading", name=SENT)).to_be_visible()
    assert (newest(world).outcome, newest(world).role_slug) == ("admitted", slug)


@pytest.mark.parametrize(("key", "reached"), [("change_it", "slip@yahoo.com"), ("keep_it", "slip@yaho.com")])
def test_a_slip_in_the_address_is_asked_about(world, visit, key, reached):
    page = visit(tag(role="nurse"))
    page.get_by_label("Email").fill("slip@yaho.com")
    button(page).click()
    expect(page.get_by_text("Did you mean slip@yahoo.com?")).to_be_visible()
    expect(button(page, "change_it", address="slip@yahoo.com")).to_be_focused()
    button(page, key, address=reached).click()
    expect(page.get_by_role("heading", name=SENT)).to_be_visible()
    assert len(reports_to(world, reached)) == 1


def test_a_strict_policy_and_a_hash_are_kept(world, visit):
    service = world.site.url
    policy = (
        f"default-src 'none'; script-src {service}; connect-src {service}; "
        "require-trusted-types-for 'script'; trusted-types ai-exposure-form"
    )
    lines = world.site.get("/embed").text.replace("&lt;", "<").replace("&gt;", ">")
    script = next(part for part in lines.split("<code>") if "integrity=" in part).partition("</code>")[0]
    page = visit(
        tag(role="nurse"),
        script=script,
        headers={"Content_Security_Policy": policy, "Cross_Origin_Embedder_Policy": "require-corp"},
    )
    page.get_by_label("Email").fill("strict@example.com")
    button(page).click()
    expect(page.get_by_role("heading", name=SENT)).to_be_visible()
    assert page.locator("ai-exposure-form").evaluate("form => getComputedStyle(form).display") == "block"


def test_the_page_hears_of_it_and_may_style_it(world, visit):
    style = "<style>ai-exposure-form {--ai-exposure-brand: rgb(1, 2, 3)} ::part(button) {border-radius: 0}</style>"
    page = visit(tag(role="nurse", campaign="heard", heading_level="3"), head=style)
    page.evaluate(
        """window.heard = []; for (const name of ['sent', 'refused']) document.addEventListener(
             `ai-exposure-${name}`, (event) => window.heard.push([name, event.detail]))"""
    )
    button(page).click()
    page.get_by_label("Email").fill("heard@example.com")
    page.mouse.move(0, 0)  # under it the button has another colour
    look = "(send, name) => getComputedStyle(send)[name]"
    assert [button(page).evaluate(look, name) for name in ("backgroundColor", "borderRadius")] == [
        "rgb(1, 2, 3)",
        "0px",
    ]
    expect(page.get_by_role("heading", level=3)).to_have_text(WORDS["heading"])
    button(page).click()
    expect(page.get_by_role("heading", name=SENT)).to_be_visible()
    sent = {"role": "Registered Nurse", "role_known": True, "page": "/outlook/ml-engineer", "campaign": "heard"}
    assert page.evaluate("window.heard") == [["refused", {"reason": "incomplete"}], ["sent", sent]]


def test_the_answer_to_a_challenge_is_sent_along(visit):
    widget = '<div slot="challenge"><label>2 + 2 <input name="cf-turnstile-response"></label></div>'
    page = visit(f'<ai-exposure-form role="nurse">{widget}</ai-exposure-form>')
    page.get_by_label("2 + 2").fill("4")
    page.get_by_label("Email").fill("challenged@example.com")
    with page.expect_request("**/v1/signups") as sent:
        button(page).click()
    assert sent.value.post_data_json["challenge"] == "4"
    expect(page.get_by_role("heading", name=SENT)).to_be_visible()


def test_a_page_may_make_one_with_its_own_script(visit):
    page = visit(tag())
    page.evaluate(
        """() => {
          const made = document.createElement('ai-exposure-form');
          document.querySelector('main').replaceChildren(made);
          made.setAttribute('role', 'ml-engineer');
        }"""
    )
    title = page.get_by_label("Your job title")
    expect(title).to_have_value("ML Engineer")
    page.evaluate("document.querySelector('ai-exposure-form').setAttribute('role', 'accountant')")
    expect(title).to_have_value("Accountant")
    title.fill("nurse")
    page.evaluate("document.querySelector('ai-exposure-form').setAttribute('role', 'ml-engineer')")
    expect(page.locator("#role-hint")).to_contain_text("Registered Nurse")
    expect(title).to_have_value("nurse")


@pytest.mark.parametrize(
    ("width", "scheme"),
    [
        (360, "dark"),
        (1280, "light"),
        pytest.param(360, "light", marks=pytest.mark.long),
        pytest.param(1280, "dark", marks=pytest.mark.long),
    ],
)
def test_every_state_is_accessible(world, visit, expected, width, scheme):
    expected.append("ERR_INTERNET_DISCONNECTED")
    script = axe_script()
    head = "<style>:root {color-scheme: light dark} body {background: Canvas; color: CanvasText}</style>"
    page = visit(tag() + tag(), head=head, color_scheme=scheme, viewport={"width": width, "height": 900})
    form = page.locator("ai-exposure-form").first
    email, title = form.get_by_label("Email"), form.get_by_label("Your job title")
    found = {}

    def look(state):
        wider = page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
        found[state] = [*violations(page, script), *(["wider than the screen"] if wider else [])]

    look("empty")
    palette = world.services.core.theme.dark if scheme == "dark" else world.services.core.theme.light
    red, green, blue = bytes.fromhex(palette.surface[1:])
    expect(form.locator("#signup")).to_have_css("background-color", f"rgb({red}, {green}, {blue})")
    send = form.locator("#send")
    send.click()
    expect(email).to_be_focused()
    look("missing")
    title.press_sequentially("accou")
    expect(form.get_by_role("listbox")).to_be_visible()
    page.keyboard.press("ArrowDown")
    look("suggestions")
    title.fill("Analyst")
    expect(form.get_by_text(WORDS["several"])).to_be_visible()
    form.get_by_text(WORDS["week"]).click()
    look("several")
    title.fill("Unicorn Engineer")
    expect(form.get_by_text(WORDS["unknown"])).to_be_visible()
    look("unknown")
    email.fill(f"{scheme}.{width}@gmial.com")
    send.click()
    expect(form.get_by_text("Did you mean")).to_be_visible()
    look("slip")
    form.get_by_role("button", name="Yes, send").click()
    expect(form.get_by_text(WORDS["no_report"])).to_be_visible()
    look("no report")
    form.get_by_role("button", name=WORDS["change_title"]).click()
    title.fill("nurse")
    page.context.set_offline(True)
    send.click()
    expect(form.get_by_role("alert")).to_be_visible()
    look("no answer")
    page.context.set_offline(False)
    send.click()
    expect(form.get_by_text(WORDS["on_its_way"])).to_be_visible()
    look("sent")
    assert {state: problems for state, problems in found.items() if problems} == {}
    if script is None:
        pytest.skip("axe is not installed; the form was only measured")
