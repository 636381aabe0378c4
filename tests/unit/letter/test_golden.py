from __future__ import annotations

import pytest

from tests.unit.letter.golden import FOLDER, golden_files

FILES = golden_files()


@pytest.mark.parametrize("name", FILES)
def test_letters_are_as_reviewed(name: str) -> None:
    kept = (FOLDER / name).read_bytes().decode()
    assert FILES[name] == kept, f"{name} changed: run scripts/golden and review the diff"


def test_no_golden_file_is_left_over() -> None:
    assert {path.name for path in FOLDER.iterdir() if path.suffix in {".html", ".txt"}} == set(FILES)
