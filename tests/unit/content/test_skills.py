from __future__ import annotations

from dataclasses import replace

from tests.unit.letter import samples
from worker.content.skills import skills_of
from worker.report.report import SkillEffect


def test_many_skills_of_one_effect_leave_room_for_names_of_the_others() -> None:
    skill = samples.FULL.skills[0]
    made = {SkillEffect.VULNERABLE: 9, SkillEffect.AMPLIFIED: 11, SkillEffect.RESILIENT: 2}
    skills = tuple(
        replace(skill, slug=f"{effect}-{at}", name=f"{effect.value.lower()}{at}", effect=effect)
        for effect, count in made.items()
        for at in range(count)
    )
    found = skills_of(replace(samples.FULL, skills=skills, unknown_skills=()))
    assert found
    endings = [line.text.partition("): ")[2] for line in found.lines]
    assert endings == [
        "vulnerable0, vulnerable1, vulnerable2, vulnerable3 and five more.",
        "amplified0, amplified1 and nine more.",
        "resilient0, resilient1.",
    ]
