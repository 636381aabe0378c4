"""`worker roles`: the roles of the catalogue, the figures behind each, and what an author should check."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.markup import escape

from worker.assets import data_dir
from worker.cli.completion import complete_role
from worker.cli.console import Format, print_json, print_rows, stderr, stdout
from worker.cli.not_found import NotFound
from worker.cli.resources import settings_for_command
from worker.report.catalogue import Catalogue, Role, Task
from worker.report.catalogue_loading import load_catalogue
from worker.report.matching import Matcher
from worker.report.measures import Range
from worker.report.quality import SPEARMAN_FLOOR, CatalogueQuality, catalogue_quality

COLUMNS = ("slug", "title", "family", "index", "percentile", "tasks", "resilient", "skills")


def roles(
    search: Annotated[
        str | None, typer.Option(help="Only the role this job title means, or roles that contain it.")
    ] = None,
    show: Annotated[
        str | None,
        typer.Option(metavar="SLUG", help="One role with its tasks and skills.", autocompletion=complete_role),
    ] = None,
    evidence: Annotated[bool, typer.Option("--evidence", help="With --show: the published figures behind it.")] = False,
    check: Annotated[
        bool, typer.Option("--check", help="Load, recompute, and list what an author should see.")
    ] = False,
    form: Annotated[Format, typer.Option("--format", help="table, json or csv.")] = Format.TABLE,
) -> None:
    """List the roles that reports can be made for.

    Each with its index and its percentile among jobs.

    Exit codes: 0 done, 1 --check found something to explain, 3 no such role.

    Example: `worker roles --search "Sr. ML Eng"`, `worker roles --show ml-engineer --evidence`, `worker roles --check`
    """
    settings_for_command()
    catalogue = load_catalogue(data_dir())
    if check:
        _check(catalogue, form)
    elif show is not None:
        _show(catalogue, show, evidence, form)
    else:
        _list(catalogue, search, form)


def _list(catalogue: Catalogue, search: str | None, form: Format) -> None:
    chosen = sorted(catalogue.roles) if search is None else _found(catalogue, search)
    rows = [_role_row(catalogue, catalogue.roles[slug]) for slug in chosen]
    print_rows(rows, COLUMNS, form, empty="No role matches. A signup with this title gets the outcome unknown_role.")
    if form is Format.TABLE and rows:
        stderr.print(f"{len(rows)} of {len(catalogue.roles)} roles, catalogue {catalogue.version}")


def _found(catalogue: Catalogue, search: str) -> list[str]:
    reading = Matcher(catalogue).read_title(search)
    if reading.role is not None:
        return [reading.role]
    needle = search.casefold()
    contain = [
        role.slug for role in catalogue.roles.values() if needle in " ".join((role.title, *role.aliases)).casefold()
    ]
    candidates = [slug for slug in reading.candidates if slug in catalogue.roles]
    return list(dict.fromkeys([*candidates, *sorted(contain)]))


def _role_row(catalogue: Catalogue, role: Role) -> dict[str, object]:
    index = role.summary.index
    return {
        "slug": role.slug,
        "title": role.title,
        "family": role.summary.family,
        "index": f"{index.value} ({index.low}-{index.high})",
        "percentile": _range(role.summary.percentile),
        "tasks": len(role.tasks),
        "resilient": sum(catalogue.tasks[task.task].rating.resilient for task in role.tasks),
        "skills": len(role.skills),
    }


def _show(catalogue: Catalogue, slug: str, evidence: bool, form: Format) -> None:
    role = catalogue.roles.get(slug) or catalogue.roles.get(Matcher(catalogue).read_title(slug).role or "")
    if role is None:
        raise NotFound(f"there is no role {slug}; `worker roles` lists them")
    tasks = [_task_row(role, catalogue.tasks[part.task], part.share) for part in role.tasks]
    skills = [
        {"skill": skill.name, "effect": str(skill.effect)} for skill in map(catalogue.skills.__getitem__, role.skills)
    ]
    figures = list(_figure_rows(catalogue, role)) if evidence else []
    if form is Format.JSON:
        print_json({"role": _role_row(catalogue, role), "tasks": tasks, "skills": skills, "evidence": figures})
        return
    stdout.print(f"[bold]{escape(role.title)}[/bold]  {role.slug}  {escape(role.summary.family)}")
    stdout.print(f"index about {role.summary.index.value}, percentile among jobs {_range(role.summary.percentile)}")
    stdout.print(f"also called {escape(', '.join(role.aliases)) or 'nothing else'}\n", soft_wrap=True)
    print_rows(tasks, ("share", "task", "band", "firmness", "resilient", "score"), form, empty="")
    stdout.print(f"{escape(role.shares_because)}\n", soft_wrap=True)
    print_rows(skills, ("skill", "effect"), form, empty="")
    if evidence:
        stdout.print()
        print_rows(figures, ("task", "onet", "human", "gpt4", "alternative", "observed use"), form, empty="")
        for code in role.occupations:
            stdout.print(
                f"{code} {escape(catalogue.occupations[code].title)}: {catalogue.occupations[code].mean_beta:.3f}"
            )


def _task_row(role: Role, task: Task, share: float) -> dict[str, Any]:
    page_band = next(part.page_band for part in role.tasks if part.task == task.slug)
    rating = task.rating
    return {
        "share": f"{100 * share:.0f} %",
        "task": task.name,
        "band": f"{page_band} (page; figures say {rating.band})" if page_band else str(rating.band),
        "firmness": str(rating.firmness),
        "resilient": "yes" if rating.resilient else "",
        "score": f"{rating.figures.score:.3f}",
    }


def _figure_rows(catalogue: Catalogue, role: Role) -> Iterator[dict[str, Any]]:
    for part in role.tasks:
        rating = catalogue.tasks[part.task].rating
        figures = rating.figures
        yield {
            "task": part.task,
            "onet": " ".join(figures.onet_tasks),
            "human": f"{figures.human:.3f}",
            "gpt4": f"{figures.gpt4:.3f}",
            "alternative": f"{figures.alternative:.3f}",
            "observed use": str(rating.observed_use),
        }


def _check(catalogue: Catalogue, form: Format) -> None:
    catalogue.onet.check()
    catalogue.names.check()
    for code in catalogue.onet.occupations:
        catalogue.onet.subject(code)
    found = catalogue_quality(catalogue, datetime.now(UTC).date())
    if form is Format.JSON:
        print_json(found)
    else:
        _print_quality(catalogue, found)
    raise typer.Exit(0 if found.clean else 1)


def _print_quality(catalogue: Catalogue, found: CatalogueQuality) -> None:
    stdout.print(
        f"{len(catalogue.roles)} roles, {len(catalogue.tasks)} tasks, {len(catalogue.skills)} skills load and recompute"
    )
    covered = catalogue.onet.jobs_covered(code for role in catalogue.roles.values() for code in role.occupations)
    stdout.print(f"{covered:.0%} of US jobs are in an occupation that a role covers")
    stdout.print(
        f"{len(catalogue.onet.occupations)} occupations compile, {len(catalogue.onet.kinds)} kinds of work have a text"
    )
    stdout.print(f"borderline ratings: {len(found.borderline)}\n  {', '.join(found.borderline)}", soft_wrap=True)
    for kind, unused in (("tasks", found.unused_tasks), ("skills", found.unused_skills)):
        if unused:
            stdout.print(f"[red]{kind} no role uses:[/red] {', '.join(unused)}", soft_wrap=True)
    stdout.print(f"roles without resilient work: {len(found.without_resilient)}")
    for role in found.without_resilient:
        stdout.print(f"  {role.role}: least exposed is {role.task} ({role.why})", soft_wrap=True)
    for text in found.unfit_rationales:
        stdout.print(f"[red]rationale of {text.place}:[/red] {text.why}", soft_wrap=True)
    if found.spearman is not None:
        stdout.print(
            f"Spearman, our index against the occupations' means: {found.spearman:.3f} (floor {SPEARMAN_FLOOR})"
        )
    for apart in found.apart:
        because = escape(apart.because) if apart.because else "[red]needs apart_because in its file[/red]"
        stdout.print(
            f"  {apart.role}: ours {apart.ours:.0f}, occupations {apart.published:.0f}, "
            f"{apart.ranks:+.0%} of all ranks: {because}",
            soft_wrap=True,
        )
    if found.overdue:
        stdout.print(f"[yellow]statements to look at again: {len(found.overdue)}[/yellow]")
    for statement in found.overdue:
        stdout.print(f"  {escape(statement)}", soft_wrap=True)
    stdout.print("[green]clean[/green]" if found.clean else "[red]not clean[/red]")


def _range(percentile: Range) -> str:
    return str(percentile.low) if percentile.low == percentile.high else f"{percentile.low}-{percentile.high}"
