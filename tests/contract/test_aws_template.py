"""deploy/aws/ses.yaml: what it lets SES say, and whom it lets do what. cfn-lint reads it in scripts/check-deploy."""

import functools
import re
from pathlib import Path

import boto3
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


def actions_of(policy):
    statements = policy["Properties"]["PolicyDocument"]["Statement"]
    listed = [each["Action"] if isinstance(each["Action"], list) else [each["Action"]] for each in statements]
    return [action for actions in listed for action in actions]


DOCTORS_OWN = {"event_queue.py", "ses_event_destinations.py"}


@functools.cache
def calls_of_aws(*, doctor):
    """Every operation of AWS that the modules of the worker, or those of `worker doctor` alone, call, as an action."""
    services = {name: boto3.client(name, region_name="eu-west-1") for name in ("sesv2", "sqs", "sns")}
    found = set()
    for path in [*(ROOT / "worker" / "mailers").glob("*.py"), *(ROOT / "worker" / "feedback").glob("*.py")]:
        if (path.name in DOCTORS_OWN) is not doctor:
            continue
        text = path.read_text(encoding="utf-8")
        named = set(re.findall(r"\.(\w+)\(", text)) | set(re.findall(r"get_paginator\(\"(\w+)\"\)", text))
        for service, client in services.items():
            if service == "sesv2" or path.name in {"sqs.py", "event_queue.py"}:
                operations = client.meta.method_to_api_mapping
                found |= {f"{service[:3]}:{operations[name]}" for name in named & operations.keys()}
    return found


def test_the_worker_may_do_what_it_does_and_no_more(resources):
    batches = {"sqs:DeleteMessageBatch": "sqs:DeleteMessage"}  # AWS knows no action of its own for these
    needed = {batches.get(action, action) for action in calls_of_aws(doctor=False)} | {"ses:SendRawEmail"}
    assert sorted(actions_of(resources["WorkerPolicy"])) == sorted(needed)


def test_doctor_may_look_and_nothing_else(resources):
    actions = actions_of(resources["DoctorPolicy"])
    looks = {"ses:GetAccount", "ses:GetEmailIdentity", "ses:GetConfigurationSet"}
    assert sorted(actions) == sorted(calls_of_aws(doctor=True) | looks)
    assert all(action.partition(":")[2].startswith(("Get", "List")) for action in actions)


def test_no_policy_reaches_beyond_this_stack_but_where_an_action_knows_no_resource(resources):
    for name in ("WorkerPolicy", "DoctorPolicy"):
        for statement in resources[name]["Properties"]["PolicyDocument"]["Statement"]:
            if statement["Resource"] == "*":
                assert statement["Sid"] == "TheAccountAsAWhole"
