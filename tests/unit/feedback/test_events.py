"""Reading SES events: every type in both shapes, and invalid ones."""

import json
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.parts.ses_events import event
from worker.errors import InvalidFeedback
from worker.feedback.events import NotOurs, parse_event
from worker.feedback.meanings import KEYS, MEANINGS
from worker.ledger.feedback import NewEvent
from worker.ledger.feedback_kinds import FeedbackKind, FeedbackRank

ATTEMPT = "0123456789abcdef" * 2
KINDS = {
    "Send": (FeedbackKind.SENT, None),
    "Delivery": (FeedbackKind.DELIVERED, None),
    "DeliveryDelay": (FeedbackKind.DELAYED, "MailboxFull"),
    "Bounce": (FeedbackKind.BOUNCED, "Permanent/General"),
    "Complaint": (FeedbackKind.COMPLAINED, "abuse"),
    "Reject": (FeedbackKind.REJECTED, "Bad content"),
    "Rendering Failure": (FeedbackKind.REJECTED, "Rendering Failure"),
    "Subscription": (FeedbackKind.DELIVERED, "Subscription/unsubscribed"),
}


def read_event(text) -> NewEvent:
    read = parse_event(text)
    assert isinstance(read, NewEvent)
    return read


@pytest.mark.parametrize("classic", [False, True])
@pytest.mark.parametrize("name", KINDS)
def test_every_type_is_read_in_both_shapes(name, classic):
    read = read_event(event(name, attempt=ATTEMPT, classic=classic))
    assert (read.meaning.kind, read.detail) == KINDS[name]
    assert (read.attempt_id, read.ses_message_id) == (ATTEMPT, "0102-abc-000000")


@pytest.mark.parametrize("name", KINDS)
def test_both_shapes_of_one_event_are_one_event(name):
    modern, classic = (read_event(event(name, classic=shape)) for shape in (False, True))
    assert modern.event_key == classic.event_key


def test_different_events_have_different_keys():
    texts = [event(name) for name in KINDS]
    texts += [event("Bounce", feedbackId="b-2"), event("Send", message="other")]
    texts += [event("DeliveryDelay", timestamp="2026-11-24T09:06:00.000Z")]
    keys = [read_event(text).event_key for text in texts]
    assert len(set(keys)) == len(texts)


def test_the_time_is_that_of_the_event():
    read = read_event(event("Delivery"))
    assert read.occurred_at == datetime(2026, 11, 24, 9, 0, 2, tzinfo=UTC)


@pytest.mark.parametrize("spelling", ["bounce", "BOUNCE", "Bounce"])
def test_the_spelling_of_a_type_does_not_matter(spelling):
    written = event("Bounce").replace('"eventType": "Bounce"', f'"eventType": "{spelling}"')
    assert read_event(written).meaning == read_event(event("Bounce")).meaning
    for spelt in ("renderingFailure", "rendering_failure", "Rendering-Failure"):
        failure = event("Rendering Failure").replace("Rendering Failure", spelt)
        assert read_event(failure).meaning.kind is FeedbackKind.REJECTED


@pytest.mark.parametrize(
    ("name", "written", "meant"),
    [
        ("Bounce", {"bounceType": "permanent"}, {"bounceType": "Permanent"}),
        (
            "Bounce",
            {"bounceType": "PERMANENT", "bounceSubType": "onAccountSuppressionList"},
            {"bounceType": "Permanent", "bounceSubType": "OnAccountSuppressionList"},
        ),
        (
            "Bounce",
            {"bounceType": "transient", "bounceSubType": "mailbox_full"},
            {"bounceType": "Transient", "bounceSubType": "MailboxFull"},
        ),
        ("Complaint", {"complaintFeedbackType": "Not-Spam"}, {"complaintFeedbackType": "not-spam"}),
        ("Complaint", {"complaintFeedbackType": "not_spam"}, {"complaintFeedbackType": "not-spam"}),
    ],
)
def test_the_spelling_of_a_class_does_not_matter(name, written, meant):
    assert read_event(event(name, **written)).meaning == read_event(event(name, **meant)).meaning


