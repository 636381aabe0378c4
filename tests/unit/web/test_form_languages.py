"""The form names the languages that titles are read in."""

from tests.unit.report.conftest import ROOT
from worker.report.assembly import LANGUAGES
from worker.report.title_words import TRANSLATIONS_FILE
from worker.web.form_words import WORDS


def test_the_form_names_every_language_in_which_titles_are_read():
    hint = WORDS["role_hint"]
    columns = (ROOT / "data" / TRANSLATIONS_FILE).read_text(encoding="utf-8").splitlines()[0].split("\t")[1:]
    assert all(LANGUAGES[language] in hint for language in columns)
    assert "English" in hint
