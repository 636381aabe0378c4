"""Edits of a template as designers try them: each works, or `templates check` refuses it with line and remedy.

What works is rendered for every sample, so that nothing is refused later, when a reader's letter is made.
"""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.unit.letter import samples
from worker.errors import TemplateError
from worker.letter.compose import compose
from worker.letter.theme import built_in_theme
from worker.letter.workshop import check_templates

URLS = {"public_url": samples.CONTEXT.public_url, "service_url": samples.CONTEXT.public_url}
THEME = replace(built_in_theme(samples.TEMPLATES), folder=Path("no-folder"))
HERE = '<p class="box">Your week, in short.</p>'
HERE_TEXT = "Your week, in short."
FILES = {
    "body.html": f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{{{{ content.subject }}}}</title>
<style>
p {{ margin: 0; color: {{{{ theme.light.ink }}}} }}
.box {{ padding: 8px; background-color: {{{{ theme.light.wash }}}} }}
.high {{ font-weight: bold }}
</style>
<style data-premailer="ignore">
@media (prefers-color-scheme: dark) {{ p {{ color: {{{{ theme.dark.ink }}}} !important }} }}
</style>
</head>
<body>
<div style="display: none">{{{{ content.preheader }}}}</div>
<h1>{{{{ content.verdict.answer.text }}}}</h1>
<table role="presentation" width="100%"><tr>
{{% for slice in content.week.slices %}}
<td width="{{{{ slice.width }}}}%">{{{{ slice.level.word }}}}</td>
{{% endfor %}}
</tr></table>
{HERE}
{{% for task in content.tasks.full %}}
<p class="high">{{{{ task.title.text }}}}: {{{{ task.facts.text }}}}</p>
{{% endfor %}}
{{% include "foot.html" %}}
</body>
</html>
""",
    "foot.html": """<p>{{ context.postal_address }}</p>
<p><a href="{{ context.unsubscribe_url }}">Unsubscribe</a></p>
""",
    "body.txt": f"""{{{{ content.verdict.answer.text }}}}

{{% for slice in content.week.slices %}}
{{{{ slice.level.word }}}}
{{% endfor %}}
{HERE_TEXT}

{{% for task in content.tasks.full %}}
{{{{ task.title.text }}}}: {{{{ task.facts.text }}}}
{{% endfor %}}

--
{{{{ context.postal_address }}}}

Unsubscribe:
{{{{ context.unsubscribe_url }}}}
""",
    "macros.html": "{% macro loud(text) %}<b>{{ text|upper }}</b>{% endmacro %}\n",
}
LINE = FILES["body.html"].split(HERE)[0].count("\n") + 1
"""Where edits of the body begin."""
CSS = ".high { font-weight: bold }"
CSS_LINE = FILES["body.html"].split(CSS)[0].count("\n") + 1
KEPT = "@media (prefers-color-scheme: dark)"


class Edit(NamedTuple):
    """Text put after the line HERE, or the CSS rule, or the kept block; the same in the text part, where given."""

    html: str = ""
    text: str = ""
    css: str = ""
    kept: str = ""


def folder_with(edit: Edit, tmp_path: Path) -> Path:
    folder = tmp_path / "email" / "report"
    folder.mkdir(parents=True)
    html = FILES["body.html"].replace(HERE, HERE + edit.html).replace(CSS, CSS + edit.css)
    html = html.replace(KEPT, edit.kept + KEPT)
    files = FILES | {"body.html": html, "body.txt": FILES["body.txt"].replace(HERE_TEXT, HERE_TEXT + edit.text)}
    for name, text in files.items():
        (folder / name).write_text(text)
    return tmp_path


LOOP = "{% for slice in content.week.slices %}"
WORKS = {
    "nothing": (Edit(), "Your week, in short."),
    "a table with a class": (
        Edit('<table class="t"><tr><td>Table</td></tr></table>', "\nTable", css=" .t { width: 100% }"),
        '<table style="width:100%">',
    ),
    "a loop": (Edit(f"<ul>{LOOP}<li>{{{{ slice.level.word }}}}</li>{{% endfor %}}</ul>"), "<ul><li>"),
    "a loop's number": (
        Edit(
            f"{LOOP}<p>Number {{{{ loop.index }}}}</p>{{% endfor %}}",
            f"{LOOP}\nNumber {{{{ loop.index }}}}{{% endfor %}}",
        ),
        ">Number 1</p>",
    ),
    "loop.last": (
        Edit(f"<p>{LOOP}{{{{ slice.level.word }}}}{{% if not loop.last %}}, {{% endif %}}{{% endfor %}}</p>"),
        "</p>",
    ),
    "loop.cycle": (
        Edit(f"{LOOP}<p style=\"background-color: {{{{ loop.cycle('#ffffff', '#eeeeee') }}}}\">x</p>{{% endfor %}}"),
        "background-color:#eeeeee",
    ),
    "loop.revindex": (Edit(f"{LOOP}{{% if loop.revindex == 1 %}}<hr>{{% endif %}}{{% endfor %}}"), "<hr>"),
    "namespace": (
        Edit(
            "{% set seen = namespace(any=false) %}" + LOOP + "{% set seen.any = true %}{% endfor %}"
            "{% if seen.any %}<p>Seen</p>{% endif %}",
            "\nSeen",
        ),
        ">Seen</p>",
    ),
    "a whole element in each branch": (
        Edit(
            '{% if content.monday %}<p class="high">Monday</p>{% else %}<p class="box">Monday</p>{% endif %}',
            "\nMonday",
        ),
        ">Monday</p>",
    ),
    "a condition in a value": (
        Edit("<p style=\"color: {{ 'red' if content.monday else 'blue' }}\">Red</p>", "\nRed"),
        ">Red</p>",
    ),
    "a declaration within if": (
        Edit('<p class="box" style="{% if content.monday %}width:1px{% endif %}">W</p>'),
        "width:1px",
    ),
    "a width that depends on the reader": (
        Edit(f'{LOOP}<p style="width: {{{{ slice.width }}}}%">W</p>{{% endfor %}}'),
        "width:",
    ),
    "a comment round a block with Jinja": (
        Edit("<!-- {% if content.monday %}\n<p>{{ content.monday.title }}</p>\n{% endif %} --><p>After</p>", "\nAfter"),
        ">After</p>",
    ),
    "a comment round a whole loop": (
        Edit(f"<!-- {LOOP}<b>{{{{ slice.level.word }}}}</b>{{% endfor %}} -->"),
        "Unsubscribe",
    ),
    "a Jinja comment": (Edit("{# later: <svg> #}"), "Unsubscribe"),
    "a conditional comment for Outlook": (
        Edit(
            '<!--[if mso]><table width="{{ 600 }}"><tr><td><![endif]--><p>In</p>'
            "<!--[if mso]></td></tr></table><![endif]-->",
            "\nIn",
        ),
        '<!--[if mso]><table width="600">',
    ),
    "a block that Outlook is not shown": (
        Edit("<!--[if !mso]><!--><p>Modern</p><!--<![endif]-->", "\nModern"),
        "<!--[if !mso]><!--><p",
    ),
    "an include": (Edit('{% include "macros.html" %}{{ loud("hey") }}', "\nHEY"), "<b>HEY</b>"),
    "an include in single quotes within a line": (Edit("<p>a {% include 'macros.html' %} b</p>"), "<p"),
    "a macro": (Edit("{% macro m(x) %}<i>{{ x }}</i>{% endmacro %}{{ m('Yes') }}", "\nYes"), "<i>Yes</i>"),
    "a macro with caller": (
        Edit("{% macro m() %}<i>{{ caller() }}</i>{% endmacro %}{% call m() %}Yes{% endcall %}", "\nYes"),
        "<i>Yes</i>",
    ),
    "a variable": (Edit("{% set word = 'Word' %}<p>{{ word }}</p>", "\nWord"), ">Word</p>"),
    "a block variable": (Edit("{% set word %}Word{% endset %}<p>{{ word }}</p>", "\nWord"), ">Word</p>"),
    "a with block": (Edit("{% with word = 'Word' %}<p>{{ word }}</p>{% endwith %}", "\nWord"), ">Word</p>"),
    "a filter block": (Edit("<p>{% filter upper %}word{% endfilter %}</p>", "\nWORD"), ">WORD</p>"),
    "white space control": (Edit("<p>\n  {%- if true -%}\n  Tight\n  {%- endif -%}\n</p>", "\nTight"), ">Tight</p>"),
    "an image of the website": (
        Edit('<img src="{{ context.public_url }}/a.png" alt="Acorn" width="40" height="40">', "\nAcorn"),
        "/a.png",
    ),
    "an image of the website by its address": (
        Edit('<img src="https://exposure.example.com/a.png" alt="" width="40" height="40">'),
        "/a.png",
    ),
    "UTM on a link": (
        Edit(
            '<a href="{{ context.public_url }}/?utm_source=letter&amp;utm_medium=email">More</a>',
            "\nMore\n{{ context.public_url }}/?utm_source=letter&utm_medium=email",
        ),
        "utm_medium=email",
    ),
    "a condition in a link": (
        Edit(
            '<a href="{{ context.public_url }}{% if true %}/a{% endif %}">More</a>', "\nMore {{ context.public_url }}/a"
        ),
        '/a"',
    ),
    "a second button": (
        Edit(
            '<table role="presentation"><tr><td class="box">'
            '<a class="high" href="{{ context.report_url }}">Open</a></td>'
            "</tr></table>",
            "\nOpen\n{{ context.report_url }}",
        ),
        '<a ses:no-track href="https://exposure.example.com/report/',
    ),
    "bgcolor": (Edit('<table bgcolor="{{ theme.light.wash }}"><tr><td>B</td></tr></table>'), 'bgcolor="#fef1e4"'),
    "a colour in class": (
        Edit('<p class="c{{ theme.mark.text|length }}">C</p>', css=" .c18 { color: red }"),
        ";color:red",
    ),
    "a media query": (Edit(kept="@media (max-width: 480px) { .box { padding: 0 !important } } "), "max-width: 480px"),
    ":hover": (Edit(kept=".box:hover { color: red !important } "), ".box:hover"),
    "@font-face": (
        Edit(kept="@font-face { font-family: Acorn; src: url(https://exposure.example.com/a.woff2) } "),
        "@font-face",
    ),
    "an emoji": (Edit("<p>🚀 &#128640;</p>"), "🚀"),
    "a style block in the body": (
        Edit('<style>.late { color: red }</style><p class="late">Late</p>', "\nLate"),
        ';color:red">Late',
    ),
    "a kept style block in a branch": (
        Edit('{% if true %}<style data-premailer="ignore">@media print { p { top: 0 } }</style>{% endif %}'),
        "<style>@media print",
    ),
    "a filter with an argument": (Edit("<p>{{ content.verdict.answer.text|truncate(9, true, '') }}</p>"), "<p"),
    "a selector by place": (Edit(css=" tr td:first-child { color: red }"), "color:red"),
    "a loop over the theme in CSS": (
        Edit('<p class="w40">W</p>', css="{% for w in [20, 40] %}.w{{ w }} { width: {{ w }}px }{% endfor %}"),
        "width:40px",
    ),
    "CSS in an old comment": (Edit(css="<!-- -->"), "Unsubscribe"),
    "old HTML": (Edit('<center><font color="red">Old</font></center><br/><hr/>', "\nOld"), "<center>"),
    "a data attribute": (Edit('<p data-x="{{ content.subject }}">D</p>'), "data-x="),
    "text that depends on the reader": (Edit("<p>{{ 'A' if content.monday else 'B' }}</p>"), "Unsubscribe"),
    "a picture's label": (Edit('<p aria-hidden="true">Label</p>'), "Label"),
}


@pytest.mark.parametrize("name", WORKS)
def test_an_edit_works(name: str, tmp_path: Path) -> None:
    edit, expected = WORKS[name]
    checked = check_templates(folder_with(edit, tmp_path), THEME, **URLS)
    assert expected in checked.renderer.render(samples.FULL, samples.CONTEXT).html
    for report in samples.SAMPLES.values():
        assert "Unsubscribe" in compose(checked.renderer, report, samples.CONTEXT, samples.HEADERS).html


HTML, STYLE = LINE, CSS_LINE
REFUSED: dict[str, tuple[Edit, int, str]] = {
    "a condition in class": (
        Edit('<p class="{% if content.monday %}high{% endif %}">x</p>'),
        HTML,
        "in class, .* write the whole element",
    ),
    "a class made of a value": (Edit('<p class="t-{{ content.subject }}">x</p>'), HTML, "in class, .* write the whole"),
    "an id made of a value": (Edit('<p id="t-{{ content.subject }}">x</p>'), HTML, "in id, .* write the whole element"),
    "an attribute within if": (
        Edit('<p {% if content.monday %}align="left"{% endif %}>x</p>'),
        HTML,
        "between attributes: write the whole",
    ),
    "an attribute without quotes": (
        Edit("<p align={{ content.subject }}>x</p>"),
        HTML,
        r'without quotes: write align="\{\{ content\.subject \}\}"',
    ),
    "a style within if": (
        Edit('<p class="box" style="{% if content.monday %}width:1px;{% endif %}">x</p>'),
        HTML,
        "inlining lost.*write one expression as one value",
    ),
    "the same property twice": (
        Edit('<p style="width: {{ 1 }}px; width: {{ 2 }}px">x</p>'),
        HTML,
        "inlining lost.*write one expression",
    ),
    "import": (Edit('{% import "macros.html" as m %}'), HTML, 'import.*write {% include "part.html" %}'),
    "from import": (Edit('{% from "macros.html" import loud %}'), HTML, 'from.*write {% include "part.html" %}'),
    "an include of a variable": (Edit("{% include content.subject %}"), HTML, "not a literal: write {% if"),
    "an include that may be missing": (Edit('{% include "x.html" ignore missing %}'), HTML, "write {% if"),
    "an include of a missing file": (Edit('\n{% include "x.html" %}'), HTML + 1, 'includes "x.html", which is not in'),
    "an include of another folder": (Edit('{% include "../x.html" %}'), HTML, "write a file of this folder"),
    "extends": (Edit('{% extends "macros.html" %}'), HTML, 'extends.*write {% include "head.html" %}'),
    "a block": (Edit("{% block x %}{% endblock %}"), HTML, 'block.*write {% include "part.html" %}'),
    "loop.previtem": (
        Edit(f"{LOOP}{{{{ loop.previtem }}}}{{% endfor %}}"),
        HTML,
        "loop.previtem: write one of loop.changed, loop.cycle",
    ),
    "raw": (Edit("{% raw %}{{ x }}{% endraw %}"), HTML, "raw.*write &#123;"),
    "safe": (Edit("{{ content.subject|safe }}"), HTML, "safe: leave it out"),
    "autoescape": (Edit("{% autoescape false %}x{% endautoescape %}"), HTML, "autoescape.*leave it out"),
    "random": (Edit("{{ [1, 2]|random }}"), HTML, "random: write .first"),
    "a filter that Jinja lacks": (Edit("{{ content.subject|shout }}"), HTML, "No filter named 'shout'"),
    "a method": (Edit("{{ content.subject.upper() }}"), HTML, r"\.upper: write the filter .upper"),
    "a misspelt attribute": (Edit("{{ content.subjct }}"), HTML, "attribute subjct; did you mean subject"),
    "a misspelt variable": (Edit("\n{{ contnt.subject }}"), HTML + 1, "variable contnt; did you mean content"),
    "a variable of another program": (
        Edit("{{ first_name }}"),
        HTML,
        "variable first_name; there are content, context",
    ),
    "a branch that is never taken": (
        Edit("{% if 1 == 2 %}{{ content.nothing }}{% endif %}"),
        HTML,
        "no value of the letter has an attribute nothing",
    ),
    "a piece that is not closed": (Edit("<p>{{ content.subject </p>"), HTML, "unexpected|never closed|expected"),
    "an if that is not closed": (Edit("{% if content.monday %}x"), HTML, "a block is never closed: write {% endif %}"),
    "a number sign after a brace": (
        Edit(kept="@media print {#x { color: red } } "),
        9,
        "comment.*write a space between",
    ),
    "a method without a filter": (
        Edit("{{ content.subject.isupper() }}"),
        HTML,
        "methods .* write one of Jinja",
    ),
    "a dictionary": (
        Edit("{% for k, v in {'a': 1}.items() %}{{ k }}{% endfor %}"),
        HTML,
        "write the filter .items",
    ),
    "a style block in a branch": (
        Edit("{% if content.monday %}\n<style>.x { color: red }</style>{% endif %}"),
        HTML + 1,
        "write a class in each",
    ),
    "a sum of a text": (Edit("\n\n{{ content.subject + 1 }}"), HTML + 2, "TypeError: can only concatenate str"),
    "an element that a list lacks": (Edit("\n{{ content.week.slices[99].names }}"), HTML + 1, "UndefinedError: .*99"),
    "a division by nothing": (Edit("\n{{ 1 / 0 }}"), HTML + 1, "ZeroDivisionError"),
    "a theme's value that is missing": (Edit("\n{{ theme.mark.image|length }}"), HTML + 1, "TypeError: .*NoneType"),
    "svg": (Edit("<svg><path/></svg>"), HTML, "<svg>.*write <img>"),
    "script": (Edit("<script>x()</script>"), HTML, "<script>: no mail program runs it"),
    "a form": (Edit("<form><input></form>"), HTML, "<form>.*write a link"),
    "a button": (Edit("<button>x</button>"), HTML, '<button>.*write <a href="…">'),
    "a video": (Edit("<video></video>"), HTML, "<video>.*write an <img>"),
    "a linked font": (
        Edit('<link rel="stylesheet" href="https://f.example/x.css">'),
        HTML,
        "<link>.*write the rules in",
    ),
    "an event": (Edit('\n<p onclick="x()">x</p>'), HTML + 1, "onclick= on <p>: no mail program"),
    "an image without alt": (
        Edit('<img src="{{ context.public_url }}/a.png" width="4" height="4">'),
        HTML,
        "no alt: write alt=",
    ),
    "an image without a size": (
        Edit('<img src="{{ context.public_url }}/a.png" alt="">'),
        HTML,
        "no width: write width=",
    ),
    "an image in the text of the letter": (
        Edit('<img src="data:image/png;base64,AA" alt="" width="4" height="4">'),
        HTML,
        "write an https address",
    ),
    "an image of another host": (
        Edit('<img src="https://cdn.example/a.png" alt="" width="4" height="4">'),
        HTML,
        "an image is not https at exposure",
    ),
    "@import": (Edit(css="\n@import url(x.css);"), STYLE + 1, "@import.*write its rules here"),
    "@font-face where styles are inlined": (
        Edit(css="\n@font-face { font-family: X; src: url(x) }"),
        STYLE + 1,
        "@font-face is dropped.*write it in a block",
    ),
    "@media where styles are inlined": (
        Edit(css="\n\n@media print { p { color: red } }"),
        STYLE + 2,
        "@media is dropped.*write it in a block",
    ),
    ":hover where styles are inlined": (Edit(css="\n.box:hover { color: red }"), STYLE + 1, "write it in a block"),
    "a CSS variable": (Edit(css="\np { color: var(--brand) }"), STYLE + 1, r"var\(--brand\).*write a value"),
    "a declaration without a colon": (Edit(css="\np { color red }"), STYLE + 1, "`p` is not CSS"),
    "a reader's value in a style block": (
        Edit(css="\n.box { width: {{ content.index }}px }"),
        STYLE + 1,
        "content is in a style block.*style attribute",
    ),
    "an element that is not closed": (Edit("<b>Your"), HTML + 2, "<p> cannot be in <b>: write </b> before it"),
    "an end without a start": (Edit("\n</div>"), HTML + 1, "</div> closes nothing"),
    "a table in a paragraph": (
        Edit("<p><table><tr><td>x</td></tr></table></p>"),
        HTML,
        "<table> cannot be in <p>: write",
    ),
    "a start in each branch and one end": (
        Edit("{% if content.monday %}<td>{% else %}<td>{% endif %}x</td>"),
        HTML,
        "<td> cannot be in <td>: write </td>",
    ),
    "a comment that is not closed": (Edit("<!-- later"), HTML, "comment is never closed: write `-->`"),
    "a comment in a comment": (Edit("<!-- a <!-- b --> c -->"), HTML, "comment within a comment.*write {#"),
    "an arrow": (Edit("a --> b"), HTML, "`-->` ends no comment"),
    "a link to elsewhere": (
        Edit('<a href="https://elsewhere.example/">x</a>', " https://elsewhere.example/"),
        HTML,
        "leads to https at elsewhere",
    ),
    "a link without https": (Edit('<a href="http://exposure.example.com/">x</a>'), HTML, "leads to http at exposure"),
    "a relative link": (Edit('<a href="/x">x</a>'), HTML, "a relative address"),
    "a share link": (Edit('<a href="mailto:?subject=x">x</a>'), HTML, "leads to mailto"),
    "a link that the text part lacks": (
        Edit('\n<a href="{{ context.public_url }}/x">Week</a>'),
        HTML + 1,
        "missing in the text part: write",
    ),
    "a figure that the text part lacks": (
        Edit("\n<p>About 4711 of them</p>"),
        HTML + 1,
        "lacks the words 4711, them: write them",
    ),
    "a sentence that the text part lacks": (
        Edit("\n<p>A sentence nobody reads aloud.</p>"),
        HTML + 1,
        "lacks the words sentence, nobody.*write them in body.txt",
    ),
    "hidden text": (
        Edit('\n<p style="display: none">Your week</p>'),
        HTML + 1,
        "hides text besides the preheader: write",
    ),
    "braces of another program": (Edit("<p>{{ '{{ week }}' }}</p>"), HTML, "template markup {{ is left over"),
    "a word of the inliner": (Edit("<p>jnj0001jnj</p>"), HTML, "write another word"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_an_edit_is_refused_with_line_and_remedy(name: str, tmp_path: Path) -> None:
    edit, line, problem = REFUSED[name]
    with pytest.raises(TemplateError) as refused:
        check_templates(folder_with(edit, tmp_path), THEME, **URLS)
    assert re.match(rf"body\.html: line {line}: .*({problem})", str(refused.value)), str(refused.value)


def test_a_mistake_in_a_part_is_named_there(tmp_path: Path) -> None:
    folder = folder_with(Edit(), tmp_path)
    (folder / "email/report/foot.html").write_text(FILES["foot.html"] + '<p class="{{ content.subject }}">x</p>\n')
    with pytest.raises(TemplateError, match=r"^foot\.html: line 3: .*in class"):
        check_templates(folder, THEME, **URLS)


def test_a_link_for_unsubscribing_must_stay(tmp_path: Path) -> None:
    folder = folder_with(Edit(), tmp_path)
    (folder / "email/report/foot.html").write_text("<p>{{ context.postal_address }}</p>\n")
    with pytest.raises(TemplateError, match=r"^body\.html: links: the HTML part has no unsubscribe link"):
        check_templates(folder, THEME, **URLS)


@pytest.mark.parametrize(
    ("edit", "note"),
    [
        (Edit(css="\n.nothing { color: red }"), rf"body\.html: line {STYLE + 1}: `\.nothing` matches nothing"),
        (
            Edit(kept="\n@media print { .nothing { color: red } }\n"),
            r"body\.html: line \d+: nothing has the class nothing",
        ),
    ],
)
def test_what_is_dropped_is_noted(edit: Edit, note: str, tmp_path: Path) -> None:
    notes = check_templates(folder_with(edit, tmp_path), THEME, **URLS).notes
    assert [found for found in notes if re.match(note, found)], notes
    assert check_templates(samples.TEMPLATES, built_in_theme(samples.TEMPLATES), **URLS).notes == ()
