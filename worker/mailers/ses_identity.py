"""What SES says about the identity that letters are sent as: DKIM and the MAIL FROM domain.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_GetEmailIdentity.html
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from worker.mailers.ses_errors import map_query_error

DONE = "SUCCESS"
_ZONE = "dkim.amazonses.com"


@dataclass(frozen=True, slots=True)
class SenderIdentity:
    """One verified identity. A status is SES's: DONE, PENDING, FAILED, NOT_STARTED, TEMPORARY_FAILURE, or None.

    `dkim_tokens` are the three names below `_domainkey` that lead to SES's keys, in `dkim_zone`; empty where the key is
    your own.
    """

    name: str
    dkim_status: str | None
    dkim_tokens: tuple[str, ...]
    dkim_zone: str
    mail_from_domain: str | None
    mail_from_status: str | None


def read_identity(client: Any, names: Iterable[str]) -> SenderIdentity | None:
    """The first of these identities that SES has verified; None where none is. Raises a SendError."""
    for name in names:
        try:
            answer = client.get_email_identity(EmailIdentity=name)
        except client.exceptions.NotFoundException:
            continue
        except Exception as error:
            raise map_query_error(error) from error
        if answer.get("VerifiedForSendingStatus"):
            dkim, mail_from = answer.get("DkimAttributes") or {}, answer.get("MailFromAttributes") or {}
            own_key = dkim.get("SigningAttributesOrigin") == "EXTERNAL"
            return SenderIdentity(
                name=name,
                dkim_status=dkim.get("Status"),
                dkim_tokens=() if own_key else tuple(dkim.get("Tokens") or ()),
                dkim_zone=dkim.get("SigningHostedZone") or _ZONE,
                mail_from_domain=mail_from.get("MailFromDomain") or None,
                mail_from_status=mail_from.get("MailFromDomainStatus"),
            )
    return None
