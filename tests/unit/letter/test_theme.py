"""A theme: read from its folder, its palettes derived and readable, its mistakes named by file and key."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.unit.letter import samples
from worker.errors import ThemeError
from worker.letter.colours import colour, contrast, oklch
from worker.letter.palette import NAMES, PAIRS, dark_palette, light_palette, poor_pairs
from worker.letter.theme import Theme, built_in_theme, load_theme
from worker.letter.theme_css import theme_css

ACORN = """
name = "Acorn Careers"
reply_to = "Acorn <help@acorn.example>"
[mark]
image = "/mark.png"
alt = "Acorn"
width = 120
height = 32
[colours]
brand = "#7a1f3d"
accent = "#2f7d4f"
[links]
privacy = "/privacy"
contact = "mailto:help@acorn.example"
more = [{ text = "Our blog", url = "https://blog.acorn.example/" }]
"""


def load(folder: Path, toml: str, **urls: Any) -> Theme:
    (folder / "theme.toml").write_text(toml)
    return load_theme(folder, **({"public_url": "https://www.acorn.example"} | urls))


def test_a_theme_is_read_from_its_folder(tmp_path: Path) -> None:
    theme = load(tmp_path, ACORN)
    assert (theme.name, theme.reply_to) == ("Acorn Careers", "Acorn <help@acorn.example>")
    assert (theme.mark.image, theme.mark.text) == ("https://www.acorn.example/mark.png", "Acorn")
    assert theme.light.brand == "#7a1f3d"
    assert theme.light.accent == "#2f7d4f"
    assert [(link.text, link.url, link.shown) for link in theme.links] == [
        ("Privacy", "https://www.acorn.example/privacy", "https://www.acorn.example/privacy"),
        ("Contact", "mailto:help@acorn.example", "help@acorn.example"),
        ("Our blog", "https://blog.acorn.example/", "https://blog.acorn.example/"),
    ]


def test_a_mark_without_an_image_is_the_name_or_a_text(tmp_path: Path) -> None:
    assert built_in_theme(samples.TEMPLATES).mark.text == "AI Exposure Report"
    with_text = re.sub(r"(?s)\[mark\].*?\[colours\]", '[mark]\ntext = "Acorn!"\n[colours]', ACORN)
    assert load(tmp_path, with_text).mark.text == "Acorn!"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('brand = "#7a1f3d"', 'brand = "#7a1f3"', r'colours\.brand: must be a colour as "#0f5666"'),
        ('brand = "#7a1f3d"', "", r"colours\.brand: is missing"),
        ("accent", "acent", r"colours\.acent: is no key|colours\.accent: is missing"),
        ('"Our blog", url', '"Our blog", uri', r"links\.more\[0\]\.(url: is missing|uri: is no key)"),
        ("https://blog", "http://blog", r"links\.more\[0\]\.url: must be an https address"),
        ('"mailto:', '"', r"links\.contact: must be an https address, mailto:name@host"),
        ("Acorn <help@acorn.example>", "help", r"reply_to: must be one mail address"),
        ('"/mark.png"', '"https://cdn.example/mark.png"', r"mark\.image: must be at www\.acorn\.example"),
        ('alt = "Acorn"', "", r"mark\.alt: is missing: an image needs alt, width and height"),
        ('image = "/mark.png"', "", r"mark\.alt: belongs to mark\.image"),
        ('alt = "Acorn"', 'alt = "Acorn"\ntext = "Acorn"', r"mark\.text: is given beside mark\.image"),
        ("width = 120", 'width = "120"', r"mark\.width: "),
        ("name =", "name ", "is not TOML"),
        ("[links]", '[colours.light]\ninc = "#000000"\n[links]', r"colours\.light: has no colour inc; .* ink"),
    ],
)  # fmt: skip
def test_a_mistake_is_named_by_file_and_key(tmp_path: Path, old: str, new: str, problem: str) -> None:
    assert old in ACORN
    with pytest.raises(ThemeError, match=rf"theme\.toml: ({problem})"):
        load(tmp_path, ACORN.replace(old, new, 1))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ThemeError, match=r"theme\.toml: cannot be read: No such file"):
        load_theme(tmp_path, public_url="https://www.acorn.example")


def test_an_image_may_be_at_the_service(tmp_path: Path) -> None:
    toml = ACORN.replace('"/mark.png"', '"https://reports.acorn.example/mark.png"')
    theme = load(tmp_path, toml, service_url="https://reports.acorn.example")
    assert theme.mark.image == "https://reports.acorn.example/mark.png"


@pytest.mark.parametrize(
    ("old", "new", "pair"),
    [
        ("#7a1f3d", "#ffd400", r"colours\.brand: brand #ffd400 on surface #ffffff \(light\) has a contrast of 1\.43"),
        ("#2f7d4f", "#ffd400", r"colours\.accent: accent #ffd400 on surface #ffffff"),
        ("[links]", '[colours.light]\nsoft = "#999999"\n[links]', r"colours\.light\.soft: soft #999999 on surface"),
        ("[links]", '[colours.light]\npaper = "#333333"\n[links]', r"colours\.light\.paper: .* on paper #333333"),
        ("[links]", '[colours.dark]\nink = "#333333"\n[links]', r"colours\.dark\.ink: ink #333333 on surface"),
    ],
)
def test_a_poor_contrast_is_refused_with_its_pair(tmp_path: Path, old: str, new: str, pair: str) -> None:
    with pytest.raises(ThemeError, match=rf"theme\.toml: {pair}.*needs (4\.5|3)") as refused:
        load(tmp_path, ACORN.replace(old, new, 1))
    better = re.search(r"(#[0-9a-f]{6}) would do", str(refused.value))
    assert better
    if new.startswith("#"):
        load(tmp_path, ACORN.replace(old, better[1], 1))


hues = st.floats(0, 360)


@settings(max_examples=60)
@given(brand_hue=hues, accent_hue=hues, brand_chroma=st.floats(0, 0.25), accent_chroma=st.floats(0, 0.25))
def test_every_dark_enough_brand_has_palettes_that_can_be_read(
    brand_hue: float, accent_hue: float, brand_chroma: float, accent_chroma: float
) -> None:
    brand, accent = colour(0.45, brand_chroma, brand_hue), colour(0.55, accent_chroma, accent_hue)
    assume(contrast(brand, "#ffffff") > 6)
    for palette in (light_palette(brand, accent, {}), dark_palette(brand, accent, {})):
        assert poor_pairs(palette) == []


def test_every_pair_names_colours_of_the_palette() -> None:
    assert {name for pair in PAIRS for name in (pair.name, pair.on)} <= set(NAMES)
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@given(st.integers(0, 0xFFFFFF))
def test_a_colour_is_found_again(value: int) -> None:
    assert colour(*oklch(f"#{value:06x}")) == f"#{value:06x}"


def test_the_style_sheet_has_every_colour_three_times() -> None:
    theme = built_in_theme(samples.TEMPLATES)
    css = theme_css(theme)
    assert css.count("--level-medium: ") == 3
    assert f"--on-brand: {theme.light.on_brand};" in css
    assert f"--paper: {theme.dark.paper};" in css
    assert "--s8: 72px;" in css
