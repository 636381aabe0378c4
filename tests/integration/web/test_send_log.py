"""The send log as marketing and operators use it."""

import csv
import io
import json

import pytest
import sqlalchemy as sa

from worker.cli import log as commands
from worker.delivery.composer import Reader
from worker.ledger import pauses, suppressions
from worker.ledger import send_log as ledger_log
from worker.ledger.log_filter import LogFilter
from worker.ledger.schema import attempt, audit, report, suppression
from worker.ledger.status import conservation
from worker.ledger.store import now
from worker.ledger.users import UserRole
from worker.operations import send_log
from worker.operations.replay import Group
from worker.web.log import send_log as pages
from worker.web.log.plots import bar, ranked, stacked_days


def actions(site):
    with site.services.core.ledger.read() as tx:
        query = sa.select(audit).where(audit.c.action != "login").order_by(audit.c.id)
        return [(row.action, row.actor) for row in tx.execute(query)]


def owed(site, email="ada@example.com", **fields):
    site.sign_up(email, **fields)
    with site.services.core.ledger.read() as tx:
        return tx.execute(sa.select(report).order_by(report.c.id.desc()).limit(1)).one()


def sent(site, row):
    """Record a sent report as delivery does; return its letter."""
    services = site.services
    reader = Reader(row.link_token, row.address, row.role_text, row.role_slug, row.profile)
    with services.core.ledger.write() as tx:
        moment = tx.execute(sa.select(now())).scalar_one()
        letter = services.core.composer.compose(reader, attempt_id="a" * 32, date=moment).letter
        tx.execute(
            sa.insert(attempt).values(
                id="a" * 32, report_id=row.id, number=1, state="accepted", mailer="outbox", sender_process="test",
                intent_at=moment, signed_at=moment, finished_at=moment, letter_sha256=letter.sha256,
                catalogue_version=letter.catalogue_version, template_version=letter.template_version,
                subject=letter.subject, report_kind=letter.kind, role_slug=letter.role_slug,
                title=letter.title, index_value=letter.index.value, index_low=letter.index.low,
                index_high=letter.index.high, ses_message_id="ses-1", rfc_message_id="<a@b>",
            )
        )  # fmt: skip
        tx.execute(sa.update(report).where(report.c.id == row.id).values(state="sent", sent_at=moment))
    return letter


def test_filters_narrow_together(site):
    owed(site, "ada@example.com", source={"campaign": "spring", "page": "/outlook/a"})
    owed(site, "bob@example.com", source={"campaign": "autumn"}, role="accountant")
    owed(site, "cem@example.com", source={"campaign": "autumn"})
    viewer = site.logged_in()

    def listed(query):
        text = viewer.get(f"/log/?{query}").text
        return [name for name in "abc" if f"{name}***@example.com" in text]

    assert listed("") == ["a", "b", "c"]
    assert listed("campaign=autumn") == ["b", "c"]
    assert listed("campaign=autumn&role=ml-engineer") == ["c"]
    assert listed("campaign=autumn&role=ml-engineer&outcome=duplicate") == []
    assert listed("page=/outlook/a&state=ready&since=2020-01-01") == ["a"]
    assert listed("until=2020-01-01") == []
    assert "No signups match these filters." in viewer.get("/log/?until=2020-01-01").text
    assert "expected one of" in viewer.get("/log/?state=lost&since=yesterday").text


def test_a_page_links_to_the_older_signups(one_site):
    for _ in range(55):
        one_site.sign_up("ada@example.com")
    viewer = one_site.logged_in()
    first = viewer.get("/log/?role=ml-engineer").text
    assert "55 signups" in first
    older = first.split('<a href="?')[1].split('"')[0].replace("&amp;", "&")
    assert "role=ml-engineer" in older
    assert viewer.get(f"/log/?{older}").text.count("a***@example.com") == 5
    for nonsense in ("before=x", "before=-1", "before=9999999999999999999999", "person=x"):
        assert viewer.get(f"/log/?{nonsense}").status_code == 200


