"""Colours as lightness, chroma and hue (OKLCH), and the contrast of two of them (WCAG 2.2, 1.4.3).

A colour is `#rrggbb`. In OKLCH two colours of one lightness look equally light, so a palette made of
fixed lightnesses reads the same for any brand. https://bottosson.github.io/posts/oklab/ has the matrices.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple

WHITE = "#ffffff"
_STEP = 0.005
_LEAST_CHROMA = 0.002
_TOLERANCE = 1e-4
"""A channel may be so far outside 0..1 before the colour counts as one that no screen shows."""


class Oklch(NamedTuple):
    """Lightness 0..1, chroma from 0 (grey) to about 0.4, hue in degrees."""

    lightness: float
    chroma: float
    hue: float


def oklch(colour: str) -> Oklch:
    """The colour in OKLCH."""
    red, green, blue = _linear(colour)
    long = math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue)
    medium = math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue)
    short = math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue)
    lightness = 0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short
    a = 1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short
    b = 0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short
    return Oklch(lightness, math.hypot(a, b), math.degrees(math.atan2(b, a)) % 360)


def colour(lightness: float, chroma: float, hue: float) -> str:
    """The colour of this lightness and hue, as colourful as asked for or as a screen can show it."""
    channels = _channels(lightness, chroma, hue)
    while chroma > _LEAST_CHROMA and not all(-_TOLERANCE <= channel <= 1 + _TOLERANCE for channel in channels):
        chroma *= 0.96
        channels = _channels(lightness, chroma, hue)
    return "#" + "".join(f"{round(255 * _encoded(min(1.0, max(0.0, channel)))):02x}" for channel in channels)


def contrast(colour: str, other: str) -> float:
    """The contrast ratio, from 1 to 21."""
    low, high = sorted((_luminance(colour), _luminance(other)))
    return (high + 0.05) / (low + 0.05)


def with_contrast(start: Oklch, against: Iterable[str], ratio: float, *, darker: bool) -> str:
    """The first colour from `start` on, darker or lighter, with at least this contrast against each given colour.

    Black or white if there is none.
    """
    against = tuple(against)
    lightness = start.lightness
    while 0 < lightness < 1:
        found = colour(lightness, start.chroma, start.hue)
        if all(contrast(found, other) >= ratio for other in against):
            return found
        lightness += -_STEP if darker else _STEP
    return "#000000" if darker else WHITE


def _linear(colour: str) -> tuple[float, float, float]:
    red, green, blue = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return _decoded(red), _decoded(green), _decoded(blue)


def _channels(lightness: float, chroma: float, hue: float) -> tuple[float, float, float]:
    a, b = chroma * math.cos(math.radians(hue)), chroma * math.sin(math.radians(hue))
    long = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3
    medium = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3
    short = (lightness - 0.0894841775 * a - 1.2914855480 * b) ** 3
    return (
        4.0767416621 * long - 3.3077115913 * medium + 0.2309699292 * short,
        -1.2684380046 * long + 2.6097574011 * medium - 0.3413193965 * short,
        -0.0041960863 * long - 0.7034186147 * medium + 1.7076147010 * short,
    )


def _luminance(colour: str) -> float:
    red, green, blue = _linear(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _decoded(channel: float) -> float:
    return channel / 12.92 if channel <= 0.04045 else ((channel + 0.055) / 1.055) ** 2.4


def _encoded(channel: float) -> float:
    return 12.92 * channel if channel <= 0.0031308 else 1.055 * channel ** (1 / 2.4) - 0.055
