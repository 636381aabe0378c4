"""/report/{token}: each state, corrections that are stored nowhere, and being forgotten, on both databases."""

import html
import re
import secrets
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
import sqlalchemy as sa

from tests.integration.web.conftest import web_services
from tests.parts.web_server import web_server
from worker.ledger.schema import attempt, audit, report, signup, suppression
from worker.privacy.retention import Retention
from worker.report_page import opened as opening
from worker.report_page.shown import PageMaker
from worker.web import report_page

NURSE = {
    "role": "nurse",
    "profile": {
        "tasks": [
            {"task": "charting in Epic at the end of every shift", "share": 10},
            {"task": "giving meds and checking pumps", "share": 12},
            {"task": "talking with families about bad news", "share": 4},
        ],
        "skills": ["empathy", "Excel"],
        "experience_years": 14,
    },
}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def link(site, email="ada@example.com", **fields):
    site.sign_up(email, **(fields or {"role": "ML Engineer"}))
    with site.services.core.ledger.read() as tx:
        token = tx.execute(sa.select(report.c.link_token).order_by(report.c.id.desc()).limit(1)).scalar_one()
    return f"/report/{token}"


def letter(site, path, **changes):
    """Record the letter as accepted: what it said, unless `changes` says otherwise."""
    core = site.services.core
    kept = opening.open_report(core.ledger, path.rpartition("/")[2])
    assert kept is not None
    maker = PageMaker(core.catalogue, core.matcher, core.composer.template_version)
    now = maker.as_kept(kept).report
    values = {
        "title": now.role_title, "index_value": now.index.value, "index_low": now.index.low,
        "index_high": now.index.high, "catalogue_version": now.catalogue_version,
        "template_version": core.composer.template_version, **changes,
    }  # fmt: skip
    at = datetime(2026, 11, 3, 9, tzinfo=UTC)
    with core.ledger.write() as tx:
        report_id = tx.execute(sa.select(report.c.id).where(report.c.link_token == kept.link_token)).scalar_one()
        tx.execute(
            sa.insert(attempt).values(
                id=secrets.token_hex(16),
                report_id=report_id,
                number=1,
                state="accepted",
                mailer="outbox",
                sender_process="test",
                intent_at=at,
                signed_at=at,
                finished_at=at,
                letter_sha256="0" * 64,
                rfc_message_id="<a@b>",
                **values,
            )
        )
        tx.execute(sa.update(report).values(state="sent", sent_at=at))


def fields_of(page):
    """The fields of the page's form as a browser sends them."""
    form = re.search(r'<form class="sheet correct".*?</form>', page, re.DOTALL)[0]
    fields = {}
    for tag in re.findall(r"<input[^>]*>", form):
        attributes = dict(re.findall(r'([\w-]+)="([^"]*)"', tag))
        if attributes.get("type") == "radio" and " checked" not in tag:
            continue
        fields[attributes["name"]] = html.unescape(attributes.get("value", ""))
    for name, select in re.findall(r'<select name="([^"]+)".*?>(.*?)</select>', form, re.DOTALL):
        selected = re.search(r'value="([^"]*)" selected', select)
        fields[name] = selected[1] if selected else ""
    return fields


def range_of(page):
    return re.search(r"between (\d+) and (\d+) on a scale", page).groups()


def everything(site):
    """All rows of the tables a page may touch."""
    with site.services.core.ledger.read() as tx:
        return [tx.execute(sa.select(table)).all() for table in (signup, report, attempt, suppression, audit)]


def test_the_page_says_what_the_letter_said_and_holds_no_address(site):
    path = link(site, "lovelace@example.com", **NURSE)
    before = everything(site)
    page = site.get(path)
    assert page.status_code == 200
    for words in ("should you worry?", "charting in Epic at the end of every shift", "What stays human", "GPT-4",
                  "Sources and licences", "O*NET is a trademark", "Forget me", "Never write to me"):  # fmt: skip
        assert words in html.unescape(page.text), words
    assert "lovelace" not in page.text.lower()
    assert not re.search(
        r'(?:src|href)="(?:https?:)?//(?!exposure\.example\.com)[^"]*\.(?:css|js|png|svg|woff)', page.text
    )
    assert everything(site) == before


