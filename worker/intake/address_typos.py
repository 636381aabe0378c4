"""Slips of the finger in the domain of an address: gmial.com, gmail.con, hotnail.com."""

from __future__ import annotations

import functools

from rapidfuzz.distance import OSA

from worker.intake.address_repair import repair_address
from worker.intake.providers import Typos, provider_of, typos

_SHORTEST = 5
"""Letters of a name before its ending; a shorter one is a single slip away from too many domains of others."""


@functools.lru_cache(maxsize=4096)
def intended_domain(domain: str) -> str | None:
    """Return the well-known domain that this one, in lower case, probably misspells; None where it is none."""
    table = typos()
    if domain in table.not_typos or domain in table.intended:
        return None
    if "." not in domain:
        return _without_period(domain, table)
    name, _, ending = domain.partition(".")
    mended = f"{name}.{table.endings.get(ending, ending)}"
    if mended in table.intended:
        return mended
    if provider_of(domain) is not None:
        return None
    near = (intended for intended in table.intended if _one_slip(mended, intended))
    return next(near, None) or _of_that_name(name, table)


def intended_address(text: str) -> str | None:
    """Return the address that a visitor probably intended, where the domain looks misspelt."""
    local, at, domain = repair_address(text)[0].rpartition("@")
    intended = intended_domain(domain.lower()) if at and local else None
    return f"{local}@{intended}" if intended else None


def _one_slip(domain: str, intended: str) -> bool:
    name, ending = domain.partition(".")[::2]
    intended_name, intended_ending = intended.partition(".")[::2]
    return (
        ending == intended_ending
        and len(intended_name) >= _SHORTEST
        and OSA.distance(name, intended_name, score_cutoff=1) == 1
    )


def _of_that_name(name: str, table: Typos) -> str | None:
    """The name is right, and its provider has no such ending: gmail.fr. Other names may be a company's: orange.com."""
    intended = f"{name}.com"
    return intended if len(name) >= _SHORTEST and intended in table.intended else None


def _without_period(domain: str, table: Typos) -> str | None:
    """gmail, gmailcom."""
    return next(
        (intended for intended in table.intended if domain in {intended.partition(".")[0], intended.replace(".", "")}),
        None,
    )
