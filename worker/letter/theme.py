"""The theme: name, mark, colours and footer links of one installation, from the theme.toml of a folder.

The folder may also hold templates of its own, under the same paths as in templates/. What is wrong with a theme is
a ThemeError at start, which names the file and the key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from worker.errors import ThemeError
from worker.letter.palette import Palette, PoorPair, dark_palette, light_palette, poor_pairs
from worker.letter.theme_file import ThemeFile, read_theme_file
from worker.letter.urls import Url

THEME_FILE = "theme.toml"


@dataclass(frozen=True, slots=True)
class SenderMark:
    """The sender's mark: an image with its size in CSS pixels, or a text. `text` is also what an image says."""

    text: str
    image: Url | None = None
    width: int | None = None
    height: int | None = None


@dataclass(frozen=True, slots=True)
class Link:
    """A link of the footer: https, or `mailto:` for the contact."""

    text: str
    url: Url

    @property
    def shown(self) -> Url:
        """What the text part shows: the address of a mailbox, or the URL."""
        return Url(self.url.removeprefix("mailto:"))


@dataclass(frozen=True, slots=True)
class Theme:
    """How letter and pages look, and what their footer leads to.

    `outlook` is the palette that Outlook's dark mode is given. `links` has privacy and contact first.
    """

    folder: Path
    name: str
    mark: SenderMark
    light: Palette
    dark: Palette
    outlook: Palette
    links: tuple[Link, ...]
    privacy: Link | None
    contact: Link | None
    reply_to: str | None

    @property
    def content(self) -> str:
        """All that a letter may show of the theme."""
        return repr((self.name, self.mark, self.light, self.dark, self.outlook, self.links))


def load_theme(folder: Path, *, public_url: str, service_url: str | None = None) -> Theme:
    """The theme in this folder. A URL that begins with a slash is on the website, `public_url`.

    Raises ThemeError, which names the file and the key, if a value is missing or not as expected, if a colour cannot be
    read on another (it names the pair, their contrast, and the contrast they need), or if the mark is an image of
    another host than the website's or the service's.
    """
    path = folder / THEME_FILE
    file = read_theme_file(path)
    hosts = {urlsplit(url).hostname for url in (public_url, service_url) if url}
    links = _Urls(path, public_url)
    named = [
        Link(text, links.read(f"links.{text.lower()}", url, mail=text == "Contact"))
        for text, url in (("Privacy", file.links.privacy), ("Contact", file.links.contact))
        if url is not None
    ]
    more = [Link(link.text, links.read(f"links.more[{at}].url", link.url)) for at, link in enumerate(file.links.more)]
    by_text = {link.text: link for link in named}
    dark = _checked(path, "dark", dark_palette(file.colours.brand, file.colours.accent, file.colours.dark), file)
    return Theme(
        folder=folder,
        name=file.name,
        mark=_mark(path, file, links, hosts),
        light=_checked(path, "light", light_palette(file.colours.brand, file.colours.accent, file.colours.light), file),
        dark=dark,
        outlook=dark,
        links=(*named, *more),
        privacy=by_text.get("Privacy"),
        contact=by_text.get("Contact"),
        reply_to=file.reply_to,
    )


def built_in_theme(templates: Path) -> Theme:
    """The theme in `templates`/theme, which has no URL."""
    return load_theme(templates / "theme", public_url="")


@dataclass(frozen=True, slots=True)
class _Urls:
    """Reads the URLs of a theme."""

    path: Path
    public_url: str

    def read(self, key: str, url: str, *, mail: bool = False) -> Url:
        if url.startswith("/") and not url.startswith("//"):
            return Url(self.public_url + url)
        parts = urlsplit(url)
        if (parts.scheme == "https" and parts.hostname) or (mail and parts.scheme == "mailto" and "@" in parts.path):
            return Url(url)
        kinds = (
            "an https address, mailto:name@host, or a path of the website"
            if mail
            else "an https address, or a path of the website"
        )
        raise ThemeError(str(self.path), key, f"must be {kinds}, which begins with a slash")


def _mark(path: Path, file: ThemeFile, urls: _Urls, hosts: set[str | None]) -> SenderMark:
    mark = file.mark
    if mark.image is None:
        for key in ("alt", "width", "height"):
            if getattr(mark, key) is not None:
                raise ThemeError(str(path), f"mark.{key}", "belongs to mark.image, which is missing")
        return SenderMark(mark.text or file.name)
    if mark.text is not None:
        raise ThemeError(str(path), "mark.text", "is given beside mark.image: write it as mark.alt")
    for key in ("alt", "width", "height"):
        if getattr(mark, key) is None:
            raise ThemeError(str(path), f"mark.{key}", "is missing: an image needs alt, width and height")
    image = urls.read("mark.image", mark.image)
    if urlsplit(image).hostname not in hosts:
        where = " or ".join(sorted(str(host) for host in hosts))
        raise ThemeError(str(path), "mark.image", f"must be at {where}: mail programs distrust images of other hosts")
    return SenderMark(str(mark.alt), image, mark.width, mark.height)


def _checked(path: Path, kind: str, palette: Palette, file: ThemeFile) -> Palette:
    given = file.colours.light if kind == "light" else file.colours.dark
    for poor in poor_pairs(palette):
        raise ThemeError(str(path), _key_of(poor, kind, given), _too_little(poor, palette, kind))
    return palette


def _key_of(poor: PoorPair, kind: str, given: Mapping[str, str]) -> str:
    """The key to change: the colour that the theme sets itself, else the brand or accent it is derived from."""
    for name in (poor.pair.name, poor.pair.on):
        if name in given:
            return f"colours.{kind}.{name}"
    return "colours.accent" if poor.pair.name.startswith("accent") else "colours.brand"


def _too_little(poor: PoorPair, palette: Palette, kind: str) -> str:
    pair = poor.pair
    return (
        f"{pair.name} {getattr(palette, pair.name)} on {pair.on} {getattr(palette, pair.on)} ({kind}) has a contrast "
        f"of {poor.contrast:.2f}, and needs {pair.ratio:g}; {poor.better} would do"
    )
