"""docker-compose.yml: well-formed by the compose specification, and true to what the worker needs."""

import re
import subprocess
from pathlib import Path

import pytest
import redis
import yaml
from typer.main import get_group

from tests.parts.redis_server import redis_server
from worker.cli.main import app
from worker.setting_types import MailerKind
from worker.settings import load_settings, setting_names

ROOT = Path(__file__).resolve().parents[2]
VARIABLE = re.compile(r"\$\{(?P<name>[A-Z_]+)(?::(?P<kind>[-?])(?P<rest>[^}]*))?\}")
SAMPLE = {
    "POSTGRES_PASSWORD": "letters123",
    "REDIS_PASSWORD": "letters456",
    "AWS_REGION": "eu-west-1",
    "WORKER_FROM": "AI Exposure Report <reports@example.com>",
    "WORKER_PUBLIC_URL": "https://www.example.com",
    "WORKER_POSTAL_ADDRESS": "1 Example Street",
    "WORKER_SECRET_KEY": "s" * 32,
    "WORKER_IDENTITY_KEY": "i" * 32,
}
AWS_CREDENTIALS = {"AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"}

# The words of the compose specification that the file uses: any other is a misspelling until it is added here.
SERVICE_KEYS = {
    "build", "cap_drop", "command", "configs", "depends_on", "env_file", "environment", "healthcheck", "image", "init",
    "ports", "read_only",
    "restart", "security_opt", "stop_grace_period", "tmpfs", "user",
    "volumes",
}  # fmt: skip
CONDITIONS = {"service_started", "service_healthy", "service_completed_successfully"}
DURATION = re.compile(r"(\d+(ms|us|s|m|h))+")


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


@pytest.fixture(scope="module")
def services(compose):
    return compose["services"]


def filled_in(text, environ):
    """The text as compose would read it: ${NAME}, ${NAME:-default} and ${NAME:?message}."""

    def value(found):
        given = environ.get(found["name"])
        if not given and found["kind"] == "?":
            raise KeyError(found["name"])
        return given or (found["rest"] if found["kind"] == "-" else "") or ""

    return VARIABLE.sub(value, text)


def environment_of(service, environ):
    """A container's environment, with `environ` as the .env file; `environment` comes before `env_file`."""
    pairs = {name: environ.get(name) if value is None else str(value) for name, value in service["environment"].items()}
    from_file = environ if [each["path"] for each in service.get("env_file", [])] == [".env"] else {}
    return {**from_file, **{name: filled_in(value, environ) for name, value in pairs.items() if value is not None}}


def test_every_key_and_value_is_one_that_compose_knows(compose, services):
    assert {key for key in compose if not key.startswith("x-")} == {"name", "services", "volumes", "configs"}
    for service in services.values():
        assert {"image", "healthcheck"} <= service.keys() <= SERVICE_KEYS
        assert re.fullmatch(r"[a-z0-9/._-]+:[\w.-]+(@sha256:[0-9a-f]{64})?", service["image"])
        assert service.get("restart", "no") in {"no", "always", "on-failure", "unless-stopped"}
        assert {wait["condition"] for wait in service.get("depends_on", {}).values()} <= CONDITIONS
        assert all(re.fullmatch(r"[\w-]+:/[\w/.-]+", volume) for volume in service.get("volumes", []))


def test_every_service_is_watched(services):
    assert services["migrate"]["healthcheck"] == {"disable": True}, "it ends by itself"
    for service in [each for name, each in services.items() if name != "migrate"]:
        check = service["healthcheck"]
        assert check.keys() - {"start_period"} == {"test", "interval", "timeout", "retries"}
        assert check["test"][0] in {"CMD", "CMD-SHELL"}
        durations = [check["interval"], check["timeout"], check.get("start_period", "0s")]
        durations.append(service.get("stop_grace_period", "10s"))
        assert all(DURATION.fullmatch(duration) for duration in durations), durations
        assert check["retries"] >= 1


def test_the_services_start_in_order(services):
    assert {"redis", "postgres", "migrate", "worker"} <= services.keys()
    for service in services.values():
        assert service.get("depends_on", {}).keys() <= services.keys()
    assert services["migrate"]["depends_on"]["postgres"]["condition"] == "service_healthy"
    for name in services.keys() - {"redis", "postgres", "migrate"}:
        waits = {other: wait["condition"] for other, wait in services[name]["depends_on"].items()}
        assert waits == {"migrate": "service_completed_successfully", "redis": "service_healthy"}


def test_every_volume_is_declared_and_used(compose, services):
    used = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert used == compose["volumes"].keys()


def test_the_http_api_and_the_metrics_are_published_to_this_machine_alone(services):
    published = {name: service["ports"] for name, service in services.items() if "ports" in service}
    assert published == {"serve": ["127.0.0.1:8000:8000"], "worker": ["127.0.0.1:9191:9191"]}
    assert environment_of(services["worker"], SAMPLE)["WORKER_METRICS_LISTEN"] == "0.0.0.0:9191"


