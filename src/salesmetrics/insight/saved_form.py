"""The forms in which alerts and explanations are saved: plain values that are JSON."""

from __future__ import annotations

import json
from typing import Any

from ..periods import Period

__all__ = ["json_of", "plain_label", "plain_span"]


def json_of(tree: dict[str, Any], indent: int | None) -> str:
    """As JSON: the same tree gives the same text; half a character is written as its escape."""
    text = json.dumps(tree, ensure_ascii=False, allow_nan=False, indent=indent)
    return text.encode("utf-8", "backslashreplace").decode()


def plain_label(label: Any) -> str | int | None:
    """The label of a group."""
    return label if label is None or isinstance(label, (str, int)) else str(label)


def plain_span(period: Period | None) -> dict[str, Any] | None:
    """A period by its days, so that it can be said in every language."""
    if period is None:
        return None
    return {
        "label": period.label,
        "start": period.start.isoformat(),
        "end": period.end.isoformat(),
        "unit": period.unit,
        "of": None if period._whole is None else period._whole.label,
    }
