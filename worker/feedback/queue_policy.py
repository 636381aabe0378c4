"""Whether the policy of a queue lets a topic write to it.

https://docs.aws.amazon.com/sns/latest/dg/subscribe-sqs-queue-to-sns-topic.html
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from fnmatch import fnmatchcase
from typing import Any

_SNS = "sns.amazonaws.com"
_EQUAL = frozenset({"ArnEquals", "ArnLike", "StringEquals", "StringLike"})
_ABOUT_TRANSPORT = "aws:securetransport"  # SNS writes over TLS


def lets_topic_in(policy: str | None, *, queue_arn: str, topic_arn: str) -> bool | None:
    """Whether SNS may write to the queue for this topic; None where the policy has conditions that we cannot judge."""
    if policy is None:
        return False
    try:
        statements = _listed(json.loads(policy).get("Statement", ()))
    except (ValueError, AttributeError):
        return None
    about = [each for each in statements if _is_about_sending(each, queue_arn)]
    allowed = [_applies(each, topic_arn) for each in about if each.get("Effect") == "Allow"]
    denied = [_applies(each, topic_arn) for each in about if each.get("Effect") == "Deny"]
    if True in denied:
        return False
    if True in allowed:
        return None if None in denied else True
    return None if None in allowed else False


def _is_about_sending(statement: Mapping[str, Any], queue_arn: str) -> bool:
    actions = [str(action).lower() for action in _listed(statement.get("Action", ()))]
    resources = [str(resource) for resource in _listed(statement.get("Resource", "*"))]
    return (
        any(fnmatchcase("sqs:sendmessage", action) for action in actions)
        and any(fnmatchcase(queue_arn, resource) for resource in resources)
        and _names_sns(statement.get("Principal"))
    )


def _names_sns(principal: Any) -> bool:
    if principal == "*":
        return True
    if not isinstance(principal, Mapping):
        return False
    return "*" in _listed(principal.get("AWS", ())) or _SNS in _listed(principal.get("Service", ()))


def _applies(statement: Mapping[str, Any], topic_arn: str) -> bool | None:
    """Whether a statement's conditions hold for a message of the topic; None where we cannot tell."""
    unsure = False
    for operator, conditions in dict(statement.get("Condition") or {}).items():
        for key, wanted in conditions.items():
            holds = _holds(operator, key.lower(), [str(value) for value in _listed(wanted)], topic_arn)
            if holds is False:
                return False
            unsure = unsure or holds is None
    return None if unsure else True


def _holds(operator: str, key: str, wanted: Iterable[str], topic_arn: str) -> bool | None:
    if key == _ABOUT_TRANSPORT and operator == "Bool":
        return "true" in {value.lower() for value in wanted}
    actual = {"aws:sourcearn": topic_arn, "aws:sourceaccount": topic_arn.split(":")[4]}.get(key)
    if actual is None or operator not in _EQUAL:
        return None
    return any(fnmatchcase(actual, value) for value in wanted)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value] if isinstance(value, (str, dict)) else list(value)