def test_every_setting_of_the_table_reaches_the_containers(services):
    own = {"DATABASE_URL", "REDIS_URL", "WORKER_STATE_DIR", "WORKER_METRICS_LISTEN", "WORKER_RUN_HEALTH_LISTEN"}
    text = (ROOT / ".env.example").read_text()
    assert all(name in text for name in own)
    for name in ("migrate", "worker", "serve"):
        for setting in setting_names().keys() - own:
            assert environment_of(services[name], {**SAMPLE, setting: "given"})[setting] == "given", (name, setting)
        for setting in own:
            assert environment_of(services[name], {**SAMPLE, setting: "given"})[setting] != "given", (name, setting)
        assert environment_of(services[name], {**SAMPLE, "AWS_PROFILE": "reports"})["AWS_PROFILE"] == "reports"


def test_what_is_required_is_asked_for(services):
    for name in SAMPLE:
        with pytest.raises(KeyError, match=name):
            environment_of(services["worker"], {**SAMPLE, name: ""})


def test_the_environment_is_one_the_worker_starts_with(services):
    environ = environment_of(services["worker"], SAMPLE)
    passwords = {"POSTGRES_PASSWORD", "REDIS_PASSWORD"}  # of the file, which knows no service
    assert environ.keys() - passwords <= setting_names().keys() | AWS_CREDENTIALS
    settings = load_settings(environ)
    assert settings.mailer is MailerKind.SES
    assert settings.database_url == "postgresql+psycopg://worker:letters123@postgres/worker"


def test_the_example_names_every_required_variable():
    lines = (ROOT / ".env.example").read_text().splitlines()
    named = {line.split("=")[0] for line in lines if line and not line.startswith("#")}
    assert SAMPLE.keys() <= named <= SAMPLE.keys() | AWS_CREDENTIALS | setting_names().keys()


def test_the_commands_exist(services):
    known = set(get_group(app).commands)
    for name in services.keys() - {"redis", "postgres"}:
        assert services[name]["command"][0] in known


def test_a_probe_asks_whether_this_process_works_not_whether_all_is_well(services):
    (run_probe,) = [command for command in services["worker"]["healthcheck"]["test"] if "healthz" in command]
    listen = environment_of(services["worker"], SAMPLE)["WORKER_RUN_HEALTH_LISTEN"]
    assert f"http://{listen}/healthz" in run_probe
    assert "/healthz" in services["serve"]["healthcheck"]["test"][-1]
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    (image_probe,) = [line for line in lines if line.startswith("HEALTHCHECK")]
    assert run_probe in image_probe
    assert f"WORKER_RUN_HEALTH_LISTEN={listen}" in " ".join(lines)


def test_redis_keeps_every_write_evicts_nothing_and_asks_for_a_password(compose, services, tmp_path):
    (program, given, *options), (mounted,) = services["redis"]["command"], services["redis"]["configs"]
    assert (program, given) == ("redis-server", mounted["target"])
    file = tmp_path / "redis.conf"
    file.write_text(filled_in(compose["configs"][mounted["source"]]["content"], SAMPLE))
    with redis_server(options, config=file, password=SAMPLE["REDIS_PASSWORD"]) as url:
        with redis.Redis.from_url(url, password=SAMPLE["REDIS_PASSWORD"]) as client:
            settings = client.config_get("append*") | client.config_get("maxmemory*")
        with redis.Redis.from_url(url) as stranger, pytest.raises(redis.AuthenticationError):
            stranger.ping()
    assert (settings["appendonly"], settings["appendfsync"]) == ("yes", "always")
    assert (settings["maxmemory-policy"], settings["maxmemory"]) == ("noeviction", str(256 * 1024**2))
    worker = environment_of(services["worker"], SAMPLE)
    assert redis.Redis.from_url(worker["REDIS_URL"]).get_connection_kwargs()["password"] == SAMPLE["REDIS_PASSWORD"]
    assert environment_of(services["redis"], SAMPLE) == {"REDISCLI_AUTH": SAMPLE["REDIS_PASSWORD"]}


def test_no_container_may_do_more_than_its_work(services):
    for name, service in services.items():
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert service.get("user", "root") != "root" or service["image"].startswith("exposure-report-worker:"), name


def test_a_stopping_worker_has_time_to_finish(services):
    from worker.cli.worker_processes import DRAIN_MS

    assert int(services["worker"]["stop_grace_period"].removesuffix("s")) > DRAIN_MS / 1000


def test_the_image():
    lines = (ROOT / "Dockerfile").read_text().splitlines()
    final = lines[max(number for number, line in enumerate(lines) if line.startswith("FROM")) :]
    assert "USER worker" in final
    assert any(line.startswith("RUN python -m pip uninstall") for line in final)
    assert "RUN python -m venv --without-pip /opt/worker && python -m venv /opt/tools" in lines
    assert not [line for line in lines if "/opt/worker/bin/pip" in line]
    assert any(line.startswith("HEALTHCHECK") for line in final)
    copied = {word for line in lines if line.startswith("COPY") and "--from" not in line for word in line.split()[1:-1]}
    assert all((ROOT / name).exists() for name in copied)
    ignored = subprocess.run(
        ["grep", "-v", "^#", ROOT / ".dockerignore"], capture_output=True, text=True, check=True
    ).stdout.split()
    assert {line.removeprefix("!") for line in ignored if line.startswith("!")} == copied
