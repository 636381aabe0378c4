"""SES's account-level suppression list.

https://docs.aws.amazon.com/ses/latest/dg/sending-email-suppression-list.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worker.errors import ListUnavailable
from worker.mailers.ses_errors import map_query_error
from worker.mailers.suppression_list import ListedAddress


@dataclass(frozen=True, slots=True)
class SesSuppressionList:
    """See SuppressionList."""

    client: Any

    def find(self, address: str) -> ListedAddress | None:
        """See SuppressionList."""
        _refuse_slash(address)
        try:
            answer = self.client.get_suppressed_destination(EmailAddress=address)
        except self.client.exceptions.NotFoundException:
            return None
        except Exception as error:
            raise ListUnavailable(str(map_query_error(error))) from error
        listed = answer["SuppressedDestination"]
        return ListedAddress(str(listed["Reason"]), listed["LastUpdateTime"])

    def remove(self, address: str) -> bool:
        """See SuppressionList."""
        _refuse_slash(address)
        try:
            self.client.delete_suppressed_destination(EmailAddress=address)
        except self.client.exceptions.NotFoundException:
            return False
        except Exception as error:
            raise ListUnavailable(str(map_query_error(error))) from error
        return True


def _refuse_slash(address: str) -> None:
    """The address is part of the request's path, and SES answers 400 to a slash in it, encoded or not.

    https://github.com/boto/boto3/issues/2870
    """
    if "/" in address:
        raise ListUnavailable(
            "SES's API refuses an address with a slash: look it up on the suppression list in SES's console"
        )
