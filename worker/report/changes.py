"""What the published figures themselves say about an occupation, as sentences: nothing here is anyone's opinion."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping

from worker.report.evidence import Occupation, Percentiles
from worker.report.exposure import whole
from worker.report.report import Change, Source

MIN_MATCHABLE = (
    0.5  # share of an occupation's tasks that Anthropic's sample could have shown, below which we say nothing
)


def published_changes(
    occupation: Occupation, percentiles: Percentiles, sources: Mapping[str, Source]
) -> Iterator[Change]:
    """Sentences on one occupation, most telling first; a figure that is not available gives none."""
    title = occupation.title
    if occupation.copilot_applicability is not None:
        rank = bisect_right(percentiles.copilot_applicability, occupation.copilot_applicability) - 1
        yield Change(
            f"Use is measured now, no longer guessed: by what people asked Copilot in 2024, the AI applicability of "
            f"{title} is {occupation.copilot_applicability:.2f} of 1, {_standing(rank)}. It shows where help is "
            f"sought, not who is replaced.",
            sources["microsoft-2025"].name,
        )
    alone = whole(50 * (occupation.human_alpha + occupation.gpt4_alpha))
    tooled = whole(50 * (occupation.human_gamma + occupation.gpt4_gamma))
    yield Change(
        f"Of the tasks listed for {title}, raters in 2023 held that a language model alone could halve the time of "
        f"about {alone} %, and with software built around it of about {tooled} %: how much of that software your "
        f"workplace has makes the difference.",
        sources["eloundou-2024"].name,
    )
    if occupation.claude_coverage is not None and occupation.claude_matchable >= MIN_MATCHABLE:
        yield Change(
            f"In a sample of Claude.ai conversations published in February 2025, tasks making up about "
            f"{whole(100 * occupation.claude_coverage)} % of the list for {title} turned up.",
            sources["anthropic-2025"].name,
        )


def _standing(rank: int) -> str:
    """In words, where percentile `rank` of 0..100 stands among jobs."""
    if rank >= 99:
        return "among the very highest of US jobs"
    return f"higher than that of about {rank} % of US jobs" if rank >= 1 else "among the very lowest of US jobs"
