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
    variant: str = ""  # which variant of the KPI its name is: "by_amount"

    def title(self, lang: str = "en", variant: str | None = None) -> str:
        """What it is called, with the keywords that its name does not say.

        `variant` is the variant in words, where the language has them.
        """
        ko = lang == "ko"
        name = self.ko if ko else self.en
        if said := variant if variant is not None else self.variant.replace("_", " "):
            name = f"{name} · {said}" if ko else f"{name} {said}"
        given = ", ".join(f"{name}={_said(value)}" for name, value in self.keywords)
        return f"{name} ({given})" if given else name


def _said(value: Any) -> str:
    if isinstance(value, tuple):
        return "/".join(map(_said, value))
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    return f"{value:,}" if number else str(value)