def test_a_person_is_found_by_any_spelling_and_no_link_holds_the_address(site):
    row = owed(site, "ada.lovelace@gmail.com")
    viewer = site.logged_in()
    answer = viewer.post("/log/search", page="/log/", email="AdaLovelace+x@gmail.com")
    assert answer.headers["location"] == f"/log/?person={row.recipient_key}"
    assert viewer.get(answer.headers["location"]).text.count("a***@gmail.com") == 1
    assert viewer.post("/log/search", page="/log/", email="no address").status_code == 303
    assert actions(site) == [("look_up", "log:a-viewer")]
    with site.services.core.ledger.read() as tx:
        recorded = tx.execute(sa.select(audit).where(audit.c.action != "login")).one()
    assert recorded.recipient_key == row.recipient_key
    assert "lovelace" not in str(recorded).lower()


def test_the_timeline_tells_the_story_and_shows_the_letter_as_sent(site):
    row = owed(site)
    letter = sent(site, row)
    viewer = site.logged_in()
    page = viewer.get(f"/log/people/{row.recipient_key}").text
    for text in (
        "signup admitted",
        "attempt 1 accepted",
        "the same as the letter that was sent",
        "ses-1",
        "<dd>ML Engineer: ",
    ):
        assert text in page
    assert "ada@example.com" not in page
    shown = viewer.get(f"/log/people/{row.recipient_key}/letter")
    assert site.services.core.links.unsubscribe(row.link_token) in letter.html
    assert row.link_token not in shown.text
    assert "ada@example.com" not in shown.text
    assert "sandbox" in shown.headers["content-security-policy"]
    assert shown.headers["x-frame-options"] == "SAMEORIGIN"


def test_the_timeline_says_when_versions_are_newer_and_when_the_letter_is_erased(site):
    row = owed(site)
    sent(site, row)
    viewer = site.logged_in()
    path = f"/log/people/{row.recipient_key}"
    with site.services.core.ledger.write() as tx:
        tx.execute(sa.update(attempt).values(letter_sha256="0" * 64))
    assert "it is not the letter that was sent" in viewer.get(path).text
    with site.services.core.ledger.write() as tx:
        tx.execute(sa.update(attempt).values(catalogue_version="older"))
    assert "changed since it was sent" in viewer.get(path).text
    with site.services.core.ledger.write() as tx:
        tx.execute(sa.update(report).values(address=None, profile=None))
    assert "erased" in viewer.get(path).text
    assert viewer.get(f"{path}/letter").status_code == 404


def test_what_was_sent_is_shown_as_it_was_decided(site):
    row = owed(site)
    sent(site, row)
    with site.services.core.ledger.write() as tx:
        tx.execute(sa.update(attempt).values(subject="As decided then", index_value=1, report_kind="occupation"))
        tx.execute(sa.update(report).values(role_slug="accountant"))
    page = site.logged_in().get(f"/log/people/{row.recipient_key}").text
    assert "The letter that was sent" in page
    for recorded in ("As decided then", "report on an occupation", "ML Engineer: 1 of 100"):
        assert recorded in page


@pytest.mark.parametrize(
    ("attempt_state", "report_state", "first"),
    [("refused", "failed", "No letter was sent"), ("unknown", "unknown", "It is not known whether a letter was sent")],
)
def test_a_report_that_failed_never_claims_that_a_letter_left(site, attempt_state, report_state, first):
    row = owed(site)
    sent(site, row)
    with site.services.core.ledger.write() as tx:
        tx.execute(sa.update(attempt).values(state=attempt_state))
        tx.execute(sa.update(report).values(state=report_state, sent_at=None))
    page = site.logged_in().get(f"/log/people/{row.recipient_key}").text
    assert first in page
    assert "letter that was sent" not in page


@pytest.mark.parametrize("key", ["a" * 64, "x", "..%2f..", "'or'1'='1", "%00"])
def test_an_unknown_key_is_not_found(one_site, key):
    assert one_site.logged_in().get(f"/log/people/{key}").status_code == 404


def test_unmasking_shows_the_address_once_and_is_recorded(site):
    row = owed(site)
    operator = site.logged_in(UserRole.OPERATOR)
    path = f"/log/people/{row.recipient_key}"
    assert "ada@example.com" in operator.post(f"{path}/unmask", page=path).text
    assert "ada@example.com" not in operator.get(path).text
    assert actions(site) == [("unmask", "log:a-operator")]