def test_an_unknown_link_is_answered_in_words(site):
    path = link(site)
    for wrong in ("/report/x", path[:-1], path + "x", "/report/" + "t" * 22, "/report/%00", "/report/" + "a" * 5000,
                  "/report/..%2f..%2fetc", "/report/%ff" + "t" * 19):  # fmt: skip
        for answer in (site.get(wrong), site.post(wrong, data={}), site.get(wrong + "/forget")):
            assert answer.status_code == 404, wrong
    assert "We do not know this link" in site.get("/report/" + "t" * 22).text


def test_hours_change_the_index_and_nothing_is_stored(site):
    path = link(site, **NURSE)
    fields = fields_of(site.get(path).text)
    before = everything(site)
    more = site.post(path, data={**fields, "time.0": "60"}).text
    less = site.post(path, data={**fields, "time.0": "1"}).text
    assert "With your changes" in more
    assert int(range_of(more)[1]) > int(range_of(less)[1])
    assert fields_of(more)["time.0"] == "60"
    assert everything(site) == before
    assert "With your changes" not in site.get(path).text


def test_another_title_is_chosen_or_typed(site):
    path = link(site, role="ML Engineer")
    fields = fields_of(site.get(path).text)
    chosen = site.post(path, data={**fields, "title": "accountant"}).text
    typed = site.post(path, data={**fields, "title": "other", "other_title": "carpentar"}).text
    assert "Accountant: should you worry?" in chosen
    assert "Carpenter: should you worry?" in typed
    assert fields_of(chosen)["role_slug"] == "accountant"
    assert "Keep" in typed or "usual" in typed
    again = site.post(path, data={**fields_of(chosen), "years": "3"}).text
    assert "Accountant: should you worry?" in again
    unknown = site.post(path, data={**fields, "title": "other", "other_title": "Grand Wizard of Oz"}).text
    assert "We do not know a job by the title" in unknown
    assert "ML Engineer: should you worry?" in unknown


def test_a_title_that_may_mean_several_jobs_offers_all_of_them(site):
    path = link(site, role="therapist")
    page = html.unescape(site.get(path).text)
    assert "Any of these: their mean" in page
    assert len(re.findall(r'type="radio" name="title"', page)) >= 4
    chosen = site.post(path, data={**fields_of(page), "title": "physical-therapist"}).text
    assert "Physical Therapist: should you worry?" in chosen
    kept = site.post(path, data={name: value for name, value in fields_of(chosen).items() if name != "title"}).text
    assert "Physical Therapist: should you worry?" in kept
    any_of_them = site.post(path, data={**fields_of(chosen), "title": ""}).text
    assert range_of(any_of_them) == range_of(page)


def test_a_task_that_we_could_not_place_is_placed_by_its_reader(site):
    tasks = [{"task": "herding the wombats", "share": 10}, {"task": "write production code", "share": 30}]
    path = link(site, role="ml-engineer", profile={"tasks": tasks})
    page = site.get(path).text
    assert "Not placed: choose where it belongs" in page
    slug = re.findall(r'<option value="([a-z-]+)"', page)[-1]
    placed = site.post(path, data={**fields_of(page), "chosen.0": slug}).text
    assert f'value="{slug}" selected' in placed
    assert "“<bdi>herding the wombats</bdi>”" in placed
    assert "We could not place" not in placed


def test_a_usual_week_left_as_it_is_names_no_task(site):
    path = link(site, role="ML Engineer")
    page = site.get(path).text
    same = site.post(path, data=fields_of(page)).text
    assert range_of(same) == range_of(page)
    assert "The usual week, in percent" in same
    changed = site.post(path, data={**fields_of(page), "time.0": "90"}).text
    assert "only their proportion counts" in changed


