"""Messages in Amazon's shape, and the ways in which they are wrapped."""

import base64
import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import Any

HERE = Path(__file__).parents[1]
FOLDER = HERE / "data" / "amazon"
PUBLISHED = Path(os.environ.get("FOLLOWTHROUGH_SHARED", HERE.parents[1] / "shared")) / "data" / "amazon"
"""Amazon's own examples, where they are."""

NAMES = ("account-status", "listing-issues", "listing-issues-1.0", "listing-status", "report")
SELLER = "A3TUMBLERS0US1"
SUBSCRIPTION = "sub-7d1c-us"


def raw(name: str) -> bytes:
    return (FOLDER / f"{name}.json").read_bytes()


def sample(name: str, **changes: Any) -> Any:
    """Return an example, with *changes* to its payload."""
    found = json.loads(raw(name))
    for key in ("Payload", "payload"):
        if key in found:
            inner = found[key].get("accountStatusChangeNotification", found[key])
            inner.update(changes)
    return found


def dated(name: str, old: str, new: str) -> Any:
    """Return an example in which another day stands for one."""
    return json.loads(raw(name).decode().replace(old, new))


def anew(message: Any, *, at: str | None = None) -> Any:
    """Return the same as another fact: with an id of its own, and perhaps at another time."""
    key, name = (
        ("NotificationMetadata", "NotificationId")
        if "NotificationMetadata" in message
        else ("notificationMetadata", "notificationId")
    )
    time = {"EventTime" if name[0] == "N" else "eventTime": at} if at else {}
    return message | time | {key: message[key] | {name: secrets.token_hex(16)}}


def eventbridge(message: Any) -> Any:
    return {
        "version": "0",
        "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
        "detail-type": message.get("NotificationType", "ACCOUNT_STATUS_CHANGED"),
        "source": "aws.partner/sellingpartnerapi.amazon.com/amzn1.sellerapps.app.1",
        "account": "123456789012",
        "time": "2026-02-05T19:00:00Z",
        "region": "us-east-1",
        "resources": [],
        "detail": message,
    }


def sns(message: Any) -> Any:
    return {"Type": "Notification", "MessageId": "1", "TopicArn": "arn:aws:sns:1", "Message": json.dumps(message)}


def sqs(*messages: Any) -> Any:
    return {
        "Records": [
            {
                "messageId": f"m{n}",
                "receiptHandle": base64.b64encode(bytes([n % 256])).decode(),
                "body": json.dumps(one),
            }
            for n, one in enumerate(messages)
        ]
    }


def received(*messages: Any) -> Any:
    """What `aws sqs receive-message` prints."""
    listed = [{"MessageId": str(n), "Body": json.dumps(one)} for n, one in enumerate(messages)]
    return {"Messages": listed, "ResponseMetadata": {"RequestId": "r"}}


def lambda_sns(*messages: Any) -> Any:
    return {"Records": [{"EventSource": "aws:sns", "EventVersion": "1.0", "Sns": sns(one)} for one in messages]}


WRAPPERS: dict[str, Callable[[Any], Any]] = {
    "bare": lambda one: one,
    "EventBridge": eventbridge,
    "SNS": sns,
    "SQS": sqs,
    "receive-message": received,
    "SNS for a function": lambda_sns,
    "array": lambda one: [one],
    "text": json.dumps,
    "SNS in SQS": lambda one: sqs(sns(one)),
    "EventBridge in SQS": lambda one: sqs(eventbridge(one)),
    "EventBridge in SNS in SQS": lambda one: sqs(sns(eventbridge(one))),
    "a batch in SQS": lambda one: sqs([one]),
}
