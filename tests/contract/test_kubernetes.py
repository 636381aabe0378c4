"""deploy/kubernetes: true to what the worker needs. kubernetes-validate reads it in scripts/check-deploy."""

from pathlib import Path

import pytest
import yaml
from typer.main import get_group

from worker.cli.main import app
from worker.cli.worker_processes import DRAIN_MS
from worker.setting_files import SUFFIX
from worker.settings import load_settings, setting_names
from worker.version import installed_version
from worker.web.server import DRAIN_S

FOLDER = Path(__file__).resolve().parents[2] / "deploy" / "kubernetes"
SECRETS = "/run/secrets/exposure-report"


@pytest.fixture(scope="module")
def objects():
    documents = [each for path in sorted(FOLDER.glob("*.yaml")) for each in yaml.safe_load_all(path.read_text())]
    return {(each["kind"], each["metadata"]["name"]): each for each in documents}


def templates(objects):
    """The pods' templates, those of a schedule's jobs too."""
    jobs = [each.get("spec", {}).get("jobTemplate", each).get("spec", {}) for each in objects.values()]
    return [job["template"] for job in jobs if "template" in job]


@pytest.fixture(scope="module")
def pods(objects):
    """The pods' specifications, by what they run."""
    found = [each["spec"] for each in templates(objects)]
    return {each["containers"][0]["args"][0]: each for each in found}


def probe_paths(container):
    return {name: container[name]["httpGet"]["path"] for name in container if name.endswith("Probe")}


def test_each_command_has_its_pod(pods):
    assert pods.keys() == {"migrate", "run", "serve", "canary"}
    assert pods.keys() <= get_group(app).commands.keys()
    images = {container["image"] for pod in pods.values() for container in pod["containers"]}
    assert images == {f"exposure-report-worker:{installed_version()}"}


def test_the_settings_are_ones_the_worker_starts_with(objects, pods, tmp_path):
    data = objects["ConfigMap", "exposure-report"]["data"]
    more = {each["name"]: each["value"] for pod in pods.values() for each in pod["containers"][0].get("env", [])}
    assert {name.removesuffix(SUFFIX) for name in data.keys() | more.keys()} <= setting_names().keys()
    values = {"database-url": "postgresql://worker@db/worker", "redis-url": "rediss://redis:6379/0"}
    given = {}
    for name, value in {**data, **more}.items():
        if name.endswith(SUFFIX):
            file = tmp_path / Path(value).name
            file.write_text(values.get(file.name, "k" * 40) + "\n")
            assert str(Path(value).parent) == SECRETS
        given[name] = str(tmp_path / Path(value).name) if name.endswith(SUFFIX) else value
    settings = load_settings(given)
    assert settings.mailer.reaches_readers
    assert settings.redis_url == values["redis-url"]


def test_every_pod_has_the_settings_the_secrets_and_room_to_write(pods):
    for pod in pods.values():
        [container] = pod["containers"]
        assert container["envFrom"] == [{"configMapRef": {"name": "exposure-report"}}]
        assert {mount["mountPath"] for mount in container["volumeMounts"]} == {SECRETS, "/var/lib/worker", "/tmp"}
        assert pod["serviceAccountName"] == "exposure-report"


def test_the_spool_outlives_its_pod(objects, pods):
    worker = objects["StatefulSet", "exposure-report-worker"]["spec"]
    [claim] = worker["volumeClaimTemplates"]
    assert claim["metadata"]["name"] == "state"
    assert not [volume for volume in pods["run"]["volumes"] if volume["name"] == "state"]
    assert set(worker["persistentVolumeClaimRetentionPolicy"].values()) == {"Retain"}


def test_no_pod_may_do_more_than_its_work(pods):
    for pod in pods.values():
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["runAsUser"] == pod["securityContext"]["fsGroup"] == 10001
        assert pod["automountServiceAccountToken"] is False
        [container] = pod["containers"]
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert "memory" in container["resources"]["limits"]


def test_a_stopping_process_has_time_to_finish(pods):
    assert pods["run"]["terminationGracePeriodSeconds"] > DRAIN_MS / 1000
    before_s = pods["serve"]["containers"][0]["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pods["serve"]["terminationGracePeriodSeconds"] > before_s + DRAIN_S


def test_a_canary_ends_before_the_next_begins(objects, pods):
    schedule = objects["CronJob", "exposure-report-canary"]["spec"]
    assert (schedule["schedule"], schedule["concurrencyPolicy"]) == ("*/5 * * * *", "Forbid")
    waits_s = float(pods["canary"]["containers"][0]["args"][2])
    assert waits_s < schedule["jobTemplate"]["spec"]["activeDeadlineSeconds"] < 300
    assert schedule["jobTemplate"]["spec"]["backoffLimit"] == 0


def test_only_what_a_restart_mends_restarts_a_pod(pods):
    assert probe_paths(pods["serve"]["containers"][0]) == {
        "startupProbe": "/healthz", "livenessProbe": "/healthz", "readinessProbe": "/readyz",
    }  # fmt: skip
    assert probe_paths(pods["run"]["containers"][0]) == {"startupProbe": "/healthz", "livenessProbe": "/healthz"}
    for pod in (pods["serve"], pods["run"]):
        [container] = pod["containers"]
        ports = {port["name"] for port in container["ports"]}
        assert {container[name]["httpGet"]["port"] for name in container if name.endswith("Probe")} <= ports


def test_every_selector_finds_its_pods(objects):
    labels = [each["metadata"]["labels"] for each in templates(objects)]
    for (kind, _), each in objects.items():
        selector = each.get("spec", {}).get("selector")
        if selector is not None:
            wanted = selector.get("matchLabels", selector)
            assert sum(wanted.items() <= found.items() for found in labels) == 1, kind
