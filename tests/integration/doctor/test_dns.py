"""`worker doctor --dns`: the records that the stack's outputs name, against a name server of the tests."""

import json

import dns.resolver
import pytest

from tests.parts.dns_server import name_server
from tests.parts.stack import DOMAIN

MAIL_FROM = f"bounce.{DOMAIN}"


@pytest.fixture
def zone(stack, monkeypatch):
    """The zone as the outputs of the stack say, which a test then changes; the resolver asks it alone."""
    records = {}
    for name in ("DkimRecord1", "DkimRecord2", "DkimRecord3", "MailFromMx", "MailFromSpf", "DmarcRecord"):
        owner, kind, value = stack.outputs[name].split(" ", 2)
        records[owner, kind] = [value + ("" if kind == "TXT" else ".")]
    with name_server(records) as resolver:
        monkeypatch.setattr(dns.resolver, "default_resolver", resolver)
        yield records


def findings(worker, expect=0):
    rows = [row for row in json.loads(worker("doctor", "--dns", "--json", expect=expect)) if row["check"] == "dns"]
    return {
        verdict: [row["finding"] for row in rows if row["verdict"] == verdict] for verdict in ("ok", "look", "wrong")
    }


def test_the_records_that_the_stack_names_are_right(worker, zone):
    found = findings(worker)
    assert (found["look"], found["wrong"]) == ([], [])
    assert found["ok"] == [
        f"DKIM: all 3 records of {DOMAIN} lead to SES's keys",
        f"MAIL FROM domain {MAIL_FROM}: SPF lets SES send",
        f"DMARC: _dmarc.{DOMAIN} says v=DMARC1; p=none",
    ]


@pytest.mark.parametrize(
    ("name", "kind", "instead", "says"),
    [
        (f"bbb2._domainkey.{DOMAIN}", "CNAME", None, f"add bbb2._domainkey.{DOMAIN} CNAME bbb2.dkim.amazonses.com"),
        (f"bbb2._domainkey.{DOMAIN}", "CNAME", ["other.example."], "(there is other.example)"),
        (MAIL_FROM, "MX", ["10 mail.northwind.dev."], "MAIL FROM: add"),
        (MAIL_FROM, "TXT", ['"v=spf1 -all"'], "SPF: add"),
        (MAIL_FROM, "TXT", ['"v=spf1 include:amazonses.com ~all"', '"v=spf1 -all"'], "which counts as none"),
        (f"_dmarc.{DOMAIN}", "TXT", None, f"DMARC: add _dmarc.{DOMAIN}"),
        (f"_dmarc.{DOMAIN}", "TXT", ['"v=DMARC1; p=none"', '"v=DMARC1; p=reject"'], "has 2 records"),
    ],
)  # fmt: skip
def test_a_record_that_is_wrong_is_named_with_the_right_one(worker, zone, name, kind, instead, says):
    if instead is None:
        del zone[name, kind]
    else:
        zone[name, kind] = instead
    [wrong] = findings(worker, expect=1)["wrong"]
    assert says in wrong


def test_the_policy_of_a_parent_domain_counts(worker, zone):
    zone["_dmarc.northwind.dev", "TXT"] = zone.pop((f"_dmarc.{DOMAIN}", "TXT"))
    assert "DMARC: _dmarc.northwind.dev says v=DMARC1; p=none" in findings(worker)["ok"]


def test_a_name_server_that_gives_no_answer_is_no_missing_record(worker, zone):
    zone[f"_dmarc.{DOMAIN}", "refused"] = []
    found = findings(worker)
    assert found["wrong"] == []
    assert f"the DNS gives no answer about _dmarc.{DOMAIN}" in found["look"][0]
