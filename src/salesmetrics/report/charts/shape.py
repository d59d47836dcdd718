"""What a chart is drawn from."""

from __future__ import annotations

from typing import Any, Protocol

from .drawing import Drawing

__all__ = ["Shape"]


class Shape(Protocol):
    """What a chart is drawn from: numbers and labels, in one of a few forms."""

    def drawn(self) -> Drawing:
        """As shapes."""
        ...

    def vega(self) -> dict[str, Any]:
        """As a specification of Vega-Lite, without title and schema."""
        ...

    def on_axes(self, axes: Any) -> None:
        """On the axes of matplotlib."""
