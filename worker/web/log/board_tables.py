"""The tables of the board: counts by group in the period and in the one before, ready to show or to save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from worker.ledger.counting import Grouping, Period, Row, total
from worker.ledger.letter_results import LetterResult
from worker.ledger.log_filter import DatedBy
from worker.ledger.outcomes import Outcome
from worker.report.occupation_names import role_words
from worker.web.log.board_links import LogLinks, Number, group_filter, group_words, percent

LETTERS = (LetterResult.DELIVERED, LetterResult.BOUNCED, LetterResult.COMPLAINED, LetterResult.NO_WORD)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: its name and its numbers, in the order of the table's headers."""

    name: str
    numbers: tuple[Number, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """One table. `groups`: how many there are in all; more than there are lines where some are put together."""

    grouping: Grouping
    headers: tuple[str, ...]
    lines: tuple[Line, ...]
    groups: int


@dataclass(frozen=True, slots=True)
class Counted:
    """The rows of one grouping in a period and in the one before."""

    grouping: Grouping
    now: Sequence[Row]
    before: Sequence[Row]


def table_of(counted: Counted, period: Period, before: Period, links: LogLinks, *, most: int, all_link: str) -> Table:
    """The table of one grouping: days in order, other groups by their first number, those after `most` together."""
    by_sending = links.dated_by is DatedBy.SENT
    earlier = {row.group: row for row in counted.before}
    ranked = sorted(counted.now, key=lambda row: (-_first(row, by_sending), row.group or ""))
    if counted.grouping is Grouping.DAY:
        ranked = _every_day(counted.now, period)
    shown, others = ranked[:most], ranked[most:]
    lines = [_line(counted.grouping, row, earlier.get(row.group), (period, before), links) for row in shown]
    if others:
        rest = [earlier[row.group] for row in others if row.group in earlier]
        lines.append(_together(others, rest, by_sending=by_sending, link=all_link))
    first = "sent" if by_sending else "signups"
    compared = () if counted.grouping is Grouping.DAY else ("before",)
    headers = (
        first,
        *compared,
        *(() if by_sending else ("sent",)),
        "delivered",
        "bounced",
        "complained",
        "no word yet",
    )
    return Table(counted.grouping, headers, tuple(lines), len(ranked))


def _first(row: Row, by_sending: bool) -> int:
    return row.sent if by_sending else row.signups


def _every_day(rows: Sequence[Row], period: Period) -> list[Row]:
    found = {row.group: row for row in rows}
    return [found.get(day.isoformat(), Row(day.isoformat())) for day in period.days]


def _line(grouping: Grouping, row: Row, earlier: Row | None, periods: tuple[Period, Period], links: LogLinks) -> Line:
    period, before = periods
    if grouping is Grouping.DAY:
        day = date.fromisoformat(row.group or "")
        period = Period(day, day)
    filters = group_filter(grouping, row.group)
    by_sending = links.dated_by is DatedBy.SENT

    def number(value: int, letter: LetterResult | None = None, rate: str = "") -> Number:
        more = {} if letter is None else {"letter": letter}
        return Number(value, links.to(period, {**filters, **more}), rate)

    numbers = [number(row.sent, LetterResult.SENT) if by_sending else number(row.signups)]
    if grouping is not Grouping.DAY:
        more = {"letter": LetterResult.SENT} if by_sending else {}
        numbers.append(Number(_first(earlier or Row(None), by_sending), links.to(before, {**filters, **more})))
    if not by_sending:
        numbers.append(number(row.sent, LetterResult.SENT))
    numbers += [number(row.letters[result], result, _rate(row, result)) for result in LETTERS]
    return Line(group_words(grouping, row.group, role_words), tuple(numbers))


def _together(rows: Sequence[Row], earlier: Sequence[Row], *, by_sending: bool, link: str) -> Line:
    whole = total(rows)
    values = [_first(whole, by_sending), _first(total(earlier), by_sending)]
    values += [] if by_sending else [whole.sent]
    letters = [Number(whole.letters[result], link, _rate(whole, result)) for result in LETTERS]
    return Line(f"{len(rows):,} others", (*(Number(value, link) for value in values), *letters))


def _rate(row: Row, result: LetterResult) -> str:
    """Of the sent letters; empty where nothing was reported of any, which is no rate of 0."""
    return percent(row.letters[result], row.sent) if row.reported and result is not LetterResult.NO_WORD else ""


CSV_HEADERS = (
    "since", "until", "dated_by", "group_by", "group", "signups", "admitted", "sent", "sent_within_60s", "delivered",
    "delivered_rate", "bounced", "bounced_rate", "complained", "complained_rate", "rejected", "no_word",
    "signups_before", "sent_before",
)  # fmt: skip


def csv_rows(counted: Counted, period: Period, dated_by: DatedBy) -> list[tuple[str, ...]]:
    """Every group as a row under CSV_HEADERS. A rate is a fraction of `sent`; empty where nothing was reported."""
    earlier = {row.group: row for row in counted.before}
    rows = sorted(counted.now, key=lambda row: (-row.signups, row.group or ""))
    if counted.grouping is Grouping.DAY:
        rows = _every_day(counted.now, period)
    return [CSV_HEADERS, *(_csv_row(counted.grouping, row, earlier, period, dated_by) for row in rows)]


def _csv_row(
    grouping: Grouping, row: Row, earlier: dict[str | None, Row], period: Period, dated_by: DatedBy
) -> tuple[str, ...]:
    before = earlier.get(row.group, Row(None))
    compared = ("", "") if grouping is Grouping.DAY else (str(before.signups), str(before.sent))

    def with_rate(result: LetterResult) -> tuple[str, str]:
        known = row.sent and row.reported
        return str(row.letters[result]), f"{row.letters[result] / row.sent:.4f}" if known else ""

    return (
        period.since.isoformat(), period.until.isoformat(), dated_by, grouping,
        group_words(grouping, row.group, role_words),
        str(row.signups), str(row.outcomes[Outcome.ADMITTED]), str(row.sent), str(row.soon),
        *with_rate(LetterResult.DELIVERED), *with_rate(LetterResult.BOUNCED), *with_rate(LetterResult.COMPLAINED),
        str(row.letters[LetterResult.REJECTED]), str(row.letters[LetterResult.NO_WORD]), *compared,
    )  # fmt: skip
