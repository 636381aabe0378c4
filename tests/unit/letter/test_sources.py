"""Reading a template: parts are joined, comments go, and a message still names the line as written."""

from __future__ import annotations

from pathlib import Path

import pytest

from worker.errors import TemplateError
from worker.letter.renderer import letter_environment
from worker.letter.sources import read_source


def write(folder: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


def render(folder: Path, name: str = "body.html", **names: object) -> str:
    html = name.endswith(".html")
    return letter_environment(html=html).from_string(read_source([folder], name).text).render(**names)


@pytest.mark.parametrize(
    ("including", "included", "expected"),
    [
        ('a\n{% include "part.txt" %}\nb\n', "one\ntwo\n", "a\none\ntwo\nb"),
        ("a\n  {% include 'part.txt' %}\nb\n", "one", "a\none\nb"),
        ('a {% include "part.txt" %} b', "one\n", "a one b"),
        ('a\n{%- include "part.txt" -%}\nb', "one\n", "aoneb"),
        ('{% include "part.txt" %}', "", ""),
        ('{# {% include "none.txt" %} #}a', "", "a"),
        ('{% raw %}{% include "none.txt" %}{% endraw %}', "", '{% include "none.txt" %}'),
        ('{% include "part.txt" %}{{ x }}', "{% set x = 3 %}", "3"),
        ('{% include "part.txt" %}{{ m(2) }}', "{% macro m(x) %}m{{ x }}{% endmacro %}", "m2"),
        ('{% include "in/part.txt" %}', "", "deeper"),
    ],
)
def test_a_part_is_read_as_if_it_were_written_there(
    tmp_path: Path, including: str, included: str, expected: str
) -> None:
    write(tmp_path, {"body.txt": including, "part.txt": included, "in/part.txt": "deeper"})
    assert render(tmp_path, "body.txt") == expected


def test_each_line_keeps_its_file_and_number(tmp_path: Path) -> None:
    write(tmp_path, {"body.html": 'a\n<!-- x\ny --> b\n{% include "part.html" %}\nc', "part.html": "d\ne\n"})
    source = read_source([tmp_path], "body.html")
    lines = source.text.split("\n")
    where = {line: source.origins[number] for number, line in enumerate(lines)}
    assert (where["a"], where["d"], where["e"], where["c"]) == (
        ("body.html", 1), ("part.html", 1), ("part.html", 2), ("body.html", 5),
    )  # fmt: skip
    assert len(source.origins) == len(lines)
    assert where["+#} b"] == ("body.html", 3)
    assert str(source.error(lines.index("e") + 1, "wrong")) == "part.html: line 2: wrong"


def test_the_first_folder_that_has_a_part_gives_it(tmp_path: Path) -> None:
    ours = write(
        tmp_path / "ours", {"body.txt": '{% include "a.txt" %}{% include "b.txt" %}', "a.txt": "a", "b.txt": "b"}
    )
    theirs = write(tmp_path / "theirs", {"b.txt": "B"})
    assert read_source([theirs, ours], "body.txt").text == "aB"


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("a<!-- {% if x %}{{ y }}{% endif %} -->b", "ab"),
        ("a<!-- x -->\nb", "a\nb"),
        ("<p><!-- <p>{% for y in x %}<b>{{ y }}</b>{% endfor %}</p> --></p><p>kept</p>", "<p></p><p>kept</p>"),
        ("<!--[if mso]><table><![endif]-->", "<!--[if mso]><table><![endif]-->"),
        ("<!--[if !mso]><!--><p>x</p><!--<![endif]-->", "<!--[if !mso]><!--><p>x</p><!--<![endif]-->"),
        ("<style><!-- p { color: red } --></style>", "<style><!-- p { color: red } --></style>"),
        ('{{ "<!--" }}', "&lt;!--"),
    ],
)
def test_a_comment_hides_what_is_in_it_and_nothing_else(tmp_path: Path, html: str, expected: str) -> None:
    write(tmp_path, {"body.html": html})
    assert render(tmp_path) == expected


def test_files_of_any_editor_are_read(tmp_path: Path) -> None:
    (tmp_path / "body.txt").write_bytes(b'\xef\xbb\xbfa\r\n{% include "b.txt" %}\r\nc\r\n')
    (tmp_path / "b.txt").write_bytes(b"\xef\xbb\xbfb\r\n")
    assert read_source([tmp_path], "body.txt").text == "a\nb\nc\n"


@pytest.mark.parametrize(
    ("files", "problem"),
    [
        ({"body.html": 'a\n{% include "none.html" %}'}, r'body\.html: line 2: includes "none\.html", which is not in'),
        ({"body.html": 'a\n{% include "../x.html" %}'}, r"body\.html: line 2: .*write a file of this folder"),
        ({"body.html": 'a\n{% include "/x.html" %}'}, r"body\.html: line 2: .*write a file of this folder"),
        (
            {"body.html": '{% include "a.html" %}', "a.html": '\n{% include "body.html" %}'},
            r"a\.html: line 2: .*itself",
        ),
        ({"body.html": "a\n<!-- b"}, r"body\.html: line 2: the comment is never closed"),
        ({"body.html": "a\n<!-- b <!-- c --> d -->"}, r"body\.html: line 2: a comment within a comment"),
        ({"body.html": "a\nb -->"}, r"body\.html: line 2: `-->` ends no comment"),
    ],
)
def test_what_cannot_be_read_as_meant_is_refused(tmp_path: Path, files: dict[str, str], problem: str) -> None:
    write(tmp_path, files)
    with pytest.raises(TemplateError, match=f"^{problem}"):
        read_source([tmp_path], "body.html")
