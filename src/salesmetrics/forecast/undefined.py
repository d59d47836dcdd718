"""Why a model gives no number, or one to be read with care: a code and plain values, no words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ..errors import UndefinedError

__all__ = ["Flag", "Plain", "Undefined", "number"]

Plain = int | float | str


@dataclass(frozen=True, slots=True)
class Undefined:
    """There is no such number, and why.

    `code` names the reason (`no_wins`); `params` are the plain values it speaks of
    (`{"closed": 3}`). Whoever shows it to a reader finds the words for both.
    """

    code: str
    params: Mapping[str, Plain] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, code: str, **params: Plain) -> Undefined:
        """A reason with its values as keywords."""
        return cls(code, params)


@dataclass(frozen=True, slots=True)
class Flag:
    """There is a number, and this has to be said beside it; read like `Undefined`."""

    code: str
    params: Mapping[str, Plain] = field(default_factory=dict, hash=False)

    @classmethod
    def of(cls, code: str, **params: Plain) -> Flag:
        """A flag with its values as keywords."""
        return cls(code, params)


def number(value: float | Undefined) -> float:
    """The value where there is one.

    Raises:
        UndefinedError: it is undefined; the message carries code and params.
    """
    if isinstance(value, Undefined):
        said = ", ".join(f"{name}={given}" for name, given in value.params.items())
        raise UndefinedError(f"{value.code} ({said})" if said else value.code)
    return value
