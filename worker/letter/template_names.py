"""Whether a template uses only names that a letter has."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from jinja2 import Environment, TemplateSyntaxError, meta, nodes

from worker.letter.sources import TemplateSource

_GLOBALS = frozenset({"namespace", "range", "joiner", "cycler", "dict"})
"""Jinja's own names that give the same in every letter."""
LOOP_ATTRIBUTES = frozenset(
    {"first", "last", "index", "index0", "revindex", "revindex0", "length", "depth", "depth0", "cycle", "changed"}
)


def check_names(
    environment: Environment, source: TemplateSource, variables: frozenset[str], attributes: frozenset[str]
) -> None:
    """Raises TemplateError if the template uses an unknown variable or attribute, even on a branch never rendered.

    It names file, line and the nearest name.
    """
    try:
        tree = environment.parse(source.text)
        unknown = meta.find_undeclared_variables(tree) - variables - _GLOBALS
    except TemplateSyntaxError as error:
        raise source.error(error.lineno, str(error.message)) from None
    for name in tree.find_all(nodes.Name):
        if name.name in unknown:
            raise source.error(name.lineno, f"undefined variable {name.name}{_nearest(name.name, variables)}")
    of_namespaces = {keyword.key for call in tree.find_all(nodes.Call) for keyword in call.kwargs}
    known = attributes | of_namespaces
    for node in tree.find_all(nodes.Getattr):
        if node.attr not in known:
            raise source.error(node.lineno, _unknown_attribute(node, known, environment.filters))


def _nearest(name: str, names: Iterable[str]) -> str:
    near = difflib.get_close_matches(name, names, n=1)
    return f"; did you mean {near[0]}?" if near else f"; there are {', '.join(sorted(names))}"


def _unknown_attribute(node: nodes.Getattr, known: frozenset[str], filters: Collection[str]) -> str:
    if node.attr in filters:
        return f".{node.attr}: write the filter |{node.attr}"
    if hasattr(str, node.attr):
        return f".{node.attr}: methods of Python are not known here; write one of Jinja's filters"
    if isinstance(node.node, nodes.Name) and node.node.name == "loop":
        return f"loop.{node.attr}: write one of {', '.join(f'loop.{name}' for name in sorted(LOOP_ATTRIBUTES))}"
    near = difflib.get_close_matches(node.attr, known, n=1)
    remedy = f"did you mean {near[0]}?" if near else "docs/templates.md lists the values that there are"
    return f"no value of the letter has an attribute {node.attr}; {remedy}"
