"""Whether SES's events reach this worker: configuration set -> topic -> queue or `worker serve`, each asked for real.

Without events no unknown send heals, no bounce suppresses anybody, and nobody sees that letters do not arrive.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from worker.check_results import CheckResult
from worker.errors import EventPathUnreadable
from worker.feedback.event_queue import EventPath, EventQueue
from worker.feedback.meanings import KEYS, fold
from worker.feedback.queue_policy import lets_topic_in
from worker.mailers.ses import event_destinations
from worker.mailers.ses_event_destinations import EventDestination
from worker.settings import Settings

EVENTS_PATH = "/v1/events/ses"
TEMPLATE = "deploy/aws/ses.yaml has all of it"
_NEEDED = frozenset({"send", "delivery", "bounce", "complaint", "reject"})  # the others say more, and decide nothing
_QUEUE_URL = re.compile(r"https?://[^/\s]+/\d{12}/[A-Za-z0-9_.-]{1,80}")
_AWS_REGION_OF_URL = re.compile(r"https://sqs[.]([a-z0-9-]+)[.]amazonaws[.]com")
_SQS_MANAGED_KEY = "alias/aws/sqs"


def check_event_path(settings: Settings) -> Iterator[CheckResult]:
    """Follow the way of an event. Yields nothing where no configuration set is named. Raises ConfigurationError."""
    name = settings.ses_configuration_set
    if name is None or not settings.mailer.reports_events:
        return
    try:
        destinations = event_destinations(settings, name)
    except EventPathUnreadable as error:
        yield CheckResult(None, f"configuration set {name}: {error}")
        return
    if destinations is None:
        return  # the check of the mailer says so
    topics = [each for each in destinations if each.topic_arn is not None]
    if not topics and any(each.to_event_bus for each in destinations):
        yield CheckResult(
            None,
            f"configuration set {name} publishes to EventBridge: does a rule lead to WORKER_FEEDBACK_QUEUE_URL? "
            "`worker doctor --send success@simulator.amazonses.com` shows it",
        )
        return
    if not topics:
        yield CheckResult(
            False,
            f"configuration set {name} has no enabled event destination that leads to SNS, so no event comes: add one; "
            f"{TEMPLATE}",
        )
        return
    yield from _types(name, topics)
    if settings.feedback_queue_url is not None:
        yield from _queue(EventPath(settings.aws_region), settings.feedback_queue_url, topics)
    elif settings.sns_topic_arns:
        yield from _posted(EventPath(settings.aws_region), settings, topics)
    else:
        yield CheckResult(
            False,
            f"configuration set {name} publishes to {topics[0].topic_arn}, and nothing takes the events in: set "
            "WORKER_FEEDBACK_QUEUE_URL, or WORKER_SNS_TOPIC_ARNS where SNS posts them to `worker serve`",
        )


def _types(name: str, destinations: Sequence[EventDestination]) -> Iterator[CheckResult]:
    published = {fold(kind.replace("_", "")) for each in destinations for kind in each.types}
    missing = sorted(_NEEDED - published)
    if missing:
        yield CheckResult(
            False,
            f"configuration set {name} does not publish the events {', '.join(missing)}: add them to its destination",
        )
    elif more := sorted(KEYS.keys() - published):
        yield CheckResult(
            None, f"configuration set {name} does not publish {', '.join(more)}, which the worker could read"
        )
    else:
        yield CheckResult(True, f"configuration set {name} publishes every event that the worker reads")


def _queue(path: EventPath, url: str, topics: Sequence[EventDestination]) -> Iterator[CheckResult]:
    if not _QUEUE_URL.fullmatch(url):
        yield CheckResult(
            False,
            "WORKER_FEEDBACK_QUEUE_URL: is no address of a queue, such as "
            "https://sqs.eu-west-1.amazonaws.com/111122223333/exposure-report-events",
        )
        return
    region = _AWS_REGION_OF_URL.match(url)
    if region is not None and region[1] != path.region:
        yield CheckResult(
            False,
            f"WORKER_FEEDBACK_QUEUE_URL: the queue is in {region[1]}, and AWS_REGION is {path.region}: SES, topic and "
            "queue must be in one region",
        )
        return
    try:
        queue = path.queue(url)
    except EventPathUnreadable as error:
        yield CheckResult(None, f"WORKER_FEEDBACK_QUEUE_URL: the queue {error}")
        return
    if queue is None:
        yield CheckResult(False, f"WORKER_FEEDBACK_QUEUE_URL: there is no such queue in {path.region}; {TEMPLATE}")
        return
    yield from _subscribed(path, queue, topics)
    if queue.kms_key is not None and queue.kms_key.endswith(_SQS_MANAGED_KEY):
        yield CheckResult(
            False,
            f"the queue is encrypted with {_SQS_MANAGED_KEY}, which SNS may not use, so no event comes: use SSE-SQS, "
            "or a key of your own whose policy lets sns.amazonaws.com in",
        )
    if not queue.has_dead_letters:
        yield CheckResult(
            None, "the queue has no dead-letter queue: an event that cannot be recorded comes back until it expires"
        )


def _subscribed(path: EventPath, queue: EventQueue, topics: Sequence[EventDestination]) -> Iterator[CheckResult]:
    """The way from a topic to the queue: subscribed, and let in by the queue's policy."""
    leading = []
    for topic in topics:
        assert topic.topic_arn is not None
        try:
            subscriptions = path.subscriptions(topic.topic_arn)
        except EventPathUnreadable as error:
            yield CheckResult(None, f"topic {topic.topic_arn}: {error}")
            subscriptions = ()
            leading.append(topic.topic_arn)
        if any(each.protocol == "sqs" and each.endpoint == queue.arn and each.confirmed for each in subscriptions):
            leading.append(topic.topic_arn)
    if not leading:
        yield CheckResult(
            False,
            f"the queue {queue.arn} is not subscribed to {topics[0].topic_arn}, to which SES publishes: `aws sns "
            f"subscribe --protocol sqs --topic-arn {topics[0].topic_arn} --notification-endpoint {queue.arn}`",
        )
    for arn in leading:
        match lets_topic_in(queue.policy, queue_arn=queue.arn, topic_arn=arn):
            case True:
                yield CheckResult(True, f"events go from {arn} to the queue {queue.arn}, whose policy lets them in")
            case False:
                yield CheckResult(
                    False,
                    f"the policy of the queue {queue.arn} does not let {arn} write to it, so SNS drops the events: "
                    f"allow sns.amazonaws.com sqs:SendMessage with aws:SourceArn {arn}; {TEMPLATE}",
                )
            case None:
                yield CheckResult(
                    None,
                    f"the policy of the queue {queue.arn} has conditions that doctor cannot judge; look whether "
                    f"{arn} may write to it",
                )


