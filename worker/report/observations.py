"""What was seen of the work of each subject, beside what its labels say: put together once for each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache

from worker.report import observed
from worker.report.estimates import rank_of
from worker.report.knowledge import Observed
from worker.report.observed import Readings
from worker.report.onet import Onet
from worker.report.reading import TitleKind
from worker.report.report import Source
from worker.report.subject import Subject

_YOURS = "your occupation"
_CACHED = 256  # subjects


class Observations:
    """Observed use by subject. `percentiles` as for `rank_of`."""

    def __init__(
        self, onet: Onet, readings: Readings, sources: Mapping[str, Source], percentiles: Sequence[float]
    ) -> None:
        """`readings` say why use lies beside the labels as it does: sentences by gap, by the start of a code."""
        self._onet = onet
        self._readings = readings
        self._sources = sources
        self._percentiles = percentiles
        self.of = lru_cache(_CACHED)(self._of)

    def _of(self, subject: Subject) -> Observed | None:
        """What was seen of a subject's work; None where nothing is known."""
        codes = subject.role.occupations
        if subject.kind is TitleKind.FAMILY:
            codes = tuple(dict.fromkeys(job.occupation for job in subject.role.jobs))
        occupations, own = self._onet.occupations, subject.kind is TitleKind.OCCUPATION
        seen = [
            observed.Seen(code, _YOURS if own else occupations[code].title, use, self._onet.people(code))
            for code in codes
            if (use := occupations[code].observed_exposure) is not None
        ]
        found = observed.observed_of(
            seen,
            subject.kind is TitleKind.FAMILY,
            rank_of(subject.role.estimate.value, self._percentiles),
            self._onet.use_spread,
            self._readings,
        )
        return found and replace(found, source=self._sources[observed.SOURCE].name)
