"""The way to SES in a simulation: one signed request per call, and all that may happen to it and to its answer.

What SES or botocore would raise goes through the product's own table of errors.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from botocore import exceptions as aws

from tests.simulation.ses import Request, Ses
from tests.simulation.world import World, short
from worker.errors import OutcomeUnknown, SendError
from worker.mailers.mailer import Accepted, BeforePost, Outgoing
from worker.mailers.ses_errors import map_error

DEADLINE_S = 35.0  # the product's connect timeout and read timeout together
LATE_S = {36.0: 1.0, 200.0: 1.0, 880.0: 1.0, 1200.0: 0.5}
"""When a request arrives that was under way at its deadline: the last too late for its signature."""

FATES = {
    "accepted": 12.0,
    "accepted, unheard": 1.5,
    "accepted, SES says 500": 0.7,
    "accepted, without a message id": 0.7,
    "accepted, heard after the deadline": 1.5,
    "refused, heard after the deadline": 0.7,
    "lost": 1.5,
    "under way": 4.0,
    "not connected": 0.7,
    "MessageRejected": 1.5,
    "TooManyRequestsException": 0.7,
    "LimitExceededException": 0.4,
    "SendingPausedException": 0.4,
    "InternalServiceErrorException": 0.7,
}
_REFUSED = {
    "MessageRejected": 400, "TooManyRequestsException": 429, "LimitExceededException": 400,
    "SendingPausedException": 400,
}  # fmt: skip


class SimulatedMailer:
    """See Mailer. `posts_unanswered` is how often one call posts while it hears nothing."""

    name = "ses"

    def __init__(
        self, world: World, ses: Ses, later: Callable[[str, Callable[[], object]], None], *, posts_unanswered: int = 1
    ) -> None:
        self._world = world
        self._ses = ses
        self._later = later
        self._posts_unanswered = posts_unanswered

    def send(self, outgoing: Outgoing, before_post: BeforePost) -> Accepted:
        """See Mailer."""
        hand_over = self._world.schedule.hand_over
        hand_over("about to sign")
        request = Request(outgoing.attempt_id, outgoing.recipient, self._world.clock.now())
        before_post(request.signed_at)
        hand_over("signed, about to post")  # killed or frozen here, the intent is committed and nothing has left
        fate = self._world.trouble("POST", FATES)
        if fate.startswith(("accepted", "refused")):
            return self._answered(fate, request)
        self._world.note(f"posts {short(request.attempt_id)}")
        if fate in _REFUSED:
            raise map_error(_answer(fate, _REFUSED[fate]), posted=True)
        if fate == "not connected":
            raise map_error(aws.EndpointConnectionError(endpoint_url="simulated"), posted=True)
        if fate == "InternalServiceErrorException":
            raise map_error(_answer(fate, 500), posted=True)
        if fate == "under way":
            for _ in range(self._posts_unanswered):
                self._ses.send_later(request, self._world.seconds("arrives in", LATE_S))
        return self._unheard()

    def _answered(self, fate: str, request: Request) -> Accepted:
        if fate.startswith("refused"):
            self._answer_late(_answer("MessageRejected", 400))
        letter = self._ses.arrive(request)
        if letter is None:
            raise map_error(_answer("InvalidSignatureException", 403, "Signature expired"), posted=True)
        if fate == "accepted, heard after the deadline":
            self._answer_late(Accepted(letter.message_id))
        self._world.schedule.hand_over("posted")
        if fate == "accepted":
            return Accepted(letter.message_id)
        if fate == "accepted, without a message id":
            return Accepted(None)
        for _ in range(self._posts_unanswered - 1):
            self._ses.arrive(request)
        if fate == "accepted, SES says 500":
            raise map_error(_answer("InternalFailure", 500), posted=True)
        return self._unheard()

    def _unheard(self) -> Accepted:
        self._world.schedule.sleep(DEADLINE_S)
        raise map_error(aws.ReadTimeoutError(endpoint_url="simulated"), posted=True)

    def _answer_late(self, answer: Accepted | Exception) -> None:
        """Leave the call at its deadline, as `worker.mailers.ses` does; the answer still comes, in a job of its own."""
        future: Future[Accepted] = Future()

        def come() -> None:
            if isinstance(answer, Exception):
                future.set_exception(map_error(answer, posted=True))
            else:
                future.set_result(answer)

        self._world.schedule.sleep(DEADLINE_S)
        self._later("late answer", come)
        raise OutcomeUnknown("DeadlineExceeded", "no whole answer in time", answer=future)


def _answer(code: str, status: int, message: str = "no") -> aws.ClientError:
    response = {"Error": {"Code": code, "Message": message}, "ResponseMetadata": {"HTTPStatusCode": status}}
    return aws.ClientError(response, "SendEmail")  # type: ignore[arg-type]


__all__ = ["FATES", "SendError", "SimulatedMailer"]
