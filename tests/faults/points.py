"""The named points at which a fault test stops a worker process, in the order one delivery passes them."""

from __future__ import annotations

from enum import StrEnum


class Point(StrEnum):
    """Where a process dies, or freezes."""

    AFTER_SIGNUP_COMMIT = "after_signup_commit"  # committed, nobody woken
    WHILE_CLAIMED = "while_claimed"  # letter composed, no intent
    AFTER_INTENT = "after_intent"  # intent committed, not a byte posted
    AFTER_POST = "after_post"  # SES has accepted, no reply yet: the test kills while SES hangs
    AFTER_REPLY = "after_reply"  # the reply has been read, nothing recorded
    AFTER_RECORD = "after_record"  # recorded, the message not yet acknowledged
