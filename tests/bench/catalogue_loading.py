"""What the catalogue costs at each start, in CPU seconds more than one of twelve roles."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import rtoml

from tests.bench.child import ROOT
from tests.bench.results import Line
from worker.assets import data_dir
from worker.report.catalogue import Catalogue
from worker.report.catalogue_loading import load_catalogue
from worker.report.evidence import OCCUPATIONS_FILE, TASKS_FILE
from worker.report.statements import EVERYONE

LOADING_BAR_S = 0.1  # CPU to load the whole catalogue, more than that of twelve roles
LOADINGS = 15  # of each kind, in turn; the fastest counts, as a disturbance only adds to it
TWELVE = (
    "ml-engineer", "software-engineer", "data-scientist", "data-engineer", "product-manager", "ux-designer",
    "marketing-manager", "customer-service-representative", "accountant", "lawyer", "registered-nurse", "electrician",
)  # fmt: skip


def loading() -> Line:
    """The catalogue as it is, against one of twelve roles with their tasks, skills and evidence alone."""
    with tempfile.TemporaryDirectory() as home:
        small = Path(home) / "data"
        shutil.copytree(data_dir(), small)
        keep_roles(small, load_catalogue(data_dir()))
        assert set(load_catalogue(small).roles) == set(TWELVE)
        pairs = [(cpu_of_loading(data_dir()), cpu_of_loading(small)) for _ in range(LOADINGS)]
    whole, twelve = map(min, zip(*pairs, strict=True))
    return Line("load the catalogue, CPU seconds more than twelve roles", whole - twelve, LOADING_BAR_S)


def cpu_of_loading(data: Path) -> float:
    """CPU seconds of a fresh process, as each of the product's own is, to load a catalogue and make its look-ups."""
    code = (
        "import sys, time; from pathlib import Path; from worker.report.catalogue_loading import load_catalogue; "
        "from worker.report.matching import Matcher; before = time.process_time(); "
        "Matcher(load_catalogue(Path(sys.argv[1]))); print(time.process_time() - before)"
    )
    run = subprocess.run([sys.executable, "-c", code, data], cwd=ROOT, check=True, capture_output=True, text=True)
    return float(run.stdout)


def keep_roles(data: Path, catalogue: Catalogue) -> None:
    """Take everything out of `data` that the twelve roles do not need."""
    roles = [catalogue.roles[slug] for slug in TWELVE]
    tasks = {part.task for role in roles for part in role.tasks}
    skills = {skill for role in roles for skill in role.skills}.union(*(catalogue.tasks[slug].skills for slug in tasks))
    cited = {key.partition(":")[0] for slug in tasks for key in catalogue.tasks[slug].rating.figures.onet_tasks}
    codes = cited.union(*(role.occupations for role in roles))
    for path in (data / "roles").glob("*.toml"):
        if path.stem not in TWELVE:
            path.unlink()
    for folder, kept in (("tasks", tasks), ("skills", skills)):
        for path in (data / folder).glob("*.toml"):
            entries = rtoml.loads(path.read_text(encoding="utf-8"))
            path.write_text(rtoml.dumps({slug: entries[slug] for slug in entries if slug in kept}), encoding="utf-8")
    families = {role.summary.family for role in roles}
    for path in (data / "changes").glob("*.toml"):
        entries = rtoml.loads(path.read_text(encoding="utf-8"))
        for entry in entries.values():
            entry["for"] = [
                reach for reach in entry["for"]
                if reach in {EVERYONE, *TWELVE, *families} or any(code.startswith(reach) for code in codes)
            ]  # fmt: skip
        kept_entries = {slug: entry for slug, entry in entries.items() if entry["for"]}
        path.write_text(rtoml.dumps(kept_entries), encoding="utf-8")
    for name in (TASKS_FILE, OCCUPATIONS_FILE):
        head, *rows = (data / name).read_text(encoding="utf-8").splitlines(keepends=True)
        (data / name).write_text(head + "".join(row for row in rows if row.split(",")[0] in codes), encoding="utf-8")
