"""Subjects are made once, from parts that stay as they are."""

from __future__ import annotations

import pytest

from worker.report import roles
from worker.report.catalogue import Catalogue
from worker.report.matching import Matcher
from worker.report.subject import is_other_work
from worker.report.subjects import read_subject, subject_of

OCCUPATION = "35-3031.00"


def test_a_role_an_occupation_and_a_family_are_each_made_once(catalogue: Catalogue, matcher: Matcher) -> None:
    family = matcher.read_title("teacher")
    for slug, text in (("ml-engineer", ""), (OCCUPATION, ""), (None, "teacher")):
        subject = subject_of(catalogue, matcher, slug, text)
        assert subject is not None
        assert subject is subject_of(catalogue, matcher, slug, text)
    assert read_subject(catalogue, family) is subject_of(catalogue, matcher, None, "teacher")
    assert catalogue.subjects.named("no-such-role") is None
    assert catalogue.subjects.named("99-9999.99") is None


def test_tasks_of_the_catalogue_lie_behind_those_of_the_subject(catalogue: Catalogue) -> None:
    waiter = catalogue.subjects.named(OCCUPATION)
    family = catalogue.subjects.family((OCCUPATION, "ml-engineer"))
    assert waiter is not None
    assert family is not None
    for subject in (waiter, family):
        assert subject.tasks["answer-email"] is catalogue.tasks["answer-email"]
        own = [subject.tasks[part.task] for part in subject.role.tasks if not is_other_work(part.task)]
        assert own
        assert [task.slug for task in own] == [part.task for part in subject.role.tasks if not is_other_work(part.task)]
        assert "no-such-task" not in subject.tasks
    assert any(task not in catalogue.tasks for task in waiter.tasks)


def test_the_names_of_a_week_are_folded_once(
    catalogue: Catalogue, matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    subject = catalogue.subjects.named(OCCUPATION)
    assert subject is not None
    found = matcher.task("carrying plates", subject), matcher.nearest("carrying plates", subject)
    monkeypatch.setattr(roles, "fold_work", None)
    assert found == (matcher.task("carrying  plates", subject), matcher.nearest("carrying  plates", subject))
