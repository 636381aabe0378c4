"""The loader: what it reads, and every way it refuses what is wrong, naming file and key."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.unit.report import tiny
from worker.errors import CatalogueError
from worker.report.catalogue import Catalogue
from worker.report.catalogue_loading import load_catalogue
from worker.report.report import Band

BAKE = "bake-bread"
LAST_PERCENTILE = "line 102"


def replace(file: str, old: str, new: str) -> Callable[[Path], None]:
    def break_it(data: Path) -> None:
        text = (data / file).read_text()
        assert old in text, f"{old!r} is not in {file}"
        (data / file).write_text(text.replace(old, new, 1))

    return break_it


def append(file: str, text: str) -> Callable[[Path], None]:
    def break_it(data: Path) -> None:
        path = data / file
        path.write_text((path.read_text() if path.exists() else "") + text)

    return break_it


def both(one: Callable[[Path], None], other: Callable[[Path], None]) -> Callable[[Path], None]:
    def break_it(data: Path) -> None:
        one(data)
        other(data)

    return break_it


def delete(file: str) -> Callable[[Path], None]:
    return lambda data: (data / file).unlink()


def another_task(name: str, rationale: str) -> str:
    return f"""
[another-task]
name = "{name}"
onet = ["51-3011.00:1", "51-3011.00:2"]
rationale = "{rationale}"
stays_human = "A sentence that no other task of this catalogue has."
next_step = "Another sentence that no other task of this catalogue has."
"""


def another_skill(slug: str, name: str) -> str:
    return f'[{slug}]\nname = "{name}"\neffect = "resilient"\nreason = "A reason that no other skill has given yet."\n'


# case -> how it is broken, and the file, the start of the key and a part of the problem that the refusal names
BROKEN = {
    "not TOML": (append(tiny.BAKER, "\n= 1\n"), tiny.BAKER, "TOML", "line"),
    "not UTF-8": (lambda data: (data / tiny.BAKER).write_bytes(b"\xff"), tiny.BAKER, "byte 0", "UTF-8"),
    "a file missing": (delete(tiny.SOURCES), tiny.SOURCES, "file", "cannot be read"),
    "evidence missing": (delete(tiny.ONET_TASKS), tiny.ONET_TASKS, "file", "cannot be read"),
    "unknown key": (
        append(tiny.BAKER, '\n[colour]\nred = "x"\n'),
        tiny.BAKER,
        "colour",
        "unknown key; expected one of title,",
    ),
    "unknown key inside": (
        replace(tiny.BAKER, "share = 50", "hours = 3, share = 50"),
        tiny.BAKER,
        "tasks.0.hours",
        "unknown",
    ),
    "missing key": (replace(tiny.BAKER, 'family = "food"\n', ""), tiny.BAKER, "family", "missing"),
    "missing key of a task": (replace(tiny.TASKS, 'name = "Bake bread"\n', ""), tiny.TASKS, f"{BAKE}.name", "missing"),
    "wrong type": (replace(tiny.BAKER, "share = 50", 'share = "50"'), tiny.BAKER, "tasks.0.share", "integer"),
    "not a band": (replace(tiny.BAKER, '"low"', '"huge"'), tiny.BAKER, "tasks.0.page_band", "high"),
    "not an O*NET id": (replace(tiny.TASKS, "51-3011.00:1", "1"), tiny.TASKS, f"{BAKE}.onet.0", "pattern"),
    "a single O*NET id": (replace(tiny.TASKS, ', "51-3011.00:2"', ""), tiny.TASKS, f"{BAKE}.onet", "at least 2"),
    "markup in a text": (replace(tiny.TASKS, "A recipe", "<b>A recipe</b>"), tiny.TASKS, f"{BAKE}.rationale", "markup"),
    "no sentence": (
        replace(tiny.BAKER, "so are its shares.", "so are its shares"),
        tiny.BAKER,
        "shares_because",
        "full stop",
    ),
    "not a slug": (append(tiny.SKILLS, another_skill("Some_Things", "Things")), tiny.SKILLS, "Some_Things", "slug"),
    "a file name that is no slug": (
        lambda data: (data / tiny.BAKER).rename(data / "roles" / "The baker.toml"),
        "roles/The baker.toml",
        "The baker",
        "slug",
    ),
    "slug twice": (
        append("skills/zz.toml", another_skill("baking", "Cakes")),
        "skills/zz.toml",
        "baking",
        "already in skills/food.toml",
    ),
    "family dangling": (
        replace(tiny.BAKER, '"food"', '"magic"'),
        tiny.BAKER,
        "family",
        "magic: there is no such family",
    ),
    "task dangling": (replace(tiny.BAKER, f'"{BAKE}"', '"bake-cakes"'), tiny.BAKER, "tasks", "bake-cakes: there is no"),
    "skill of a role dangling": (
        replace(tiny.BAKER, '"hygiene"', '"magic"'),
        tiny.BAKER,
        "skills",
        "magic: there is no such skill",
    ),
    "skill of a task dangling": (
        replace(tiny.TASKS, '"hygiene"', '"magic"'),
        tiny.TASKS,
        f"{BAKE}.skills",
        "magic: there is no such skill",
    ),
    "source dangling": (
        replace(tiny.CHANGES, '"anthropic-2025"', '"rumour"'),
        tiny.CHANGES,
        "news-of-food.source",
        "rumour: there is no",
    ),
    "occupation without evidence": (
        replace(tiny.BAKER, "51-3011.00", "99-9999.00"),
        tiny.BAKER,
        "onet",
        "99-9999.00: there is no",
    ),
    "task id without evidence": (
        replace(tiny.TASKS, "51-3011.00:1", "51-3011.00:9"),
        tiny.TASKS,
        f"{BAKE}.onet",
        "51-3011.00:9: there is no such O*NET task with evidence",
    ),
    "shares that do not sum": (replace(tiny.BAKER, "50", "51"), tiny.BAKER, "tasks", "sum to 100, not 101"),
    "a task twice in a role": (replace(tiny.BAKER, "count-stock", BAKE), tiny.BAKER, "tasks", "listed twice"),
    "an O*NET id twice in a task": (
        replace(tiny.TASKS, "51-3011.00:2", "51-3011.00:1"),
        tiny.TASKS,
        f"{BAKE}.onet",
        "listed twice",
    ),
    "an O*NET id twice in a role": (
        replace(tiny.TASKS, "35-3031.00:1", "51-3011.00:1"),
        tiny.BAKER,
        "tasks",
        "51-3011.00:1 of count-stock counts twice: bake-bread cites it too",
    ),
    "a statement twice in a role": (
        replace(tiny.ONET_TASKS, "1,00000003", "1,00000001"),
        tiny.BAKER,
        "tasks",
        "35-3031.00:1 of count-stock counts twice: bake-bread cites the same statement as 51-3011.00:1",
    ),
    "a statement twice in a task": (
        both(
            replace(tiny.TASKS, "35-3031.00:2", "51-3011.00:2"),
            replace(tiny.ONET_TASKS, "1,00000003", "1,00000002"),
        ),
        tiny.BAKER,
        "tasks",
        "counts twice",
    ),
    "too few tasks": (
        replace(tiny.BAKER, ', page_band = "medium"', ""),
        tiny.BAKER,
        "tasks",
        "expected 5 to 9 tasks, not 3",
    ),
    "a skill no task of the role uses": (
        both(
            append(tiny.SKILLS, another_skill("mentoring", "Mentoring")),
            replace(tiny.BAKER, '"courtesy"]', '"courtesy", "mentoring"]'),
        ),
        tiny.BAKER,
        "skills",
        "mentoring: none of the tasks of baker uses this skill",
    ),
    "the same rationale twice": (
        append("tasks/zz.toml", another_task("Another task", tiny.BAKE_RATIONALE)),
        "tasks/zz.toml",
        "another-task.rationale",
        "the same words are in tasks/food.toml: bake-bread.rationale",
    ),
    "title twice": (replace(tiny.WAITER, '"Waiter"', '"Baker"'), tiny.WAITER, "title", "already means the role baker"),
    "alias twice, spelt otherwise": (
        replace(tiny.WAITER, '"Server"', '"BAKERS"'),
        tiny.WAITER,
        "aliases",
        "already means the role baker",
    ),
    "synonym twice": (
        append("tasks/zz.toml", another_task("Baking the breads", "A reason that no other task has.")),
        "tasks/zz.toml",
        "another-task.name",
        "already means the task bake-bread",
    ),
    "skill name twice": (
        append("skills/zz.toml", another_skill("oven-work", "Bake")),
        "skills/zz.toml",
        "oven-work.name",
        "already means the skill baking",
    ),
    "ending twice": (
        replace(tiny.WAITER, 'endings = ["Waiter"]', 'endings = ["Baker"]'),
        tiny.WAITER,
        "endings",
        "already means",
    ),
    "a name without letters": (replace(tiny.BAKER, '"Boulanger"', '"***"'), tiny.BAKER, "aliases", "no letters"),
    "a label that does not exist": (
        replace(tiny.ONET_TASKS, "E1", "E7"),
        tiny.ONET_TASKS,
        "line 2, human",
        "expected one of 'E0', 'E2', 'E1', not 'E7'",
    ),
    "header changed": (replace(tiny.ONET_TASKS, "onet_soc", "soc"), tiny.ONET_TASKS, "line 1", "expected the columns"),
    "column missing": (
        replace(tiny.ONET_TASKS, ",00000001", ""),
        tiny.ONET_TASKS,
        "line 6",
        "expected 10 columns, not 9",
    ),
    "evidence of an unknown occupation": (
        replace(tiny.OCCUPATIONS, "51-3011.00", "51-3012.00"),
        tiny.ONET_TASKS,
        "line 6",
        "51-3011.00 is missing from evidence/occupations.csv",
    ),
    "evidence of a task twice": (
        replace(tiny.ONET_TASKS, "51-3011.00,2,", "51-3011.00,1,Core,E0,E0,E0,1,0.1,1,00000001\n51-3011.00,2,"),
        tiny.ONET_TASKS,
        "line 7",
        "listed twice",
    ),
    "evidence of an occupation twice": (
        append(tiny.OCCUPATIONS, tiny.FILES[tiny.OCCUPATIONS].splitlines()[-1] + "\n"),
        tiny.OCCUPATIONS,
        "line 4",
        "listed twice",
    ),
    "percentile missing": (replace(tiny.PERCENTILES, "\n50,", "\n51,"), tiny.PERCENTILES, "percentile", "0 to 100"),
    "figure that is no number": (
        replace(tiny.PERCENTILES, "\n100,", "\n100,x"),
        tiny.PERCENTILES,
        LAST_PERCENTILE,
        "expected a number",
    ),
    "figure out of range": (
        replace(tiny.PERCENTILES, "\n100,", "\n100,100"),
        tiny.PERCENTILES,
        LAST_PERCENTILE,
        "expected a number from 0 to 100",
    ),
    "percentiles that fall": (
        replace(tiny.PERCENTILES, "\n50,0.", "\n50,9."),
        tiny.PERCENTILES,
        "human_beta",
        "must not fall",
    ),
}


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tiny catalogue, which loads."""
    data = tiny.write(tmp_path_factory.mktemp("sound"))
    assert load_catalogue(data).roles.keys() == {"baker", "waiter"}
    return data


