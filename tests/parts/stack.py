"""The stack of deploy/aws/ses.yaml, made of moto's SNS and SQS and the tests' SES: as much of it as these can be.

moto's own CloudFormation knows none of SES's resources. So the template is resolved here, with the functions that it
uses, and each resource is made by the call that CloudFormation would make.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.parts.aws_server import REGION, AwsServer
from tests.parts.cloudformation import read_template
from tests.ses_server import SesServer

TEMPLATE = Path(__file__).resolve().parents[2] / "deploy" / "aws" / "ses.yaml"
ACCOUNT = "123456789012"
DOMAIN = "reports.northwind.dev"
TOKENS = ("aaa1", "bbb2", "ccc3")
_NOT_MADE = {"AWS::Route53::RecordSetGroup"}  # only with a zone of the account


class Stack:
    """A deployed stack. `outputs` as CloudFormation gives them; `policies` has each managed policy as a document."""

    def __init__(self, aws: AwsServer, ses: SesServer, **parameters: str) -> None:
        template = read_template(TEMPLATE)
        self._template, self._aws, self._ses = template, aws, ses
        self._sns, self._sqs = aws.client("sns"), aws.client("sqs")
        self._iam, self._cloudwatch = aws.client("iam"), aws.client("cloudwatch")
        self._parameters = {name: each.get("Default") for name, each in template["Parameters"].items()}
        self._parameters |= {"Domain": DOMAIN, **parameters}
        self._made: dict[str, tuple[str, dict[str, str]]] = {}  # resource -> what Ref gives, and its attributes
        self.policies: dict[str, dict[str, Any]] = {}
        for name in template["Resources"]:
            self._make(name)
        self.outputs = {name: self._resolve(each["Value"]) for name, each in template["Outputs"].items()}

    @property
    def environment(self) -> dict[str, str]:
        """The settings that docs/deploying.md takes from the outputs."""
        return {
            "AWS_REGION": self.outputs["Region"],
            "WORKER_SES_CONFIGURATION_SET": self.outputs["ConfigurationSetName"],
            "WORKER_FEEDBACK_QUEUE_URL": self.outputs["FeedbackQueueUrl"],
        }

    def _make(self, name: str) -> None:
        resource = self._template["Resources"][name]
        kind = resource["Type"]
        if name in self._made or kind in _NOT_MADE or resource.get("Condition") == "WritesRecords":
            return
        properties = self._resolve(resource["Properties"])
        maker = getattr(self, "_" + kind.removeprefix("AWS::").replace("::", "_").lower())
        self._made[name] = maker(name, properties)

    def _resolve(self, value: Any) -> Any:
        if isinstance(value, list):
            return [item for each in value if (item := self._resolve(each)) is not None]
        if not isinstance(value, dict):
            return value
        match value:
            case {"Ref": name}:
                return self._ref(name)
            case {"Fn::GetAtt": [name, attribute]}:
                return self._attribute(name, attribute)
            case {"Fn::Sub": text}:
                return self._substituted(text)
            case {"Fn::If": [_condition, _yes, no]}:  # the optional parameters are not given
                return self._resolve(no)
        return {key: item for key, each in value.items() if (item := self._resolve(each)) is not None}

    def _ref(self, name: str) -> Any:
        pseudo = {"AWS::Region": REGION, "AWS::AccountId": ACCOUNT, "AWS::Partition": "aws", "AWS::NoValue": None}
        if name in pseudo:
            return pseudo[name]
        if name in self._parameters:
            return self._parameters[name]
        self._make(name)
        return self._made[name][0]

    def _attribute(self, name: str, attribute: str) -> str:
        self._make(name)
        return self._made[name][1][attribute]

    def _substituted(self, text: str) -> str:
        while "${" in text:
            before, _, rest = text.partition("${")
            inner, _, after = rest.partition("}")
            value = self._attribute(*inner.split(".")) if "." in inner else self._ref(inner)
            text = f"{before}{value}{after}"
        return text

    def _ses_emailidentity(self, _name: str, properties: dict[str, Any]) -> tuple[str, dict[str, str]]:
        domain = properties["EmailIdentity"]
        self._ses.script.identities[domain] = True
        self._ses.script.identity_details[domain] = {
            "DkimAttributes": {
                "SigningEnabled": True, "Status": "SUCCESS", "Tokens": list(TOKENS),
                "SigningAttributesOrigin": "AWS_SES",
            },
            "MailFromAttributes": {**properties["MailFromAttributes"], "MailFromDomainStatus": "SUCCESS"},
        }  # fmt: skip
        records = {
            f"DkimDNSToken{part}{number}": text
            for number, token in enumerate(TOKENS, start=1)
            for part, text in (("Name", f"{token}._domainkey.{domain}"), ("Value", f"{token}.dkim.amazonses.com"))
        }
        return domain, records

    def _ses_configurationset(self, _name: str, properties: dict[str, Any]) -> tuple[str, dict[str, str]]:
        self._ses.script.configuration_sets.add(properties["Name"])
        return properties["Name"], {}

    def _ses_configurationseteventdestination(
        self, _name: str, properties: dict[str, Any]
    ) -> tuple[str, dict[str, str]]:
        given = properties["EventDestination"]
        snake = {"renderingFailure": "RENDERING_FAILURE", "deliveryDelay": "DELIVERY_DELAY"}
        destination = {
            "Name": given["Name"],
            "Enabled": given["Enabled"],
            "MatchingEventTypes": [snake.get(kind, kind.upper()) for kind in given["MatchingEventTypes"]],
            "SnsDestination": {"TopicArn": given["SnsDestination"]["TopicARN"]},
        }
        self._ses.script.event_destinations.setdefault(properties["ConfigurationSetName"], []).append(destination)
        return given["Name"], {}

    def _sns_topic(self, _name: str, properties: dict[str, Any]) -> tuple[str, dict[str, str]]:
        arn = self._sns.create_topic(Name=properties["TopicName"])["TopicArn"]
        return arn, {"TopicName": properties["TopicName"]}

    def _sqs_queue(self, _name: str, properties: dict[str, Any]) -> tuple[str, dict[str, str]]:
        queue_name = properties.pop("QueueName")
        attributes = {
            key: json.dumps(each) if isinstance(each, dict) else str(each) for key, each in properties.items()
        }
        url = self._sqs.create_queue(QueueName=queue_name, Attributes=attributes)["QueueUrl"]
        arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:{queue_name}"
        return url, {"Arn": arn, "QueueName": queue_name}

    def _sqs_queuepolicy(self, name: str, properties: dict[str, Any]) -> tuple[str, dict[str, str]]:
        for url in properties["Queues"]:
            policy = json.dumps(properties["PolicyDocument"])
            self._sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        return name, {}

    def _sns_subscription(self, _name: str, properties: dict[str, Any]) -> tuple[str, dict[str, str]]:
        answer = self._sns.subscribe(
            TopicArn=properties["TopicArn"], Protocol=properties["Protocol"], Endpoint=properties["Endpoint"],
            Attributes={"RedrivePolicy": json.dumps(properties["RedrivePolicy"])}, ReturnSubscriptionArn=True,
        )  # fmt: skip
        return answer["SubscriptionArn"], {}

    def _iam_managedpolicy(self, name: str, properties: dict[str, Any]) -> tuple[str, dict[str, str]]:
        self.policies[name] = properties["PolicyDocument"]
        answer = self._iam.create_policy(  # moto refuses a document that is none
            PolicyName=properties["ManagedPolicyName"], PolicyDocument=json.dumps(properties["PolicyDocument"])
        )
        return answer["Policy"]["Arn"], {}

    def _sns_topicpolicy(self, name: str, properties: dict[str, Any]) -> tuple[str, dict[str, str]]:
        for arn in properties["Topics"]:
            policy = json.dumps(properties["PolicyDocument"])
            self._sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
        return name, {}

    def _cloudwatch_alarm(self, _name: str, properties: dict[str, Any]) -> tuple[str, dict[str, str]]:
        self._cloudwatch.put_metric_alarm(**properties)
        return properties["AlarmName"], {}
