"""`worker doctor` against the set-up that the template makes, and against others that are each broken in one way."""

import json

import pytest

from tests.parts.aws_server import REGION
from tests.parts.redis_server import redis_server
from tests.parts.ses_behaviour import error
from tests.parts.stack import ACCOUNT, DOMAIN

SET, TOPIC = "exposure-report", f"arn:aws:sns:{REGION}:{ACCOUNT}:exposure-report-events"
QUEUE = f"arn:aws:sqs:{REGION}:{ACCOUNT}:exposure-report-events"


def findings(worker, *words, expect=0, **environment):
    rows = json.loads(worker("doctor", "--json", *words, expect=expect, **environment))
    return {
        verdict: [f"{row['check']}: {row['finding']}" for row in rows if row["verdict"] == verdict]
        for verdict in ("ok", "look", "wrong")
    }


def test_the_templates_own_set_up_is_right(worker, aws):
    durable = ["--appendonly", "yes", "--maxmemory-policy", "noeviction"]
    with redis_server(durable) as url:
        found = findings(worker, REDIS_URL=url)
    assert found["wrong"] == []
    assert f"events: events go from {TOPIC} to the queue {QUEUE}, whose policy lets them in" in found["ok"]
    assert f"events: configuration set {SET} publishes every event that the worker reads" in found["ok"]
    assert "settings: no setting that readers see has the value of an example" in found["ok"]
    looked_at = {text.split(":")[0] for text in found["look"]}
    assert looked_at == {"links"}, found["look"]  # no `worker serve` is reached in a test
    assert len(aws.client("cloudwatch").describe_alarms()["MetricAlarms"]) == 5
    assert len(aws.client("iam").list_policies(Scope="Local")["Policies"]) == 2


def no_destination(ses, aws, stack):
    ses.script.event_destinations.clear()


def a_destination_that_is_off(ses, aws, stack):
    ses.script.event_destinations[SET][0]["Enabled"] = False


def fewer_events(ses, aws, stack):
    ses.script.event_destinations[SET][0]["MatchingEventTypes"] = ["SEND", "DELIVERY"]


def another_queue(ses, aws, stack):
    url = stack.outputs["FeedbackQueueUrl"]
    aws.client("sqs").delete_queue(QueueUrl=url)


def no_subscription(ses, aws, stack):
    sns = aws.client("sns")
    for each in sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]:
        sns.unsubscribe(SubscriptionArn=each["SubscriptionArn"])


def a_policy_for_another_topic(ses, aws, stack):
    sqs, url = aws.client("sqs"), stack.outputs["FeedbackQueueUrl"]
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])["Attributes"]["Policy"]
    sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy.replace(TOPIC, f"{TOPIC}-other")})


def a_key_that_sns_may_not_use(ses, aws, stack):
    sqs, url = aws.client("sqs"), stack.outputs["FeedbackQueueUrl"]
    policy = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["Policy"])[
        "Attributes"
    ]  # moto forgets it otherwise
    sqs.set_queue_attributes(QueueUrl=url, Attributes={**policy, "KmsMasterKeyId": "alias/aws/sqs"})


def pending_dkim(ses, aws, stack):
    ses.script.identity_details[DOMAIN]["DkimAttributes"]["Status"] = "PENDING"


def failed_mail_from(ses, aws, stack):
    ses.script.identity_details[DOMAIN]["MailFromAttributes"]["MailFromDomainStatus"] = "FAILED"


def no_identity(ses, aws, stack):
    ses.script.identities.clear()


def the_sandbox(ses, aws, stack):
    ses.script.account["ProductionAccessEnabled"] = False


def no_set(ses, aws, stack):
    ses.script.configuration_sets.clear()


def nothing(ses, aws, stack):
    """The settings alone are wrong."""


