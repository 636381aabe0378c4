"""The registry of mailers: each kind has its own module, which builds and checks it."""

import pytest

from worker.errors import ConfigurationError
from worker.mailers import registry
from worker.mailers.registry import MAILERS, mailer_module
from worker.setting_types import MailerKind
from worker.settings import load_settings


@pytest.fixture
def settings_for(tmp_path):
    def settings(kind):
        return load_settings(
            {
                "WORKER_MAILER": kind,
                "WORKER_OUTBOX_DIR": str(tmp_path),
                "WORKER_FROM": "Reports <reports@outlook.example.com>",
                "WORKER_PUBLIC_URL": "https://outlook.example.com",
                "WORKER_POSTAL_ADDRESS": "1 Street, City",
                "WORKER_SECRET_KEY": "s" * 32,
                "WORKER_IDENTITY_KEY": "i" * 32,
                "AWS_REGION": "eu-west-1",
            }
        )

    return settings


@pytest.mark.parametrize("kind", MailerKind)
def test_every_kind_builds_the_mailer_of_its_name(kind, settings_for):
    module = mailer_module(settings_for(kind))
    assert module.build(settings_for(kind)).mailer.name == kind
    assert callable(module.check)


def test_a_kind_without_a_module_is_refused_and_never_taken_for_another(settings_for, monkeypatch):
    monkeypatch.setattr(registry, "MAILERS", {MailerKind.OUTBOX: MAILERS[MailerKind.OUTBOX]})
    with pytest.raises(ConfigurationError, match=r"WORKER_MAILER: no mailer ses; the kinds are outbox"):
        mailer_module(settings_for("ses"))


def test_an_unknown_kind_in_the_settings_is_refused_and_the_kinds_are_listed():
    with pytest.raises(ConfigurationError, match=r"WORKER_MAILER: must be one of outbox, ses"):
        load_settings({"WORKER_MAILER": "smtp"})


def test_the_outbox_has_no_account_and_no_rate(settings_for):
    built = mailer_module(settings_for("outbox")).build(settings_for("outbox"))
    assert (built.account, built.rate_per_s) == (None, None)


def test_the_outbox_check_says_where_letters_go(settings_for, tmp_path):
    (finding,) = mailer_module(settings_for("outbox")).check(settings_for("outbox"))
    assert finding.ok
    assert str(tmp_path) in finding.text
