"""The map of personal data names every column of the schema once, and says what the code does."""

from worker.ledger import erasure
from worker.ledger.schema import metadata
from worker.privacy import personal_data
from worker.privacy.personal_data import BOTH, COLUMNS, ERASE, ERASE_OR_PURGE, NO_PERSON

HOLDING = {place.name for place in COLUMNS}


def test_every_column_has_one_entry():
    listed = [place.name for place in COLUMNS]
    listed += [f"{table}.{column}" for table, columns in NO_PERSON.items() for column in columns]
    existing = [f"{table.name}.{column.name}" for table in metadata.sorted_tables for column in table.columns]
    assert sorted(listed) == sorted(existing)


def cleared(table: str, *ways: str) -> set[str]:
    """The columns of a table that are said to be cleared in one of these ways."""
    names = [place.name.split(".") for place in COLUMNS if place.cleared_by in ways]
    return {column for owner, column in names if owner == table}


def test_retention_and_erasure_clear_what_the_map_says():
    marks = {"erased_at"}
    assert cleared("signup", BOTH) == set(erasure.FORGOTTEN_SIGNUP) - marks
    assert cleared("signup", BOTH, ERASE, ERASE_OR_PURGE) == set(erasure.FORGOTTEN_SIGNUP | erasure.WHERE_FROM) - marks
    assert cleared("report", BOTH) == set(erasure.FORGOTTEN_REPORT) - marks
    assert cleared("report", BOTH, ERASE) == set(erasure.FORGOTTEN_REPORT) - marks | {"page"}


def test_every_place_says_how_long_and_by_what():
    for place in (*COLUMNS, *personal_data.KEYS, *personal_data.FILES):
        assert place.holds
        assert place.kept
        assert place.cleared_by
