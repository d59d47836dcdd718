"""Which KPI a result is: its name in the catalogue, its keywords, unit and direction."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ..reasons import name_said

__all__ = ["Identity"]

DIGEST = re.compile(r"(?<=\w) [0-9a-f]{12}$")


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
        given = ", ".join(
            f"{name_said(word, lang)}={_said(value, lang)}"
            for word, value in self.keywords
            if value is not None
        )
        return f"{name} ({given})" if given else name


def _said(value: Any, lang: str) -> str:
    if isinstance(value, tuple):
        return "/".join(_said(each, lang) for each in value)
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    # Of what is told apart by its content, such as a calendar, its kind says enough here.
    return f"{value:,}" if number else name_said(DIGEST.sub("", str(value)), lang)
