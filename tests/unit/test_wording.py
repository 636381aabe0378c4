"""Every code that the ledger can hold has words."""

import ast
import importlib
import itertools
from pathlib import Path

import pytest

from worker import wording
from worker.errors import SendError
from worker.intake.admission import Facts, decide
from worker.intake.limits import LimitVerdict
from worker.ledger.feedback_kinds import FeedbackKind
from worker.ledger.lifecycle import ReportState
from worker.ledger.outcomes import Outcome
from worker.ledger.signups import OwedReport
from worker.operations.letter_check import Comparison
from worker.operations.person import Left
from worker.web.log.words import comparison_words

WORKER = Path(wording.__file__).parent
SEND_ERRORS = {error.__name__ for error in SendError.__subclasses__()}
NOT_ABOUT_A_REPORT = {"record_action", "suppress", "lift"}
LIMIT_RULES = ("source", "domain", "total")


def calls(*rooms):
    """Each call in the modules of these rooms as (function, keyword arguments, arguments); a dict is a call of `{}`."""
    for room in rooms:
        for module in sorted((WORKER / room).rglob("*.py")):
            if "migrations" in module.parts:
                continue
            constants = vars(importlib.import_module(".".join(module.relative_to(WORKER.parent).with_suffix("").parts)))
            for node in ast.walk(ast.parse(module.read_text())):
                if isinstance(node, ast.Dict):
                    pairs = zip(node.keys, node.values, strict=True)
                    yield "{}", {getattr(key, "value", ""): literals(value, constants) for key, value in pairs}, []
                elif isinstance(node, ast.Call):
                    name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
                    named = {word.arg: literals(word.value, constants) for word in node.keywords}
                    yield name, named, [literals(argument, constants) for argument in node.args]


def literals(node, constants):
    """The strings that an argument can be, where it is written as a literal, a constant or a choice of these."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.Name):
        constant = constants.get(node.id)
        return {constant} if isinstance(constant, str) else set()
    if isinstance(node, ast.IfExp):
        return literals(node.body, constants) | literals(node.orelse, constants)
    return set()


def refusals_of_admission():
    """Every reason that `decide` can give, over all combinations of facts."""
    choices = itertools.product([False, True], repeat=6)
    owed = [None, *(OwedReport(id=1, state=state, profile=None) for state in ReportState)]
    rules = [None, *LIMIT_RULES]
    for (disposable, suppressed, role, task, richer, job), report, rule in itertools.product(choices, owed, rules):
        for candidates in ((), ("a", "b")):
            decision = decide(
                Facts(
                    disposable_domain=disposable, suppressed=suppressed, owed=report, owed_richness=1,
                    richness=1 + richer, role_known=role, any_task_known=task, role_candidates=candidates,
                    names_a_job=job,
                    limit=LimitVerdict(rule, 9, 8),
                )
            )  # fmt: skip
            if reason := getattr(decision, "reason", None):
                yield reason


def test_every_refusal_of_intake_has_words():
    given = set(refusals_of_admission())
    for name, named, _ in calls("intake"):
        if name in {"NewSignup", "replace"}:
            given |= named.get("reason", set())
    assert {
        "report_exists",
        "no_such_role",
        "not_a_job",
        "domain_limit",
        "invalid_email",
        "signup_id_conflict",
    } <= given
    assert given <= set(wording.REASONS)


def test_every_reason_why_a_report_stops_has_words():
    given = set()
    for name, named, positional in calls("delivery", "maintenance", "operations", "privacy", "mailers", "ledger"):
        if name not in NOT_ABOUT_A_REPORT:
            given |= {reason for reason in named.get("reason", set()) if " " not in reason}  # a sentence is no code
        if name in SEND_ERRORS and positional:
            given |= positional[0]
        given |= named.get("error", set())
    assert {
        "poison",
        "letter",
        "reader_data",
        "suppressed",
        "erased",
        "RestoredBackup",
        "NoRequestId",
        "IntentExpired",
    } <= given
    assert given <= set(wording.REASONS)


def test_every_action_on_record_has_words():
    given = set()
    rooms = ("cli", "delivery", "feedback", "ledger", "maintenance", "operations", "privacy", "web")
    for name, named, positional in calls(*rooms):
        if name == "record_action":
            given |= named.get("action", set())
        if name == "_note":
            given |= positional[2]
    assert {"pause", "resume", "erase", "replay", "resolve", "suppress", "user_added", "accepted_twice"} <= given
    assert given <= set(wording.ACTIONS)


@pytest.mark.parametrize(
    ("words", "codes"),
    [(wording.OUTCOMES, Outcome), (wording.STATES, ReportState), (wording.FEEDBACK, FeedbackKind)],
)
def test_every_word_of_the_ledger_has_words(words, codes):
    assert {str(code) for code in codes} <= set(words)


def test_every_comparison_with_the_sent_letter_has_words():
    for comparison in Comparison:
        sentences = {left: comparison_words(comparison, left) for left in Left}
        assert "letter that was sent" not in sentences[Left.NO] + sentences[Left.UNKNOWN]
        assert sentences[Left.NO].startswith("No letter was sent.")


def test_an_unlisted_code_is_shown_as_it_is():
    assert wording.reason_words("SomethingNewOfSes") == "SomethingNewOfSes"
    assert wording.reason_words(None) == ""
    assert wording.state_words("in_the_post") == "in the post"


def test_the_detail_of_an_action_is_written_in_words():
    words = wording.facts_words(
        {"filter": {"role": "nurse", "state": ""}, "addresses": "masked", "ids": [1, 2], "no": None}
    )
    assert words == "filter: (role: nurse); addresses: masked; ids: 1, 2"
