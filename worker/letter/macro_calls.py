"""A template in which each call of a macro is replaced by what the macro holds.

A letter calls macros about fifty times, and Jinja takes longer for a call than for the few tags that it gives. What the
template renders is the same.
"""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import nodes
from jinja2.visitor import NodeTransformer


def without_macro_calls(template: nodes.Template) -> nodes.Template:
    """The template, changed in place: calls that give each parameter by its place are replaced, others stay."""
    macros: dict[str, nodes.Macro] = {}
    body: list[nodes.Node] = []
    replaced = _Calls(macros)
    for node in template.body:
        changed = replaced.visit_list(node)
        body += changed
        for macro in changed:
            if isinstance(macro, nodes.Macro):
                macros[macro.name] = macro
    template.body = body
    return template


class _Calls(NodeTransformer):
    """Replaces calls of the macros known so far."""

    def __init__(self, macros: Mapping[str, nodes.Macro]) -> None:
        self._macros = macros

    def visit_Output(self, node: nodes.Output) -> list[nodes.Node]:  # noqa: N802 - Jinja's name
        """The parts printed before, between and after calls, and what is in the place of each call."""
        parts: list[nodes.Node] = []
        for printed in node.nodes:
            held = self._held(printed)
            if held is not None:
                parts.append(held)
            elif parts and isinstance(parts[-1], nodes.Output):
                parts[-1].nodes.append(printed)
            else:
                parts.append(nodes.Output([printed], lineno=node.lineno))
        return parts

    def _held(self, printed: nodes.Expr) -> nodes.Node | None:
        """What a macro holds, with its parameters set; None for what is no such call."""
        if not isinstance(printed, nodes.Call) or not isinstance(printed.node, nodes.Name):
            return None
        macro = self._macros.get(printed.node.name)
        if macro is None or len(printed.args) != len(macro.args):
            return None
        if printed.kwargs or printed.dyn_args or printed.dyn_kwargs:
            return None
        return nodes.With(list(macro.args), list(printed.args), list(macro.body), lineno=printed.lineno)
