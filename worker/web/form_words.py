"""The words of the form, of its questions and of its answers: for the page at `/` and for `/embed.js` alike.

Names in braces are filled in, and shown in bold where the sentence is text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from markupsafe import Markup, escape

from worker.content.wording import listed
from worker.report.title_words import LANGUAGES

_NAME = re.compile(r"\{(\w+)\}")

WORDS: Mapping[str, str] = MappingProxyType(
    {
        "heading": "Get your personalized AI exposure report",
        "sub": "No spam. One personalized report.",
        "email": "Email",
        "email_missing": "Please enter your email address.",
        "did_you_mean": "Did you mean {address}?",
        "change_it": "Yes, send it to {address}",
        "keep_it": "No, {address} is right",
        "role": "Your job title",
        "role_missing": "Please enter your job title.",
        "role_hint": f"In your own words. We read titles in {listed(['English', *LANGUAGES.values()])}; "
        "for another language, write the English title.",
        "suggestions": "Job titles",
        "read_as": "We read this as {title}. Not right? Write it in other words.",
        "several": "This can mean several jobs. Which is yours?",
        "all_of_them": "None of these, or a bit of each",
        "all_of_them_hint": "We write about all of them together: true, but less exact.",
        "all_of_them_chosen": "We write about {title} together.",
        "unknown": "We have no figures for this title yet, so there would be no report to send.",
        "nearest": "The nearest that we have:",
        "no_nearest": "Try it in other words, or as the usual English title.",
        "unknown_ways": "Or add your week below: where we know most of it, we write about that. Or send it as it is: "
        "if we learn the title within {days} days, your report follows then.",
        "send_anyway": "Send it as it is",
        "week": "Add your week (optional)",
        "tasks": "What you do, in hours or percent",
        "tasks_hint": "Tick what you do. Tasks without a number count equally.",
        "time_for": "Time for: {task}",
        "example_time": "e.g. {share}",
        "own_task": "Another task, in your words ({number})",
        "own_task_example": "Another task",
        "own_time": "Time for the other task {number}",
        "add_task": "Add another task",
        "together": "Together: {sum}",
        "show_tasks": "Show the tasks of my role",
        "skills": "Skills, separated by commas",
        "years": "Years of experience",
        "fine_print": "You ask us for one letter by email. It has an unsubscribe link, and we can forget you at any "
        "time.",
        "privacy": "Privacy",
        "send": "Get your personalized assessment",
        "sending": "Sending…",
        "try_again": "Try again",
        "leave_empty": "Leave this empty",
        "form": "The form",
        "unavailable": "We could not take this just now. Nothing was sent and nothing is lost: what you typed is still "
        "here. Try again in a minute.",
        "no_answer": "No answer came. Your request may have reached us all the same. What you typed is still here, and "
        "sending it again is safe: each person gets one report.",
        "not_here": "This page cannot send the form.",
        "own_page": "Open the form on a page of its own",
        "received": "We have your request",
        "on_its_way": "If this address has not had its report yet, it is on its way, usually within a few minutes.",
        "sender": "It comes from {sender}.",
        "about": "It is about {title}.",
        "spam": "Nothing there in an hour? Look in your spam folder.",
        "contact": "Ask us",
        "one_letter": "It is one letter. Nothing follows it.",
        "no_report": "We have no figures for this title yet, so no report is on its way.",
        "kept": "We keep your request for {days} days and write if we learn the title by then. After that we "
        "delete it.",
        "change_title": "Try another title",
        "back": "Back to the form",
    }
)


def sentence(key: str, **values: object) -> Markup:
    """The words of a key as HTML, with each value in bold. Raises KeyError where a value is missing."""
    texts = _NAME.split(WORDS[key])
    return Markup().join(
        Markup("<b>{}</b>").format(values[text]) if at % 2 else escape(text) for at, text in enumerate(texts)
    )
