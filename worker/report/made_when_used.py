"""A mapping whose values are made when they are first asked for: most processes need a few roles of two hundred."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeVar

_T = TypeVar("_T")


class MadeWhenUsed(Mapping[str, _T]):
    """The value of each of `keys` is what `make` returns for it, made once.

    Threads may share it: two that ask at once may both make a value, and both get equal ones.
    """

    def __init__(self, keys: Collection[str], make: Callable[[str], _T]) -> None:
        self._keys = dict.fromkeys(keys)
        self._make = make
        self._made: dict[str, _T] = {}

    def __getitem__(self, key: str) -> _T:
        try:
            return self._made[key]
        except KeyError:
            if key not in self._keys:
                raise
        return self._made.setdefault(key, self._make(key))

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)
