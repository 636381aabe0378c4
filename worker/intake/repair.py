"""What is not essential in a signup, repaired: read, cut or dropped, and noted. Nobody loses a letter by it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from worker.intake.address_repair import repair_address
from worker.intake.bounds import MAX_SHARE, MAX_SKILLS, MAX_TASKS, MAX_TEXT_CHARS, MAX_YEARS, plausible_time
from worker.intake.quantities import read_share, read_years, split_share
from worker.intake.reading import is_ip, read_ip, read_list, read_page
from worker.plain_text import single_line

PROFILE = ("tasks", "skills", "experience_years")
SOURCE = ("page", "campaign", "ip")


class Notes:
    """What was repaired, each once, in the order of the fields. A note never repeats a value."""

    def __init__(self) -> None:
        self._notes: dict[str, None] = {}

    def add(self, field: str, what: str) -> None:
        """Note what was wrong with a field."""
        self._notes[f"{field}: {what}"] = None

    def extend(self, notes: tuple[str, ...]) -> None:
        """Note what another part of the reader repaired."""
        self._notes.update(dict.fromkeys(notes))

    def all(self) -> tuple[str, ...]:
        """Return the notes."""
        return tuple(self._notes)


def repair(fields: Mapping[str, Any]) -> tuple[dict[str, Any], tuple[str, ...]]:
    """Return the fields of a signup with everything right but, perhaps, its essentials; and what was repaired."""
    notes = Notes()
    repaired = dict(fields)
    if isinstance(fields.get("email"), str):
        repaired["email"], of_address = repair_address(fields["email"])
        notes.extend(of_address)
    if "profile" in fields:
        repaired["profile"] = _profile(fields["profile"], notes)
    if "source" in fields:
        repaired["source"] = _source(fields["source"], notes)
    if fields.get("consented_at") is not None:
        repaired["consented_at"] = plausible_time(fields["consented_at"])
        if repaired["consented_at"] is None:
            notes.add("consented_at", "no date, time and offset")
    return repaired, notes.all()


def _profile(value: Any, notes: Notes) -> dict[str, Any]:
    part = _object(value, "profile", PROFILE, notes)
    return {
        "tasks": _tasks(part.get("tasks"), notes),
        "skills": _skills(part.get("skills"), notes),
        "experience_years": _number(
            part.get("experience_years"), read_years, MAX_YEARS, "profile.experience_years", notes
        ),
    }


def _source(value: Any, notes: Notes) -> dict[str, Any]:
    part = _object(value, "source", SOURCE, notes)
    return {
        "page": _page(part.get("page"), notes),
        "campaign": _text(part.get("campaign"), "source.campaign", notes),
        "ip": _ip(part.get("ip"), notes),
    }


def _object(value: Any, field: str, known: tuple[str, ...], notes: Notes) -> Mapping[str, Any]:
    if not isinstance(value, Mapping):
        notes.add(field, "null" if value is None else "not an object")
        return {}
    if not set(value) <= set(known):
        notes.add(field, "unknown fields")
    return value


def _items(value: Any, most: int, field: str, notes: Notes) -> list[Any]:
    if value is None:
        return []
    if isinstance(value, str):
        notes.add(field, "text in place of a list")
        value = read_list(value)
    if not isinstance(value, list | tuple):
        notes.add(field, "not a list")
        return []
    if len(value) > most:
        notes.add(field, f"more than {most}")
    return list(value[:most])


def _tasks(value: Any, notes: Notes) -> list[dict[str, Any]]:
    tasks = (_task(item, notes) for item in _items(_listed(value, notes), MAX_TASKS, "profile.tasks", notes))
    return [task for task in tasks if task["task"] is not None]


def _listed(value: Any, notes: Notes) -> Any:
    """The tasks as a list of objects, where they are one object, pairs, or shares by task; else the value."""
    if isinstance(value, Mapping):
        notes.add("profile.tasks", "not a list of objects")
        return [value] if "task" in value else [{"task": task, "share": share} for task, share in value.items()]
    if not isinstance(value, list) or not any(_is_pair(item) for item in value):
        return value
    notes.add("profile.tasks", "not a list of objects")
    return [{"task": item[0], "share": item[1]} if _is_pair(item) else item for item in value]


def _is_pair(item: Any) -> bool:
    return isinstance(item, list) and len(item) == 2 and isinstance(item[0], str)


def _task(item: Any, notes: Notes) -> dict[str, Any]:
    if isinstance(item, str):
        notes.add("profile.tasks", "text in place of an object")
        task, share = split_share(item)
        item = {"task": task, "share": share}
    part = _object(item, "profile.tasks", ("task", "share"), notes)
    text = _text(part.get("task"), "profile.tasks", notes)
    if text is None and "task" not in part:
        notes.add("profile.tasks", "no task")
    return {"task": text, "share": _number(part.get("share"), read_share, MAX_SHARE, "profile.tasks.share", notes)}


def _skills(value: Any, notes: Notes) -> list[str]:
    texts = (_text(item, "profile.skills", notes) for item in _items(value, MAX_SKILLS, "profile.skills", notes))
    return [text for text in texts if text is not None]


def _text(value: Any, field: str, notes: Notes) -> str | None:
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        notes.add(field, "a number in place of text")
        value = str(value)
    if not isinstance(value, str):
        notes.add(field, "not text")
        return None
    line = single_line(value)
    if not line:
        notes.add(field, "empty")
        return None
    if len(line) > MAX_TEXT_CHARS:
        notes.add(field, f"longer than {MAX_TEXT_CHARS} characters")
    return line[:MAX_TEXT_CHARS].rstrip()


def _number(value: Any, read: Callable[[Any], float | None], most: float, field: str, notes: Notes) -> float | None:
    if value is None:
        return None
    number = read(value)
    if number is None:
        notes.add(field, "not a number")
        return None
    if isinstance(value, str):
        notes.add(field, "text in place of a number")
    if not 0 <= number <= most:
        notes.add(field, f"not from 0 to {most}")
        return None
    return number


def _page(value: Any, notes: Notes) -> str | None:
    page = read_page(value) if isinstance(value, str) else value
    if page != value:
        notes.add("source.page", "more than a path")
    return _text(page, "source.page", notes)


def _ip(value: Any, notes: Notes) -> str | None:
    if value is None:
        return None
    ip = read_ip(value)
    if ip is None:
        notes.add("source.ip", "no IP address")
    elif not isinstance(value, str) or not is_ip(value.strip()):
        notes.add("source.ip", "more than an IP address")
    return ip
