"""What a result refuses because it is no number: arithmetic with numbers, and their order."""

from __future__ import annotations

from typing import NoReturn

__all__ = ["NoNumber"]


class NoNumber:
    """A figure with its evidence: it adds with figures of other rows, and with nothing else."""

    __slots__ = ()

    def _no_arithmetic(self) -> NoReturn:
        raise TypeError(
            "a result adds only with results of other rows; compute with its .value (None when "
            "undefined), .exact or float(result)"
        )

    def _not_compared(self, other: object) -> NoReturn:
        raise TypeError(
            f"a result is not compared with {type(other).__name__}: compare its .value "
            "(None when undefined), or float(result)"
        )

    def __radd__(self, other: object) -> NoReturn:
        self._no_arithmetic()

    def __sub__(self, other: object) -> NoReturn:
        self._no_arithmetic()

    def __rsub__(self, other: object) -> NoReturn:
        self._no_arithmetic()

    def __mul__(self, other: object) -> NoReturn:
        self._no_arithmetic()

    def __rmul__(self, other: object) -> NoReturn:
        self._no_arithmetic()

    def __truediv__(self, other: object) -> NoReturn:
        self._no_arithmetic()

    def __rtruediv__(self, other: object) -> NoReturn:
        self._no_arithmetic()

    def __lt__(self, other: object) -> bool:
        self._not_compared(other)

    def __le__(self, other: object) -> bool:
        self._not_compared(other)

    def __gt__(self, other: object) -> bool:
        self._not_compared(other)

    def __ge__(self, other: object) -> bool:
        self._not_compared(other)
