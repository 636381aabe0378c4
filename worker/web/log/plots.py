"""Small plots as inline SVG: no script, no request, colours from the page's own style sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from markupsafe import Markup, escape

WIDTH, HEIGHT = 720, 220  # user units; the page scales them
SMALL_WIDTH = 400  # of a plot that fits on a phone without scrolling
_LEFT, _BOTTOM, _TOP = 46, 28, 10


def stacked_days(
    days: Mapping[str, Mapping[str, int]], kinds: Sequence[str], *, since: date, until: date, title: str
) -> Markup:
    """Draw a bar for each day in [since, until), its parts in the order of `kinds`.

    `days` holds the counts by ISO date and kind.
    """
    dates = [since + timedelta(days=number) for number in range((until - since).days)]
    totals = [sum(days.get(day.isoformat(), {}).values()) for day in dates]
    top = _nice(max(totals, default=0))
    step = (WIDTH - _LEFT) / max(1, len(dates))
    parts = [_axis(top)]
    for number, day in enumerate(dates):
        counts = days.get(day.isoformat(), {})
        left, base = _LEFT + number * step, 0
        said = ", ".join(f"{kind} {counts[kind]}" for kind in kinds if counts.get(kind)) or "none"
        bars = []
        for kind in kinds:
            if count := counts.get(kind, 0):
                bars.append(_bar(left + step * 0.1, base, count, top, step * 0.8, kind))
                base += count
        parts.append(f"<g><title>{day.isoformat()}: {escape(said)}</title>{''.join(bars)}</g>")
        if number % max(1, len(dates) // 6) == 0:
            parts.append(f'<text class="tick" x="{left:.1f}" y="{HEIGHT - 8}">{day.strftime("%d %b")}</text>')
    return _svg(title, parts, HEIGHT)


def ranked(rows: Sequence[tuple[str, int]], *, title: str, kind: str = "admitted") -> Markup:
    """Draw a horizontal bar for each row, with its name above it and its count beside it."""
    top = max((count for _, count in rows), default=0) or 1
    parts = []
    for number, (name, count) in enumerate(rows):
        y, width = number * 40, (SMALL_WIDTH - 80) * count / top
        parts.append(f'<text class="name" x="0" y="{y + 13}">{escape(name)}</text>')
        parts.append(f'<rect class="{kind}" x="0" y="{y + 18}" width="{width:.1f}" height="14" rx="2"/>')
        parts.append(f'<text class="count" x="{width + 8:.1f}" y="{y + 30}">{count:,}</text>')
    return _svg(title, parts, max(1, len(rows)) * 40, width=SMALL_WIDTH, size="plot small")


def bar(count: int, top: int, *, kind: str = "admitted") -> Markup:
    """Draw the bar of a table row: its width is the share of `count` in `top`. The row itself shows the count."""
    width = 100 * count / max(1, top)
    return Markup(  # noqa: S704 - made of numbers and a code of the ledger
        f'<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect class="{kind}" width="{width:.1f}" height="10"/></svg>'
    )


def _bar(left: float, base: int, count: int, top: int, width: float, kind: str) -> str:
    scale = (HEIGHT - _BOTTOM - _TOP) / top
    y = HEIGHT - _BOTTOM - (base + count) * scale
    return f'<rect class="{kind}" x="{left:.1f}" y="{y:.1f}" width="{width:.1f}" height="{count * scale:.1f}"/>'


def _axis(top: int) -> str:
    lines = []
    for value in (0, top // 2, top):
        y = HEIGHT - _BOTTOM - value * (HEIGHT - _BOTTOM - _TOP) / top
        lines.append(f'<line class="grid" x1="{_LEFT}" y1="{y:.1f}" x2="{WIDTH}" y2="{y:.1f}"/>')
        lines.append(f'<text class="tick" x="{_LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{value:,}</text>')
    return "".join(lines)


def _nice(value: int) -> int:
    """Return the next round and even number, for an axis with a middle."""
    size = 2
    while size < value:
        for factor in (2, 5, 10):
            if size * factor // 2 >= value:
                return size * factor // 2 if (size * factor // 2) % 2 == 0 else size * factor
        size *= 10
    return size


def _svg(title: str, parts: Sequence[str], height: int, *, width: int = WIDTH, size: str = "plot") -> Markup:
    # Every part is made of numbers, codes of the ledger and escaped text.
    opening = f'<svg class="{size}" viewBox="0 0 {width} {height}" role="img" aria-label="{escape(title)}">'
    return Markup(f"{opening}{''.join(parts)}</svg>")  # noqa: S704
