"""What records are called, where figures have them by their ids."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping

__all__ = ["NAMELESS", "Names", "among", "both_called", "distinct"]

Names = Mapping[str, str]


NAMELESS: Mapping[str, Names] = {}


def among(
    called: Mapping[str, Names], seen: Iterable[tuple[str, object]]
) -> dict[str, dict[str, str]]:
    """The names of these alone: each a column, which may be that of a linked record, and an id."""
    found: dict[str, dict[str, str]] = {}
    for name, one in dict.fromkeys(seen):
        column = name.rpartition(".")[2]
        if (told := called.get(column, {}).get(str(one))) is not None:
            found.setdefault(column, {})[str(one)] = told
    return {column: dict(sorted(names.items())) for column, names in sorted(found.items())}


def both_called(one: Mapping[str, Names], other: Mapping[str, Names]) -> dict[str, dict[str, str]]:
    """The names of both; where they differ those of the other."""
    return {
        column: {**one.get(column, {}), **other.get(column, {})}
        for column in dict.fromkeys([*one, *other])
    }


def distinct(ids: Iterable[object], names: Iterable[str | None]) -> dict[str, str]:
    """Names by id; two records of one name, or one named as another's id, keep their ids beside."""
    pairs = [(str(one), name or str(one)) for one, name in zip(ids, names, strict=True)]
    times = Counter(name for _, name in pairs)
    return {
        one: name if times[name] == 1 else f"{name} ({one})" for one, name in pairs if name != one
    }
