"""From a claimed report to its letter: assemble the report, render it, write the bytes. No effects but log lines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from email.utils import parseaddr
from functools import cached_property, lru_cache
from typing import Any
from urllib.parse import quote

import structlog

from worker.address import AddressError, MailAddress, parse_address
from worker.delivery.profile_use import UNSHOWN_ROLE, plainer_profiles
from worker.errors import LetterError
from worker.ledger.attempts import ProfileUse
from worker.letter.compose import Letter, compose
from worker.letter.mime import MessageHeaders
from worker.letter.renderer import LetterContext, Renderer
from worker.letter.shared_letter import SharedLetter, placeholder_of, shared_letter
from worker.reader_links import ReaderLinks, is_link_token
from worker.report.assembly import report_on
from worker.report.catalogue import Catalogue
from worker.report.matching import Matcher
from worker.report.profile import EMPTY_PROFILE, TaskProfile
from worker.report.subject import Subject
from worker.report.subjects import subject_of

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Sender:
    """The sender of every letter: its From header, its website, and the postal address of the footer.

    `reply_to` is a mailbox that is read, `unsubscribe_mailbox` the address of one whose senders are suppressed.
    """

    header: str
    public_url: str
    postal_address: str
    reply_to: str | None = None
    unsubscribe_mailbox: str | None = None

    @cached_property
    def name(self) -> str:
        """The display name."""
        return parseaddr(self.header)[0]

    @cached_property
    def domain(self) -> str:
        """The domain of the From address, also the right side of Message-ID."""
        return parseaddr(self.header)[1].rpartition("@")[2]

    @cached_property
    def unsubscribe_mailto(self) -> str | None:
        """The URI of the mailbox for unsubscribing by mail."""
        if self.unsubscribe_mailbox is None:
            return None
        address = parse_address(parseaddr(self.unsubscribe_mailbox)[1]).ascii
        return f"mailto:{quote(address, safe='@')}?subject=unsubscribe"


@dataclass(frozen=True, slots=True)
class Reader:
    """The reader of one letter: link token, address, role and profile in its JSON form, as in the ledger."""

    link_token: str
    address: str
    role_text: str
    role_slug: str | None
    profile: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Composed:
    """A letter, and how much of its reader's profile it was made from."""

    letter: Letter
    profile_use: ProfileUse


@dataclass(frozen=True, slots=True)
class Uncomposable:
    """Not even the plainest letter can be made.

    `shared` if that letter holds nothing of this reader: then templates, catalogue or settings are at fault, and every
    other letter fails too. Otherwise this reader's data is at fault, and other letters can be made.
    """

    problem: str
    shared: bool


_ANYBODY = MailAddress("reader", "example.com", "reader@example.com")
"""The recipient of a letter that is not completed yet."""
_CACHED_LETTERS = 256
"""Letters that readers of a title share: about 70 kB each."""


class Composer:
    """Composes letters. Shared by all threads of a process."""

    def __init__(
        self, catalogue: Catalogue, matcher: Matcher, renderer: Renderer, links: ReaderLinks, sender: Sender
    ) -> None:
        self._catalogue = catalogue
        self._matcher = matcher
        self._renderer = renderer
        self._links = links
        self._sender = sender
        self._shared = lru_cache(_CACHED_LETTERS)(self._share)

    @property
    def template_version(self) -> str:
        """A short hash of the letter's templates and theme."""
        return self._renderer.version

    def rfc_message_id(self, attempt_id: str) -> str:
        """The Message-ID that we write. SES replaces it with its own."""
        return f"<{attempt_id}@{self._sender.domain}>"

    def compose(self, reader: Reader, *, attempt_id: str, date: datetime) -> Composed | Uncomposable:
        """Compose one reader's letter, with as much of the profile as a letter can be made from.

        The same reader gives the same subject, HTML and text.
        """
        try:
            headers = self._headers(parse_address(reader.address), reader.link_token, attempt_id, date)
        except AddressError as error:
            return Uncomposable(f"recipient: {error}", shared=False)
        profile = EMPTY_PROFILE if reader.profile is None else TaskProfile.from_json(reader.profile)
        problem = None
        subject = subject_of(self._catalogue, self._matcher, reader.role_slug, reader.role_text)
        for use, plainer in plainer_profiles(self._matcher, subject, profile):
            role_text = reader.role_text if use is ProfileUse.FULL else UNSHOWN_ROLE
            try:
                letter = self._letter(subject, role_text, plainer, headers, reader.link_token)
            except LetterError as error:
                problem = str(error)
                log.warning("letter not composed", attempt=attempt_id, profile_use=str(use), text=problem[:500])
            else:
                return Composed(letter, use)
        assert problem is not None, "the profile as given is always tried"
        return Uncomposable(
            problem, shared=use is ProfileUse.ROLE_ONLY or not self._role_only_is_composable(headers, reader.link_token)
        )

    def _role_only_is_composable(self, headers: MessageHeaders, link_token: str) -> bool:
        """Whether there is a letter from a role only: a reader of unknown role has none to judge the templates by."""
        try:
            role = next(iter(self._catalogue.roles))
            subject = subject_of(self._catalogue, self._matcher, role, role)
            self._letter(subject, UNSHOWN_ROLE, EMPTY_PROFILE, headers, link_token)
        except LetterError:
            return False
        return True

    def _letter(
        self, subject: Subject | None, role_text: str, profile: TaskProfile, headers: MessageHeaders, link_token: str
    ) -> Letter:
        if profile == EMPTY_PROFILE and is_link_token(link_token):
            shared = self._shared(subject, role_text, headers.date.date())
            if shared is not None:
                return shared.completed(link_token, self._context(link_token), headers)
        return self._whole_letter(subject, role_text, profile, headers, link_token)

    def _share(self, subject: Subject | None, role_text: str, today: date) -> SharedLetter | None:
        """The letter that all who gave this title and nothing else get on a day; None if it cannot be shared."""
        placeholder = placeholder_of(role_text)
        headers = self._headers(_ANYBODY, placeholder, "0" * 32, datetime.combine(today, time(), UTC))
        return shared_letter(self._whole_letter(subject, role_text, EMPTY_PROFILE, headers, placeholder), placeholder)

    def _whole_letter(
        self, subject: Subject | None, role_text: str, profile: TaskProfile, headers: MessageHeaders, link_token: str
    ) -> Letter:
        report = report_on(self._catalogue, self._matcher, subject, role_text, profile, headers.date.date())
        context = self._context(link_token)
        if report.role and report.role.page:
            context = replace(context, page_url=f"{self._sender.public_url}{report.role.page}")
        return compose(self._renderer, report, context, headers)

    def _context(self, link_token: str) -> LetterContext:
        return LetterContext(
            public_url=self._sender.public_url,
            unsubscribe_url=self._links.unsubscribe(link_token),
            report_url=self._links.report(link_token),
            forget_url=self._links.forget(link_token),
            postal_address=self._sender.postal_address,
            sender_name=self._sender.name,
        )

    def _headers(self, recipient: MailAddress, link_token: str, attempt_id: str, date: datetime) -> MessageHeaders:
        return MessageHeaders(
            sender=self._sender.header,
            recipient=recipient,
            date=date,
            rfc_message_id=self.rfc_message_id(attempt_id),
            unsubscribe_url=self._links.unsubscribe(link_token),
            unsubscribe_mailto=self._sender.unsubscribe_mailto,
            reply_to=self._sender.reply_to,
        )
