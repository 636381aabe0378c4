"""An SNS of the tests' own: real RSA signatures over real messages, under a certificate made here."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:eu-west-1:123456789012:ses-events"
CERTIFICATE_URL = "https://sns.eu-west-1.amazonaws.com/SimpleNotificationService-0123456789abcdef.pem"
SUBSCRIBE_URL = f"https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn={TOPIC}&Token=abc123"
_SIGNED = {
    "Notification": ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type"),
    "SubscriptionConfirmation": ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type"),
}
_SIGNED["UnsubscribeConfirmation"] = _SIGNED["SubscriptionConfirmation"]


class SnsSigner:
    """Signs messages. `fetched` lists every URL that was asked for; `fetch` serves the certificate at its URL only."""

    def __init__(self, now: datetime, *, valid_for: timedelta = timedelta(days=365)) -> None:
        self.now = now
        self.fetched: list[str] = []
        self._key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "sns.amazonaws.com")])
        certificate = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(self._key.public_key())
            .serial_number(1)
            .not_valid_before(now - timedelta(days=1))
            .not_valid_after(now + valid_for)
            .sign(self._key, SHA256())
        )
        self.certificate = certificate.public_bytes(Encoding.PEM)

    def fetch(self, url: str) -> bytes:
        """What the network has at `url`."""
        self.fetched.append(url)
        return self.certificate if url == CERTIFICATE_URL else b"<ConfirmSubscriptionResponse/>"

    def message(self, text: str, *, kind: str = "Notification", version: str = "1", **changes: Any) -> dict[str, Any]:
        """A signed message; `changes` are made before signing, None takes a field away."""
        fields: dict[str, Any] = {
            "Type": kind,
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": TOPIC,
            "Subject": "Amazon SES Email Event Notification",
            "Message": text,
            "Timestamp": self.now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.000Z"),
            "SignatureVersion": version,
            "SigningCertURL": CERTIFICATE_URL,
        }
        if kind != "Notification":
            fields |= {"Token": "abc123", "SubscribeURL": SUBSCRIBE_URL}
        fields = {name: value for name, value in {**fields, **changes}.items() if value is not None}
        signed = "".join(f"{name}\n{fields[name]}\n" for name in _SIGNED[kind] if name in fields)
        digest = SHA1() if version == "1" else SHA256()
        signature = self._key.sign(signed.encode(), padding.PKCS1v15(), digest)
        return {**fields, "Signature": base64.b64encode(signature).decode()}

    def body(self, text: str, **options: Any) -> bytes:
        """The same as it is posted."""
        return json.dumps(self.message(text, **options)).encode()
