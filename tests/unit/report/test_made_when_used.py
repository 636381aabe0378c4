"""Values that are made when they are first asked for."""

import pytest

from worker.report.made_when_used import MadeWhenUsed


def test_a_value_is_made_once_and_only_when_asked_for():
    made: list[str] = []

    def make(key: str) -> str:
        made.append(key)
        return key.upper()

    mapping = MadeWhenUsed(("b", "a"), make)
    assert (list(mapping), len(mapping), "a" in mapping, made) == (["b", "a"], 2, True, [])
    assert (mapping["a"], mapping["a"], made) == ("A", "A", ["a"])
    assert dict(mapping) == {"b": "B", "a": "A"}
    assert made == ["a", "b"]
    with pytest.raises(KeyError):
        mapping["c"]
    assert mapping.get("c") is None
