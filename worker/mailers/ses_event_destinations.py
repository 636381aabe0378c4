"""Where a configuration set publishes its events.

https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_EventDestination.html
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from worker.errors import EventPathUnreadable
from worker.mailers.ses_errors import map_query_error


@dataclass(frozen=True, slots=True)
class EventDestination:
    """One enabled destination: the types of events that it gets, as SES names them, and its topic, if it has one.

    `to_event_bus`: it leads to EventBridge, whose rules decide what follows.
    """

    name: str
    types: frozenset[str]
    topic_arn: str | None
    to_event_bus: bool


def read_event_destinations(client: Any, configuration_set: str) -> tuple[EventDestination, ...] | None:
    """The enabled destinations of a configuration set; None where there is no such set.

    Raises EventPathUnreadable where SES cannot be asked.
    """
    try:
        answer = client.get_configuration_set_event_destinations(ConfigurationSetName=configuration_set)
    except client.exceptions.NotFoundException:
        return None
    except Exception as error:
        raise EventPathUnreadable("ses:GetConfigurationSetEventDestinations", str(map_query_error(error))) from error
    return tuple(
        EventDestination(
            name=str(destination.get("Name", "")),
            types=frozenset(destination.get("MatchingEventTypes", ())),
            topic_arn=(destination.get("SnsDestination") or {}).get("TopicArn"),
            to_event_bus=bool(destination.get("EventBridgeDestination")),
        )
        for destination in answer.get("EventDestinations", ())
        if destination.get("Enabled")
    )
