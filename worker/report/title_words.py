"""The words of data/titles: what is no job, what short forms mean, and what our roles are called in other languages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property

from worker.errors import CatalogueError
from worker.report.catalogue_entries import read_entry
from worker.report.catalogue_format import Entry
from worker.report.spelling import fold_title

NOT_A_JOB_FILE = "titles/not_a_job.toml"
ABBREVIATIONS_FILE = "titles/abbreviations.toml"
TRANSLATIONS_FILE = "titles/translations.tsv"
WORD_FILES = (NOT_A_JOB_FILE, ABBREVIATIONS_FILE, TRANSLATIONS_FILE)

LANGUAGES = {
    "de": "German",
    "es": "Spanish",
    "fr": "French",
    "pt": "Portuguese",
    "it": "Italian",
    "nl": "Dutch",
}
"""Languages other than English in which titles are read, by code: the columns of TRANSLATIONS_FILE."""


LEAST_JOINED = 6  # letters of a name that may be joined otherwise: "p a" is not "pa"


class NotAJobEntry(Entry):
    """data/titles/not_a_job.toml."""

    titles: tuple[str, ...]
    endings: tuple[str, ...]
    beginnings: tuple[str, ...]
    exceptions: tuple[str, ...]
    beside: tuple[str, ...]


class AbbreviationsEntry(Entry):
    """data/titles/abbreviations.toml."""

    titles: Mapping[str, tuple[str, ...]]
    other_names: Mapping[str, tuple[str, ...]]
    words: Mapping[str, str]
    last_words: Mapping[str, str]
    spellings: Mapping[str, str]
    leaders: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NotAJob:
    """Folded texts that name no job: whole, as first words and as last words; `exceptions` begin like one and do.

    `beside` are single words at either end of a title: places and employers.
    """

    titles: AbstractSet[str]
    beginnings: tuple[str, ...]
    endings: tuple[str, ...]
    exceptions: tuple[str, ...]
    beside: AbstractSet[str]

    def without_beside(self, title: str) -> str:
        """The folded title without the places and employers at its ends; empty if nothing else is left."""
        words = title.split()
        while words and words[-1] in self.beside:
            words.pop()
        while words and words[0] in self.beside:
            words.pop(0)
        return " ".join(words)

    def __contains__(self, title: object) -> bool:
        """Whether a folded title names no job. An empty one names none."""
        words = f"{title} "
        if not words.strip() or title in self.titles:
            return True
        if words.startswith(self.exceptions):
            return False
        return words.startswith(self.beginnings) or f" {title}".endswith(self.endings)


@dataclass(frozen=True, slots=True)
class Abbreviations:
    """What folded short forms mean: a whole title, a word, a last word; other spellings of a word; ranks that lead."""

    titles: Mapping[str, tuple[str, ...]]
    titles_unspaced: Mapping[str, tuple[str, ...]]
    words: Mapping[str, str]
    last_words: Mapping[str, str]
    spellings: Mapping[str, str]
    leaders: tuple[str, ...]

    def whole(self, title: str) -> tuple[str, ...]:
        """What a whole folded title means, however its words are joined: a "binman" is a "bin man"; else nothing."""
        return self.titles.get(title) or self.titles_unspaced.get(title.replace(" ", "")) or ()

    def led(self, title: str) -> Iterator[str]:
        """Names of who leads a field, from a folded title that does: "head marketing" gives "marketing manager"."""
        for leader in self.leaders:
            if title.startswith(f"{leader} "):
                field = title.removeprefix(f"{leader} ")
            elif title.endswith(f" {leader}"):
                field = title.removesuffix(f" {leader}")
            else:
                continue
            yield from (f"{field} {leader}", f"{leader} {field}", f"{field} director", f"{field} manager")

    def written_out(self, title: str) -> Iterator[str]:
        """The folded title with its other spellings settled, then with its short forms written out; without itself."""
        words = title.split()
        if not words:
            return
        spelt = [self.spellings.get(word, word) for word in words]
        last = self.last_words.get(spelt[-1])
        full = [self.words.get(word, word) for word in spelt]
        endings = [] if last is None else [[*spelt[:-1], last], [*full[:-1], last]]
        seen = {title}
        for version in (spelt, *endings, full):
            written = fold_title(" ".join(version))
            if written not in seen:
                seen.add(written)
                yield written


@dataclass(frozen=True, slots=True)
class Translation:
    """A title in other languages: the folded English titles that it may mean, and the codes of the languages."""

    titles: tuple[str, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True)
class TitleWords:
    """All words of data/titles, by folded title where they are looked up; translations are parsed when asked for."""

    not_a_job: NotAJob
    abbreviations: Abbreviations
    translations_file: str
    """The text of TRANSLATIONS_FILE."""

    @cached_property
    def translations(self) -> Mapping[str, Translation]:
        """What titles in other languages mean. Raises CatalogueError."""
        return _translations(self.translations_file)


def read_title_words(files: Mapping[str, str]) -> TitleWords:
    """The words of `files` (path relative to data/ -> text). Raises CatalogueError."""
    none = read_entry(NotAJobEntry, NOT_A_JOB_FILE, files[NOT_A_JOB_FILE])
    short = read_entry(AbbreviationsEntry, ABBREVIATIONS_FILE, files[ABBREVIATIONS_FILE])
    titles = {
        fold_title(title): tuple(map(fold_title, full_titles))
        for title, full_titles in (*short.titles.items(), *short.other_names.items())
    }
    return TitleWords(
        not_a_job=NotAJob(
            titles=frozenset(map(fold_title, none.titles)),
            beginnings=tuple(f"{fold_title(words)} " for words in none.beginnings),
            endings=tuple(f" {fold_title(words)}" for words in none.endings),
            exceptions=tuple(f"{fold_title(words)} " for words in none.exceptions),
            beside=frozenset(map(fold_title, none.beside)),
        ),
        abbreviations=Abbreviations(
            titles=titles,
            titles_unspaced={
                unspaced: full_titles
                for title, full_titles in titles.items()
                if len(unspaced := title.replace(" ", "")) >= LEAST_JOINED
            },
            words=_folded(short.words),
            last_words=_folded(short.last_words),
            spellings=_folded(short.spellings),
            leaders=tuple(map(fold_title, short.leaders)),
        ),
        translations_file=files[TRANSLATIONS_FILE],
    )


def _folded(words: Mapping[str, str]) -> Mapping[str, str]:
    return {word: fold_title(meaning) for word, meaning in words.items()}


def _translations(text: str) -> Mapping[str, Translation]:
    """By the folded title in another language, of men and of women."""
    lines = text.splitlines()
    languages = lines[0].split("\t")[1:] if lines else []
    if unknown := set(languages) - LANGUAGES.keys():
        raise CatalogueError(TRANSLATIONS_FILE, "line 1", f"no such language: {', '.join(sorted(unknown))}")
    found: dict[str, Translation] = {}
    for number, line in enumerate(lines[1:], start=2):
        english, *columns = line.split("\t")
        if len(columns) != len(languages):
            raise CatalogueError(TRANSLATIONS_FILE, f"line {number}", f"expected {len(languages) + 1} columns")
        for language, column in zip(languages, columns, strict=True):
            for title in column.split(";"):
                for key in map(fold_title, (title, *feminine(title.strip(), language))):
                    earlier = found.get(key, Translation((), ()))
                    found[key] = Translation(
                        titles=tuple(dict.fromkeys((*earlier.titles, fold_title(english)))),
                        languages=tuple(dict.fromkeys((*earlier.languages, language))),
                    )
    return found


_FEMININE = {  # how the first word of a title ends for a man, and how for a woman; in _BOTH_ENDS, also the last one
    "de": {"er": "erin", "ist": "istin", "eur": "eurin", "or": "orin", "ent": "entin", "ekt": "ektin", "är": "ärin"},
    "es": {"o": "a", "or": "ora"},
    "fr": {"teur": "trice", "eur": "euse", "ieur": "ieure", "sseur": "sseure", "ier": "ière", "iller": "illère"}
    | {"ien": "ienne", "ant": "ante", "at": "ate", "ent": "ente"},
    "pt": {"o": "a", "or": "ora"},
    "it": {"o": "a", "tore": "trice", "ere": "era"},
    "nl": {"maker": "maakster", "koper": "koopster", "werker": "werkster", "schrijver": "schrijfster"}
    | {"houder": "houdster", "leider": "leidster", "pper": "pster", "pleger": "pleegster", "zorger": "zorgster"}
    | {"eur": "euse", "teur": "trice", "raar": "rares", "aris": "aresse", "loog": "loge"}
    | {"ist": "iste", "ent": "ente", "ant": "ante", "peut": "peute"},
}


_BOTH_ENDS = frozenset(["de", "nl"])  # "Technischer Redakteur", "Administratief medewerker"


_AGREEING = {  # how an adjective after it ends, by the last letters for a man and for a woman
    "es": {"o": "a"},
    "fr": {"if": "ive", "al": "ale", "el": "elle", "ier": "ière", "ien": "ienne", "é": "ée"},
    "pt": {"o": "a"},
    "it": {"o": "a", "tore": "trice", "ere": "era"},
}


def feminine(title: str, language: str) -> Iterator[str]:
    """What a woman's title in `language` may be, from a man's: "Diseñadora gráfica" for "Diseñador gráfico"."""
    first, space, rest = title.partition(" ")
    agreed = " ".join(_changed(word, _AGREEING.get(language, {})) for word in rest.split(" "))
    for ending in dict.fromkeys((rest, agreed)):
        if ending != rest:
            yield f"{first}{space}{ending}"
        for man, woman in _FEMININE.get(language, {}).items():
            if first.endswith(man):
                yield f"{first.removesuffix(man)}{woman}{space}{ending}"
    if language in _BOTH_ENDS and space:
        endings = _FEMININE[language].items()
        yield from (title.removesuffix(man) + woman for man, woman in endings if title.endswith(man))


def _changed(word: str, endings: Mapping[str, str]) -> str:
    return next((word.removesuffix(man) + woman for man, woman in endings.items() if word.endswith(man)), word)
