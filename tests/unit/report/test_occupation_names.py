"""What the ledger keeps of a title, in words."""

import pytest

from worker.report.occupation_names import role_words


@pytest.mark.parametrize(
    ("kept", "words"),
    [("29-1292.00", "Dental hygienist"), ("ml-engineer", "ml-engineer"), ("99-9999.00", "99-9999.00"), ("", "")],
)
def test_a_code_is_shown_as_the_title_of_its_occupation(kept, words):
    assert role_words(kept) == words


def test_it_is_the_title_that_the_report_has(catalogue):
    assert {code: role_words(code) for code in catalogue.onet.occupations} == {
        code: catalogue.onet.title(code) for code in catalogue.onet.occupations
    }
