"""What a template's CSS would lose in inlining, named with its line. Premailer drops it without a word."""

from __future__ import annotations

import logging
import re
import xml.dom
from collections.abc import Iterator
from typing import NamedTuple

import cssutils
import lxml.html
from lxml.cssselect import CSSSelector

from worker.letter.sources import TemplateSource

_BLOCK = re.compile(r"<style\b(?P<attributes>[^>]*)>(?P<css>.*?)</style\s*>|<!--.*?-->", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/|<!--|-->", re.DOTALL)
_PRELUDE = re.compile(r"[^{};]*[{;]|[^{};]+\Z", re.DOTALL)
_KEPT_PSEUDO_CLASSES = re.compile(r":(?:first-child|last-child|nth-child\([^)]*\))")
_CLASS_NAME = re.compile(r"\.([A-Za-z][\w-]*)")
_CSS_VARIABLE = re.compile(r"\bvar\(\s*--[\w-]*\s*\)?|(?<![\w-])--[A-Za-z][\w-]*\s*:")
_IGNORE = 'data-premailer="ignore"'
_ELSEWHERE = f"write it in a block <style {_IGNORE}>, with !important, as inlined styles would win"
_PARSER = cssutils.CSSParser(loglevel=logging.CRITICAL, raiseExceptions=True, validate=False)


class _Rule(NamedTuple):
    """A rule at the top of a style block: what is before its braces, what is in them, and where it begins."""

    prelude: str
    body: str
    offset: int


def check_styles(source: TemplateSource, html: str) -> list[str]:
    """What is dropped and harms nothing: selectors that match nothing in `html`, the template with tokens for Jinja.

    Raises TemplateError, which names file, line and what to write instead, if the template's CSS would be changed.
    """
    document = lxml.html.document_fromstring(html)
    classes = {name for element in document.iter() for name in str(element.get("class", "")).split()}
    notes: list[str] = []
    for variable in _CSS_VARIABLE.finditer(source.text):
        message = f"{variable.group()} is unknown to many mail programs: write a value, as {{{{ theme.light.brand }}}}"
        raise source.error(source.line_at(variable.start()), message)
    for block in _BLOCK.finditer(source.text):
        if block["css"] is None:
            continue
        kept = "data-premailer" in block["attributes"]
        for rule in _rules(block["css"]):
            line = source.line_at(block.start("css") + rule.offset)
            if kept:
                missing = [name for name in _CLASS_NAME.findall(rule.prelude + rule.body) if name not in classes]
                notes += [_note(source, line, f"nothing has the class {name}") for name in dict.fromkeys(missing)]
            else:
                notes += _check_rule(source, line, rule, document)
    return notes


def _check_rule(source: TemplateSource, line: int, rule: _Rule, document: lxml.html.HtmlElement) -> Iterator[str]:
    if rule.prelude.startswith("@"):
        at_rule = rule.prelude.split()[0].split("(")[0]
        if at_rule == "@import":
            raise source.error(line, "@import: mail programs load no style sheet; write its rules here")
        raise source.error(line, f"{at_rule} is dropped from this block: {_ELSEWHERE}")
    try:
        _PARSER.parseString(f"{rule.prelude} {{{rule.body}}}")
    except (xml.dom.DOMException, ValueError) as error:
        message = str(error.args[0] if error.args else error).partition(" [")[0]
        raise source.error(line, f"`{rule.prelude}` is not CSS: {message}") from None
    for selector in filter(None, map(str.strip, rule.prelude.split(","))):
        if ":" in _KEPT_PSEUDO_CLASSES.sub("", selector):
            raise source.error(line, f"`{selector}` cannot be in a style attribute: {_ELSEWHERE}")
        try:
            found = CSSSelector(selector)(document)
        except Exception:  # noqa: BLE001 - cssselect raises several kinds for what it cannot read
            raise source.error(line, f"`{selector}` is no selector that can be inlined: name a class") from None
        if not found:
            yield _note(source, line, f"`{selector}` matches nothing, and is dropped")


def _note(source: TemplateSource, line: int, text: str) -> str:
    return str(source.error(line, text))


def _rules(css: str) -> Iterator[_Rule]:
    """The rules at the top of a style sheet, comments left out."""
    css = _COMMENT.sub(lambda comment: re.sub(r"[^\n]", " ", comment.group()), css)
    position = 0
    while match := _PRELUDE.match(css, position):
        prelude = match.group()
        start = match.start() + len(prelude) - len(prelude.lstrip())
        position = match.end()
        if not prelude.endswith("{"):
            if prelude.strip(" \n\t;"):
                yield _Rule(prelude.strip(), "", start)
            continue
        depth, end = 1, position
        while depth and end < len(css):
            depth += {"{": 1, "}": -1}.get(css[end], 0)
            end += 1
        yield _Rule(prelude[:-1].strip(), css[position : end - (depth == 0)], start)
        position = end
