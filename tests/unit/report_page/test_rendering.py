"""The page is made of every report: roles, occupations, families, and the tasks alone."""

import random
import re

import pytest

from worker.assets import templates_dir
from worker.boot.core import read_catalogue
from worker.letter.theme import built_in_theme
from worker.report.profile import EMPTY_PROFILE, TaskProfile, TaskShare
from worker.report_page.opened import Mail, OpenedReport
from worker.report_page.shown import PageMaker
from worker.web.report_page import page_context
from worker.web.templates import open_templates

CATALOGUE, MATCHER = read_catalogue()
MAKER = PageMaker(CATALOGUE, MATCHER, "t")
PAGE = open_templates().env.get_template("report/page.html")
THEME = built_in_theme(templates_dir())
OWN = TaskProfile(
    tuple(TaskShare(text, share) for text, share in (("meetings", 5), ("herding wombats", 30), ("email", None))),
    ("Excel", "whistling"), 0.5,
)  # fmt: skip


def titles() -> list[tuple[str, str | None]]:
    chance = random.Random(13)
    roles = chance.sample(sorted(CATALOGUE.roles), 12)
    codes = ["35-3031.00", "13-2041.00", "47-2111.00", "29-1141.04", "53-3052.00", "19-1029.02"]
    families = ["teacher", "driver", "therapist", "designer"]
    return [*((slug, slug) for slug in roles), *((code, code) for code in codes), *((text, None) for text in families)]


def render(opened: OpenedReport, shown) -> str:
    context = page_context(opened, shown, ["Accountant"])
    return PAGE.render(theme=THEME, postal_address="Street 1", request=None, **context)


@pytest.mark.parametrize("profile", [EMPTY_PROFILE, OWN], ids=["title", "tasks"])
@pytest.mark.parametrize(("text", "slug"), titles())
def test_every_report_has_a_page(text, slug, profile):
    opened = OpenedReport("k", "t" * 22, text, slug, profile, None, Mail.WANTED)
    shown = MAKER.as_kept(opened)
    page = render(opened, shown)
    assert "should you worry?" in page
    assert not re.search(r">\s*None\b|\{\{|<undefined", page)
    for heading in ("Is this your title?", "Is this your week?", "Forget me", "Unsubscribe", "Sources and licences"):
        assert heading in page
    for width in re.findall(r'(?:x|width|cx)="(-?[\d.]+)%"', page):
        assert 0 <= float(width) <= 100
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]+)"', page)) <= set(ids)
    bar = re.search(r'<svg class="weekbar".*?</svg>', page, re.DOTALL)
    assert bar is not None
    assert sum(map(int, re.findall(r'<rect class="w-\w+" x="\d+%" width="(\d+)%"', bar[0]))) == 100


def test_a_report_about_the_tasks_alone_has_a_page():
    tasks = TaskProfile((TaskShare("write production code", 30), TaskShare("code review", 10)))
    opened = OpenedReport("k", "t" * 22, "Chief Tinkerer", None, tasks, None, Mail.BARRED)
    page = render(opened, MAKER.as_kept(opened))
    assert "Your work: should you worry?" in page


def test_what_the_page_takes_from_the_letter_it_says_in_the_same_words():
    opened = OpenedReport("k", "t" * 22, "ml-engineer", "ml-engineer", EMPTY_PROFILE, None, Mail.WANTED)
    shown = MAKER.as_kept(opened)
    words = re.sub(r"\s+", " ", re.sub(r"<[^>]+>", "", render(opened, shown)).replace("&#39;", "'"))
    for line in (shown.content.verdict.answer, *shown.content.index.lines, *shown.content.method.lines):
        assert line.text in words


def test_a_task_that_was_ticked_in_the_form_has_its_name_and_no_slug():
    ticked = TaskProfile((TaskShare("write-production-code", 30), TaskShare("code review", 10)))
    opened = OpenedReport("k", "t" * 22, "ml-engineer", "ml-engineer", ticked, None, Mail.WANTED)
    shown = MAKER.as_kept(opened)
    assert [shown_row.row.task for shown_row in shown.rows] == ["Write production code", "code review"]
    assert MAKER.corrected(opened, shown.form).report.index == shown.report.index
    assert ">write-production-code<" not in render(opened, shown)
