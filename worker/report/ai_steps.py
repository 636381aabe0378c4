"""The step that is about using AI at work: the catalogue's own, or ours for the reader's stage of working life."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from functools import lru_cache

from worker.report.knowledge import Stage
from worker.report.report import NextStep
from worker.report.roles import Job
from worker.report.statements import Finding, fresh

_ABOUT_AI = re.compile(
    r"\b(AI|chatbots?|language models?|ChatGPT|Copilot|Claude|Gemini|(coding|AI) agents?|"
    r"(an|any|approved|coding|free|image|its|public|same|telephone|that|the|this|voice|writing) assistant)\b"
)
"""Words by which a catalogue's step is known to be about using AI; other assistants are people."""
_CACHED_STEPS = 2048  # the catalogue has fewer
_ASSISTANTS = "Copilot, ChatGPT, Claude or Gemini"
_CODING_AGENTS = "Claude Code, Codex or Copilot"
_CODING = ("15-1221", "15-1242", "15-1243", "15-1251", "15-1252", "15-1253", "15-1254", "15-2051")
"""Occupations whose work is writing code, by the start of their codes."""

_PLAIN = "Give one finished piece of {task} to an assistant, and list what you would have had to put right."
_ALLOWED = "{tools} will do, where allowed."
_BY_STAGE = {
    Stage.BEGINNER: (
        "who-gains-from-assistants",
        "{tools} will do, where allowed. In trials in customer support and software, beginners gained most.",
    ),
    Stage.SETTLED: (
        "practice-with-assistants",
        "{tools} will do, where allowed. Keep at it: good answers come more often after half a year of practice.",
    ),
    Stage.SENIOR: (
        "who-gains-from-assistants",
        "{tools} will do, where allowed. Time it: in trials in customer support and software, the less experienced "
        "gained most.",
    ),
}


@lru_cache(_CACHED_STEPS)
def is_about_ai(text: str) -> bool:
    """Whether a step of the catalogue is about using AI at work."""
    return bool(_ABOUT_AI.search(text))


def ai_step(
    step: NextStep, stage: Stage | None, jobs: tuple[Job, ...], findings: Mapping[str, Finding], today: date | None
) -> NextStep:
    """A step on using AI for the task of `step`: its own words if they are about that, else ours.

    It names the tools of 2026, and differs by stage as far as statements that are not too old say so.
    """
    coding = bool(jobs) and all(job.occupation.startswith(_CODING) for job in jobs)
    slug, advice = _BY_STAGE[stage] if stage else ("", _ALLOWED)
    ids = tuple(statement.id for statement in fresh(findings, [slug], today)) if slug else ()
    text = step.text if step.about_ai else _PLAIN.format(task=f"“{step.task}”")
    with_tools = (advice if ids else _ALLOWED).format(tools=_CODING_AGENTS if coding else _ASSISTANTS)
    return replace(step, text=f"{text} {with_tools}", about_ai=True, statement_ids=ids)
