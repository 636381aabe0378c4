"""/unsubscribe/{token}: looking changes nothing, one POST is enough, another undoes it; erased people can do it too."""

import pytest
import requests
import sqlalchemy as sa

from worker.ledger.schema import audit, report, suppression
from worker.privacy.suppression import suppress


def path_of(site, email="ada@example.com"):
    site.sign_up(email)
    with site.services.core.ledger.read() as tx:
        token = tx.execute(sa.select(report.c.link_token)).scalar_one()
    url = site.services.core.links.unsubscribe(token)
    return url.removeprefix(site.services.core.settings.links_url)


def count(site, table):
    with site.services.core.ledger.read() as tx:
        return tx.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()


def state(site):
    with site.services.core.ledger.read() as tx:
        return tx.execute(sa.select(report.c.state)).scalar_one()


def test_looking_changes_nothing(site):
    path = path_of(site)
    for _ in range(2):
        page = site.get(path)
        assert page.status_code == 200
        assert page.text.count("<button") == 1
    assert (count(site, suppression), state(site)) == (0, "ready")


@pytest.mark.parametrize("body", [{"List-Unsubscribe": "One-Click"}, {}])
def test_one_post_suppresses_and_cancels_what_is_pending(site, body):
    path = path_of(site)
    for _ in range(2):
        assert site.post(path, data=body).status_code == 200
    assert (count(site, suppression), count(site, audit), state(site)) == (1, 1, "cancelled")
    assert site.sign_up("ada@example.com").json()["outcome"] == "suppressed"


def actions(site):
    with site.services.core.ledger.read() as tx:
        return [(row.action, row.actor, row.reason) for row in tx.execute(sa.select(audit).order_by(audit.c.id))]


def test_undoing_lifts_the_suppression_and_is_on_record(site):
    path = path_of(site)
    for _ in range(2):
        assert site.post(path).status_code == 200
        assert "You are no longer unsubscribed" in site.post(path + "/undo").text
    assert count(site, suppression) == 0
    own = [("suppress", "reader", "unsubscribed"), ("unsuppress", "reader", "unsubscribe undone")]
    assert actions(site) == own * 2
    assert state(site) == "cancelled"
    assert site.sign_up("ada@example.com").json()["outcome"] == "duplicate"


@pytest.mark.parametrize("reason", ["bounced", "complained", "asked by phone"])
@pytest.mark.parametrize("unsubscribed_first", [True, False])
def test_what_the_reader_did_not_ask_for_the_reader_cannot_undo(site, reason, unsubscribed_first):
    path = path_of(site)
    if unsubscribed_first:
        site.post(path)
    with site.services.core.ledger.write() as tx:
        suppress(tx, tx.execute(sa.select(report.c.recipient_key)).scalar_one(), reason=reason, actor="somebody")
    site.post(path)
    page = site.post(path + "/undo")
    assert page.status_code == 200
    assert "We do not write to this address" in page.text
    assert "<button" not in page.text
    with site.services.core.ledger.read() as tx:
        kept = tx.execute(sa.select(suppression)).one()
    assert (kept.reason, kept.actor) == (reason, "somebody")
    assert site.get(path + "/undo").status_code == 405


def test_an_erased_person_can_unsubscribe(site):
    path = path_of(site)
    with site.services.core.ledger.write() as tx:
        tx.execute(sa.update(report).values(address=None, profile=None, state="sent"))
    assert site.post(path).status_code == 200
    assert (count(site, suppression), state(site)) == (1, "sent")


def test_a_forged_link_does_nothing_and_no_link_holds_an_address(site):
    path = path_of(site, "lovelace@example.com")
    assert "lovelace" not in path  # a shorter name comes up in a random token now and then
    token = path.rpartition("/")[2]
    swapped = "/unsubscribe/" + ("A" if token[0] != "A" else "B") + token[1:]
    for wrong in (path[:-1], swapped, "/unsubscribe/x", "/unsubscribe/%00", "/unsubscribe/" + "a" * 5000):
        assert site.get(wrong).status_code == 404
        assert site.post(wrong).status_code == 404
    assert count(site, suppression) == 0


def test_other_methods_are_refused(one_site):
    path = path_of(one_site)
    for method in ("PUT", "DELETE", "PATCH"):
        assert requests.request(method, one_site.url + path, timeout=10).status_code == 405
    assert requests.head(one_site.url + path, timeout=10).status_code == 200
    assert count(one_site, suppression) == 0
