"""The documents and the code name the same things, both ways."""

import dataclasses
import re
import runpy
from pathlib import Path

import pytest
import yaml
from typer.main import get_command

from worker.cli.main import app
from worker.content.tree import Content
from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.lifecycle import AttemptState, ReportState
from worker.ledger.outcomes import Outcome
from worker.letter.palette import NAMES
from worker.letter.rendered_letter import LetterContext
from worker.settings import setting_names

REPO = Path(__file__).parents[1]
PAGES = sorted(path for path in [*REPO.glob("*.md"), *REPO.glob("docs/**/*.md"), *REPO.glob("data/*.md")])
TEXTS = {path.relative_to(REPO).as_posix(): path.read_text(encoding="utf-8") for path in PAGES}
ALL = "\n".join(TEXTS.values())
COMMANDS = set(get_command(app).commands)  # type: ignore[attr-defined]


def test_the_pages_that_the_code_decides_are_current():
    for path, text in runpy.run_path(str(REPO / "scripts" / "docs"))["pages"]().items():
        assert path.read_text(encoding="utf-8") == text, f"{path.name} is old: run scripts/docs"


def test_every_setting_named_exists():
    named = {name.removesuffix("_FILE") for name in re.findall(r"\bWORKER_[A-Z_]*[A-Z]\b", ALL)}
    assert named <= set(setting_names())


def test_every_command_named_exists_and_every_command_is_named():
    named = set(re.findall(r"\bworker ([a-z][a-z-]+)", code_in(ALL)))
    assert named - COMMANDS == set()
    assert COMMANDS - named == set()


@pytest.mark.parametrize("words", [Outcome, ReportState, AttemptState, FeedbackKind])
def test_the_glossary_has_every_word_the_ledger_writes(words):
    glossary = TEXTS["CONTRIBUTING.md"]
    assert [str(word) for word in words if f"`{word}`" not in glossary] == []


@pytest.mark.parametrize("page", TEXTS)
def test_every_link_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#\s]+)", TEXTS[page]):
        if "://" not in target:
            assert ((REPO / page).parent / target).exists(), target


@pytest.mark.parametrize("page", TEXTS)
def test_every_file_named_exists(page):
    for name in re.findall(r"`((?:worker|templates|data|scripts|tests|docs)/[\w./-]+)`", TEXTS[page]):
        existing = (REPO / name).parent if "NAME" in name else REPO / name
        assert existing.exists(), name


def test_the_tasks_of_a_newcomer_touch_few_files():
    table = TEXTS["CONTRIBUTING.md"].partition("| task | touch |")[2].partition("\n\n")[0]
    rows = [line.split(" | ") for line in table.splitlines() if line.startswith("| a")]
    touched = {
        task.strip("| "): re.findall(r"`((?:worker|templates|data)/[\w./-]+\.\w+)`", files) for task, files, *_ in rows
    }
    assert len(touched) >= 12
    assert all(touched.values())
    assert len(touched["an SMTP mailer"]) <= 3
    assert len(touched["a column in the send log"]) == 1


def test_every_decision_says_what_it_makes_worse_and_is_listed():
    decisions = {path.name: path.read_text(encoding="utf-8") for path in (REPO / "docs" / "decisions").glob("*.md")}
    listed = re.findall(r"\]\(([\w-]+\.md)\)", decisions.pop("README.md"))
    assert sorted(listed) == sorted(decisions)
    for name, text in decisions.items():
        assert re.findall(r"^## (.+)$", text, re.MULTILINE) == ["Context", "Decision", "What it makes worse"], name


def test_every_moved_module_is_where_the_page_says():
    table = TEXTS["docs/upgrading.md"].partition("| 0.1 | 0.2 |")[2].partition("\n\n")[0]
    new = {name for line in table.splitlines() for name in re.findall(r"`worker\.([\w.]+)`", line.rpartition(" | ")[2])}
    files = {name: REPO / "worker" / name.replace(".", "/") for name in new}
    assert [name for name, path in files.items() if not (path.with_suffix(".py").exists() or path.is_dir())] == []


def test_every_script_is_on_the_scripts_page():
    scripts = {f"scripts/{path.name}" for path in (REPO / "scripts").iterdir() if path.is_file()}
    assert scripts == set(re.findall(r"`(scripts/[\w-]+)`", TEXTS["docs/scripts.md"]))


def test_pre_commit_runs_the_checks_and_fetches_no_repository():
    repositories = yaml.safe_load((REPO / ".pre-commit-config.yaml").read_text(encoding="utf-8"))["repos"]
    assert [(each["repo"], [hook["entry"] for hook in each["hooks"]]) for each in repositories] == [
        ("local", ["scripts/check"])
    ]


def test_the_readme_gives_the_two_commands():
    assert "./scripts/demo" in TEXTS["README.md"]
    assert "./scripts/test" in TEXTS["README.md"]


def code_in(text: str) -> str:
    """Only what is in code: between backticks or fences."""
    return "\n".join(re.findall(r"```.*?```|`[^`\n]+`", text, flags=re.DOTALL))


def test_the_values_of_a_template_are_listed():
    page = TEXTS["docs/templates.md"]
    assert set(re.findall(r"content\.(\w+)", page)) == {field.name for field in dataclasses.fields(Content)}
    (contexts,) = re.findall(r"^\| `context` \| (.*) \|$", page, re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", contexts)) == {field.name for field in dataclasses.fields(LetterContext)}
    themes = TEXTS["docs/theme.md"].partition("## Colours")[2]
    assert set(NAMES) <= set(re.findall(r"`(\w+)`", themes))
