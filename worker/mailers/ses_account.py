"""What SES says about the account, the sending identities and the configuration set."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worker.mailers.account import HEALTHY, Account
from worker.mailers.ses_errors import map_query_error
from worker.mailers.ses_identity import SenderIdentity, read_identity


@dataclass(frozen=True, slots=True)
class SesAccount:
    """Asks SES about the account. Letters are sent as one of `identities` with `configuration_set`."""

    client: Any
    identities: tuple[str, ...]
    configuration_set: str | None

    def read(self) -> Account:
        """See AccountReader."""
        try:
            answer = self.client.get_account()
        except Exception as error:
            raise map_query_error(error) from error
        quota = answer.get("SendQuota", {})
        return Account(
            production_access=bool(answer.get("ProductionAccessEnabled")),
            sending_enabled=bool(answer.get("SendingEnabled")),
            enforcement=str(answer.get("EnforcementStatus", "unknown")),
            max_send_rate=float(quota.get("MaxSendRate", 1)),
            max_24_hour_send=float(quota.get("Max24HourSend", 0)),
            sent_last_24_hours=float(quota.get("SentLast24Hours", 0)),
        )

    def obstacle(self, code: str | None, account: Account) -> str | None:
        """See AccountReader."""
        if not account.sending_enabled or account.enforcement != HEALTHY:
            return "the account is not healthy"
        if code == "NotFoundException" and self.configuration_set is not None:
            return None if self.configuration_set_exists() else "no configuration set"
        if code in {"MessageRejected", "MailFromDomainNotVerifiedException"}:
            if not account.production_access:
                return "the account is in the sandbox"
            return None if self.identity_verified() else "the sending identity is not verified"
        return None

    def identity_verified(self) -> bool:
        """Whether SES may send as one of the identities. Raises a SendError where SES cannot be asked."""
        return self.identity() is not None

    def identity(self) -> SenderIdentity | None:
        """The verified identity that letters are sent as, or None. Raises a SendError where SES cannot be asked."""
        return read_identity(self.client, self.identities)

    def configuration_set_exists(self) -> bool:
        """Whether the configuration set exists. Raises a SendError where SES cannot be asked."""
        try:
            self.client.get_configuration_set(ConfigurationSetName=self.configuration_set)
        except self.client.exceptions.NotFoundException:
            return False
        except Exception as error:
            raise map_query_error(error) from error
        return True
