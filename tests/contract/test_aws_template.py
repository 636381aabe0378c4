"""deploy/aws/ses.yaml: what it lets SES say, and whom it lets do what. cfn-lint reads it in scripts/check-deploy."""

from pathlib import Path

import pytest

from tests.parts.cloudformation import read_template
from worker.feedback.meanings import IGNORED, KEYS, fold

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def resources():
    return read_template(ROOT / "deploy" / "aws" / "ses.yaml")["Resources"]


def test_every_event_that_the_worker_reads_is_published_and_no_other(resources):
    published = resources["Events"]["Properties"]["EventDestination"]["MatchingEventTypes"]
    assert {fold(kind) for kind in published} == KEYS.keys()
    assert not {fold(kind) for kind in published} & IGNORED


def test_what_holds_events_outlives_the_stack(resources):
    for name in ("Queue", "DeadLetters"):
        assert resources[name]["DeletionPolicy"] == resources[name]["UpdateReplacePolicy"] == "Retain"
        assert resources[name]["Properties"]["MessageRetentionPeriod"] == 14 * 86_400


def test_an_outage_of_hours_fills_no_dead_letter_queue(resources):
    queue = resources["Queue"]["Properties"]
    assert queue["VisibilityTimeout"] * queue["RedrivePolicy"]["maxReceiveCount"] >= 4 * 3600


def test_every_alarm_can_reach_somebody(resources):
    alarms = [each["Properties"] for each in resources.values() if each["Type"] == "AWS::CloudWatch::Alarm"]
    assert len(alarms) >= 5
    for alarm in alarms:
        assert alarm["AlarmActions"] == {"Fn::If": ["SendsAlarms", [{"Ref": "AlarmTopicArn"}], {"Ref": "AWS::NoValue"}]}
        assert alarm["AlarmDescription"].endswith((".", "?", "`"))
