"""Calls of macros are replaced, and what a template renders stays the same."""

import pytest
from jinja2 import Template, nodes

from worker.letter.macro_calls import without_macro_calls
from worker.letter.renderer import letter_environment

SAY = "{% macro say(text, times) %}{% for _ in range(times) %}<b>{{ text }}</b>{% endfor %}{% endmacro %}"
NAMES = {"word": "<ada>", "words": ["a & b", "c"]}


def rendered(source, *, replaced):
    environment = letter_environment(html=True)
    tree = environment.parse(source)
    if replaced:
        tree = without_macro_calls(tree)
    code = environment.compile(tree)
    return Template.from_code(environment, code, dict(environment.globals)).render(NAMES), tree


@pytest.mark.parametrize(
    ("source", "calls_left"),
    [
        (SAY + "x{{ say(word, 2) }}y{{ word }}{{ say('z', 1) }}", 0),
        (SAY + "{% for word in words %}{% if word %}{{ say(word, loop.index) }}{% endif %}{% endfor %}{{ word }}", 0),
        (SAY + "{% macro twice(text) %}{{ say(text, 2) }}{% endmacro %}{{ twice(word) }}", 0),
        (SAY + "{{ say(word, times=2) }}{{ say(word, 1)|upper }}{{ say(*[word, 1]) }}", 3),
        ("{% macro down(n) %}{{ n }}{% if n %}{{ down(n - 1) }}{% endif %}{% endmacro %}{{ down(3) }}", 2),
    ],
)
def test_a_letter_without_calls_is_the_same(source, calls_left):
    before, _ = rendered(source, replaced=False)
    after, tree = rendered(source, replaced=True)
    assert after == before
    calls = [call.node.name for call in tree.find_all(nodes.Call) if isinstance(call.node, nodes.Name)]
    assert sum(name in {"say", "twice", "down"} for name in calls) == calls_left
