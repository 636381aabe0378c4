"""Each kind of AWS credentials that docs/managed-services.md names: SES gets requests signed with it."""

import json
import os
import sys

import pytest

from tests.parts.credential_server import credential_server
from tests.parts.identity_provider import identity_provider
from worker.mailers.mailer import Outgoing
from worker.mailers.registry import mailer_module
from worker.settings import load_settings

SETTINGS = {
    "WORKER_MAILER": "ses",
    "WORKER_FROM": "Reports <reports@northwind.dev>",
    "WORKER_PUBLIC_URL": "https://www.northwind.dev",
    "WORKER_POSTAL_ADDRESS": "1 Street",
    "WORKER_SECRET_KEY": "s" * 32,
    "WORKER_IDENTITY_KEY": "i" * 32,
    "AWS_REGION": "eu-west-1",
}


@pytest.fixture
def environ(ses, monkeypatch, tmp_path):
    """No credentials but those that a test gives; none of this machine's own either."""
    for name in [name for name in os.environ if name.startswith("AWS_") and name != "AWS_ENDPOINT_URL_SESV2"]:
        monkeypatch.delenv(name)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    return monkeypatch


def keys(environ, tmp_path):
    environ.setenv("AWS_ACCESS_KEY_ID", "AKIDKEYS")
    environ.setenv("AWS_SECRET_ACCESS_KEY", "no-secret")
    environ.setenv("AWS_SESSION_TOKEN", "token")
    yield "AKIDKEYS"


def profile(environ, tmp_path):
    content = "[reports]\naws_access_key_id = AKIDPROFILE\naws_secret_access_key = no-secret\n"
    (tmp_path / "aws_shared_credentials_file").write_text(content)
    environ.setenv("AWS_PROFILE", "reports")
    yield "AKIDPROFILE"


def credential_process(environ, tmp_path):
    program = tmp_path / "credentials.py"
    given = {"Version": 1, "AccessKeyId": "AKIDPROCESS", "SecretAccessKey": "no-secret"}
    program.write_text(f"print({json.dumps(json.dumps(given))})")
    (tmp_path / "aws_config_file").write_text(f"[profile reports]\ncredential_process = {sys.executable} {program}\n")
    environ.setenv("AWS_PROFILE", "reports")
    yield "AKIDPROCESS"


def web_identity(environ, tmp_path):
    (tmp_path / "token").write_text("a web identity token")
    environ.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(tmp_path / "token"))
    environ.setenv("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/sender")
    with identity_provider() as provider:
        environ.setenv("AWS_ENDPOINT_URL_STS", provider.url)
        yield "AKIDEXAMPLE"
        assert provider.asked == 1


def container(environ, tmp_path):
    with credential_server() as url:
        environ.setenv("AWS_CONTAINER_CREDENTIALS_FULL_URI", f"{url}/container")
        environ.setenv("AWS_CONTAINER_AUTHORIZATION_TOKEN", "a container's token")
        yield "AKIDCONTAINER"


def instance(environ, tmp_path):
    with credential_server() as url:
        environ.delenv("AWS_EC2_METADATA_DISABLED")
        environ.setenv("AWS_EC2_METADATA_SERVICE_ENDPOINT", url)
        yield "AKIDINSTANCE"


@pytest.mark.parametrize("kind", [keys, profile, credential_process, web_identity, container, instance])
def test_a_letter_is_signed_with_the_credentials_that_are_there(ses, environ, tmp_path, kind):
    for key in kind(environ, tmp_path):
        mailer = mailer_module(load_settings(SETTINGS)).build(load_settings(SETTINGS)).mailer
        outgoing = Outgoing("a" * 32, "ada@northwind.dev", b"Subject: x\r\n\r\nletter", "<p>letter</p>")
        assert mailer.send(outgoing, lambda signed_at: None).ses_message_id
        assert ses.keys == {key}
