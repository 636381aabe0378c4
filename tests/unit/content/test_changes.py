from __future__ import annotations

import pytest

from worker.content.changes import publisher


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
