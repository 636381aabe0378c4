"""What a visitor reads about a form that is refused."""

import pytest

from worker.errors import InvalidSignup
from worker.intake.contract import parse_signup
from worker.web.visitor_words import DISPOSABLE, visitor_errors

GOOD = {"version": 1, "signup_id": "s", "email": "ada@example.com", "role": "nurse"}


def errors_of(**fields):
    with pytest.raises(InvalidSignup) as refused:
        parse_signup(GOOD | fields)
    return [(error["label"], error["problem"]) for error in visitor_errors(refused.value.problems, "invalid_payload")]


@pytest.mark.parametrize("email", ["", "  ", None, 7, "\u200b"])
def test_an_empty_address_is_asked_for(email):
    assert errors_of(email=email) == [("Email", "Please enter your email address.")]


@pytest.mark.parametrize(
    "email", ["ada", "ada@", "ada@example", "ada@gmail.c", "postmaster@example.com", "x" * 300 + "@a.de"]
)
def test_a_wrong_address_is_explained_in_a_sentence(email):
    [(label, problem)] = errors_of(email=email)
    assert label == "Email"
    assert problem[0].isupper()
    assert problem.endswith(".")
    assert email not in problem


@pytest.mark.parametrize(
    ("role", "words"), [("", "enter your job title"), (" ", "enter your job title"), ("x" * 201, "at most 200")]
)
def test_a_role_is_asked_for(role, words):
    [(label, problem)] = errors_of(role=role)
    assert label == "Your job title"
    assert words in problem


def test_what_no_visitor_typed_is_of_the_form():
    assert errors_of(colour="red")[0][0] == "The form"


def test_a_throw_away_address_is_named_so():
    assert visitor_errors([], "disposable_domain") == [{"field": "email", "label": "Email", "problem": DISPOSABLE}]
