"""What docs/performance.md shows of a run: its tables, the plot and the flame graphs."""

from __future__ import annotations

import re
from pathlib import Path

from tests.bench.flame_graph import flame_graph
from tests.bench.per_letter import LEDGERS
from tests.bench.plot import plot
from tests.bench.results import Line, Results

MEMORY_ROW = 2_500  # letters between two rows of memory
BEGIN, END = "<!-- measured: begin -->", "<!-- measured: end -->"


def write_page(page: Path, results: Results) -> None:
    """Renew the tables between the marks, and the plot beside the page."""
    text = page.read_text(encoding="utf-8")
    measured = f"{BEGIN}\n{tables(results)}\n{END}"
    page.write_text(re.sub(f"{BEGIN}.*{END}", lambda _match: measured, text, flags=re.DOTALL), encoding="utf-8")
    page.with_suffix(".svg").write_text(plot(results), encoding="utf-8")


def write_flame_graphs(folder: Path, stacks: Path) -> None:
    """A flame graph in `folder` for each kind of ledger, of the stacks that scripts/bench --profile kept."""
    for ledger in LEDGERS:
        lines = (stacks / f"{ledger}.stacks").read_text(encoding="utf-8").splitlines()
        title = f"worker run on {ledger}, emptying a backlog"
        (folder / f"performance-{ledger}.svg").write_text(flame_graph(lines, title), encoding="utf-8")


def tables(results: Results) -> str:
    """The bars, the stages and the latency, in Markdown."""
    parts = ["| what | measured | bar | |", "|---|---:|---:|---|", *map(_bar, results.lines), ""]
    parts += [f"| a letter, in bare calls | {' | '.join(LEDGERS)} |", "|---|---:|---:|"]
    for stage in results.stages[next(iter(LEDGERS))]:
        parts.append(f"| {stage} | {' | '.join(f'{results.stages[ledger][stage]:.2f}' for ledger in LEDGERS)} |")
    if results.latency:
        names = list(next(iter(results.latency.values())))
        parts += ["", f"| from commit to acceptance, ms | {' | '.join(names)} |", f"|---|{'---:|' * len(names)}"]
        for pace, figures in results.latency.items():
            parts.append(f"| at {pace} pace | {' | '.join(f'{figures[name]:.0f}' for name in names)} |")
    if results.memory:
        parts += ["", "| reports | MiB of a worker process |", "|---:|---:|"]
        shown = {int(count): octets for count, octets in results.memory.items() if int(count) % MEMORY_ROW == 0}
        parts += [f"| {count:,} | {octets / 2**20:.1f} |" for count, octets in shown.items()]
    return "\n".join([*parts, *(f"\n{note}" for note in results.notes)])


def _bar(line: Line) -> str:
    if line.bar is None:
        return f"| {line.name} | {line.figure:.2f} | | |"
    sign = "≥" if line.at_least else "≤"
    return f"| {line.name} | {line.figure:.2f} | {sign} {line.bar:g} | {'met' if line.met else '**missed**'} |"
