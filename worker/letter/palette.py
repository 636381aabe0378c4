"""The colours of letter and pages, light and dark, derived from a theme's brand and accent, with contrast checked.

The brand and the accent are used as given on light paper. All else has a fixed lightness, the hue of one of the two,
and is moved until it can be read on every background of its palette.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import NamedTuple

from worker.letter.colours import WHITE, Oklch, colour, contrast, oklch, with_contrast

_ALERT_HUE = 28.0
_INK_RATIO = 12.0
_READING_RATIO = 5.5
"""Derived text keeps a reserve over the 4.5 that are needed."""
_SHAPE_RATIO = 3.0
_LEVELS = ("low", "medium", "high")
_LEVEL_RATIO = 1.7
"""Two neighbouring levels differ without their hue."""


@dataclass(frozen=True, slots=True)
class Palette:
    """Colours by use, as `#rrggbb`.

    `paper` lies under everything, `surface` under text, `sunk` and `wash` under a box; `ink` and `soft` are text;
    `line` separates, `edge` bounds a field; `accent` marks what to do, and text about it is `accent_ink`; `on_…` is the
    text on that colour.
    """

    paper: str
    surface: str
    sunk: str
    wash: str
    ink: str
    soft: str
    line: str
    edge: str
    brand: str
    on_brand: str
    brand_hover: str
    accent: str
    accent_ink: str
    alert: str
    alert_wash: str
    level_low: str
    level_medium: str
    level_high: str
    on_low: str
    on_medium: str
    on_high: str


NAMES = tuple(field.name for field in fields(Palette))


class Pair(NamedTuple):
    """A colour on another, and the contrast they need: 4.5 for text, 3 for shapes (WCAG 2.2, 1.4.3 and 1.4.11)."""

    name: str
    on: str
    ratio: float


class PoorPair(NamedTuple):
    """A pair of a palette that has too little contrast. `better` is a colour of the same hue that has enough."""

    pair: Pair
    contrast: float
    better: str


def _pairs() -> Iterator[Pair]:
    for name in ("ink", "soft"):
        for on in ("surface", "paper", "sunk", "wash"):
            yield Pair(name, on, 4.5)
    for name, on in (
        ("brand", "surface"), ("brand", "paper"), ("on_brand", "brand"), ("on_brand", "brand_hover"),
        ("accent_ink", "surface"), ("accent_ink", "wash"), ("alert", "surface"), ("alert", "alert_wash"),
        ("ink", "alert_wash"), ("on_low", "level_low"), ("on_medium", "level_medium"), ("on_high", "level_high"),
    ):  # fmt: skip
        yield Pair(name, on, 4.5)
    for name, on in (
        ("edge", "surface"), ("edge", "paper"), ("accent", "surface"), ("accent", "wash"),
        ("level_high", "level_medium"), ("level_high", "surface"),
    ):  # fmt: skip
        yield Pair(name, on, _SHAPE_RATIO)
    yield Pair("level_medium", "level_low", _LEVEL_RATIO)


PAIRS = tuple(_pairs())


def light_palette(brand: str, accent: str, given: Mapping[str, str]) -> Palette:
    """The palette on light paper. `given` has colours that a theme sets itself, by name."""
    hue, marked = oklch(brand).hue, oklch(accent)
    paper, sunk, wash = (
        colour(0.962, 0.007, marked.hue),
        colour(0.974, 0.006, marked.hue),
        colour(0.965, 0.022, marked.hue),
    )
    backgrounds = _backgrounds({"paper": paper, "surface": WHITE, "sunk": sunk, "wash": wash}, given)
    text = _TextColours(tuple(backgrounds.values()), darker=True)
    levels = (colour(0.895, 0.035, hue), colour(0.70, 0.075, hue), colour(0.37, 0.085, hue))
    palette = Palette(
        **backgrounds,
        ink=text.readable(0.25, 0.03, hue, _INK_RATIO),
        soft=text.readable(0.5, 0.025, hue),
        line=colour(0.895, 0.012, hue),
        edge=text.readable(0.66, 0.03, hue, _SHAPE_RATIO),
        brand=brand,
        on_brand=_text_on(brand, hue),
        brand_hover=_hover(brand, hue),
        accent=accent,
        accent_ink=text.readable(0.5, marked.chroma, marked.hue),
        alert=text.readable(0.52, 0.17, _ALERT_HUE),
        alert_wash=colour(0.965, 0.018, _ALERT_HUE),
        **_levels(levels, hue),
    )
    return replace(palette, **given)


def dark_palette(brand: str, accent: str, given: Mapping[str, str]) -> Palette:
    """The palette on dark paper: brand and accent keep their hue and are made light enough to read."""
    hue, marked = oklch(brand).hue, oklch(accent)
    paper, surface, sunk = colour(0.175, 0.014, hue), colour(0.215, 0.018, hue), colour(0.25, 0.02, hue)
    wash = colour(0.265, 0.028, marked.hue)
    backgrounds = _backgrounds({"paper": paper, "surface": surface, "sunk": sunk, "wash": wash}, given)
    text = _TextColours(tuple(backgrounds.values()), darker=False)
    levels = (colour(0.36, 0.045, hue), colour(0.545, 0.08, hue), colour(0.89, 0.07, hue))
    light_brand = given.get("brand") or text.readable(0.78, 0.09, hue, 6.0)
    palette = Palette(
        **backgrounds,
        ink=text.readable(0.93, 0.008, hue, _INK_RATIO),
        soft=text.readable(0.72, 0.02, hue),
        line=colour(0.34, 0.02, hue),
        edge=text.readable(0.5, 0.03, hue, _SHAPE_RATIO),
        brand=light_brand,
        on_brand=_text_on(light_brand, hue),
        brand_hover=_hover(light_brand, hue),
        accent=text.readable(0.72, marked.chroma, marked.hue, _SHAPE_RATIO),
        accent_ink=text.readable(0.78, marked.chroma, marked.hue),
        alert=text.readable(0.72, 0.13, _ALERT_HUE),
        alert_wash=colour(0.27, 0.035, _ALERT_HUE),
        **_levels(levels, hue),
    )
    return replace(palette, **given)


def poor_pairs(palette: Palette) -> list[PoorPair]:
    """The pairs that have less contrast than they need."""
    found = ((pair, contrast(getattr(palette, pair.name), getattr(palette, pair.on))) for pair in PAIRS)
    return [PoorPair(pair, ratio, _better(palette, pair.name)) for pair, ratio in found if ratio < pair.ratio]


def _better(palette: Palette, name: str) -> str:
    """The nearest colour of the same hue that has enough contrast in every pair it is in."""
    pairs = [pair for pair in PAIRS if pair.name == name]
    on = [getattr(palette, pair.on) for pair in pairs]
    darker = contrast("#000000", on[0]) > contrast(WHITE, on[0])
    return with_contrast(oklch(getattr(palette, name)), on, max(pair.ratio for pair in pairs), darker=darker)


class _TextColours(NamedTuple):
    """Makes colours that can be read on each of these backgrounds."""

    backgrounds: tuple[str, ...]
    darker: bool

    def readable(self, lightness: float, chroma: float, hue: float, ratio: float = _READING_RATIO) -> str:
        return with_contrast(Oklch(lightness, chroma, hue), self.backgrounds, ratio, darker=self.darker)


def _backgrounds(derived: dict[str, str], given: Mapping[str, str]) -> dict[str, str]:
    return {name: given.get(name, value) for name, value in derived.items()}


def _levels(levels: tuple[str, str, str], hue: float) -> dict[str, str]:
    return {f"level_{name}": shade for name, shade in zip(_LEVELS, levels, strict=True)} | {
        f"on_{name}": _text_on(shade, hue) for name, shade in zip(_LEVELS, levels, strict=True)
    }


def _text_on(background: str, hue: float) -> str:
    """White, or nearly black with the brand's hue: the one with more contrast."""
    return max((WHITE, colour(0.16, 0.02, hue)), key=lambda text: contrast(text, background))


def _hover(brand: str, hue: float) -> str:
    """The brand under the pointer: further from its text."""
    lightness, chroma, _ = oklch(brand)
    further = -0.07 if _text_on(brand, hue) == WHITE else 0.07
    return colour(min(1.0, max(0.0, lightness + further)), chroma, hue)
