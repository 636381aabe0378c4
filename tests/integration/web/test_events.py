"""POST /v1/events/ses: a bounded body, and an answer that SNS understands."""

import json
import re

from worker.web.events import MAX_EVENT_BYTES

MESSAGE = {
    "Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:eu-west-1:123456789012:ses-events",
    "Message": "{}", "Timestamp": "2026-11-24T12:00:00.000Z", "SignatureVersion": "2", "Signature": "bm8=",
    "SigningCertURL": "https://evil.example/SimpleNotificationService-1.pem",
}  # fmt: skip


def test_a_body_that_is_no_message_is_refused(one_site):
    for body in (b"", b"{", b"[]", b"\xff", b"[" * 100_000):
        assert one_site.post("/v1/events/ses", data=body).status_code == 400


def test_a_message_without_proof_is_refused(one_site):
    foreign = {**MESSAGE, "TopicArn": "arn:aws:sns:eu-west-1:999999999999:mine"}
    for message in (MESSAGE, foreign):
        answer = one_site.post("/v1/events/ses", data=json.dumps(message))
        assert answer.status_code == 403
        assert answer.headers["content-type"] == "application/problem+json"


def test_a_body_larger_than_sns_sends_is_refused(one_site):
    assert one_site.post("/v1/events/ses", data=b" " * (MAX_EVENT_BYTES + 1)).status_code == 413


def test_a_refused_event_leaves_a_trace_with_its_reason(one_site, capsys):
    """SNS keeps none: an operator would only see that no event ever comes."""
    before = refused(one_site)
    raw = {"x-amz-sns-rawdelivery": "true", "x-amz-sns-topic-arn": MESSAGE["TopicArn"]}
    assert one_site.post("/v1/events/ses", data='{"eventType": "Delivery"}', headers=raw).status_code == 400
    assert one_site.post("/v1/events/ses", data="{").status_code == 400
    assert one_site.post("/v1/events/ses", data=json.dumps(MESSAGE)).status_code == 403
    after = refused(one_site)
    assert {reason: after[reason] - before.get(reason, 0) for reason in after} == {
        "raw": 1, "invalid": 1, "untrusted": 1,
    }  # fmt: skip
    assert MESSAGE["TopicArn"] in capsys.readouterr().out


def refused(site):
    """How often each reason was counted."""
    found = re.findall(r'^exposure_refused_events_total\{reason="(\w+)"\} (\S+)$', site.metrics().text, re.MULTILINE)
    return {reason: float(count) for reason, count in found}
