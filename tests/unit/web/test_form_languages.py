"""The form names the languages that titles are read in."""

import re

from tests.unit.report.conftest import ROOT
from worker.report.assembly import LANGUAGES
from worker.report.title_words import TRANSLATIONS_FILE


def test_the_form_names_every_language_in_which_titles_are_read():
    form = (ROOT / "templates" / "web" / "form.html").read_text(encoding="utf-8")
    hint = re.search(r'id="role-hint"[^>]*>([^<]*)<', form)
    columns = (ROOT / "data" / TRANSLATIONS_FILE).read_text(encoding="utf-8").splitlines()[0].split("\t")[1:]
    assert hint is not None
    assert all(LANGUAGES[language] in hint[1] for language in columns)
    assert "English" in hint[1]
