"""The theme as CSS custom properties: the colours of each palette, and one scale of spaces and sizes."""

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
    return (
        f":root {{ color-scheme: light dark; {_scale()} --font: {_FONT}; {_colours(theme.light)} }}\n"
        f"@media (prefers-color-scheme: dark) {{ :root {{ {_colours(theme.dark)} }} }}\n"
        f"@media print {{ :root {{ color-scheme: light; {_colours(replace(theme.light, paper=WHITE))} }} }}\n"
    )


def embedded_theme_css(theme: Theme) -> str:
    """The same for a form in somebody else's page, which is light or dark as that page is (`color-scheme`).

    That page may set each colour, and the typeface, under a name of its own: `--ai-exposure-brand`.
    """
    light, dark = asdict(theme.light), asdict(theme.dark)
    colours = " ".join(_of_the_page(name, light[name]) for name in light)
    both = " ".join(_of_the_page(name, f"light-dark({light[name]}, {dark[name]})") for name in light)
    return (
        f".exposure {{ {_scale()} {_of_the_page('font', _FONT)} {colours} }}\n"
        f"@supports (color: light-dark(#fff, #000)) {{ .exposure {{ {both} }} }}\n"
    )


def _of_the_page(name: str, otherwise: str) -> str:
    name = name.replace("_", "-")
    return f"--{name}: var(--ai-exposure-{name}, {otherwise});"


def _scale() -> str:
    spaces = (f"--s{number}: {pixels}px;" for number, pixels in enumerate(_SPACES_PX, start=1))
    sizes = (f"--t{number}: {pixels}px;" for number, pixels in enumerate(_SIZES_PX))
    return " ".join([*spaces, *sizes])


def _colours(palette: Palette) -> str:
    return " ".join(f"--{name.replace('_', '-')}: {value};" for name, value in asdict(palette).items())
