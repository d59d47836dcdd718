"""Values by name, each made when somebody asks for it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from typing import Any, TypeVar
from weakref import WeakValueDictionary

__all__ = ["Asked", "as_asked", "with_more"]

V = TypeVar("V")


class Asked(Mapping[str, V]):
    """Values by name, each made when it is first asked for, and kept; read as a dict is.

    In `passing` they are kept for as long as somebody else holds them, and made anew after that.
    """

    __slots__ = ("_made", "_make", "_names", "passing")

    def __init__(
        self, names: Iterable[str], make: Callable[[str], V], passing: bool = False
    ) -> None:
        self._names, self._make, self.passing = tuple(names), make, passing
        self._made: MutableMapping[str, V] = WeakValueDictionary() if passing else {}

    def __getitem__(self, name: str) -> V:
        found = self._made.get(name)
        if found is None:
            if name not in self._names:
                raise KeyError(name)
            # Of what two threads make at once, both have the first.
            found = self._made.setdefault(name, self._make(name))
        return found

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._names)

    def __or__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return {**self, **other}

    def __ror__(self, other: Mapping[str, Any]) -> dict[str, Any]:
        return {**other, **self}

    def copy(self) -> dict[str, V]:
        return dict(self)

    def __repr__(self) -> str:
        return repr(dict(self))

    def __reduce__(self) -> tuple[Any, ...]:
        """What was saved is made: it knows no longer what to make it of."""
        return dict, (dict(self),)


def as_asked(
    of: Mapping[str, Any], names: Iterable[str], make: Callable[[str], V]
) -> Mapping[str, V]:
    """Each made when it is asked for where those that it is made of are; else all at once."""
    return Asked(names, make, of.passing) if isinstance(of, Asked) else dict(Asked(names, make))


def with_more(values: Mapping[str, V], more: Mapping[str, Callable[[], V]]) -> Mapping[str, V]:
    """With more, or others in their place."""
    names = dict.fromkeys((*values, *more))
    return as_asked(values, names, lambda name: more[name]() if name in more else values[name])
