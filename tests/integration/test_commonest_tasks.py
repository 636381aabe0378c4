"""What the documents of each of the four people begin with works as it is written there."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import requests

from tests.parts.running_worker import running_worker
from tests.parts.shell import Shell
from tests.parts.waiting import wait_for
from tests.parts.web_server import TOKEN, Site, web_server
from worker.actors import register
from worker.boot.web import boot_web
from worker.boot.worker import boot_worker
from worker.settings import load_settings

DOCS = Path(__file__).resolve().parents[2] / "docs"
HEADING = "## The five commonest tasks"
SERVICE = "https://worker.example.com"
_ROW = re.compile(r"^\| (?P<task>[^|]+) \| `(?P<do>[^|]+)` \| `(?P<see>[^|]+)` \|$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class CommonTask:
    """One row: what somebody wants, the command or the path of a page, and what it shows."""

    task: str
    do: str
    see: str


def tasks_of(page: str) -> list[CommonTask]:
    """The five of a page, which come before anything else on it."""
    text = (DOCS / page).read_text(encoding="utf-8")
    title, heading, rest = text.partition(HEADING)
    assert heading, f"{page} has none"
    assert title.count("\n") <= 2, f"{page} does not begin with them"
    found = [CommonTask(**row.groupdict()) for row in _ROW.finditer(rest.partition("\n## ")[0])]
    assert len(found) == 5, [task.task for task in found]
    return found


@dataclass(frozen=True, slots=True)
class People:
    """A service with one letter sent, and what a person needs to use it."""

    site: Site
    shell: Shell
    token: str

    def curl(self, command: str) -> str:
        """What such a command prints, and its status; the address and the token are this test's."""
        words = shlex.split(command.replace(SERVICE, self.site.url).replace("TOKEN", TOKEN))
        headers = dict(words[at + 1].split(": ") for at, word in enumerate(words) if word == "-H")
        body = next((words[at + 1] for at, word in enumerate(words) if word == "-d"), None)
        answer = requests.request("POST" if body else "GET", words[1], headers=headers, data=body, timeout=30)
        return f"{answer.status_code} {answer.text}"

    def open(self, path: str) -> str:
        """The page, as somebody with a login sees it where it wants one."""
        path = path.replace("TOKEN", self.token)
        visitor = self.site.logged_in() if path.startswith("/log/") else self.site.visitor()
        answer = visitor.get(path)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text}"
        if "#" in path:
            assert f'id="{path.partition("#")[2]}"' in answer.text, "the link leads to a place on the page"
        return answer.content.decode("utf-8-sig")

    def do(self, task: CommonTask) -> str:
        """Do it; returns what is seen."""
        if task.do.startswith("worker "):
            return self.shell(*shlex.split(task.do)[1:])
        return self.curl(task.do) if task.do.startswith("curl ") else self.open(task.do)


@pytest.fixture
def people(tmp_path: Path, sqlite_ledger_url: str, redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[People]:
    monkeypatch.chdir(tmp_path)
    values = {
        "DATABASE_URL": sqlite_ledger_url, "REDIS_URL": redis_url, "WORKER_STATE_DIR": str(tmp_path / "var"),
        "WORKER_OUTBOX_DIR": str(tmp_path / "outbox"), "WORKER_API_TOKENS": f"website={TOKEN}",
        "COLUMNS": "200", "NO_COLOR": "1", "USER": "ops",
    }  # fmt: skip
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    line = {"version": 1, "signup_id": "import-1", "email": "bob@example.org", "role": "nurse"}
    (tmp_path / "signups.jsonl").write_text(json.dumps(line) + "\n")
    services = boot_worker(load_settings(), redis_url)
    register(services)
    with web_server(boot_web(load_settings(), redis_url)) as site, running_worker(services.core.broker, threads=1):
        assert site.sign_up(source={"campaign": "autumn", "page": "/outlook/ml-engineer"}).status_code == 202
        letters = tmp_path / "outbox"
        wait_for(lambda: any(letters.glob("*.eml")), "the letter")
        shell = Shell(tmp_path, monkeypatch)
        wait_for(lambda: "sent" in shell("log", "--format", "json"), "its record")
        text = next(letters.glob("*.html")).read_text()
        yield People(site, shell, re.search(r"/report/([\w-]{22})", text)[1])
    services.core.ledger.close()


@pytest.mark.parametrize("page", ["http.md", "marketing.md", "operations.md", "readers.md"])
def test_the_five_commonest_tasks_of_a_page_work_as_written(people: People, page: str) -> None:
    for task in tasks_of(page):
        assert task.see in people.do(task), task