ELSEWHERE = f"https://sqs.us-east-1.amazonaws.com/{ACCOUNT}/exposure-report-events"
BROKEN = [
    # what is broken, settings, the check that says so, its words
    (no_destination, {}, "events", "has no enabled event destination that leads to SNS", "deploy/aws/ses.yaml"),
    (a_destination_that_is_off, {}, "events", "has no enabled event destination", "add one"),
    (fewer_events, {}, "events", "does not publish the events bounce, complaint, reject", "add them"),
    (another_queue, {}, "events", "there is no such queue in eu-west-1", "deploy/aws/ses.yaml"),
    (no_subscription, {}, "events", f"is not subscribed to {TOPIC}", "aws sns subscribe --protocol sqs"),
    (a_policy_for_another_topic, {}, "events", "does not let", f"sqs:SendMessage with aws:SourceArn {TOPIC}"),
    (a_key_that_sns_may_not_use, {}, "events", "alias/aws/sqs, which SNS may not use", "use SSE-SQS"),
    (nothing, {"WORKER_FEEDBACK_QUEUE_URL": ELSEWHERE}, "events", "the queue is in us-east-1", "in one region"),
    (nothing, {"WORKER_FEEDBACK_QUEUE_URL": "notaurl"}, "events", "is no address of a queue", "such as https://sqs."),
    (nothing, {"WORKER_FEEDBACK_QUEUE_URL": ""}, "events", "nothing takes the events in", "WORKER_FEEDBACK_QUEUE_URL"),
    (
        nothing, {"WORKER_FEEDBACK_QUEUE_URL": "", "WORKER_SNS_TOPIC_ARNS": f"{TOPIC}-other"},
        "events", "which is not among them", "WORKER_SNS_TOPIC_ARNS",
    ),
    (pending_dkim, {}, "mailer", "DKIM of reports.northwind.dev is PENDING", "CNAME records"),
    (failed_mail_from, {}, "mailer", "MAIL FROM domain bounce.reports.northwind.dev is FAILED", "MX and SPF"),
    (no_identity, {}, "mailer", "is a verified identity in this region", "WORKER_FROM"),
    (the_sandbox, {}, "mailer", "the account is in the sandbox", "ask for production access"),
    (no_set, {}, "mailer", "configuration set exposure-report does not exist", ""),
    (
        nothing, {"WORKER_POSTAL_ADDRESS": "1 Example Street, Example City"},
        "settings", "WORKER_POSTAL_ADDRESS: '1 Example Street, Example City' is the example's", "yours in every letter",
    ),
    (nothing, {"WORKER_PUBLIC_URL": "https://www.example.com"}, "settings", "a host of examples", "WORKER_PUBLIC_URL"),
    (nothing, {"WORKER_FROM": "A <a@reports.example.com>"}, "settings", "a domain of examples", "WORKER_FROM"),
]  # fmt: skip


@pytest.mark.parametrize(("breaks", "settings", "check", "says", "remedy"), BROKEN)
def test_a_set_up_that_is_broken_is_named_with_its_remedy(
    worker, ses, aws, stack, breaks, settings, check, says, remedy
):
    breaks(ses, aws, stack)
    wrong = findings(worker, expect=1, **settings)["wrong"]
    (named,) = [text for text in wrong if says in text]
    assert named.startswith(f"{check}: ")
    assert remedy in named
    assert wrong == [named] or settings.get("WORKER_FROM")  # which then has no identity either


def test_events_by_way_of_eventbridge_are_worth_a_look(worker, ses):
    destination = ses.script.event_destinations[SET][0]
    del destination["SnsDestination"]
    destination["EventBridgeDestination"] = {"EventBusArn": f"arn:aws:events:{REGION}:{ACCOUNT}:event-bus/default"}
    found = findings(worker)
    assert found["wrong"] == []
    assert any("publishes to EventBridge: does a rule lead to" in text for text in found["look"])


def test_a_permission_that_doctor_lacks_is_worth_a_look(worker, ses):
    ses.script.operations["GetConfigurationSetEventDestinations"] = error("AccessDeniedException", "not authorized")
    found = findings(worker)
    assert found["wrong"] == []
    [text] = [text for text in found["look"] if text.startswith("events: ")]
    assert text.endswith("allow ses:GetConfigurationSetEventDestinations to this role")


def test_a_claim_that_ends_before_its_slot_comes_is_worth_a_look(worker):
    found = findings(worker, WORKER_CLAIM_LEASE_S="29")
    [text] = [text for text in found["look"] if text.startswith("settings: ")]
    assert text.startswith("settings: WORKER_CLAIM_LEASE_S is 29, and a letter may wait 25 s")
    assert text.endswith("Make it 30 or more")


def test_doctor_changes_nothing_at_aws(worker, aws, ses):
    before = len(aws.calls)
    findings(worker)
    assert set(aws.calls[before:]) == {"GetQueueAttributes", "ListSubscriptionsByTopic"}
    assert ses.posts == 0