def test_the_same_figures_as_the_letter_are_not_spoken_of(site):
    path = link(site)
    letter(site, path)
    page = site.get(path).text
    assert "since your letter" not in page
    assert "Your letter was sent on 3 November 2026" in page


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"catalogue_version": "old", "index_value": 41, "index_low": 30, "index_high": 52, "title": "Old Title"},
         ("The figures were renewed since your letter of 3 November 2026", "Old Title: 41 of 100, between 30 and 52")),
        ({"template_version": "old"}, ("Newer words, the same figures",)),
        ({"index_value": 1, "index_low": 0, "index_high": 2}, ("was made from less", "1 of 100, between 0 and 2")),
    ],
)  # fmt: skip
def test_the_page_says_what_was_renewed_since_the_letter(site, changes, words):
    path = link(site)
    letter(site, path, **changes)
    page = html.unescape(site.get(path).text)
    for expected in words:
        assert expected in page


def test_forget_me_asks_once_and_erases(site):
    path = link(site, "lovelace@example.com", **NURSE)
    assert "Delete everything about you?" in site.get(path + "/forget").text
    assert "Delete everything about you?" in site.post(path + "/forget", data={"sure": "no"}).text
    assert "Registered" in site.get(path).text
    done = site.post(path + "/forget", data={"sure": "yes"})
    assert "We have forgotten you" in done.text
    for answer in (site.get(path), site.post(path, data={}), site.post(path + "/forget", data={"sure": "yes"})):
        assert answer.status_code == 200
        assert "This report is gone" in answer.text
        assert "asked us to delete it" in answer.text
    with site.services.core.ledger.read() as tx:
        row = tx.execute(sa.select(report)).one()
        action = tx.execute(sa.select(audit)).one()
    assert (row.address, row.profile, row.role_text) == (None, None, "registered-nurse")
    assert (action.action, action.actor) == ("erase", "reader")
    assert site.sign_up("lovelace@example.com").json()["outcome"] == "duplicate"


def test_after_retention_the_page_says_so(site):
    path = link(site)
    with site.services.core.ledger.write() as tx:
        old = datetime(2020, 1, 1, tzinfo=UTC)
        tx.execute(sa.update(report).values(state="sent", sent_at=old, changed_at=old))
    assert Retention(site.services.core.ledger, days=1).forget().reports == 1
    page = site.get(path).text
    assert "This report is gone" in page
    assert "for a limited time only" in page
    assert site.post(path.replace("/report/", "/unsubscribe/")).status_code == 200


def test_a_report_about_what_the_catalogue_has_lost_says_so(site):
    path = link(site)
    with site.services.core.ledger.write() as tx:
        tx.execute(sa.update(report).values(role_slug=None, role_text="Zzyzx", profile=None))
    for answer in (site.get(path), site.post(path, data={"years": "3"})):
        assert answer.status_code == 200
        assert "We cannot show your report any more" in answer.text
        assert "Delete everything about me" in answer.text


def test_the_page_unsubscribes_and_undoes(site):
    path = link(site)
    leave = path.replace("/report/", "/unsubscribe/")
    site.post(leave)
    page = site.get(path).text
    assert f'action="{leave}/undo"' in page
    assert "You are no longer unsubscribed" in site.post(leave + "/undo").text
    assert f'action="{leave}"' in site.get(path).text


