"""The form and the documents name the languages that titles are read in."""

import pytest

from tests.unit.report.conftest import ROOT
from worker.content.wording import listed
from worker.report.title_words import LANGUAGES, TRANSLATIONS_FILE
from worker.web.form_words import WORDS


def test_the_form_names_every_language_in_which_titles_are_read():
    hint = WORDS["role_hint"]
    columns = (ROOT / "data" / TRANSLATIONS_FILE).read_text(encoding="utf-8").splitlines()[0].split("\t")[1:]
    assert columns == list(LANGUAGES)
    assert listed(["English", *LANGUAGES.values()]) in hint


@pytest.mark.parametrize("page", ["docs/http.md", "data/README.md"])
def test_the_documents_name_the_same_languages(page):
    assert listed(list(LANGUAGES.values())) in (ROOT / page).read_text(encoding="utf-8")