def test_an_export_holds_the_filtered_rows_with_formulas_defused(site):
    owed(site, "ada@example.com", source={"campaign": "=HYPERLINK(0)", "page": "\uff1d1+1"}, role="ML Engineer")
    owed(site, "bob@example.com", source={"campaign": "autumn"})
    operator = site.logged_in(UserRole.OPERATOR)

    def export(**fields):
        answer = operator.post("/log/export", page="/log/", **fields)
        assert answer.headers["content-type"] == "text/csv; charset=utf-8"
        assert answer.content.startswith(b"\xef\xbb\xbf"), "Excel reads it as UTF-8"
        return list(csv.DictReader(io.StringIO(answer.content.decode("utf-8-sig"))))

    rows = export()
    assert [row["address"] for row in rows] == ["b***@example.com", "a***@example.com"]
    assert (rows[1]["campaign"], rows[1]["source_page"]) == ("'=HYPERLINK(0)", "'\uff1d1+1")
    assert [row["address"] for row in export(campaign="autumn", unmask="yes")] == ["bob@example.com"]
    assert actions(site) == [("export", "log:a-operator")] * 2


def test_a_viewer_sees_no_address(site):
    row = owed(site, "grace@example.org")
    viewer = site.logged_in(UserRole.VIEWER)
    path = f"/log/people/{row.recipient_key}"
    assert viewer.post(f"{path}/unmask", page="/log/").status_code == 403
    assert viewer.post("/log/export", page="/log/", unmask="yes").status_code == 403
    pages = [
        viewer.get(page).text
        for page in (
            "/log/",
            path,
            f"{path}/letter",
            "/log/board",
            "/log/board?by=page",
            "/log/unsubscribes",
            "/log/status",
        )
    ]
    pages += [viewer.post("/log/export", page="/log/").text]
    assert not [page for page in pages if "grace@example.org" in page]
    assert not [page for page in pages if "unmask" in page]
    assert actions(site) == [("export", "log:a-viewer")]


def test_a_login_is_recorded(site):
    site.logged_in()
    with site.services.core.ledger.read() as tx:
        row = tx.execute(sa.select(audit)).one()
    assert (row.action, row.actor) == ("login", "log:a-viewer")
    assert "logged in to the send log" in site.logged_in(UserRole.OPERATOR).get("/log/audit").text


def test_an_operator_replays_what_is_safe_after_seeing_the_plan(site):
    failed, suppressed = owed(site, "ada@example.com"), owed(site, "bob@example.com")
    with site.services.core.ledger.write() as tx:
        tx.execute(sa.update(report).values(state="failed", reason="MessageRejected"))
        suppressions.suppress(tx, suppressed.recipient_key, reason="complained", actor="feedback")
    operator = site.logged_in(UserRole.OPERATOR)
    listed = operator.get("/log/attention").text
    assert listed.count("SES refused the message") == 2
    ticked = [str(failed.id), str(suppressed.id)]
    plan = operator.post("/log/attention/plan", page="/log/attention", report=ticked)
    assert "safe" in plan.text
    assert "its reader must never be mailed again" in plan.text
    assert actions(site) == []
    unexplained = operator.post("/log/attention/replay", page="/log/attention", report=ticked)
    assert (unexplained.status_code, actions(site)) == (422, [])
    done = operator.post("/log/attention/replay", page="/log/attention", report=ticked, reason="template fixed")
    assert done.status_code == 303
    assert "1 report put back to ready, 1 left alone" in operator.get("/log/attention").text
    with site.services.core.ledger.read() as tx:
        assert dict(tx.execute(sa.select(report.c.id, report.c.state)).all()) == {
            failed.id: "ready", suppressed.id: "failed",
        }  # fmt: skip
    assert actions(site) == [("replay", "log:a-operator")]
    assert Group.SAFE in plan.text