def test_an_event_inside_eventbridge_s_shape_is_that_event():
    inner = json.loads(event("Bounce", attempt=ATTEMPT))
    outer = {"version": "0", "detail-type": "Email Bounced", "source": "aws.ses", "detail": inner}
    plain, wrapped = read_event(json.dumps(inner)), read_event(json.dumps(outer))
    assert (wrapped.event_key, wrapped.meaning, wrapped.attempt_id) == (plain.event_key, plain.meaning, ATTEMPT)
    as_text = read_event(json.dumps({**outer, "detail": json.dumps(inner)}))
    assert (as_text.event_key, as_text.meaning, as_text.attempt_id) == (plain.event_key, plain.meaning, ATTEMPT)


def test_an_empty_type_hides_no_other():
    older = json.loads(event("Bounce", classic=True))
    assert read_event(json.dumps({"eventType": None, **older})).meaning == read_event(event("Bounce")).meaning


@pytest.mark.parametrize("written", ["2026-11-24T09:00:02 +0000", "2026-11-24T10:00:02 +01:00", "2026-11-24T09:00:02Z"])
def test_a_time_with_a_space_before_its_offset_is_read(written):
    assert read_event(event("Delivery", timestamp=written)).occurred_at == datetime(2026, 11, 24, 9, 0, 2, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        event("Open"),
        event("Click"),
        "Successfully validated SNS topic for Amazon SES event publishing.",
        '{"notificationType": "AmazonSnsSubscriptionSucceeded", "message": "..."}',
        '{"Service": "Amazon S3", "Event": "s3:TestEvent", "Bucket": "b"}',
        '{"eventType": "Deliverability Advice", "mail": {}}',
        '{"notificationType": "Received", "receipt": {}}',
        '{"source": "aws.health", "detail-type": "AWS Health Event", "detail": {"eventTypeCode": "x"}}',
        '{"eventType": 7}',
        "{}",
    ],
)
def test_what_is_no_event_about_a_letter_is_known_as_such(text):
    assert isinstance(parse_event(text), NotOurs)


def test_every_type_has_a_row_for_whatever_aws_adds():
    for event_type in KEYS:
        rows = [row for row in MEANINGS if row[0] == event_type]
        assert rows
        assert rows[-1][1:3] == (None, None)
    assert {row[0] for row in MEANINGS} == set(KEYS)


@pytest.mark.parametrize(
    ("kind", "subtype", "counts", "rank"),
    [
        ("Permanent", "General", True, FeedbackRank.ARRIVAL),
        ("Permanent", "SomethingNew", True, FeedbackRank.ARRIVAL),
        ("Permanent", "Suppressed", True, FeedbackRank.ARRIVAL),
        ("Permanent", "OnAccountSuppressionList", False, FeedbackRank.ARRIVAL),
        ("Permanent", "UnsubscribedRecipient", False, FeedbackRank.ARRIVAL),
        ("Transient", "MailboxFull", False, FeedbackRank.ARRIVAL),
        ("Transient", "MessageTooLarge", False, FeedbackRank.ARRIVAL),
        ("Transient", "ContentRejected", False, FeedbackRank.ARRIVAL),
        ("Transient", "AttachmentRejected", False, FeedbackRank.ARRIVAL),
        ("Transient", "General", False, FeedbackRank.DOUBTFUL),
        ("Transient", "SomethingNew", False, FeedbackRank.DOUBTFUL),
        ("Undetermined", "Undetermined", False, FeedbackRank.DOUBTFUL),
        (None, None, False, FeedbackRank.DOUBTFUL),
    ],
)
def test_what_a_bounce_proves(kind, subtype, counts, rank):
    meaning = read_event(event("Bounce", bounceType=kind, bounceSubType=subtype)).meaning
    assert (meaning.counts, meaning.rank) == (counts, rank)


