"""The check of the letter's own templates, and edits of them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from tests.unit.letter import samples
from worker.errors import TemplateError
from worker.letter.compose import compose
from worker.letter.renderer import Renderer
from worker.letter.theme import built_in_theme
from worker.letter.workshop import check_templates, lines_never_tried

URLS = {"public_url": samples.CONTEXT.public_url, "service_url": "https://reports.example.com"}
THEME = built_in_theme(samples.TEMPLATES)
PARTS = samples.TEMPLATES / "email/report"


def edited(folder: Path, name: str, old: str, new: str) -> Path:
    shutil.copytree(samples.TEMPLATES, folder, dirs_exist_ok=True)
    path = folder / "email/report" / name
    source = path.read_text()
    assert old in source
    path.write_text(source.replace(old, new, 1))
    return folder


def test_the_templates_are_clean_and_every_line_is_tried() -> None:
    assert check_templates(samples.TEMPLATES, THEME, **URLS).notes == ()
    assert lines_never_tried(samples.TEMPLATES, THEME, **URLS) == []


@pytest.mark.parametrize("name", sorted(path.name for path in PARTS.glob("*.html") if path.name != "macros.html"))
def test_a_line_in_any_part_is_named_there(name: str, tmp_path: Path) -> None:
    shutil.copytree(samples.TEMPLATES, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "email/report" / name
    lines = path.read_text().split("\n")
    path.write_text("\n".join([*lines[:-1], "{{ content.nothing }}", ""]))
    with pytest.raises(TemplateError, match=rf"^{re.escape(name)}: line {len(lines)}: .* attribute nothing"):
        check_templates(tmp_path, THEME, **URLS)


def test_a_section_that_is_commented_out_hides_nothing_else(tmp_path: Path) -> None:
    include = '{% include "tasks.html" %}'
    folder = edited(tmp_path, "body.html", include, f"<!-- xylophone: {include} -->")
    renderer = check_templates(folder, THEME, **URLS).renderer
    for sample, report in samples.SAMPLES.items():
        whole = Renderer(samples.TEMPLATES).render(report, samples.CONTEXT).html
        letter = compose(renderer, report, samples.CONTEXT, samples.HEADERS)
        assert "xylophone" not in letter.html
        for heading in re.findall(r"<h2[^>]*>[^<]+</h2>", whole):
            assert heading in letter.html or "task" in heading.lower() or "week" in heading.lower(), (sample, heading)


def test_a_branch_that_no_letter_takes_is_noted(tmp_path: Path) -> None:
    more = "{% if content.subject == 'none' %}\n<tr><td>Week</td></tr>\n{% endif %}\n"
    folder = edited(tmp_path, "next.html", "{% if content.steps %}", more + "{% if content.steps %}")
    never = lines_never_tried(folder, THEME, **URLS)
    assert any(re.match(r"next\.html: line \d+: no letter of this check has this line", note) for note in never), never


@pytest.mark.parametrize(
    ("name", "old", "new", "problem"),
    [
        ("footer.html", "</td></tr></table>", "<svg></svg></td></tr></table>", r"footer\.html: line \d+: <svg>"),
        (
            "footer.html",
            "{{ context.unsubscribe_url }}",
            "{{ context.public_url }}/u",
            r"body\.html: links: .*no un",
        ),
        ("tasks.html", '<li class="item">', '<li class="{{ task.level }}">', r"tasks\.html: line \d+: .*in class"),
        ("tasks.html", "</h2>", " on xylophones</h2>", r"tasks\.html: line 2: parity: .* write them in body\.txt"),
        ("styles.html", "h1 {", ".nothing { color red } h1 {", r"styles\.html: line \d+: `\.nothing` is not CSS"),
        ("body.txt", "{{ context.unsubscribe_url }}", "", r"(body|footer)\.html: .*missing in the text part"),
        (
            "body.txt",
            "{{ context.postal_address }}",
            "{{ context.adress }}",
            r"body\.txt: line \d+: .*adress",
        ),
        ("body.txt", "{{ theme.name }}", '{% include "no.txt" %}', r"body\.txt: line 1: includes \"no\.txt\""),
    ],
)
def test_an_edit_of_the_letter_is_refused(name: str, old: str, new: str, problem: str, tmp_path: Path) -> None:
    with pytest.raises(TemplateError, match=f"^{problem}"):
        check_templates(edited(tmp_path, name, old, new), THEME, **URLS)


@pytest.mark.parametrize("sample", samples.SAMPLES)
def test_no_line_of_a_letter_begins_with_a_dot(sample: str) -> None:
    renderer = Renderer(samples.TEMPLATES)
    message = compose(renderer, samples.SAMPLES[sample], samples.CONTEXT, samples.HEADERS).message
    assert not re.search(rb"^\.", message, re.MULTILINE)
    assert b"\r\n--=20\r\n" in message
    assert b"\r\nList-Id: <exposure-report.exposure.example.com>\r\n" in message


@pytest.mark.parametrize("sample", samples.SAMPLES)
def test_the_preheader_is_padded_so_that_an_inbox_shows_nothing_after_it(sample: str) -> None:
    html = Renderer(samples.TEMPLATES).render(samples.SAMPLES[sample], samples.CONTEXT).html
    hidden = re.search(r"<div[^>]*display: ?none[^>]*>(.*?)</div>", html)
    assert hidden
    text, filler = re.fullmatch(r"(.*?)((?:&[#\w]+;|[\u034f\u200c\xa0])*)", hidden[1]).groups()
    assert 35 <= len(text) <= 140, text
    assert len(re.findall(r"&[#\w]+;|[\u034f\u200c\xa0]", filler)) >= 90
