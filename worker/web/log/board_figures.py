"""The figures of the board besides its tables: its tiles, its funnel and its short lists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from worker.ledger.counting import Period, Row
from worker.ledger.letter_results import SOON_S, LetterResult
from worker.ledger.log_filter import DatedBy
from worker.ledger.outcomes import Outcome
from worker.web.log.board_links import NOT_KNOWN, LogLinks, Number, percent
from worker.wording import outcome_words

LISTED = 8  # of the domains without a word; the rest are "other"


@dataclass(frozen=True, slots=True)
class Tile:
    """One large figure: its name, its value, the log behind it, the comparison with the period before, and its base."""

    title: str
    value: str
    link: str
    change: str
    base: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the funnel: its count, its rate of the step before, and where the others went."""

    name: str
    number: Number
    others: str


@dataclass(frozen=True, slots=True)
class Both:
    """The whole period and the whole period before."""

    now: Row
    before: Row
    period: Period
    links: LogLinks


def tiles_of(both: Both) -> list[Tile]:
    """The large figures."""
    now, before, links = both.now, both.before, both.links
    sent = Tile(
        "Sent", f"{now.sent:,}", links.to(both.period, {"letter": LetterResult.SENT}), _change(now.sent, before.sent),
        "letters that SES accepted",
    )  # fmt: skip
    signups = Tile(
        "Signups", f"{now.signups:,}", links.to(both.period, {}), _change(now.signups, before.signups),
        "every one, duplicates and refusals too",
    )  # fmt: skip
    soon = Tile(
        f"Sent within {SOON_S:.0f} s", percent(now.soon, now.sent) or NOT_KNOWN, "", _was(before.soon, before.sent),
        f"{now.soon:,} of {now.sent:,} sent, from the signup's commit to SES's yes",
    )  # fmt: skip
    letters = [_letter_tile(both, result) for result in (LetterResult.DELIVERED, LetterResult.BOUNCED)]
    if links.dated_by is DatedBy.SENT:
        return [sent, *letters, soon]
    return [signups, sent, letters[0], soon]


def _letter_tile(both: Both, result: LetterResult) -> Tile:
    now, before = both.now, both.before
    title, link = result.capitalize(), both.links.to(both.period, {"letter": result})
    if not now.sent:
        return Tile(title, NOT_KNOWN, "", "", "no letter was sent")
    if not now.reported:
        return Tile(title, NOT_KNOWN, "", f"{now.sent:,} sent, no events", "not 0 %: no events have come from SES")
    was = _was(before.letters[result], before.sent) if before.reported else "not known before"
    quiet = now.letters[LetterResult.NO_WORD]
    base = f"{now.letters[result]:,} of {now.sent:,} sent" + (f"; {quiet:,} without a word yet" if quiet else "")
    return Tile(title, percent(now.letters[result], now.sent), link, was, base)


def funnel_of(both: Both) -> list[Step]:
    """From the signup to the delivery, each with its rate of the step before."""
    now, links = both.now, both.links
    steps = []
    if links.dated_by is DatedBy.SIGNED_UP:
        admitted = now.outcomes[Outcome.ADMITTED]
        refused = [f"{now.outcomes[code]:,} {outcome_words(code)}" for code in Outcome if now.outcomes[code]]
        steps += [
            Step("Signed up", Number(now.signups, links.to(both.period, {})), ""),
            Step(
                "Admitted",
                Number(admitted, links.to(both.period, {"outcome": Outcome.ADMITTED}), percent(admitted, now.signups)),
                ", ".join(words for words in refused if not words.endswith(" admitted")),
            ),
        ]
        sent_rate = percent(now.sent, admitted)
    else:
        sent_rate = ""
    unsent = {"waiting": LetterResult.WAITING, "perhaps sent": LetterResult.MAYBE_SENT, "stopped": LetterResult.STOPPED}
    steps.append(
        Step(
            "Sent",
            Number(now.sent, links.to(both.period, {"letter": LetterResult.SENT}), sent_rate),
            _counted(now, unsent),
        )
    )
    if now.reported:
        delivered = now.letters[LetterResult.DELIVERED]
        link = links.to(both.period, {"letter": LetterResult.DELIVERED})
        lost = {
            "bounced": LetterResult.BOUNCED,
            "rejected by SES": LetterResult.REJECTED,
            "without a word yet": LetterResult.NO_WORD,
        }
        complained = now.letters[LetterResult.COMPLAINED]
        others = [_counted(now, lost), f"{complained:,} of the delivered complained" if complained else ""]
        steps.append(
            Step("Delivered", Number(delivered, link, percent(delivered, now.sent)), "; ".join(filter(None, others)))
        )
    return steps


def top_and_other(ranked: list[tuple[str | None, int]], most: int = LISTED) -> list[tuple[str | None, int]]:
    """The first `most`, and the rest together as `other`."""
    rest = sum(number for _, number in ranked[most:])
    return [*ranked[:most], *([("other", rest)] if rest else [])]


def _counted(row: Row, results: Mapping[str, LetterResult]) -> str:
    return ", ".join(f"{row.letters[result]:,} {words}" for words, result in results.items() if row.letters[result])


def _change(now: int, before: int) -> str:
    if not before:
        return "none in the period before" if now else ""
    if now == before:
        return f"= as many as before: {before:,}"
    part = abs(now - before) / before
    return f"{'▲' if now > before else '▼'} {part:.0%} {'more' if now > before else 'fewer'} than {before:,}"


def _was(part: int, whole: int) -> str:
    return f"was {percent(part, whole)}" if whole else "none in the period before"
