"""Skills by what readers call them: first those of their own job, then those of all."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from functools import cached_property

from worker.report.catalogue import Catalogue
from worker.report.name_lookup import NameLookup
from worker.report.spelling import fold_work

_HOW_WELL = (
    "fluent native conversational bilingual basic advanced intermediate beginner expert good strong excellent solid "
    "proficient proficiency knowledge experience experienced skill skilled ability level using use speaking speaker "
    "software tool tools certified certification professional years system systems suite license licence qualified"
)
"""Words that say how well a skill is known, at either end of its name."""
_MAKERS = "microsoft ms apache adobe oracle google autodesk ibm atlassian intuit amazon apple aws sap esri sdl"
"""Who makes a program, before its name."""


class SkillNames:
    """The skills of one catalogue by name. Each look-up is pure and never raises."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._skills = catalogue.skills
        self._names = NameLookup(catalogue.names.skills)

    @cached_property
    def _in_role(self) -> Mapping[str, Collection[str]]:
        """By skill: its names among people whose job has it, folded."""
        return {slug: frozenset(map(fold_work, skill.in_role)) for slug, skill in self._skills.items() if skill.in_role}

    @cached_property
    def _how_well(self) -> frozenset[str]:
        return frozenset(map(fold_work, _HOW_WELL.split()))

    @cached_property
    def _makers(self) -> frozenset[str]:
        return frozenset(map(fold_work, _MAKERS.split()))

    def find(self, text: str, own: Collection[str] = ()) -> str | None:
        """The slug of the skill that a text means among people whose job has the skills `own` (slugs), or None."""
        wordings = list(dict.fromkeys(self._wordings(fold_work(text))))
        exact = (self.exact(wording, own) for wording in wordings)
        return next(filter(None, exact), None) or next(filter(None, map(self._names.only_near, wordings)), None)

    def exact(self, folded: str, own: Collection[str] = ()) -> str | None:
        """The same by whole names, letter by letter."""
        for slug in own:
            if folded in self._in_role.get(slug, ()):
                return slug
        return self._names.exact(folded)

    def _wordings(self, folded: str) -> Iterator[str]:
        """The folded text, then without how well, version and maker: "advanced Microsoft Excel 365" is "excel"."""
        yield folded
        words = folded.split()
        while len(words) > 1 and words[0] in self._how_well:
            words = words[1:]
        while len(words) > 1 and (words[-1] in self._how_well or words[-1].isdigit()):
            words = words[:-1]
        yield " ".join(words)
        if len(words) > 1 and words[0] in self._makers:
            yield " ".join(words[1:])
