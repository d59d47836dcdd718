"""Which KPI a result is: its name in the catalogue, its keywords, unit and direction."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

__all__ = ["Identity"]


@dataclass(frozen=True, slots=True)
class Identity:
    """A KPI as it was asked for, with what it is called."""

    name: str  # in the catalogue: of the KPI, or of the variant that these keywords are
    keywords: tuple[tuple[str, Any], ...]  # given otherwise than their default, as plain values
    unit: str
    better: str
    en: str
    ko: str

    def title(self, lang: str = "en") -> str:
        """What it is called, with the keywords that its name does not say."""
        said = ", ".join(f"{name}={_said(value)}" for name, value in self.keywords)
        name = self.ko if lang == "ko" else self.en
        return f"{name} ({said})" if said else name


def _said(value: Any) -> str:
    return "/".join(map(_said, value)) if isinstance(value, tuple) else str(value)
