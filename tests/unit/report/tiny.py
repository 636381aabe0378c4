"""A whole catalogue in a few lines, as files of data/: two roles, three tasks, four skills; invented figures."""

from __future__ import annotations

from pathlib import Path

BAKER = "roles/baker.toml"
WAITER = "roles/waiter.toml"
TASKS = "tasks/food.toml"
SKILLS = "skills/food.toml"
FAMILY = "families/food.toml"
SOURCES = "sources.toml"
CHANGES = "changes/food.toml"
ONET_TASKS = "evidence/tasks.csv"
OCCUPATIONS = "evidence/occupations.csv"
PERCENTILES = "evidence/percentiles.csv"
KINDS_OF_WORK = "evidence/kinds_of_work.csv"

BAKE_RATIONALE = "A recipe can be drafted by a model, and the oven still has to be watched by a baker."
COUNT_RATIONALE = "A count is a list, and lists are what models draft well."
SERVE_RATIONALE = "Guests want to be served by a person who looks at them."


def _task(slug: str, name: str, rationale: str, *onet: str) -> str:
    return f"""
[{slug}]
name = "{name}"
onet = ["{onet[0]}", "{onet[1]}"]
skills = ["baking", "hygiene", "arithmetic", "courtesy"]
rationale = "{rationale}"
stays_human = "What stays with a person who has to {slug.replace("-", " ")}."
next_step = "Try one small thing this week while you {slug.replace("-", " ")}."
"""


def _skill(slug: str) -> str:
    return (
        f'[{slug}]\nname = "{slug.title()}"\neffect = "resilient"\nreason = "A reason to keep {slug} in good order."\n'
    )


def _role(title: str, alias: str, ending: str, onet: str) -> str:
    return f"""
title = "{title}"
family = "food"
onet = ["{onet}"]
aliases = ["{alias}"]
endings = ["{ending}"]
tasks = [
    {{ task = "bake-bread", share = 50, page_band = "low" }},
    {{ task = "count-stock", share = 30, page_band = "medium" }},
    {{ task = "serve-guests", share = 20, page_band = "high" }},
]
shares_because = "A week of a {title.lower()} is invented, and so are its shares."
skills = ["baking", "hygiene", "arithmetic", "courtesy"]
"""


def _statement(slug: str, reach: list[str]) -> str:
    return f"""
[{slug}]
text = "An invented finding that holds for {slug}."
dated = "2026-03"
source = "anthropic-2025"
grade = "B"
read = "nothing: it is invented"
for = {reach}
about = "{slug}"
look_again = 2027-02-28
"""


def _source(slug: str) -> str:
    return (
        f'[{slug}]\nname = "{slug}"\nattribution = "An attribution of {slug}."\nlicence = "MIT"\n'
        f'url = "https://example.com/{slug}"\n'
    )


FILES = {
    SOURCES: "".join(_source(slug) for slug in ("eloundou-2024", "anthropic-2025", "anthropic-2026")),
    FAMILY: 'title = "Food"\n',
    CHANGES: _statement("news-of-food", ["food"]) + _statement("news-of-bakers", ["51-3011"]),
    "readings.toml": "",
    BAKER: _role("Baker", "Boulanger", "Baker", "51-3011.00"),
    WAITER: _role("Waiter", "Server", "Waiter", "35-3031.00"),
    TASKS: _task("bake-bread", "Bake bread", BAKE_RATIONALE, "51-3011.00:1", "51-3011.00:2")
    + _task(
        "count-stock",
        "Count the stock",
        COUNT_RATIONALE,
        "35-3031.00:1",
        "35-3031.00:2",
    )
    + _task(
        "serve-guests",
        "Serve guests",
        SERVE_RATIONALE,
        "35-3031.00:3",
        "35-3031.00:4",
    ),
    SKILLS: "".join(map(_skill, ("baking", "hygiene", "arithmetic", "courtesy"))),
    OCCUPATIONS: (
        "onet_soc,title,oews_code,jobs,n_core,n_supplemental,human_alpha,human_beta,human_gamma,gpt4_alpha,gpt4_beta,"
        "gpt4_gamma,alternative_beta,mean_beta,percentile,copilot_applicability,claude_matchable,claude_coverage,"
        "observed_exposure\n"
        "35-3031.00,Waiters,35-3031,2000,2,2,0,0,0,0,0,0,0,0,10,0.1,1,0,0\n"
        "51-3011.00,Bakers,51-3011,1000,1,1,0.3,0.3,0.3,0.3,0.3,0.3,0.3,0.3,50,,1,,\n"
    ),
    ONET_TASKS: (
        "onet_soc,task_id,task_type,human,gpt4,alternative,seen,claude_percent,in_onet_30_1,wording\n"
        "35-3031.00,1,Core,E1,E2,E0,1,0.1,1,00000003\n"
        "35-3031.00,2,Supplemental,E0,E0,E0,0,0,1,00000004\n"
        "35-3031.00,3,Core,E1,E2,E0,1,0.1,1,00000005\n"
        "35-3031.00,4,Supplemental,E0,E0,E0,0,0,1,00000006\n"
        "51-3011.00,1,Core,E1,E2,E0,1,0.1,1,00000001\n"
        "51-3011.00,2,Supplemental,E0,E0,E0,0,0,1,00000002\n"
    ),
    KINDS_OF_WORK: (
        "onet_soc,task_id,iwa,source,confidence\n"
        "51-3011.00,1,4.A.3.a.2.I01,onet-18.1,\n51-3011.00,2,4.A.3.a.2.I02,nearest,0.79\n"
    ),
    "titles/index.tsv": "baker\t51-3011.00o\nwaiter\t35-3031.00o\n",
    "titles/not_a_job.toml": "titles = []\nbeginnings = []\nendings = []\nexceptions = []\nbeside = []\n",
    "titles/abbreviations.toml": "leaders = []\n[titles]\n[other_names]\n[words]\n[last_words]\n[spellings]\n",
    "titles/translations.tsv": "title\tde\nBaker\tBäcker\n",
    PERCENTILES: "percentile,human_beta,gpt4_beta,mean_beta,copilot_applicability\n"
    + "".join(f"{at},{at / 200},{at / 200},{at / 200},{at / 200}\n" for at in range(101)),
}


def write(directory: Path) -> Path:
    """The catalogue as files in `directory`, which is returned."""
    for file, text in FILES.items():
        path = directory / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return directory
