"""What the page says of raters and spread follows from the report's own figures."""

import re

import pytest

from worker.boot.core import read_catalogue
from worker.content.depth import depth_of
from worker.report.assembly import assemble_report
from worker.report.profile import EMPTY_PROFILE
from worker.report.report import Report

CATALOGUE, MATCHER = read_catalogue()


def report_of(slug: str) -> Report:
    return assemble_report(CATALOGUE, MATCHER, role_slug=slug, role_text=slug, profile=EMPTY_PROFILE)


@pytest.mark.parametrize("slug", sorted(CATALOGUE.roles)[::9])
def test_the_figures_of_a_role_agree(slug):
    report = report_of(slug)
    depth = depth_of(report)
    low, high = report.index.low, report.index.high
    assert all(low <= bar.value <= high for bar in depth.raters.bars)
    for task in report.tasks:
        more = depth.tasks[task.slug]
        words = more.judged.agreement
        assert f"{task.band}" in words
        if match := re.search(r"People say (\w+), GPT-4 says (\w+); the mean is (\d+)", words):
            assert match[1] != match[2]
            assert abs(int(match[3]) - (more.judged.people + more.judged.gpt4) / 2) <= 1
        percents = [int(text) for text in re.findall(r"(\d+)% (?:high|medium|low)", words)]
        assert not percents or abs(sum(percents) - 100) <= 1
        if "All" in words:
            assert len(task.spread.levels) == 1


def test_every_source_is_named_in_full():
    report = report_of("ml-engineer")
    sources = depth_of(report).sources
    assert {source.name for source in sources} == {source.name for source in report.sources}
    assert all(source.attribution and source.licence and source.url.startswith("https://") for source in sources)