@pytest.mark.usefixtures("sound")
@pytest.mark.parametrize("case", BROKEN)
def test_refuses(case: str, tmp_path: Path) -> None:
    break_it, file, key, problem = BROKEN[case]
    data = tiny.write(tmp_path)
    break_it(data)
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(data).names.check()
    assert caught.value.file == file
    assert caught.value.key.startswith(key)
    assert problem in caught.value.problem


def test_rows_of_evidence_that_nothing_cites_are_not_parsed(tmp_path: Path) -> None:
    data = tiny.write(tmp_path)
    append(tiny.ONET_TASKS, "99-9999.00,1,not,a,row\n51-3011.00,3,nor,this\n")(data)
    assert load_catalogue(data).tasks.keys() == {BAKE, "count-stock", "serve-guests"}


def test_the_shares_of_each_role_are_a_week(catalogue: Catalogue) -> None:
    for role in catalogue.roles.values():
        assert sum(part.share for part in role.tasks) == pytest.approx(1)


def test_the_ml_engineer_is_as_its_page_rates_it(catalogue: Catalogue) -> None:
    role = catalogue.roles["ml-engineer"]
    bands = {catalogue.tasks[part.task].name: part.page_band for part in role.tasks}
    assert bands == {
        "Write production code": Band.HIGH,
        "Build and maintain data pipelines": Band.MEDIUM,
        "Train and evaluate ML models": Band.HIGH,
    }
    skills = [catalogue.skills[slug] for slug in role.skills]
    assert [skill.name for skill in skills] == ["Coding delivery", "Python", "Data Engineering", "Machine Learning"]
    assert {skill.effect.value for skill in skills} == {"vulnerable"}
    assert role.summary.page == "/outlook/ml-engineer"


def test_the_version_changes_with_the_content(catalogue: Catalogue, data_copy: Path) -> None:
    assert re.fullmatch(r"[0-9a-f]{12}", catalogue.version)
    assert load_catalogue(data_copy).version == catalogue.version
    (data_copy / "demo").mkdir()
    (data_copy / "demo" / "signups.jsonl").write_text("{}")
    assert load_catalogue(data_copy).version == catalogue.version, "what the catalogue does not read does not name it"
    append("families/tech.toml", "\n# one more line\n")(data_copy)
    assert load_catalogue(data_copy).version != catalogue.version


def test_a_catalogue_is_immutable(catalogue: Catalogue) -> None:
    with pytest.raises(TypeError):
        catalogue.roles["x"] = catalogue.roles["ml-engineer"]
    with pytest.raises(AttributeError):
        catalogue.version = "x"  # type: ignore[misc]