@pytest.mark.parametrize(
    ("changes", "kind", "counts"),
    [
        ({}, FeedbackKind.COMPLAINED, True),
        ({"complaintFeedbackType": "virus"}, FeedbackKind.COMPLAINED, True),
        ({"complaintSubType": "OnAccountSuppressionList"}, FeedbackKind.COMPLAINED, False),
        ({"complaintFeedbackType": "auth-failure"}, FeedbackKind.DELIVERED, False),
        ({"complaintFeedbackType": "not-spam"}, FeedbackKind.DELIVERED, False),
    ],
)
def test_what_a_complaint_proves(changes, kind, counts):
    meaning = read_event(event("Complaint", **changes)).meaning
    assert (meaning.kind, meaning.counts) == (kind, counts)


@pytest.mark.parametrize(
    ("name", "changes", "reason"),
    [
        ("Bounce", {}, "bounced"),
        ("Bounce", {"bounceSubType": "Suppressed"}, "bounced"),
        ("Bounce", {"bounceType": "Transient", "bounceSubType": "MailboxFull"}, None),
        ("Bounce", {"bounceType": "Undetermined"}, None),
        ("Bounce", {"bounceType": None}, None),
        ("Complaint", {}, "complained"),
        ("Complaint", {"complaintFeedbackType": None}, "complained"),
        ("Complaint", {"complaintFeedbackType": "not-spam"}, None),
        ("Complaint", {"complaintFeedbackType": "auth-failure"}, None),
        ("Subscription", {}, "unsubscribed"),
        ("Subscription", {"newTopicPreferences": {"unsubscribeAll": False}}, None),
        ("Delivery", {}, None),
        ("Reject", {}, None),
    ],
)
def test_which_events_suppress_a_reader(name, changes, reason):
    assert read_event(event(name, **changes)).meaning.suppress == reason


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("", "body"),
        ("{", "body"),
        ("[" * 100_000, "body"),
        ("[]", "body"),
        ('{"eventType": "Send"}', "mail"),
        ('{"eventType": "Send", "mail": "reader@example.net"}', "mail"),
        ('{"eventType": "Send", "mail": {"timestamp": "2026-11-24T09:00:00Z"}}', "mail.messageId"),
        ('{"eventType": "Send", "mail": {"timestamp": "2026-11-24T09:00:00Z", "messageId": "a\\u0000b"}}', "mail.mess"),
        ('{"eventType": "Send", "mail": {"timestamp": "reader@example.net", "messageId": "a"}}', "mail.timestamp"),
        ('{"eventType": "Send", "mail": {"timestamp": "2026-11-24T09:00:00", "messageId": "a"}}', "mail.timestamp"),
        (event("Bounce", bounceType=7), "bounce.bounceType"),
        (event("Send", attempt="x").replace('["x"]', '"reader@example.net"'), "mail.tags.attempt"),
    ],
)
def test_an_invalid_event_is_refused_naming_the_field_and_no_value(text, field):
    with pytest.raises(InvalidFeedback, match=f"^{field}") as refused:
        parse_event(text)
    assert "reader" not in str(refused.value)


@pytest.mark.parametrize("tag", ["", "a b", "a\x00b", "ü", "x" * 257])
def test_an_impossible_tag_is_ignored(tag):
    read = read_event(event("Send", attempt=tag))
    assert read.attempt_id is None


def test_a_foreign_message_id_header_names_no_attempt():
    read = read_event(event("Bounce", attempt="CAF-mail", classic=True))
    assert read.attempt_id is None


_json = st.recursive(
    st.none() | st.booleans() | st.floats() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
)


@given(name=st.sampled_from(sorted(KINDS)), part=_json, mail=_json)
def test_any_json_is_read_or_refused(name, part, mail):
    try:
        read = parse_event(json.dumps({"eventType": name, "mail": mail, "bounce": part, "send": part}))
    except InvalidFeedback:
        return
    assert read is not None
