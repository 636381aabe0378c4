"""Debian's chromium under playwright, and axe, the accessibility checker, where its script is there."""

from __future__ import annotations

import contextlib
import importlib.util
import os
from collections.abc import Iterator
from pathlib import Path

from playwright.sync_api import Browser, Page, expect, sync_playwright

from tests.parts.programs import missing

CHROMIUM = Path(os.environ.get("CHROMIUM", "/usr/bin/chromium"))
FLAGS = (
    "--no-sandbox", "--headless", "--disable-gpu", "--disable-background-networking", "--disable-component-update",
    "--disable-sync",
)  # fmt: skip
PATIENCE_MS = 30_000  # on a busy machine a page takes longer than playwright would wait


@contextlib.contextmanager
def chromium() -> Iterator[Browser]:
    """The browser. Skips the test where there is none, except under CI=true: there it must be."""
    if not CHROMIUM.exists():
        missing(f"no chromium at {CHROMIUM}; set CHROMIUM to its path")
    with sync_playwright() as playwright:
        expect.set_options(timeout=PATIENCE_MS)
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=list(FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def axe_script() -> str | None:
    """The text of axe.min.js: the file AXE_SCRIPT names, else the one in the axe-playwright-python package."""
    named = os.environ.get("AXE_SCRIPT")
    if named:
        return Path(named).read_text(encoding="utf-8")
    package = importlib.util.find_spec("axe_playwright_python")
    if package is None or package.origin is None:
        return None
    return (Path(package.origin).parent / "axe.min.js").read_text(encoding="utf-8")


def violations(page: Page, script: str | None) -> list[str]:
    """What axe finds wrong with a page, as `rule: element`; nothing where axe is missing.

    It is evaluated, not loaded: the page's own policy would forbid it a tag.
    """
    if script is None:
        return []
    page.evaluate(script)
    found = page.evaluate("axe.run({resultTypes: ['violations']})")
    return [f"{rule['id']}: {node['target']}" for rule in found["violations"] for node in rule["nodes"]]