HOSTILE = {
    "nul": {"task.0": "a\x00b", "role_text": "\x00", "title": "\x00", "chosen.0": "\x00", "skills": "\x00,\x00"},
    "overlong": {"task.0": "x" * 60_000, "other_title": "y" * 20_000, "title": "other"},
    "many": {f"task.{number}": f"task {number}" for number in range(100)},
    "numbers": {"time.0": "1e999", "time.1": "-5", "time.2": "nan", "years": "inf"},
    "zeros": {f"time.{number}": "0" for number in range(20)},
    "markup": {"task.0": "<script>alert(1)</script>", "role_text": '"><img src=x>', "other_title": "{{7*7}}"},
    "surrogates": {"task.0": "\u202e\u0000\ufffe", "skills": "\u2066"},
    "slugs": {"role_slug": "../../etc", "title": "35-9999.99", "chosen.0": "no-such-task"},
    "empty": {"title": ""},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_forms_are_answered_with_a_page(site, name):
    path = link(site, **NURSE)
    filled, empty = fields_of(site.get(path).text), dict[str, str]()
    for start in (filled, empty):
        answer = site.post(path, data={**start, **HOSTILE[name]})
        assert answer.status_code == 200, (name, answer.text[:300])
        assert "should you worry?" in answer.text
        assert "<script>alert" not in answer.text
        assert "<img src=x" not in answer.text


def test_what_is_no_form_is_refused(one_site):
    path = link(one_site)
    assert one_site.post(path, json={}).status_code == 415
    assert one_site.post(path, data="task.0=" + "x" * 200_000, headers=FORM).status_code == 413
    assert one_site.post(path, data=b"task.0=%ff%fe", headers=FORM).status_code == 422
    assert one_site.post(path, data=urlencode([("a", "b")] * 1000), headers=FORM).status_code == 422
    assert one_site.post(path + "/forget", data="sure=" + "x" * 5000, headers=FORM).status_code == 413


def test_no_token_is_in_a_log_line_or_a_metric(one_site, capsys):
    path = link(one_site)
    token = path.rpartition("/")[2]
    one_site.get(path)
    one_site.post(path, data={"title": ""})
    one_site.get(path.replace("/report/", "/unsubscribe/"))
    one_site.post(path.replace("/report/", "/unsubscribe/") + "/undo")
    one_site.get(f"{path}/nothing")
    one_site.post(f"{path}/forget", data={"sure": "yes"})
    metrics = one_site.metrics().text
    written = "".join(capsys.readouterr())
    assert "erased" in written
    assert 'route="/report/{token}"' in metrics
    assert token not in written
    assert token not in metrics


def test_the_mark_of_a_theme_is_the_only_thing_from_another_host(sqlite_ledger_url, redis_url, tmp_path):
    (tmp_path / "theme.toml").write_text(
        'name = "Acorn"\n[mark]\nimage = "/acorn.png"\nalt = "Acorn Careers"\nwidth = 120\nheight = 32\n'
        '[colours]\nbrand = "#7a1f3d"\naccent = "#2f7d4f"\n[links]\nprivacy = "/privacy"\n'
    )
    public = "https://www.acorn.example"
    more = {"WORKER_THEME": str(tmp_path), "WORKER_PUBLIC_URL": public}
    with web_server(web_services(sqlite_ledger_url, redis_url, tmp_path, **more)) as site:
        answer = site.get(link(site))
    assert f'<img src="{public}/acorn.png" alt="Acorn Careers" width="120" height="32">' in answer.text
    assert f'<a href="{public}/privacy">Privacy</a>' in answer.text
    assert f"img-src 'self' data: {public};" in answer.headers["content-security-policy"]
    loaded = re.findall(r'<(?:img|script|link)[^>]+(?:src|href)="([^"]+)"', answer.text)
    assert [url for url in loaded if not url.startswith("/static/")] == [f"{public}/acorn.png"]


def test_corrections_are_limited_per_source(one_site, monkeypatch):
    path = link(one_site)
    monkeypatch.setattr(report_page, "CORRECTIONS_PER_HOUR", 2)
    with web_server(one_site.services) as site:
        answers = [site.post(path, data={"title": ""}).status_code for _ in range(3)]
        assert answers == [200, 200, 429]
        assert site.get(path).status_code == 200
