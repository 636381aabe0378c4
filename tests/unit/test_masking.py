"""Addresses as operators and logs may see them."""

import pytest

from worker.masking import mask_address, mask_event, mask_text


@pytest.mark.parametrize(
    ("given", "shown"),
    [("ada@example.com", "a***@example.com"), ("no-at-sign", "n***"), ("", ""), ("a@b@c.example", "a***@c.example")],
)
def test_mask_address(given, shown):
    assert mask_address(given) == shown


def test_mask_text_finds_addresses_in_a_library_s_words():
    text = 'Invalid "Ada <ada@example.com>", or grace.h+x@navy.example; email=b@c.example'
    masked = mask_text(text)
    assert "ada@" not in masked
    assert "grace" not in masked
    assert "b@c" not in masked
    assert masked.startswith('Invalid "Ada <a***@example.com>"')


def test_a_log_line_never_shows_an_address():
    assert mask_event(None, "info", {"event": "to ada@example.com", "n": 1}) == {"event": "to a***@example.com", "n": 1}
