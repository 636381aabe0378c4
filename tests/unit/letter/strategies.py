"""Random reports: every shape that the contract allows, and any words that a reader may write."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

from hypothesis import strategies as st

from tests.unit.letter import samples
from worker.letter.rendered_letter import LetterContext
from worker.report.knowledge import Grade, Statement
from worker.report.measures import Figures, Index, Range, Raters
from worker.report.reading import TitleKind
from worker.report.report import (
    Band,
    Firmness,
    NextStep,
    ObservedUse,
    Provenance,
    RatedTask,
    Report,
    ReportedSkill,
    SkillEffect,
    Spread,
    UnratedTask,
    WeekSlice,
)

words = st.text(max_size=60) | st.sampled_from(
    [samples.HOSTILE_WORDS, "{{ 7*7 }}", "<b>", "&amp;", "x" * 200, "日本語", "مرحبا"]
)
sentences = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=1, max_size=80)
whole = st.integers(0, 100)
means = st.floats(0, 1)
ranges = st.tuples(whole, whole).map(lambda pair: Range(min(pair), max(pair)))


@st.composite
def indexes(draw: st.DrawFn) -> Index:
    low, value, high = sorted(draw(st.tuples(whole, whole, whole)))
    return Index(value, low, high)


statements = st.builds(
    Statement,
    id=st.just("a-finding"),
    text=sentences,
    dated=st.just("March 2026"),
    source=sentences,
    grade=st.sampled_from(Grade),
    look_again=st.just(date(2027, 2, 28)),
)
rated_tasks = st.builds(
    RatedTask,
    slug=st.uuids().map(str),
    name=sentences,
    own_words=st.none() | words,
    share=means,
    percent=whole,
    band=st.sampled_from(Band),
    firmness=st.sampled_from(Firmness),
    provenance=st.sampled_from(Provenance),
    published_band=st.sampled_from(Band),
    figures=st.builds(Figures, means, means, means, means, st.just(("15-1252.00:21670",))),
    spread=st.builds(Spread, means, means, means),
    resilient=st.booleans(),
    observed_use=st.sampled_from(ObservedUse),
    rationale=sentences,
    stays_human=sentences,
    next_step=sentences,
)
unrated_tasks = st.builds(UnratedTask, own_words=words, share=means, percent=whole, near=st.none() | sentences)
skills = st.builds(
    ReportedSkill,
    slug=sentences,
    name=sentences,
    own_words=st.none() | words,
    effect=st.sampled_from(SkillEffect),
    reason=sentences,
    tasks=st.lists(sentences, max_size=4).map(tuple),
)
slices = st.builds(WeekSlice, st.none() | st.sampled_from(Band), whole, st.integers(0, 5))
reports = st.builds(
    Report,
    role_title=words,
    role=st.none() | st.builds(replace, st.just(samples.ROLE), title=sentences, index=indexes()),
    index=indexes(),
    index_is_role=st.booleans(),
    percentile=ranges,
    all_jobs=st.just(samples.ROLE_ONLY.all_jobs),
    raters=st.builds(Raters, whole, whole),
    scenario=ranges,
    own_tasks=st.booleans(),
    own_skills=st.booleans(),
    equal_shares=st.booleans(),
    experience_years=st.none() | st.floats(0, 60),
    tasks=st.lists(rated_tasks, max_size=15).map(tuple),
    unrated_tasks=st.lists(unrated_tasks, max_size=5).map(tuple),
    week=st.lists(slices, max_size=4).map(tuple),
    skills=st.lists(skills, max_size=15).map(tuple),
    unknown_skills=st.lists(words, max_size=5).map(tuple),
    statements=st.lists(statements, max_size=3).map(tuple),
    next_steps=st.lists(st.builds(NextStep, sentences, sentences), max_size=3).map(tuple),
    sources=st.just(samples.SOURCES),
    catalogue_version=st.just("random"),
    kind=st.sampled_from(TitleKind),
    wrote=st.none() | words,
    candidates=st.lists(sentences, max_size=9).map(tuple),
    placed_percent=whole,
    blended=st.booleans(),
    also_usual=st.lists(rated_tasks, max_size=3).map(tuple),
    borrowed=st.none() | sentences,
    implied_skills=st.booleans(),
    languages=st.lists(sentences, max_size=3).map(tuple),
)
contexts = st.sampled_from([samples.CONTEXT, replace(samples.CONTEXT, page_url=None)]) | st.builds(
    LetterContext,
    public_url=st.just("https://exposure.example.com"),
    unsubscribe_url=st.text("abcXYZ019-_=", min_size=1).map("https://exposure.example.com/u?a=1&token={}".format),
    report_url=st.just("https://exposure.example.com/report/a?b=1&c=2"),
    forget_url=st.just("https://exposure.example.com/report/a?b=1&c=2#forget"),
    postal_address=sentences,
    sender_name=sentences,
    page_url=st.none() | st.just("https://exposure.example.com/outlook/ml-engineer?from=letter&n=1"),
)
