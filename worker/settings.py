"""Every setting: environment name, type, unit, default, help. Nothing else in the project reads the environment.

boto3 reads AWS's own variables (AWS_ENDPOINT_URL_SESV2, AWS_PROFILE, ...) itself, with one exception: AWS_REGION, which
every other AWS tool understands, is a setting here.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, get_type_hints

from worker.errors import ConfigurationError
from worker.local.keys import local_key
from worker.setting_files import read_setting_files
from worker.setting_types import (
    CommaSeparated,
    DatabaseUrl,
    Days,
    Hosts,
    HttpsUrl,
    Key,
    Keys,
    Listen,
    LogFormat,
    LogLevel,
    Mailbox,
    MailerKind,
    Networks,
    OneLine,
    Origins,
    PingUrl,
    Secret,
    Tokens,
    check_limits,
    read_value,
)
from worker.signing_keys import SigningKeys

EMBEDDED_REDIS = "embedded"
LOCAL_FROM = "AI Exposure Report <reports@exposure.example.com>"
LOCAL_PUBLIC_URL = "https://exposure.example.com"
LOCAL_POSTAL_ADDRESS = "AI Exposure Report, 1 Example Street, Example City"
IDENTITY_KEY_FILE = "identity.key"  # under `state_dir`
_PREFIX = "WORKER_"


def _setting(env: str, default: Any, help_text: str, **limits: Any) -> Any:
    """`limits` as in check_limits. The default is not checked."""
    return field(default=default, repr=False, metadata={"env": env, "help": help_text, "limits": limits})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """All settings, read once from the environment by `load_settings`."""

    database_url: DatabaseUrl = _setting(
        "DATABASE_URL", "sqlite:///var/ledger.db", "The ledger: sqlite:///path or postgresql://user:password@host/name."
    )
    ledger_timeout_s: float = _setting(
        "WORKER_LEDGER_TIMEOUT_S", 5.0, "Seconds a transaction waits for the ledger before it is away.", ge=1, le=60
    )
    redis_url: str = _setting(
        "REDIS_URL", EMBEDDED_REDIS, "Redis for the queue; `embedded` starts a private redis-server for local use."
    )
    state_dir: Path = _setting(
        "WORKER_STATE_DIR", Path("var"), "Directory for local keys, the embedded Redis and the outcome spool."
    )
    mailer: MailerKind = _setting(
        "WORKER_MAILER", MailerKind.OUTBOX, "`outbox` writes letters to files, `ses` sends them through Amazon SES."
    )
    outbox_dir: Path = _setting(
        "WORKER_OUTBOX_DIR", Path("var/outbox"), "Directory in which the outbox mailer writes letters."
    )
    sender: Mailbox = _setting(
        "WORKER_FROM", LOCAL_FROM, "The From header of every letter, as `Name <address>`. Required with ses."
    )
    reply_to: Mailbox | None = _setting(
        "WORKER_REPLY_TO", None, "The Reply-To header of every letter, a mailbox that is read; unset, the theme's."
    )
    unsubscribe_mailto: Mailbox | None = _setting(
        "WORKER_UNSUBSCRIBE_MAILTO", None,
        "A mailbox for unsubscribing by mail, named in List-Unsubscribe: set it only if what arrives there is piped to "
        "`worker suppress -`.",
    )  # fmt: skip
    theme: Path | None = _setting(
        "WORKER_THEME", None, "Folder of the theme of letters and pages, see theme.md; unset, the built-in theme."
    )
    public_url: HttpsUrl = _setting(
        "WORKER_PUBLIC_URL", LOCAL_PUBLIC_URL, "https address of the website, to link to its pages. Required with ses."
    )
    service_url: HttpsUrl | None = _setting(
        "WORKER_SERVICE_URL", None,
        "https address at which readers reach `worker serve`: the unsubscribe and report links of letters lead there; "
        "unset, WORKER_PUBLIC_URL.",
    )  # fmt: skip
    postal_address: OneLine = _setting(
        "WORKER_POSTAL_ADDRESS", LOCAL_POSTAL_ADDRESS,
        "Postal address in the footer of every letter. Required with ses.",
    )  # fmt: skip
    secret_keys: Keys = _setting(
        "WORKER_SECRET_KEY", (),
        "Secret that signs forms and sessions; at least 32 characters. Required with ses. To change it, put the new "
        "one before the old, with a comma between: the first signs, all verify.",
    )  # fmt: skip
    identity_key: Key | None = _setting(
        "WORKER_IDENTITY_KEY", None,
        "Key of the recipient HMAC; never change it. At least 32 characters. Required with ses.",
    )  # fmt: skip
    aws_region: str | None = _setting(
        "AWS_REGION", None, "AWS region of SES; unset, boto3's own configuration decides."
    )
    ses_configuration_set: str | None = _setting(
        "WORKER_SES_CONFIGURATION_SET", None, "SES configuration set that publishes the events of sends."
    )
    feedback_queue_url: str | None = _setting(
        "WORKER_FEEDBACK_QUEUE_URL", None, "SQS queue that receives SES events through SNS."
    )
    sns_topic_arns: CommaSeparated[str] = _setting(
        "WORKER_SNS_TOPIC_ARNS", (), "SNS topics allowed to post SES events, separated by commas."
    )
    api_tokens: Tokens = _setting(
        "WORKER_API_TOKENS", (),
        "Bearer tokens of servers that may sign people up, separated by commas: `token`, `name=token` or "
        "`name=token@2027-01-31`, its last day. The name is recorded with each signup.",
    )  # fmt: skip
    allowed_origins: Origins = _setting(
        "WORKER_ALLOWED_ORIGINS", (),
        "Origins (https://host) whose pages may sign people up from the browser, separated by commas.",
    )  # fmt: skip
    form_min_fill_s: float = _setting(
        "WORKER_FORM_MIN_FILL_S", 3.0,
        "Seconds that must pass between opening the form and sending it; a faster form is refused.", ge=0, le=60,
    )  # fmt: skip
    allowed_hosts: Hosts = _setting(
        "WORKER_ALLOWED_HOSTS", (),
        "Host names under which `worker serve` answers, besides those of WORKER_SERVICE_URL, WORKER_PUBLIC_URL and "
        "this machine, separated by commas.",
    )  # fmt: skip
    trusted_proxies: Networks = _setting(
        "WORKER_TRUSTED_PROXIES", ("127.0.0.1",),
        "Addresses and networks of reverse proxies whose X-Forwarded-For and X-Forwarded-Proto are trusted, separated "
        "by commas.",
    )  # fmt: skip
    session_hours: float = _setting(
        "WORKER_SESSION_HOURS", 8.0, "Hours after which a login to /log ends.", gt=0, le=168
    )
    metrics_token: Secret | None = _setting(
        "WORKER_METRICS_TOKEN", None, "Bearer token for /metrics; unset, /metrics is closed."
    )
    metrics_listen: Listen | None = _setting(
        "WORKER_METRICS_LISTEN", None,
        "Address at which `worker run` serves metrics without a token, such as 127.0.0.1:9191; unset, it serves none.",
    )  # fmt: skip
    run_health_listen: Listen | None = _setting(
        "WORKER_RUN_HEALTH_LISTEN", None,
        "Address at which `worker run` answers /healthz, such as 127.0.0.1:9192: whether its processes live and take "
        "messages from the queue; unset, it does not.",
    )  # fmt: skip
    heartbeat_url: PingUrl | None = _setting(
        "WORKER_HEARTBEAT_URL", None,
        "Watches from outside: each sweep posts the verdict there, and to the same address with /fail at its end while "
        "somebody must act. https, or http on this machine.",
    )  # fmt: skip
    processes: int = _setting("WORKER_PROCESSES", 1, "Worker processes that `worker run` starts.", ge=1, le=64)
    threads: int = _setting("WORKER_THREADS", 8, "Threads in each worker process.", ge=1, le=128)
    send_rate_per_s: float | None = _setting(
        "WORKER_SEND_RATE_PER_S", None,
        "Letters per second, all workers together; unset, SES is asked for the account's rate.", gt=0,
    )  # fmt: skip
    account_interval_s: float = _setting(
        "WORKER_ACCOUNT_INTERVAL_S", 60.0,
        "Seconds between two queries of the SES account's rate, quota and health.", gt=0, le=600,
    )  # fmt: skip
    stopped_in_a_row: int = _setting(
        "WORKER_STOPPED_IN_A_ROW", 10,
        "Number of different reports that fail in a row, with none sent between them, before sending is paused.",
        ge=2,
    )  # fmt: skip
    event_silence_s: float = _setting(
        "WORKER_EVENT_SILENCE_S", 900.0,
        "Seconds of sending without any SES event before an alarm is raised; applies with a configuration set.", gt=0,
    )  # fmt: skip
    canary_silence_s: float = _setting(
        "WORKER_CANARY_SILENCE_S", 0.0,
        "Seconds without a canary that came through (`worker canary`) before it is a finding. 0: none is expected.",
        ge=0,
    )  # fmt: skip
    ses_connect_timeout_s: float = _setting(
        "WORKER_SES_CONNECT_TIMEOUT_S", 5.0, "Seconds to wait for a connection to SES.", gt=0, le=60
    )
    ses_read_timeout_s: float = _setting(
        "WORKER_SES_READ_TIMEOUT_S", 30.0, "Seconds to wait for SES to answer one send.", gt=0, le=120
    )
    intent_margin_s: float = _setting(
        "WORKER_INTENT_MARGIN_S", 60.0,
        "Seconds added to the longest time a send can take; after that it counts as abandoned, its outcome as unknown.",
        ge=1, le=3600,
    )  # fmt: skip
    claim_lease_s: float = _setting(
        "WORKER_CLAIM_LEASE_S", 120.0,
        "Seconds a worker may hold a claimed report before it posts the letter; 30 or more: its slot may be 25 s away.",
        ge=1, le=3600,
    )  # fmt: skip
    max_claims: int = _setting(
        "WORKER_MAX_CLAIMS", 5, "Claims without a result before a report is quarantined as poison.", ge=1
    )
    max_attempts: int = _setting("WORKER_MAX_ATTEMPTS", 10, "Refused attempts before a report is failed.", ge=1)
    sweep_interval_s: float = _setting("WORKER_SWEEP_INTERVAL_S", 10.0, "Seconds between sweeps.", gt=0, le=600)
    source_limit_per_hour: int = _setting(
        "WORKER_SOURCE_LIMIT_PER_HOUR", 10,
        "Signups per hour from browsers at one address (IPv6: a /64); a /56 may have twice as many, a /48 or an IPv4 "
        "/24 ten times. 0 means no limit.", ge=0,
    )  # fmt: skip
    domain_limit_per_hour: int = _setting(
        "WORKER_DOMAIN_LIMIT_PER_HOUR", 500,
        "Signups per hour for one recipient domain. Beyond it, those of a trusted channel or of a mail provider wait, "
        "others are refused. 0 means no limit.", ge=0,
    )  # fmt: skip
    total_limit_per_hour: int = _setting(
        "WORKER_TOTAL_LIMIT_PER_HOUR", 20_000,
        "Signups per hour of all browsers, and of all trusted channels, whose signups wait. 0 means no limit.", ge=0,
    )  # fmt: skip
    mailbox_limit_per_day: int = _setting(
        "WORKER_MAILBOX_LIMIT_PER_DAY", 3,
        "Signups per day from browsers for one mailbox, with any +tag in its address. 0 means no limit.", ge=0,
    )  # fmt: skip
    challenge_url: HttpsUrl | None = _setting(
        "WORKER_CHALLENGE_URL", None,
        "Checks the answer to a challenge, such as a CAPTCHA, that a browser's signup must hold.",
    )  # fmt: skip
    challenge_secret: Secret | None = _setting("WORKER_CHALLENGE_SECRET", None, "Secret sent to WORKER_CHALLENGE_URL.")
    retention_days: Days = _setting("WORKER_RETENTION_DAYS", 90, "Days for which ended reports and refusals keep data.")
    rows_days: Days = _setting(
        "WORKER_ROWS_DAYS", 400, "Days after which a signup's rows are deleted, if cleared already; counts stay.",
    )  # fmt: skip
    log_level: LogLevel = _setting("WORKER_LOG_LEVEL", "INFO", "DEBUG, INFO, WARNING or ERROR.")
    log_format: LogFormat = _setting("WORKER_LOG_FORMAT", LogFormat.AUTO, "auto, console or json.")
    actor: str | None = _setting("WORKER_ACTOR", None, "Who runs commands here, for the record; unset, USER.")

    @property
    def secrets(self) -> SigningKeys:
        """The signing secrets, newest first. If none is set, one is made under `state_dir` on first use."""
        return SigningKeys(tuple(key.value for key in self.secret_keys) or (self._key(None, "secret.key"),))

    @property
    def identity_secret(self) -> bytes:
        """The key of the recipient HMAC. If none is set, one is made under `state_dir` on first use."""
        return self._key(self.identity_key, IDENTITY_KEY_FILE).encode()

    @property
    def links_url(self) -> str:
        """Where the unsubscribe and report links of letters lead."""
        return self.service_url or self.public_url

    def _key(self, given: Secret | None, filename: str) -> str:
        return given.value if given is not None else local_key(self.state_dir / filename)


def setting_names() -> dict[str, str]:
    """Return environment name -> help, in the order of the documentation."""
    return {setting.metadata["env"]: setting.metadata["help"] for setting in fields(Settings)}


def load_settings(environ: Mapping[str, str] | None = None) -> Settings:
    """Return the settings in `environ` (by default the process's environment), each as NAME or as a file, NAME_FILE.

    An empty value counts as unset. Raises ConfigurationError naming the first variable that is misspelt, malformed or
    missing.
    """
    names = setting_names()
    environ = read_setting_files(os.environ if environ is None else environ, names)
    for name in environ:
        if name.startswith(_PREFIX) and name not in names:
            near = difflib.get_close_matches(name, names, n=1)
            raise ConfigurationError(name, f"no such setting; did you mean {near[0]}?" if near else "no such setting")
    kinds = get_type_hints(Settings, include_extras=True)
    given = {}
    for setting in fields(Settings):
        if text := environ.get(setting.metadata["env"]):
            try:
                given[setting.name] = read_value(kinds[setting.name], text)
                check_limits(given[setting.name], **setting.metadata["limits"])
            except ValueError as error:
                raise ConfigurationError(setting.metadata["env"], str(error)) from None
    settings = Settings(**given)
    if settings.mailer.reaches_readers:
        _require_for_sending(settings.mailer, environ)
    return settings


def _require_for_sending(mailer: MailerKind, environ: Mapping[str, str]) -> None:
    """Raises ConfigurationError where a setting is unset without which no letter may reach a reader."""
    required = ("WORKER_FROM", "WORKER_PUBLIC_URL", "WORKER_POSTAL_ADDRESS", "WORKER_SECRET_KEY", "WORKER_IDENTITY_KEY")
    for name in required:
        if not environ.get(name):
            raise ConfigurationError(name, f"required with WORKER_MAILER={mailer}: {setting_names()[name]}")
