"""The form's words, its markup and the element's code name the same things."""

import re

import pytest

from tests.unit.report.conftest import ROOT
from worker.web.embedded_script import current_script, earlier_scripts, earlier_scripts_dir
from worker.web.form_words import WORDS, sentence
from worker.web.templates import open_templates

WEB = ROOT / "templates" / "web"
MARKUP = "".join((WEB / name).read_text(encoding="utf-8") for name in ("form_fields.html", "form_answer.html"))
PAGES = MARKUP + "".join((WEB / name).read_text(encoding="utf-8") for name in ("form.html", "received.html"))
SCRIPT = "".join(path.read_text(encoding="utf-8") for path in sorted((WEB / "embed").glob("*.js")))
PYTHON = "".join((ROOT / "worker" / "web" / name).read_text() for name in ("form.py", "visitor_words.py"))
PAGE = (ROOT / "docs" / "embedding.md").read_text(encoding="utf-8")


def keys_in(text):
    return set(re.findall(r'(?:plain|sentence|(?<!#)say)\(\s*"(\w+)"|\bwords\.(\w+)|WORDS\["(\w+)"\]', text))


def test_every_word_exists_and_every_word_is_used():
    used = {key for found in keys_in(PAGES + SCRIPT + PYTHON) for key in found if key}
    used |= {key for pair in re.findall(r'\? "(\w+)" : "(\w+)"\)', SCRIPT) for key in pair}
    assert used == set(WORDS)


def test_no_sentence_of_the_form_is_written_twice():
    for text in WORDS.values():
        start = re.split(r"[{“’]", text)[0].strip()
        if len(start) > 15:
            assert start not in PAGES + SCRIPT, start


def test_values_are_bold_and_escaped():
    assert sentence("about", title="<i>") == "It is about <b>&lt;i&gt;</b>."
    with pytest.raises(KeyError):
        sentence("about")


def test_every_id_the_script_asks_for_is_in_the_markup():
    asked = set(re.findall(r'getElementById\("([\w-]+)"\)|querySelector\("#([\w-]+)"\)|#show\("([\w-]+)"', SCRIPT))
    wanted = {name for found in asked for name in found if name}
    assert len(wanted) > 8
    assert (
        wanted - set(re.findall(r'id="([\w-]+)"', current_script(open_templates()).body.decode().replace("\\", "")))
        == set()
    )


def test_the_page_on_embedding_lists_attributes_events_and_parts():
    attributes = {
        name
        for names in re.findall(r'getAttribute\("([\w-]+)"\)|observedAttributes = \["([\w-]+)"\]', SCRIPT)
        for name in names
    }
    assert attributes - {""} == set(
        re.findall(r"^\| `([\w-]+)` \| (?!`)", PAGE.partition("## Versions")[0], re.MULTILINE)
    )
    events = set(re.findall(r'announce\("([\w-]+)"', SCRIPT))
    assert events == set(re.findall(r"^\| `(ai-exposure-\w+)` \|", PAGE, re.MULTILINE))
    parts = {part for names in re.findall(r'part(?:="|: ")([\w -]+)"', MARKUP + SCRIPT) for part in names.split()}
    assert parts == set(re.findall(r"`([\w-]+)`", PAGE.partition("Parts: ")[2].partition("\n\n")[0]))


def test_a_released_script_is_what_its_name_says():
    assert {script.name for script in earlier_scripts().values()} == {
        path.name for path in earlier_scripts_dir().glob("*.js")
    }


def test_a_release_keeps_its_script():
    heading = re.search(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)[1]
    if not heading.endswith("unreleased"):
        assert current_script(open_templates()).name in earlier_scripts(), "run scripts/keep-embed and commit"
