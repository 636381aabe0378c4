"""Which words of a letter's HTML part its text part lacks: slower and stricter than the lint, to check templates."""

from __future__ import annotations

import re

import lxml.html
from lxml.etree import strip_elements

from worker.content.own_words import FIRST_STRONG_ISOLATE, POP_ISOLATE
from worker.letter.long_words import ZERO_WIDTH_SPACE
from worker.letter.rendered_letter import RenderedLetter

_WORD = re.compile(r"[^\W_]{2,}")
_UNSEEN = re.compile(f"[{ZERO_WIDTH_SPACE}{FIRST_STRONG_ISOLATE}{POP_ISOLATE}]")
_HIDDEN = '//*[@aria-hidden="true"] | //*[contains(translate(@style, " ", ""), "display:none")] | //comment()'


def missing_words(letter: RenderedLetter) -> list[str]:
    """Each word that readers of the HTML part see and readers of the text part do not, in its order, in lower case.

    What is hidden from screen readers is left out: it names a part of a picture, which text has in a sentence.
    """
    body = lxml.html.document_fromstring(letter.html).find("body")
    strip_elements(body, "style", with_tail=False)
    for element in body.xpath(_HIDDEN):
        if element.getparent() is not None:
            element.drop_tree()
    written = "".join(_UNSEEN.sub("", letter.text.lower()).split())
    words = _WORD.findall(_UNSEEN.sub("", " ".join(body.itertext())).lower())
    return [word for word in dict.fromkeys(words) if word not in written]
