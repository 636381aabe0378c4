"""The parts of a text that may be its job title, the jobs of a title that names two, and what makes two titles one."""

from __future__ import annotations

import re
from collections.abc import Iterator

from worker.masking import mask_text
from worker.report.spelling import fold_title
from worker.report.titles import bare, without_tail

_BRACKETS = re.compile(r"[(\[]([^()\[\]]+)[)\]]")
_OF = re.compile(r"^(?P<what>[^,;|()]+?)\s+of\s+(?:the\s+)?(?P<field>[^,;|()]+)$", re.IGNORECASE)
_FIELD_AFTER = re.compile(r"^(?P<what>[^,;|()–—]+?)(?:\s*[,:|–—]\s*|\s+-\s+)(?P<field>[^,;|()–—]+?)$")
_TWO_JOBS = re.compile(r"\s*(?:/|\+|&|;|\||,|\bor\b|\band\b|\bund\b|\bet\b|\be\b|\by\b)\s*", re.IGNORECASE)
_INITIALS = re.compile(r"\b(\w{1,2})\s?&\s?(\w)\b")  # R&D, FP&A
_DOTTED = re.compile(r"\b(?:[^\W\d_]\.\s?){2,}")  # M.L.
_EMPLOYER = re.compile(r"\s*(?:@|\bat\b).*", re.DOTALL | re.IGNORECASE)
_INTRODUCTION = re.compile(
    r"\s*(?:(?:my )?(?:job|job title|occupation|profession|position|role|title)\s*(?::|\bis\b)"
    r"|i\s*am\b|i['’]m\b|im (?=an? )|currently\b|i (?:currently )?do\b|i (?:currently )?work in\b"
    r"|(?:i )?(?:currently )?(?:work|works|working|employed)(?: (?:at|for|in|with) .{1,60}?)? as\b"
    r"|(?:ex|former|formerly|previously|used to be)\b.{1,60}?\b(?:now|currently)\b)"
    r"\s*(?:an?\s)?",
    re.IGNORECASE,
)
MAX_JOBS = 3  # jobs read of a title that names several


def parts(text: str) -> Iterator[str]:
    """What may be the title in a text, likeliest first.

    The text as it is; with its field put first ("Director of Sales" is a "Sales Director"); without employer and
    remarks; what is in brackets, also as its field; what follows words that are no title ("Freelance: photographer").
    """
    seen = set()
    for part in (*_parts(text), *_parts(without_dots(text))):
        if part and part not in seen:
            seen.add(part)
            yield part


def folded_title(text: str) -> str:
    """The words by which a title is grouped and found: "ML engineer", "ml-engineer " and "M.L. Engineer" have the same.

    It has itself: folding it again changes nothing. Of a text without any word it is the text in lower case. An
    address in the text is masked first, for it would not be known as one afterwards.
    """
    text = mask_text(text)
    folded = fold_title(without_dots(tidied(text)))
    while (again := fold_title(folded)) != folded:  # "engs" is "eng", which is "engineer"
        folded = again
    return folded or " ".join(text.casefold().split())


def without_introduction(text: str) -> str:
    """The text without the words by which a sentence or a label introduces a title: "I am a nurse" is "nurse".

    What somebody was before is no title either: "ex-teacher, now a UX designer" is "UX designer".
    """
    kept = text
    while found := _INTRODUCTION.match(kept):
        kept = kept[found.end() :]
    return kept if kept.strip() else text


def without_dots(text: str) -> str:
    """The text with the dots and spaces of initials removed: "M.L. Engineer" is "ML Engineer"."""
    return _DOTTED.sub(lambda initials: re.sub(r"[.\s]", "", initials[0]) + " ", text)


def tidied(text: str) -> str:
    """The text without an acronym in brackets that only repeats it; initials joined ("R&D" is "RD")."""
    text = _INITIALS.sub(r"\1\2", text)
    for brackets in _BRACKETS.finditer(text):
        outside = fold_title(text[: brackets.start()])
        initials = "".join(word[0] for word in outside.split())
        if brackets[1].replace(".", "").casefold() == initials:
            return f"{text[: brackets.start()]} {text[brackets.end() :]}"
    return text


def outside_brackets(text: str) -> str:
    """The text without what is in brackets."""
    return _BRACKETS.sub(" ", text)


def _parts(text: str) -> Iterator[str]:
    yield text
    outside = outside_brackets(text).strip()
    yield from (f"{brackets} {outside}" for brackets in _BRACKETS.findall(text))
    yield outside
    if after := _FIELD_AFTER.match(outside):
        yield f"{after['field']} {after['what']}"
    head = without_tail(text)
    for whole in (outside, head):
        if of := _OF.match(whole):
            yield f"{of['field']} {of['what']}"
    yield head
    yield from (brackets.strip() for brackets in _BRACKETS.findall(text))
    if after and not bare(after["what"]):
        yield after["field"]


def jobs(text: str) -> list[tuple[str, ...]]:
    """The jobs that a title names beside each other, at most MAX_JOBS, each in the ways to read it, likeliest first.

    In a "sales and marketing manager", "sales" is read as "sales manager" first. A single job if the title names one.
    """
    named = _EMPLOYER.sub("", outside_brackets(text))
    texts = [part for part in _TWO_JOBS.split(named) if part.strip()][:MAX_JOBS]
    if not texts:
        return []
    last = texts[-1].split()[-1]
    return [(f"{job} {last}", job) for job in texts[:-1]] + [(texts[-1],)]
