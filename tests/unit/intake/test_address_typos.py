"""Slips of the finger in well-known domains."""

import pytest

from worker.intake.address_typos import intended_domain
from worker.intake.providers import provider_of, providers, typos


@pytest.mark.parametrize(
    ("typed", "intended"),
    [
        ("gmial.com", "gmail.com"),
        ("gamil.com", "gmail.com"),
        ("gmail.con", "gmail.com"),
        ("gmail.co", "gmail.com"),
        ("gmall.cm", "gmail.com"),
        ("gmail.fr", "gmail.com"),
        ("gmailcom", "gmail.com"),
        ("gmail", "gmail.com"),
        ("hotnail.com", "hotmail.com"),
        ("hotmal.co.uk", "hotmail.co.uk"),
        ("hotmail.co.ku", "hotmail.co.uk"),
        ("outlok.com", "outlook.com"),
        ("outlookk.vom", "outlook.com"),
        ("yaho.com", "yahoo.com"),
        ("yahoo.co", "yahoo.com"),
        ("iclod.com", "icloud.com"),
        ("comcast.nte", "comcast.net"),
    ],
)
def test_a_slip_is_seen(typed, intended):
    assert intended_domain(typed) == intended


@pytest.mark.parametrize(
    "domain",
    [
        *("example.com", "mail.com", "cloud.com", "ymail.com", "gmx.de", "live.ca", "hotmail.nl"),
        *("yahoo.co.jp", "ge.com", "orange.com", "verizon.com", "mail.gmail.com", "yandex.com.tr", "proton.com"),
    ],
)
def test_the_domain_of_somebody_else_is_none(domain):
    assert intended_domain(domain) is None


def test_no_domain_of_a_provider_counts_as_a_slip():
    domains = {domain for provider in providers() for domain in provider.domains}
    assert {domain: intended_domain(domain) for domain in domains if intended_domain(domain)} == {}
    assert [intended for intended in typos().intended if provider_of(intended) is None] == []
