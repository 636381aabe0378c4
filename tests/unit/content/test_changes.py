from __future__ import annotations

import pytest

from tests.unit.letter import samples
from worker.content.changes import changes_of, publisher


@pytest.mark.parametrize(
    ("source", "who"),
    [
        ("Anthropic, Labor market impacts of AI (March 2026)", "Anthropic"),
        ("Fang, Yuan, Zhang, Donati, Sarvary (October 2025)", "Fang et al."),
        ("Humlum, Vestergaard (2025)", "Humlum, Vestergaard"),
        ("Adams et al., working paper (2026)", "Adams et al."),
        ("GPTs are GPTs (Science, 2024)", "GPTs are GPTs"),
        ("Gartner (December 2025, February 2026)", "Gartner"),
    ],
)
def test_a_source_is_named_by_its_publisher(source: str, who: str) -> None:
    assert publisher(source) == who


def test_each_change_begins_with_who_and_when() -> None:
    found = changes_of(samples.ROLE_ONLY)
    assert found
    heads = [line.pieces[0].text for line in found.lines]
    assert heads == [f"{publisher(known.source)}, {known.dated}." for known in samples.ROLE_ONLY.statements[:3]]
