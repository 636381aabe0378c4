"""The script of /embed.js: the files of templates/web/embed/ in one, with the form's words, markup and style.

It holds nothing of one installation, so the same version of the worker serves the same bytes everywhere.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from starlette.templating import Jinja2Templates

from worker.assets import templates_dir
from worker.web.form import NO_ERRORS, fixed_context
from worker.web.form_words import WORDS

VERSION = 1  # of the tag, its attributes and its events; what an older page has written goes on working under its own
_FILES = ("words.js", "service.js", "combobox.js", "week.js", "title.js", "element.js")
_EMPTY_FORM: dict[str, Any] = {
    "fields": {}, "errors": NO_ERRORS, "problem": None, "intended": None, "unknown": False, "choices": [], "role": None,
    "sender": None, "title": None, "days": None,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class EmbeddedScript:
    """A script, under a name that no other bytes have."""

    body: bytes

    @property
    def name(self) -> str:
        """Its file name: the version and a digest of the bytes."""
        return f"v{VERSION}-{hashlib.sha256(self.body).hexdigest()[:16]}.js"

    @property
    def integrity(self) -> str:
        """What a page writes into `integrity`, so that a browser runs these bytes and no others."""
        return f"sha384-{base64.b64encode(hashlib.sha384(self.body).digest()).decode()}"


def current_script(templates: Jinja2Templates) -> EmbeddedScript:
    """The script of this version of the worker."""
    folder = templates_dir() / "web"
    constants = {
        "WORDS": dict(WORDS),
        "FORM": _markup(templates, "form_fields.html"),
        "ANSWER": _markup(templates, "form_answer.html"),
        "STYLE": (folder / "static" / "form.css").read_text(encoding="utf-8"),
    }
    parts = [
        f"/* ai-exposure-form, version {VERSION} */",
        '(() => {\n"use strict";\nif (customElements.get("ai-exposure-form")) return;',
        *(f"const {name} = {json.dumps(value, ensure_ascii=False)};" for name, value in constants.items()),
        *((folder / "embed" / name).read_text(encoding="utf-8") for name in _FILES),
        "})();\n",
    ]
    return EmbeddedScript("\n".join(parts).encode())


def earlier_scripts() -> dict[str, EmbeddedScript]:
    """The scripts of earlier releases by name: pages that pin one by `integrity` go on working after an upgrade."""
    return {path.name: EmbeddedScript(path.read_bytes()) for path in sorted(earlier_scripts_dir().glob("v*.js"))}


def earlier_scripts_dir() -> Path:
    """Where `scripts/release` keeps the script of each release."""
    return templates_dir() / "web" / "embed" / "released"


def _markup(templates: Jinja2Templates, name: str) -> str:
    rendered = templates.get_template(name).render(**fixed_context(scripted=True), **_EMPTY_FORM)
    return "\n".join(line.strip() for line in rendered.splitlines() if line.strip())
