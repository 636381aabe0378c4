"""Admitted implies composable, and what a reader wrote costs neither that reader nor anybody else a letter."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from tests.parts.addresses import addresses
from worker.boot.core import build_composer, read_catalogue
from worker.delivery.composer import Composed, Composer, Reader, Uncomposable
from worker.delivery.profile_use import UNSHOWN_TASK
from worker.errors import InvalidSignup, LetterError
from worker.intake.contract import parse_signup
from worker.intake.identity import read_address
from worker.ledger.attempts import ProfileUse
from worker.plain_text import single_line
from worker.report.reading import TitleKind
from worker.report.your_work import is_your_work
from worker.settings import load_settings

DATE = datetime(2026, 11, 23, 10, tzinfo=UTC)
DIGITS = "1" * 41
TOKENS = ["jnj0001jnj", "<!--jnj0001jnj-->", "987610001%", "987610001px"]


@pytest.fixture(scope="module")
def composer(tmp_path_factory):
    state = str(tmp_path_factory.mktemp("state"))
    return build_composer(load_settings({"WORKER_STATE_DIR": state}))


_, MATCHER = read_catalogue()

words = st.one_of(
    st.text(max_size=200),
    st.text("0123456789", min_size=1, max_size=200),
    st.text("0123456789.,", min_size=30, max_size=200),
    st.text("ab1 .,@:/%{}<>#&;\u200b\u202e\u2068م漢é\u0301😂\u200d", max_size=200),
    st.text("مرحب0123456789 ", max_size=200),
    st.sampled_from(["{{ 7*7 }}", "{% x %}", "<b>1</b>", "&amp;", "&#49;", "=?utf-8?q?x?=", "x" * 200, "漢" * 200]),
    st.sampled_from(["write-production-code", "Write production code", "code review", "Python", "meetings", *TOKENS]),
    st.sampled_from(["http://evil.example/" + "9" * 60, "a1" * 100, "1\u200b2" * 60, "😂" * 200, "\u0663" * 60]),
).map(lambda text: text if single_line(text) else "-")  # the contract refuses an empty text
tasks = st.fixed_dictionaries({"task": words}, optional={"share": st.none() | st.floats(0, 1e6)})
payloads = st.fixed_dictionaries(
    {
        "version": st.just(1),
        "signup_id": st.just("s-1"),
        "email": st.just("ada@example.com") | addresses,
        "role": st.sampled_from(["ml-engineer", "Registered Nurse", "truck-driver", "Lion tamer", "locksmith"])
        | words
        | st.builds(
            lambda title, rest: f"{title} {rest}"[:200], st.sampled_from(["scientist at", "locksmith,"]), words
        ),
        "profile": st.fixed_dictionaries(
            {"tasks": st.lists(tasks, max_size=12) | st.lists(tasks, min_size=40, max_size=40)},
            optional={
                "skills": st.lists(words, max_size=12),
                "experience_years": st.none() | st.floats(0, 80),
            },
        ),
    }
)


def admitted_reader(payload: dict) -> Reader | None:
    """The reader that intake makes of a payload; None where the payload is refused."""
    try:
        signup = parse_signup(payload)
        address = read_address(signup.email)
    except InvalidSignup:
        return None
    title, profile = MATCHER.read_title(signup.role), signup.profile.task_profile()
    if title.kind is TitleKind.NONE and not is_your_work(MATCHER, profile.tasks):
        return None
    return Reader("t" * 22, address.given, signup.role, title.slug, profile.to_json())


def signup(**fields: object) -> dict:
    return {"version": 1, "signup_id": "s-1", "email": "ada@example.com", "role": "ml-engineer", **fields}


@pytest.mark.parametrize("examples", [60, pytest.param(2000, marks=pytest.mark.long)])
def test_every_admitted_signup_is_composed_with_the_whole_profile(composer, examples):
    @settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    @given(payloads)
    @example(signup(profile={"skills": [DIGITS, "1" * 200], "tasks": [{"task": word} for word in TOKENS]}))
    @example(signup(profile={"tasks": [{"task": f"{n}" * 100} for n in range(1, 41)]}))
    @example(signup(profile={"tasks": [{"task": f"{chr(0x4E00 + n)}" * 200} for n in range(40)]}))
    @example(signup(profile={"tasks": [{"task": "مرحبا" + "12" * 60}]}))
    @example(signup(role="scientist at " + DIGITS))
    @example(signup(role="locksmith, " + "مرحبا" + "12" * 60))
    def holds(payload):
        reader = admitted_reader(payload)
        event("refused" if reader is None else "admitted")
        if reader is None:
            return
        composed = composer.compose(reader, attempt_id="a" * 32, date=DATE)
        assert isinstance(composed, Composed), composed
        assert composed.profile_use is ProfileUse.FULL

    holds()


READER = Reader(
    link_token="t" * 22,
    address="ada@example.com",
    role_text="ML Engineer",
    role_slug="ml-engineer",
    profile={
        "tasks": [{"task": "Write production code", "share": 30}, {"task": "secret chainsaw juggling", "share": 10}],
        "skills": ["Python", "secret skill"],
        "experience_years": 6,
    },
)


class Fussy:
    """A renderer that makes no letter of some words."""

    def __init__(self, renderer, *refused: str) -> None:
        self._renderer = renderer
        self._refused = refused
        self.version, self.theme = renderer.version, renderer.theme

    def render(self, report, context):
        letter = self._renderer.render(report, context)
        if any(word in letter.text for word in self._refused):
            raise LetterError("a word that no letter may hold")
        return letter


@pytest.fixture
def fussy(composer):
    def refusing(*words: str):
        renderer: Any = Fussy(composer._renderer, *words)
        return Composer(composer._catalogue, composer._matcher, renderer, composer._links, composer._sender)

    return refusing


@pytest.mark.parametrize(
    ("refused", "use"),
    [
        ((), ProfileUse.FULL),
        (("chainsaw",), ProfileUse.CATALOGUE_NAMES),
        (("secret skill",), ProfileUse.CATALOGUE_NAMES),
        (("chainsaw", UNSHOWN_TASK), ProfileUse.ROLE_ONLY),
    ],
)
def test_a_letter_that_cannot_hold_the_profile_is_composed_without_it(fussy, refused, use):
    composed = fussy(*refused).compose(READER, attempt_id="a" * 32, date=DATE)
    assert isinstance(composed, Composed)
    assert composed.profile_use is use
    assert ("chainsaw" in composed.letter.text) is (use is ProfileUse.FULL)
    assert ("Your week" in composed.letter.text) is (use is not ProfileUse.ROLE_ONLY)


def test_a_reader_known_by_tasks_alone_keeps_them_in_catalogue_names(fussy):
    reader = replace(READER, role_text="Chainsaw juggler", role_slug=None)
    composed = fussy("hainsaw").compose(reader, attempt_id="a" * 32, date=DATE)
    assert isinstance(composed, Composed)
    assert composed.profile_use is ProfileUse.CATALOGUE_NAMES
    assert "Write production code" in composed.letter.text


@pytest.mark.parametrize(
    ("reader", "refused", "shared"),
    [
        (READER, ("exposure",), True),  # as after a bad deploy: every letter has this word
        (replace(READER, profile=None), ("exposure",), True),
        (replace(READER, address="a" * 65 + "@example.com"), (), False),
        (replace(READER, address="ada@gmail.c"), (), False),
        (replace(READER, role_text="Chainsaw juggler", role_slug=None), ("chainsaw", UNSHOWN_TASK), False),
        (replace(READER, role_text="Chainsaw juggler", role_slug=None), ("exposure",), True),
    ],
)
def test_a_failure_is_shared_if_the_letter_holds_nothing_of_the_reader(fussy, reader, refused, shared):
    composed = fussy(*refused).compose(reader, attempt_id="a" * 32, date=DATE)
    assert isinstance(composed, Uncomposable)
    assert composed.shared is shared


def test_replies_and_unsubscribing_by_mail_go_where_the_settings_say(tmp_path):
    (tmp_path / "theme.toml").write_text(
        'name = "Acorn"\nreply_to = "help@acorn.example"\n[colours]\nbrand = "#7a1f3d"\naccent = "#2f7d4f"\n'
    )
    given = {"WORKER_STATE_DIR": str(tmp_path), "WORKER_THEME": str(tmp_path)}
    mailbox = {"WORKER_UNSUBSCRIBE_MAILTO": "Leave <leave+us@acorn.example>"}
    for settings_given, expected in (
        (given, [b"\r\nReply-To: help@acorn.example\r\n"]),
        (given | {"WORKER_REPLY_TO": "Ann <ann@acorn.example>"}, [b"\r\nReply-To: Ann <ann@acorn.example>\r\n"]),
        (given | mailbox, [b">,\r\n <mailto:leave%2Bus@acorn.example?subject=unsubscribe>\r\n"]),
    ):
        composer = build_composer(load_settings(settings_given))
        message = composer.compose(READER, attempt_id="a", date=DATE).letter.message
        assert all(line in message for line in expected), message[:1500]
        assert (b"mailto:" in message.partition(b"\r\n\r\n")[0]) == ("WORKER_UNSUBSCRIBE_MAILTO" in settings_given)
