"""The table of mail providers: one mailbox under its spellings, and nobody else's."""

import pytest

from worker.intake.identity import Identity, read_address
from worker.intake.providers import provider_of, providers

IDENTITY = Identity(b"k" * 32)


def key(email):
    return IDENTITY.recipient_key(read_address(email))


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("grace.hopper+work@googlemail.com", "gracehopper@gmail.com"),
        ("grace+a@hotmail.com.br", "grace@hotmail.com.br"),
        ("grace+a@live.nl", "grace+b@live.nl"),
        ("grace@outlook.co.th", "grace+news@outlook.co.th"),
        ("grace@me.com", "grace+x@icloud.com"),
        ("grace@mac.com", "Grace@icloud.com"),
        ("grace.hopper@pm.me", "grace-hopper+x@protonmail.ch"),
        ("grace@ya.ru", "grace+x@yandex.kz"),
        ("grace@yandex.com", "grace@narod.ru"),
        ("grace-shop@yahoo.co.uk", "grace-news@yahoo.co.uk"),
        ("shop@grace.fastmail.com", "grace+news@fastmail.com"),
        ("anything@grace.sent.com", "grace@sent.com"),
        ("grace+x@zohomail.eu", "grace@zohomail.eu"),
    ],
)
def test_one_mailbox(first, second):
    assert key(first) == key(second)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("grace@hotmail.com", "grace@outlook.com"),
        ("grace@outlook.de", "grace@outlook.fr"),
        ("grace.h@outlook.com", "graceh@outlook.com"),
        ("grace@yahoo.com", "grace@yahoo.co.uk"),
        ("grace+x@yahoo.com", "grace@yahoo.com"),
        ("grace-x@gmail.com", "grace@gmail.com"),
        ("grace+x@mail.example.org", "grace@mail.example.org"),
        ("shop@grace.gmail.com", "grace@gmail.com"),
        ("grace@live.example.com", "grace+x@live.example.com"),
        ("grace@fastmail.com", "grace@fastmail.fm"),
    ],
)
def test_two_mailboxes(first, second):
    assert key(first) != key(second)


def test_for_the_limits_a_tag_is_never_a_new_mailbox():
    assert read_address("grace+7@corp.example.org").untagged == read_address("grace@corp.example.org").untagged
    assert read_address("+7@corp.example.org").untagged == "+7@corp.example.org"


def test_a_domain_belongs_to_one_provider():
    every = [domain for provider in providers() for domain in provider.domains]
    assert sorted(every) == sorted(set(every))
    assert all(domain == domain.lower() and "." in domain for domain in every)
    assert [domain for domain in every if sum(provider.has(domain) for provider in providers()) != 1] == []


def test_the_domain_that_stands_for_others_is_one_of_them():
    assert all(provider_of(provider.canonical) is provider for provider in providers() if provider.canonical)
