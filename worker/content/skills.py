"""Skills in brief, by what AI does to their worth. The verdicts are our judgement; reasons are on the report page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from worker.content.line import Line, Piece, line, own, strong
from worker.content.own_words import own_words
from worker.content.wording import number
from worker.report.report import Report, SkillEffect

_MOST_NAMED, _LEAST_NAMED = 8, 2  # in all, and of each effect
_MOST_UNKNOWN = 3
EFFECTS = {
    SkillEffect.VULNERABLE: ("Vulnerable", "AI does more of this"),
    SkillEffect.AMPLIFIED: ("Amplified", "worth more with AI"),
    SkillEffect.RESILIENT: ("Resilient", "AI does little of this"),
}


@dataclass(frozen=True, slots=True)
class Skills:
    """A heading and one line for each effect, then a line on what we could not place."""

    title: str
    lines: tuple[Line, ...]


def skills_of(report: Report) -> Skills | None:
    """None if the report shows no skill and the reader named none."""
    if not report.skills and not report.unknown_skills:
        return None
    named = report.own_skills and not report.implied_skills
    title = "Your skills" if named else "Skills"
    groups = {effect: [skill.name for skill in report.skills if skill.effect is effect] for effect in EFFECTS}
    room, lines = _room(groups), []
    for effect, (word, meaning) in EFFECTS.items():
        if names := groups[effect]:
            more = len(names) - room[effect]
            ending = f" and {number(more)} more" if more else ""
            lines.append(line(strong(word), f" ({meaning}): {', '.join(names[: room[effect]])}{ending}."))
    unknown = _unknown(report)
    return Skills(title, (*lines, *([unknown] if unknown else [])))


def _room(groups: Mapping[SkillEffect, Sequence[str]]) -> dict[SkillEffect, int]:
    """How many names of each effect fit: some of each, the rest of the room to the first."""
    room = {effect: min(len(names), _LEAST_NAMED) for effect, names in groups.items()}
    for effect, names in groups.items():
        room[effect] += min(len(names) - room[effect], _MOST_NAMED - sum(room.values()))
    return room


def _unknown(report: Report) -> Line | None:
    if not report.unknown_skills:
        return None
    shown = report.unknown_skills[:_MOST_UNKNOWN]
    more = len(report.unknown_skills) - len(shown)
    pieces: list[str | Piece] = ["We could not place "]
    for at, text in enumerate(shown):
        if at:
            pieces.append(" and " if at == len(shown) - 1 and not more else ", ")
        pieces.append(own(own_words(text, characters=30, words=4)))
    return line(*pieces, f" and {number(more)} more." if more else ".")
