"""The results as a plot in SVG: what a letter costs the worker, stage by stage, and its rivals, in bare calls."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.bench.per_letter import FLOOR, LEDGERS, POST_OFFICE, USUAL
from tests.bench.results import Results

WIDTH, LEFT, RIGHT, BAR, GAP, HEAD = 900, 190, 60, 26, 22, 34
GROUPS: Mapping[str, tuple[tuple[str, ...], str]] = {
    "report": (("report",), "#8fbf6f"),
    "HTML, text, MIME": (("HTML and text", "MIME"), "#f2b134"),
    "lint": (("lint",), "#d9d25c"),
    "ledger": (("claim", "intent", "record"), "#6fa8dc"),
    "Redis": (("hop", "pace", "witness"), "#b59ad6"),
    "POST": (("POST",), "#e98b6d"),
    "unexplained": (("unexplained",), "#c9c9c9"),
}
"""What is drawn together, and its colour."""
RIVALS = {POST_OFFICE: "django-post_office", USUAL: "usual pipeline"}
PLAIN = "#999999"


def plot(results: Results) -> str:
    """The SVG."""
    rows: list[tuple[str, dict[str, float], float | None]] = [("bare send_email", {"": 1.0}, None)]
    for ledger, bar in LEDGERS.items():
        stages = results.stages[ledger]
        parts = {name: max(0.0, sum(stages[stage] for stage in names)) for name, (names, _colour) in GROUPS.items()}
        rows.append((f"worker run, {ledger}", parts, bar))
    floors = {f"{FLOOR}, {ledger}": bar for ledger, bar in LEDGERS.items()}
    rows += [(f"the {name}", {"": results.each[name]}, bar) for name, bar in floors.items() if name in results.each]
    rows += [(name, {"": results.each[rival]}, None) for rival, name in RIVALS.items() if rival in results.each]
    longest = max(max(sum(parts.values()), bar or 0.0) for _name, parts, bar in rows)
    scale = (WIDTH - LEFT - RIGHT) / longest
    height = HEAD + len(rows) * (BAR + GAP) + 40
    drawn = "\n".join(part for number, row in enumerate(rows) for part in _row(number, row, scale))
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}"
 font-family="sans-serif" font-size="13">
<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>
<text x="10" y="20" font-size="14">CPU of a letter, in bare calls; dashed: the bar</text>
{drawn}
{_legend(height - 22)}
</svg>
"""


def _row(number: int, row: tuple[str, Mapping[str, float], float | None], scale: float) -> Iterator[str]:
    name, parts, bar = row
    top, left = HEAD + number * (BAR + GAP), float(LEFT)
    yield f'<text x="10" y="{top + 18}">{name}</text>'
    for part, figure in parts.items():
        colour = GROUPS[part][1] if part else PLAIN
        yield f'<rect x="{left:.1f}" y="{top}" width="{figure * scale:.1f}" height="{BAR}" fill="{colour}"/>'
        left += figure * scale
    across = LEFT + (bar or 0.0) * scale
    yield f'<text x="{max(left, across) + 5:.1f}" y="{top + 18}">{sum(parts.values()):.1f}</text>'
    if bar is not None:
        yield (
            f'<line x1="{across:.1f}" x2="{across:.1f}" y1="{top - 5}" y2="{top + BAR + 5}" stroke="#000000" '
            f'stroke-dasharray="4 3"/><text x="{across - 10:.1f}" y="{top - 7}" font-size="11">{bar:g}</text>'
        )


def _legend(top: int) -> str:
    step = (WIDTH - 20) / len(GROUPS)
    return "\n".join(
        f'<rect x="{10 + step * number:.0f}" y="{top - 10}" width="11" height="11" fill="{colour}"/>'
        f'<text x="{26 + step * number:.0f}" y="{top}">{name}</text>'
        for number, (name, (_stages, colour)) in enumerate(GROUPS.items())
    )
