"""A flame graph as SVG, from the stacks that a sampler counted: the wider a frame, the more samples were in it.

A line of stacks is `outermost;...;innermost COUNT`, a frame `function (file:line)`. Lines and threads are merged.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape

WIDTH, ROW, HEAD, FOOT, MARGIN = 1200, 16, 44, 10, 10
LEAST_SHARE = 0.003  # a frame of fewer samples is not drawn
CHARACTER_WIDTH = 6.1
FRAME = re.compile(r"(?P<function>.*) \((?P<file>[^()]*?)(:\d+)?\)$")
BOILERPLATE = re.compile(r"(process|thread) |Thread\._bootstrap|_GeneratorContextManager")
ROOMS: Mapping[str, tuple[str, str]] = {
    "worker/report": ("report", "#8fbf6f"),
    "worker/content": ("report", "#8fbf6f"),
    "worker/letter": ("letter", "#f2b134"),
    "jinja2": ("letter", "#f2b134"),
    "markupsafe": ("letter", "#f2b134"),
    "worker/ledger": ("ledger", "#6fa8dc"),
    "sqlalchemy": ("ledger", "#6fa8dc"),
    "psycopg": ("ledger", "#6fa8dc"),
    "sqlite3": ("ledger", "#6fa8dc"),
    "worker/mailers": ("POST", "#e98b6d"),
    "botocore": ("POST", "#e98b6d"),
    "urllib3": ("POST", "#e98b6d"),
    "http": ("POST", "#e98b6d"),
    "dramatiq": ("queue", "#b59ad6"),
    "redis": ("queue", "#b59ad6"),
}
"""What a file begins with: what its frames belong to, and their colour."""
OTHER = ("other", "#c9c9c9")


@dataclass(slots=True)
class Frame:
    """A function, how many samples were in it, and what it called."""

    name: str
    file: str = ""
    samples: int = 0
    calls: dict[str, Frame] = field(default_factory=dict)

    def called(self, name: str, file: str) -> Frame:
        """The frame of a function that this one called."""
        return self.calls.setdefault(f"{name} {file}", Frame(name, file))

    def depth(self, least: float) -> int:
        """Rows of this frame and all wide enough above it."""
        return 1 + max((call.depth(least) for call in self.calls.values() if call.samples >= least), default=0)


def read_stacks(lines: Iterable[str]) -> Frame:
    """All samples, as one frame that calls the outermost functions."""
    root = Frame("all samples")
    for line in lines:
        stack, _space, count = line.rpartition(" ")
        samples, frame = int(count), root
        root.samples += samples
        for entry in stack.split(";"):
            match = FRAME.match(entry)
            if match is None or BOILERPLATE.match(entry):
                continue
            frame = frame.called(match["function"].replace("<locals>.", ""), match["file"])
            frame.samples += samples
    return root


def flame_graph(lines: Iterable[str], title: str) -> str:
    """The SVG; the outermost function at the bottom."""
    root = read_stacks(lines)
    least = root.samples * LEAST_SHARE
    height = HEAD + ROW * root.depth(least) + FOOT
    drawn = "\n".join(_drawn(root, root.samples, MARGIN, height - FOOT - ROW, least))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"
 font-family="monospace" font-size="10">
<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>
<text x="{MARGIN}" y="16" font-size="13">{escape(title)}, {root.samples:,} samples</text>
{_legend()}
{drawn}
</svg>
"""


def _drawn(frame: Frame, whole: int, left: float, top: float, least: float) -> Iterator[str]:
    width = (WIDTH - 2 * MARGIN) * frame.samples / whole
    characters = int((width - 4) / CHARACTER_WIDTH)
    label = frame.name if len(frame.name) <= characters else frame.name[: max(0, characters - 1)] + "…"
    text = f'<text x="{left + 2:.1f}" y="{top + 11:.0f}">{escape(label)}</text>' if characters > 2 else ""
    about = f"{frame.name} {frame.file}: {frame.samples / whole:.1%}"
    yield (
        f'<g><title>{escape(about)}</title><rect x="{left:.1f}" y="{top:.0f}" width="{max(width - 0.4, 0.2):.1f}" '
        f'height="{ROW - 1}" fill="{_room(frame.file)[1]}"/>{text}</g>'
    )
    for call in sorted(frame.calls.values(), key=lambda call: (call.file, call.name)):
        if call.samples >= least:
            yield from _drawn(call, whole, left, top - ROW, least)
        left += (WIDTH - 2 * MARGIN) * call.samples / whole


def _room(file: str) -> tuple[str, str]:
    return next((room for start, room in ROOMS.items() if file.startswith(start)), OTHER)


def _legend() -> str:
    entries = dict([*ROOMS.values(), OTHER]).items()
    return "\n".join(
        f'<rect x="{MARGIN + 90 * number}" y="24" width="10" height="10" fill="{colour}"/>'
        f'<text x="{MARGIN + 90 * number + 14}" y="33">{name}</text>'
        for number, (name, colour) in enumerate(entries)
    )
