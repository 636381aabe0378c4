"""The theme as CSS custom properties for the pages: the colours of each palette, and one scale of spaces and sizes."""

from __future__ import annotations

from dataclasses import asdict, replace

from worker.letter.colours import WHITE
from worker.letter.palette import Palette
from worker.letter.theme import Theme

_SPACES_PX = (4, 8, 12, 16, 24, 32, 48, 72)
"""--s1 to --s8."""
_SIZES_PX = (13, 15, 16, 19, 24, 31, 40)
"""--t0 to --t6."""
_FONT = "-apple-system, BlinkMacSystemFont, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


def theme_css(theme: Theme) -> str:
    """The style sheet: light, dark where the reader prefers it, and light on white paper in print."""
    scale = [
        *(f"--s{number}: {pixels}px;" for number, pixels in enumerate(_SPACES_PX, start=1)),
        *(f"--t{number}: {pixels}px;" for number, pixels in enumerate(_SIZES_PX)),
        f"--font: {_FONT};",
    ]
    return (
        f":root {{ color-scheme: light dark; {' '.join(scale)} {_colours(theme.light)} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {_colours(theme.dark)} }} }}\n"
        f"@media print {{ :root {{ color-scheme: light; {_colours(replace(theme.light, paper=WHITE))} }} }}\n"
    )


def _colours(palette: Palette) -> str:
    return " ".join(f"--{name.replace('_', '-')}: {value};" for name, value in asdict(palette).items())
