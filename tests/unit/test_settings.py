"""Settings: one place reads the environment, and every mistake names its variable."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from worker.errors import ConfigurationError
from worker.local.keys import local_key
from worker.setting_types import LogFormat, MailerKind, Secret
from worker.settings import load_settings, setting_names

SES = {
    "WORKER_MAILER": "ses",
    "WORKER_FROM": "Reports <reports@example.com>",
    "WORKER_PUBLIC_URL": "https://example.com",
    "WORKER_POSTAL_ADDRESS": "1 Street",
    "WORKER_SECRET_KEY": "s" * 32,
    "WORKER_IDENTITY_KEY": "i" * 32,
}


def test_defaults_need_no_environment():
    settings = load_settings({})
    assert settings.mailer is MailerKind.OUTBOX
    assert settings.database_url == "sqlite:///var/ledger.db"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("WORKER_THREDS", "4", "did you mean WORKER_THREADS?"),
        ("WORKER_NO_SUCH_THING_AT_ALL", "4", "no such setting"),
        ("WORKER_THREADS", "four", "a whole number"),
        ("WORKER_THREADS", "4.5", "a whole number"),
        ("WORKER_THREADS", "0", "1 or more"),
        ("WORKER_THREADS", "129", "128 or less"),
        ("WORKER_SEND_RATE_PER_S", "0", "more than 0"),
        ("WORKER_SEND_RATE_PER_S", "fast", "a number"),
        ("WORKER_SEND_RATE_PER_S", "nan", "a number"),
        ("WORKER_SEND_RATE_PER_S", "inf", "a number"),
        ("WORKER_MAILER", "smtp", "one of outbox, ses"),
        ("WORKER_API_TOKENS", f"{'t' * 16}, short", "16 characters"),
        ("WORKER_API_TOKENS", "shop=short", "16 characters"),
        ("WORKER_API_TOKENS", f"shop={'t' * 16}, shop={'u' * 16}", "a name of its own"),
        ("WORKER_API_TOKENS", f"shop={'t' * 16}@2027-02-30", "day is out of range"),
        ("WORKER_API_TOKENS", f"my shop={'t' * 16}", "without a space"),
        ("WORKER_API_TOKENS", f"bücher={'t' * 16}", "ASCII"),
        ("WORKER_API_TOKENS", f"shop={'t' * 16} again", "without a space"),
        ("WORKER_RETENTION_DAYS", "36501", "36500 or less"),
        ("WORKER_ROWS_DAYS", "9" * 30, "36500 or less"),
        ("WORKER_STOPPED_IN_A_ROW", "9" * 30, "1000000000 or less"),
        ("WORKER_CHALLENGE_URL", "http://captcha.example.com", "must start with https://"),
        ("WORKER_PUBLIC_URL", "https://bücher.example.com", "ASCII"),
        ("WORKER_PUBLIC_URL", "https://user@example.com", "an address such as"),
        ("WORKER_PUBLIC_URL", "https://two words.example.com", "an address such as"),
        ("WORKER_ALLOWED_ORIGINS", "*", "origins such as"),
        ("WORKER_ALLOWED_ORIGINS", "https://*.example.com", "origins such as"),
        ("WORKER_ALLOWED_ORIGINS", "https://example.com/", "origins such as"),
        ("WORKER_ALLOWED_ORIGINS", "https://user@example.com", "origins such as"),
        ("WORKER_ALLOWED_ORIGINS", "https://bücher.example.com", "origins such as"),
        ("WORKER_METRICS_LISTEN", "9191", "an address and a port"),
        ("WORKER_METRICS_LISTEN", "127.0.0.1:9191\n", "an address and a port"),
        ("WORKER_PUBLIC_URL", "http://example.com", "must start with https://"),
        ("WORKER_HEARTBEAT_URL", "http://example.com/ping", "lead to this machine"),
        ("WORKER_HEARTBEAT_URL", "http://127.0.0.1:80@example.com/ping", "lead to this machine"),
        ("WORKER_HEARTBEAT_URL", "https://example.com/ping/", "not end with a slash"),
        ("WORKER_PUBLIC_URL", "https://example.com/", "not end with a slash"),
        ("WORKER_SECRET_KEY", "short", "32 characters"),
        ("WORKER_SECRET_KEY", ",", "32 characters"),
        ("WORKER_SECRET_KEY", f"{'n' * 32},short", "32 characters"),
        ("WORKER_TRUSTED_PROXIES", "*", "addresses or networks"),
        ("WORKER_TRUSTED_PROXIES", "nonsense", "addresses or networks"),
        ("WORKER_TRUSTED_PROXIES", "10.0.0.1/8", "addresses or networks"),
        ("WORKER_TRUSTED_PROXIES", "127.0.0.1, 0.0.0.0/0", "not be every address"),
        ("WORKER_TRUSTED_PROXIES", "::/0", "not be every address"),
        ("WORKER_ALLOWED_HOSTS", "https://report.example.com", "host names"),
        ("WORKER_ALLOWED_HOSTS", "*", "host names"),
        ("WORKER_LOG_LEVEL", "LOUD", "DEBUG"),
        ("WORKER_FROM", "reports", "one mail address"),
        ("WORKER_FROM", "Reports <reports@example.com>\r\nBcc: x@example.com", "one line"),
        ("WORKER_POSTAL_ADDRESS", "1 Street\n2 City", "one line"),
        ("DATABASE_URL", "sqlite:///", "must name a file"),
        ("DATABASE_URL", "sqlite:///:memory:", "must name a file"),
        ("DATABASE_URL", "mysql://host/db", "must start with sqlite:/// or postgresql://"),
    ],
)
def test_a_wrong_setting_names_itself(name, value, said):
    with pytest.raises(ConfigurationError) as caught:
        load_settings({name: value})
    assert caught.value.setting == name
    assert said in str(caught.value)


@pytest.mark.parametrize("missing", [name for name in SES if name != "WORKER_MAILER"])
def test_ses_requires_what_a_stranger_would_see(missing):
    with pytest.raises(ConfigurationError) as caught:
        load_settings({name: value for name, value in SES.items() if name != missing})
    assert caught.value.setting == missing


def test_ses_with_all_it_needs():
    assert load_settings(SES).mailer is MailerKind.SES


def test_an_empty_value_counts_as_unset():
    assert load_settings({"WORKER_THREADS": ""}).threads == load_settings({}).threads


@pytest.mark.parametrize(
    ("name", "text", "field", "value"),
    [
        ("WORKER_THREADS", "4", "threads", 4),
        ("WORKER_SEND_RATE_PER_S", "0.5", "send_rate_per_s", 0.5),
        ("WORKER_STATE_DIR", "state", "state_dir", Path("state")),
        ("WORKER_HEARTBEAT_URL", "http://[::1]:9/p", "heartbeat_url", "http://[::1]:9/p"),
        ("WORKER_HEARTBEAT_URL", "https://example.com/p?x=1", "heartbeat_url", "https://example.com/p?x=1"),
        ("WORKER_LOG_FORMAT", "json", "log_format", LogFormat.JSON),
        ("WORKER_SNS_TOPIC_ARNS", " one , ,two,", "sns_topic_arns", ("one", "two")),
        ("WORKER_METRICS_TOKEN", "token", "metrics_token", Secret("token")),
        ("WORKER_TRUSTED_PROXIES", "127.0.0.1, 10.0.0.0/8,::1", "trusted_proxies", ("127.0.0.1", "10.0.0.0/8", "::1")),
        ("WORKER_ALLOWED_HOSTS", "Report.example.com,serve", "allowed_hosts", ("report.example.com", "serve")),
        (
            "WORKER_ALLOWED_ORIGINS",
            "https://Www.Example.com:443, http://localhost:80,http://[::1]:8000",
            "allowed_origins",
            ("https://www.example.com", "http://localhost", "http://[::1]:8000"),
        ),
        ("WORKER_FROM", "Reports <reports@example.com>", "sender", "Reports <reports@example.com>"),
    ],
)
def test_a_value_has_the_type_of_its_setting(name, text, field, value):
    read = getattr(load_settings({name: text}), field)
    assert (type(read), read) == (type(value), value)


def test_secrets_do_not_show_in_a_representation():
    assert "s" * 32 not in repr(load_settings(SES))


def test_of_several_signing_keys_the_first_is_the_newest():
    keys = load_settings({"WORKER_SECRET_KEY": f"{'n' * 32}, {'o' * 32}"}).secrets
    assert (keys.newest, keys.oldest_first) == ("n" * 32, ["o" * 32, "n" * 32])
    assert "n" * 32 not in repr(keys)


def test_local_keys_are_made_once_and_kept(tmp_path: Path):
    settings = load_settings({"WORKER_STATE_DIR": str(tmp_path)})
    first = settings.secrets.newest
    assert load_settings({"WORKER_STATE_DIR": str(tmp_path)}).secrets.newest == first
    assert settings.identity_secret != first.encode()
    assert (tmp_path / "secret.key").stat().st_mode & 0o777 == 0o600


def test_a_spoiled_local_key_is_refused(tmp_path: Path):
    (tmp_path / "secret.key").write_text("")
    with pytest.raises(ConfigurationError, match=r"secret\.key"):
        _ = load_settings({"WORKER_STATE_DIR": str(tmp_path)}).secrets


def test_a_state_directory_that_cannot_be_one_is_named(tmp_path: Path):
    (tmp_path / "file").touch()
    with pytest.raises(ConfigurationError, match=r"WORKER_STATE_DIR: .*file") as caught:
        _ = load_settings({"WORKER_STATE_DIR": str(tmp_path / "file")}).secrets
    assert caught.value.setting == "WORKER_STATE_DIR"


def test_every_setting_has_help():
    assert all(help_text.endswith(".") for help_text in setting_names().values())


def test_tokens_have_names_and_may_have_a_last_day():
    text = f"{'a' * 16}, shop={'b' * 16}, till={'c' * 16}@2027-01-31, {'d' * 15}=, {'e' * 16}=="
    tokens = load_settings({"WORKER_API_TOKENS": text}).api_tokens
    assert [(token.name, token.value[0], token.until) for token in tokens] == [
        ("unnamed-1", "a", None),
        ("shop", "b", None),
        ("till", "c", date(2027, 1, 31)),
        ("unnamed-4", "d", None),
        ("unnamed-5", "e", None),
    ]
    assert (tokens[2].valid_on(date(2027, 1, 31)), tokens[2].valid_on(date(2027, 2, 1))) == (True, False)
    assert "bbbb" not in repr(tokens)


def test_threads_that_start_at_once_have_one_key(tmp_path: Path):
    for attempt in range(30):
        path = tmp_path / str(attempt) / "identity.key"
        with ThreadPoolExecutor(16) as pool:
            keys = set(pool.map(lambda _: local_key(path), range(16)))  # noqa: B023 - ends before the next path
        assert keys == {path.read_text()}
        assert [file.name for file in path.parent.iterdir()] == ["identity.key"]


def test_a_value_may_be_the_text_of_a_file(tmp_path: Path):
    secret = tmp_path / "identity-key"
    secret.write_text("i" * 32 + "\n")
    (tmp_path / "url").write_text("postgresql://worker:p%40ss@db/worker\r\n")
    given = {name: value for name, value in SES.items() if name != "WORKER_IDENTITY_KEY"}
    settings = load_settings({
        **given, "WORKER_IDENTITY_KEY_FILE": str(secret), "DATABASE_URL_FILE": str(tmp_path / "url")
    })  # fmt: skip
    assert settings.identity_key == Secret("i" * 32)
    assert settings.database_url == "postgresql+psycopg://worker:p%40ss@db/worker"
    assert load_settings({"WORKER_THREADS_FILE": ""}).threads == load_settings({}).threads


@pytest.mark.parametrize(
    ("content", "more", "said"),
    [
        (None, {}, "No such file"),
        (b"", {}, "is empty"),
        (b"\n", {}, "is empty"),
        (b"\xff\xfe", {}, "not UTF-8"),
        (b"redis://one", {"REDIS_URL": "redis://two"}, "REDIS_URL is set too"),
    ],
)
def test_a_file_that_gives_no_value_names_itself(tmp_path: Path, content, more, said):
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    with pytest.raises(ConfigurationError) as caught:
        load_settings({"REDIS_URL_FILE": str(tmp_path / "file"), **more})
    assert caught.value.setting == "REDIS_URL_FILE"
    assert said in str(caught.value)


def test_what_is_wrong_in_a_file_names_the_setting_and_not_the_value(tmp_path: Path):
    (tmp_path / "key").write_text("short")
    with pytest.raises(ConfigurationError, match="WORKER_SECRET_KEY: must have 32"):
        load_settings({"WORKER_SECRET_KEY_FILE": str(tmp_path / "key")})
    with pytest.raises(ConfigurationError, match="did you mean WORKER_SECRET_KEY"):
        load_settings({"WORKER_SECRET_KEYS_FILE": str(tmp_path / "key")})
