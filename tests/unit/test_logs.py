"""Log lines: an error's message shows no address."""

import logging

from worker.logs import configure_logs
from worker.setting_types import LogFormat


def test_an_error_s_own_words_are_masked(capsys):
    configure_logs("INFO", LogFormat.JSON)
    try:
        raise ValueError("ada@example.com")
    except ValueError:
        logging.getLogger("some.library").exception("for %s", "grace@example.com")
    line = capsys.readouterr().err
    assert "Traceback" in line
    assert "ada@" not in line
    assert "grace@" not in line
