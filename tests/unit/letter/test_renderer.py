"""Rendering: a broken template fails at start, and every level of personalisation has its own text."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from html import unescape
from pathlib import Path

import pytest

from tests.unit.letter import samples
from worker.errors import TemplateError
from worker.letter.measures import GOOD_SUBJECT_CHARACTERS, SIZE_LIMIT_OCTETS
from worker.letter.mime import quoted_printable
from worker.letter.renderer import Renderer
from worker.report.report import ReportedSkill, SkillEffect, UnratedTask


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer(samples.TEMPLATES)


@pytest.fixture(scope="module")
def another_renderer() -> Renderer:
    return Renderer(samples.TEMPLATES)


@pytest.fixture
def templates(tmp_path: Path) -> Path:
    """A copy of the templates, to be broken."""
    shutil.copytree(samples.TEMPLATES, tmp_path / "templates")
    return tmp_path / "templates"


def spoil(templates: Path, name: str, old: str, new: str) -> None:
    path = templates / "email/report" / name
    source = path.read_text()
    assert old in source
    path.write_text(source.replace(old, new))


def visible(html: str) -> str:
    body = re.sub(r"(?s)<(style|title)\b.*?</\1>|<!--.*?-->", " ", html)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", re.sub(r"</?(span|b|a)\b[^>]*>", "", body))).split())


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("tasks.html", "{{ content.tasks.title }}", "{{ content.tasks.titel }}", "titel"),
        ("body.txt", "{{ context.postal_address }}", "{{ address }}", "undefined variable address"),
        ("body.txt", "{{ count.value }}", "{{ count.value_ }}", "value_"),
        ("body.txt", "{% if content.years", "{% iff content.years", "iff"),
        ("next.html", "{{ step.title }}", "{{ step.title|shout }}", "shout"),
        ("next.html", '<td class="btn">', '<td class="{{ content.subject }}">', "in class"),
    ],
)
def test_a_broken_template_fails_at_start(templates: Path, name: str, old: str, new: str, problem: str) -> None:
    spoil(templates, name, old, new)
    with pytest.raises(TemplateError, match=rf"^({re.escape(name)}|body\.html): .*{problem}"):
        Renderer(templates)


def test_an_unknown_name_on_a_branch_never_rendered_is_found(templates: Path) -> None:
    spoil(templates, "body.txt", "-- \n", "{% if content.subject == 'x' %}{{ content.nothing }}{% endif %}-- \n")
    with pytest.raises(TemplateError, match="nothing"):
        Renderer(templates)


def test_a_missing_template_is_named(templates: Path) -> None:
    (templates / "email/report/body.txt").unlink()
    with pytest.raises(TemplateError, match=r"^body\.txt: cannot be read"):
        Renderer(templates)


def test_the_version_depends_on_every_source(templates: Path, renderer: Renderer) -> None:
    assert Renderer(templates).version == renderer.version
    spoil(templates, "tasks.html", "<h2>", "<h2 >")
    assert Renderer(templates).version != renderer.version


@pytest.mark.parametrize("sample", samples.SAMPLES)
def test_same_input_same_bytes(renderer: Renderer, another_renderer: Renderer, sample: str) -> None:
    report = samples.SAMPLES[sample]
    assert renderer.render(report, samples.CONTEXT) == another_renderer.render(report, samples.CONTEXT)


@pytest.mark.parametrize("sample", samples.SAMPLES)
def test_every_sample_reads_well(renderer: Renderer, sample: str) -> None:
    letter = renderer.render(samples.SAMPLES[sample], samples.CONTEXT)
    for text in (visible(letter.html), letter.text):
        assert not re.search(r"\b(None|nan|True|False)\b", text)
        assert not re.search(r"(?<![\d.,])\b(1|one) (tasks|skills)\b|\b([2-9]|\d{2,}|two|three) (task|skill)\b", text)
        if sample == "hostile":
            continue  # its own words are not ours to punctuate
        assert not re.search(r" [,.;:](?!\w)|\.\.(?!\.)|,,|\(\)", text), text
    assert len(letter.subject) in GOOD_SUBJECT_CHARACTERS


def test_an_empty_part_has_no_section(renderer: Renderer) -> None:
    bare = replace(samples.ONE_TASK, skills=(), own_skills=False, experience_years=None, next_steps=())
    for text in (visible(renderer.render(bare, samples.CONTEXT).html), renderer.render(bare, samples.CONTEXT).text):
        for heading in ("Your skills", "next step", "On Monday", "could not place"):
            assert heading.lower() not in text.lower()


def test_no_part_holds_a_readers_markup(renderer: Renderer) -> None:
    letter = renderer.render(samples.HOSTILE, samples.CONTEXT)
    assert "<script" not in letter.html
    assert "<img" not in letter.html
    for text in (letter.html, letter.text):
        for live in ("{{", "{%", "://evil", "evil.com", "\u202e", "\r"):
            assert live not in text
    assert not re.search(r"^Bcc:", letter.text, re.MULTILINE)


def test_every_right_to_left_text_is_isolated(renderer: Renderer) -> None:
    letter = renderer.render(samples.WORLD, samples.CONTEXT)
    assert "“\u2068تنسيق الاجتماعات مع الفرق\u2069”" in letter.text
    assert re.search(r'<span dir="auto">“تنسيق', letter.html)


def test_every_task_of_a_long_week_is_shown(renderer: Renderer) -> None:
    text = " ".join(renderer.render(samples.FORTY, samples.CONTEXT).text.split())
    assert "The other 32 tasks, in brief" in text
    for task in samples.FORTY.tasks:
        assert task.name in text


def worst_case(character: str) -> object:
    """As much as a signup may hold: 40 tasks and 60 skills of 200 characters each, nothing known but the role."""
    words = character * 200
    return replace(
        samples.FORTY,
        tasks=tuple(replace(task, own_words=words) for task in samples.FORTY.tasks),
        unrated_tasks=tuple(UnratedTask(words, 0.025, 2) for _ in range(40)),
        unknown_skills=(words,) * 60,
        skills=tuple(
            ReportedSkill(
                f"s{at}",
                "Skill with a longish name",
                words,
                list(SkillEffect)[at % 3],
                "Reason. " * 30,
                ("Task " * 8,) * 3,
            )
            for at in range(60)
        ),
    )


@pytest.mark.parametrize("character", ["x", "語", "م", "🧪", "<", "&", '"', "="])
def test_no_signup_makes_a_letter_that_gmail_clips(renderer: Renderer, character: str) -> None:
    letter = renderer.render(worst_case(character), samples.CONTEXT)  # type: ignore[arg-type]
    assert len(letter.html.encode()) <= SIZE_LIMIT_OCTETS
    assert len(quoted_printable(letter.html)) <= SIZE_LIMIT_OCTETS
