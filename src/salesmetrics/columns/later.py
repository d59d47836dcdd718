"""Arrays that are made when somebody asks what is in them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["Later"]

Index = npt.NDArray[Any]


class Later:
    """An array that is made when it is asked for: of many times nobody wants more than the days."""

    __slots__ = ("_made", "_make")

    def __init__(self, make: Callable[[], Index]) -> None:
        self._make: Callable[[], Index] | None = make
        self._made: Index | None = None

    def made(self) -> Index:
        make = self._make
        if make is not None:  # of what two threads make at once, both have the same
            self._made = make()
            self._make = None
        assert self._made is not None
        return self._made

    def __reduce__(self) -> tuple[Any, ...]:
        return np.asarray, (self.made(),)
