"""What is known: every statement leads to a source, a date and a grade, and no letter has one that is too old."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest

from tests.unit.report import tiny
from worker.errors import CatalogueError
from worker.report.assembly import assemble_report
from worker.report.catalogue import Catalogue
from worker.report.catalogue_loading import load_catalogue
from worker.report.knowledge import Grade, Statement
from worker.report.matching import Matcher
from worker.report.profile import TaskProfile
from worker.report.report import Report
from worker.report.roles import Job
from worker.report.statement_entries import MOST_WORDS, OURS, StatementEntry
from worker.report.statements import SHOWN, STALE_AFTER, Finding, Statements, Use, overdue

TODAY = date(2026, 11, 28)
DATA = Path(__file__).parents[3] / "data"
LOOK_AGAIN = date(2027, 2, 28)


def report_of(
    catalogue: Catalogue, matcher: Matcher, slug: str, years: float | None = None, today: date = TODAY
) -> Report:
    profile = TaskProfile(experience_years=years)
    return assemble_report(catalogue, matcher, role_slug=slug, role_text=slug, profile=profile, today=today)


def finding(slug: str, *reach: str, about: str = "", since: str = "2026-03", use: Use = Use.NEWS) -> Finding:
    statement = Statement(slug, "A text.", "March 2026", "Source", Grade.B, LOOK_AGAIN)
    return Finding(statement, use, about or slug, "source", reach, since)


def ids(*findings: Finding, job: Job | tuple[Job, ...] = (), today: date = TODAY) -> list[str]:
    jobs = job if job and isinstance(job[0], Job) else (job or DEVELOPER,)
    held = Statements({known.statement.id: known for known in findings})
    return [statement.id for statement in held.chosen(jobs, today)]


DEVELOPER = Job("software-engineer", "tech", "15-1252.00")


def read(catalogue: Catalogue, report: Report) -> Iterator[Finding]:
    """The findings that the sentences of a report carry the ids of."""
    cited = [statement.id for statement in report.statements]
    cited += report.experience.statement_ids if report.experience else ()
    cited += [slug for step in report.next_steps for slug in step.statement_ids]
    return (catalogue.findings[slug] for slug in cited)


class TestTheCatalogue:
    def test_every_id_in_a_letter_leads_to_source_date_and_grade(self, catalogue: Catalogue, matcher: Matcher) -> None:
        sources = {*catalogue.sources, *OURS}
        use = {row["onet_soc"]: row["observed_exposure"] for row in occupations()}
        for slug in catalogue.roles:
            for years in (1, 5, 25):
                report = report_of(catalogue, matcher, slug, years)
                for known in read(catalogue, report):
                    assert known.source in sources
                    assert known.since in (known.statement.dated, month(known.statement.dated))
                    assert known.statement.grade in (Grade.A, Grade.B, Grade.PAGE)
                for figure in report.observed.evidence_ids if report.observed else ():
                    column, _, code = figure.partition(":")
                    assert column == "observed_exposure"
                    assert use[code]

    def test_every_report_has_up_to_three_none_of_which_say_the_same(
        self, catalogue: Catalogue, matcher: Matcher
    ) -> None:
        for slug in [*catalogue.roles, *list(catalogue.onet.occupations)[::9]]:
            statements = report_of(catalogue, matcher, slug).statements
            about = [catalogue.findings[statement.id].about for statement in statements]
            assert len(statements) == len(set(about)) == SHOWN, slug
            assert "jobs" in about, "neither labels nor use say what happens to jobs"

    def test_nothing_older_than_2025_is_news_and_no_text_is_long(self, catalogue: Catalogue) -> None:
        for known in catalogue.findings.values():
            assert known.use is not Use.NEWS or known.since >= "2025"
            assert len(known.statement.text.split()) <= MOST_WORDS
            assert "today" not in known.statement.text.casefold()
            assert not re.search(r"\d of 1\b|\(0\.\d+\)", known.statement.text), "a score of a scale nobody knows"

    def test_the_pages_own_words_are_in_its_report_alone_and_marked(
        self, catalogue: Catalogue, matcher: Matcher
    ) -> None:
        for slug in catalogue.roles:
            texts = [known.text for known in report_of(catalogue, matcher, slug).statements if "70%" in known.text]
            assert [text.startswith("It says, and we have not seen its evidence") for text in texts] == [True] * (
                slug == "ml-engineer"
            )

    def test_counts_of_occupations_seen_in_use_are_those_of_the_figures(self, catalogue: Catalogue) -> None:
        groups = [known for known in catalogue.findings.values() if known.about == "group-use"]
        assert groups
        figures = ((row["onet_soc"][:7], row["observed_exposure"]) for row in occupations())
        use = {code: float(value) for code, value in figures if value}
        for known in groups:
            (group,) = [target for target in known.reach if re.fullmatch(r"\d\d-", target)]
            of_group = [value for code, value in use.items() if code.startswith(group)]
            numbers = [int(number) for number in re.findall(r"\b\d+\b", known.statement.text.replace("2025", ""))]
            assert numbers[:2] == [of_group.count(0), len(of_group)], known.statement.id

    def test_jobs_in_health_and_social_care_are_no_news_to_the_clergy(
        self, catalogue: Catalogue, matcher: Matcher
    ) -> None:
        def told(code: str) -> bool:
            return "jobs-in-health-and-care-us" in {
                known.id for known in report_of(catalogue, matcher, code).statements
            }

        assert told("21-1022.00"), "healthcare social workers"
        assert not told("21-2011.00"), "clergy"

    def test_families_without_a_sound_study_say_so(self, catalogue: Catalogue, matcher: Matcher) -> None:
        for slug in [
            "waiter",
            "electrician",
            "truck-driver",
            "civil-engineer",
            "security-guard",
            "packer",
            "hairdresser",
        ]:
            report = report_of(catalogue, matcher, slug)
            assert any(s.text.startswith("No sound ") for s in report.statements), slug

    def test_a_report_names_the_sources_its_statements_rest_on(self, catalogue: Catalogue, matcher: Matcher) -> None:
        sources = report_of(catalogue, matcher, "lawyer", 5).sources
        slugs = {slug for slug, source in catalogue.sources.items() if source in sources}
        assert {"eloundou-2024", "schwarcz-2026", "etla-2026", "anthropic-2026"} <= slugs
        assert "metr-2026-02" not in slugs


class TestChoosing:
    def test_the_most_specific_come_first_then_the_newest(self) -> None:
        found = ids(
            finding("all", "everyone", since="2026-09"),
            finding("group", "15-", since="2026-09"),
            finding("old-family", "tech", since="2025"),
            finding("family", "tech", since="2026-01"),
            finding("occupation", "15-1252", since="2025-01"),
            finding("another", "15-1251"),
        )
        assert found == ["occupation", "family", "old-family"]

    def test_of_statements_about_the_same_only_the_first(self) -> None:
        assert ids(finding("own", "15-1252", about="use"), finding("all", "everyone", about="use")) == ["own"]

    def test_the_last_place_is_for_what_happens_to_jobs(self) -> None:
        three = [finding(f"own-{number}", "15-1252") for number in range(3)]
        assert ids(*three, finding("jobs", "everyone", about="jobs")) == ["own-0", "own-1", "jobs"]

    def test_a_title_of_several_jobs_gets_what_holds_for_each(self) -> None:
        jobs = (DEVELOPER, Job("", "", "43-4051.00"))
        assert ids(finding("own", "15-1252"), finding("both", "15-1252", "43-4051"), job=jobs) == ["both"]

    def test_what_is_no_news_is_not_shown(self) -> None:
        assert ids(finding("years", "everyone", use=Use.EXPERIENCE)) == []


class TestDates:
    def test_a_statement_is_left_out_180_days_after_it_is_to_be_looked_at_again(self) -> None:
        known = finding("news", "everyone")
        assert ids(known, today=LOOK_AGAIN + STALE_AFTER) == ["news"]
        assert ids(known, today=LOOK_AGAIN + STALE_AFTER + timedelta(days=1)) == []

    def test_an_author_is_warned_from_the_day_after(self) -> None:
        statement = finding("news", "everyone").statement
        assert overdue([statement], LOOK_AGAIN) == ()
        assert overdue([statement], LOOK_AGAIN + timedelta(days=1)) == (statement,)

    def test_nothing_of_the_catalogue_was_overdue_when_it_was_written(self, catalogue: Catalogue) -> None:
        assert overdue((known.statement for known in catalogue.findings.values()), TODAY) == ()

    def test_a_letter_of_2030_has_no_statement_of_2026(self, catalogue: Catalogue, matcher: Matcher) -> None:
        report = report_of(catalogue, matcher, "lawyer", 5, date(2030, 1, 1))
        assert (report.statements, report.experience) == ((), None)


BROKEN = {
    "what rests on one secondary page": ('grade = "B"', 'grade = "C"', "news-of-food.grade", "'A', 'B' or 'page'"),
    "a grade of the page's": ('grade = "B"', 'grade = "page"', "news-of-food.grade", "the outlook page's own"),
    "no date": ('dated = "2026-03"\n', "", "news-of-food.dated", "missing"),
    "old news": ('dated = "2026-03"', 'dated = "2024-12"', "news-of-food.dated", "nothing older than 2025"),
    "no day to look again": ("look_again = 2027-02-28\n", "", "news-of-food.look_again", "missing"),
    "a job nobody has": ("['food']", "['cooking']", "news-of-food.for", "cooking: there is no such role, family or"),
    "too many words": ("An invented finding", "An" + " and so on" * 15, "news-of-food.text", "at most 45 words, not"),
    "percent after a space": ("holds for", "holds for 5 % of", "news-of-food.text", "no space before %"),
    "percent on the next line": ('"An invented finding', '"Over 5\\n% of', "news-of-food.text", "no space before %"),
}


@pytest.mark.parametrize(("old", "new", "key", "problem"), BROKEN.values(), ids=BROKEN)
def test_what_is_ill_founded_is_refused(tmp_path: Path, old: str, new: str, key: str, problem: str) -> None:
    file = tiny.write(tmp_path) / tiny.CHANGES
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(tmp_path)
    assert (caught.value.file, caught.value.key) == (tiny.CHANGES, key)
    assert problem in caught.value.problem


def test_every_key_of_an_entry_is_described() -> None:
    described = (DATA / "README.md").read_text(encoding="utf-8").partition("## A statement")[2].partition("\n## ")[0]
    keys = [field.alias or name for name, field in StatementEntry.model_fields.items()]
    assert [key for key in keys if f"{key} = " not in described] == []


def occupations() -> list[dict[str, str]]:
    with (DATA / "evidence" / "occupations.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def month(dated: str) -> str:
    """2026-03 for "March 2026"."""
    names = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October"]
    name, _, year = dated.partition(" ")
    return f"{year}-{[*names, 'November', 'December'].index(name) + 1:02}" if year else dated