def test_ticking_nothing_or_nonsense_replays_nothing(one_site):
    operator = one_site.logged_in(UserRole.OPERATOR)
    for ticked in ([], ["x", "-1", "\u0661"], ["999999"]):
        answer = operator.post("/log/attention/plan", page="/log/attention", report=ticked)
        assert answer.status_code in {200, 303}
        assert (
            operator.post("/log/attention/replay", page="/log/attention", report=ticked, reason="r").status_code == 303
        )
    assert actions(one_site) == []


def test_a_pause_and_a_resume_are_shown_to_every_user(site):
    operator, viewer = site.logged_in(UserRole.OPERATOR), site.logged_in()
    operator.post("/log/status/pause", page="/log/status", reason="a bad <deploy>")
    page = viewer.get("/log/status").text
    assert "a bad &lt;deploy&gt;" in page
    assert "Resume sending" not in page
    with site.services.core.ledger.read() as tx:
        assert pauses.current_pause(tx).holder == "operator:log:a-operator"
    operator.post("/log/status/resume", page="/log/status")
    with site.services.core.ledger.read() as tx:
        assert pauses.current_pause(tx) is None
        assert conservation(tx).holds
    assert [action for action, _ in actions(site)] == ["pause", "resume"]


def test_a_ledger_that_looks_restored_is_not_resumed_from_here(site):
    with site.services.core.ledger.write() as tx:
        pauses.pause(tx, holder="restore", reason="restored backup")
    operator = site.logged_in(UserRole.OPERATOR)
    operator.post("/log/status/resume", page="/log/status")
    assert "Not resumed" in operator.get("/log/status").text
    with site.services.core.ledger.read() as tx:
        assert pauses.current_pause(tx) is not None


def test_an_operator_suppresses_by_address(site):
    row = owed(site)
    operator = site.logged_in(UserRole.OPERATOR)
    operator.post("/log/suppressions/add", page="/log/suppressions", email="ADA@example.com", reason="asked by phone")
    with site.services.core.ledger.read() as tx:
        assert tx.execute(sa.select(suppression.c.recipient_key)).scalar_one() == row.recipient_key
        assert tx.execute(sa.select(report.c.state)).scalar_one() == "cancelled"
    assert "asked by phone" in operator.get("/log/suppressions").text
    assert "asked by phone" in operator.get("/log/audit").text
    assert "ada@example.com" not in operator.get("/log/audit").text


def test_the_width_of_a_bar_is_its_share_of_the_longest():
    assert 'width="25.0"' in bar(1, 4)
    assert 'width="0.0"' in bar(0, 0)


def test_plots_escape_their_text():
    from datetime import date

    plot = stacked_days(
        {"2026-11-24": {"admitted": 3}}, ("admitted",), since=date(2026, 11, 23), until=date(2026, 11, 25), title="a"
    )
    assert plot.count("<rect") == 1
    assert "2026-11-24: admitted 3" in plot
    assert "<script>" not in ranked([("<script>", 5), ("b", 0)], title="<script>")
    assert ranked([], title="empty").startswith("<svg")


def test_one_more_column_is_one_more_line_of_the_table(one_site, monkeypatch, capsys):
    """The page, both exports and the command take their columns from `worker.ledger.send_log`, and nothing else."""
    new = ledger_log.Column("extra", "extra header", sa.literal("its value"), on_page=True, in_table=True)
    for module, names in (
        (ledger_log, ["COLUMNS"]), (send_log, ["COLUMNS"]), (pages, ["PAGE_COLUMNS"]), (commands, ["TABLE_COLUMNS"]),
    ):  # fmt: skip
        for name in names:
            monkeypatch.setattr(module, name, (*getattr(module, name), new))
    one_site.sign_up("ada@example.com")
    ledger, everything = one_site.services.core.ledger, LogFilter()
    page = one_site.logged_in().get("/log/").text
    assert "extra header" in page
    assert "its value" in page
    [row] = csv.DictReader(io.StringIO("".join(send_log.export_csv(ledger, everything, actor="test"))))
    assert row["extra"] == "its value"
    [item] = json.loads("".join(send_log.export_json(ledger, everything, actor="test")))
    assert item["extra"] == "its value"
    commands._print_table(send_log.read_page(ledger, everything, limit=1), filtered=False)
    printed = capsys.readouterr().out
    assert "extra" in printed
    assert "its value" in printed