def _posted(path: EventPath, settings: Settings, topics: Sequence[EventDestination]) -> Iterator[CheckResult]:
    """The way from a topic to `worker serve`."""
    trusted = [each.topic_arn for each in topics if each.topic_arn in settings.sns_topic_arns]
    if not trusted or trusted[0] is None:
        yield CheckResult(
            False,
            f"WORKER_SNS_TOPIC_ARNS: SES publishes to {topics[0].topic_arn}, which is not among them, so its events "
            "are refused",
        )
        return
    wanted = f"{settings.links_url}{EVENTS_PATH}"
    try:
        subscriptions = path.subscriptions(trusted[0])
    except EventPathUnreadable as error:
        yield CheckResult(None, f"topic {trusted[0]}: {error}")
        return
    mine = [each for each in subscriptions if each.protocol == "https" and each.endpoint == wanted]
    if any(each.confirmed for each in mine):
        yield CheckResult(True, f"SNS posts the events of {trusted[0]} to {wanted}")
    elif mine:
        yield CheckResult(
            False,
            f"the subscription of {wanted} is not confirmed: `worker serve` confirms it when SNS asks; ask again in "
            "the console of SNS",
        )
    else:
        yield CheckResult(False, f"{wanted} is not subscribed to {trusted[0]}, to which SES publishes")
