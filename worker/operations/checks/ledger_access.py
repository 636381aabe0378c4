"""Whether the ledger lets this worker in: TLS, user, password, privileges; and whether it is the one to write to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from worker.check_results import CheckResult
from worker.errors import LedgerUnavailable
from worker.ledger.privileges import Access, read_access
from worker.ledger.revision import current_revision, require_migrated
from worker.ledger.store import Ledger

_CAUSES = (
    ("certificate verify failed",
     "its certificate is signed by no authority of sslrootcert: add ?sslmode=verify-full&sslrootcert=/path/of/ca.pem"),
    ("does not match host name",
     "its certificate is for another host name: connect by the name that the certificate has"),
    ("root certificate file", "sslrootcert is not in DATABASE_URL, or names a file that is not there"),
    ("server does not support SSL", "it speaks no TLS: switch it on there, or take sslmode out of DATABASE_URL"),
    ("no encryption", "it wants TLS, or another address or user: add ?sslmode=verify-full; see its pg_hba.conf"),
    ("password authentication failed", "user or password is wrong; in DATABASE_URL @ : / and % are percent-encoded"),
    ("no password supplied", "it wants a password: postgresql://USER:PASSWORD@host/name"),
    ("no pg_hba.conf entry", "it does not let this user connect from here: see its pg_hba.conf or security group"),
    ("permission denied", "the user may not do this: let it own the tables, or grant it all on them"),
    ('role "[^"]*" does not exist', "the user does not exist there: see DATABASE_URL"),
    ('database "[^"]*" does not exist', "the database does not exist there: `CREATE DATABASE`, then `worker migrate`"),
    ("too many clients", "it has no connection free: raise max_connections, or put a pooler before it"),
    ("remaining connection slots", "it has no connection free: raise max_connections, or put a pooler before it"),
    ("could not translate host name", "the host of DATABASE_URL does not exist in the DNS"),
    ("ame or service not known", "the host of DATABASE_URL does not exist in the DNS"),
    ("onnection refused|on socket .* No such file", "nothing listens at the host and port of DATABASE_URL"),
)  # fmt: skip


def check_access(ledger: Ledger) -> Iterator[CheckResult]:
    """Connect, and look at schema and privileges. Raises ConfigurationError where the ledger is not migrated."""
    try:
        require_migrated(ledger)
        revision = current_revision(ledger)
        access = read_access(ledger)
    except LedgerUnavailable as error:
        yield CheckResult(False, f"DATABASE_URL: {_why(str(error))}")
        return
    dialect = ledger.engine.dialect.name
    yield CheckResult(True, f"{dialect} at schema revision {revision}{_how(access)}")
    if access is None:
        return
    if access.read_only:
        yield CheckResult(
            False,
            "DATABASE_URL: this server only reads (a standby?): name the primary, or the cluster's writer endpoint",
        )
    if access.missing:
        yield CheckResult(
            False,
            f"DATABASE_URL: {access.user} may not read and write {', '.join(access.missing[:5])}: let it own "
            f"the tables, or `GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN schema public TO {access.user}` "
            "and USAGE on the sequences",
        )
    if not access.encrypted and not _is_near(ledger):
        yield CheckResult(
            None, "the connection to the ledger is not encrypted: add ?sslmode=verify-full&sslrootcert=/path/of/ca.pem"
        )


def _why(text: str) -> str:
    cause = next((words for part, words in _CAUSES if re.search(part, text)), None)
    return f"the ledger does not answer: {text}" if cause is None else f"the ledger does not answer: {cause} ({text})"


def _how(access: Access | None) -> str:
    return ", over TLS" if access is not None and access.encrypted else ""


def _is_near(ledger: Ledger) -> bool:
    """Whether the connection stays on this machine."""
    url = ledger.engine.url
    host = url.host or str(url.query.get("host", "/"))
    return host.startswith("/") or host in {"localhost", "127.0.0.1", "::1"}
