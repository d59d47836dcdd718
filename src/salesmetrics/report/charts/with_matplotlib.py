"""The same charts as figures of matplotlib, for those who edit them (extra `plot`)."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

from ...results.export import library
from ...results.text_table import width
from .shape import Shape

__all__ = ["at_the_end", "figure_with"]

# Fonts with Hangul, as they are called on the systems that have them.
KOREAN = (
    "Apple SD Gothic Neo", "Malgun Gothic", "NanumGothic", "Noto Sans CJK KR", "Noto Sans KR",
    "Noto Sans CJK JP", "UnDotum", "Baekmuk Gulim",
)  # fmt: skip


def figure_with(title: str, shape: Shape, lang: str) -> Any:
    """A figure; with a Korean font where there are Korean names, and one is installed."""
    library("matplotlib", "plot", 'plot(backend="matplotlib")')
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    # Letters of two columns are Hangul, Chinese and Japanese, which the same fonts have.
    eastern = lang == "ko" or any(
        width(char) > 1 for text in (title, *_texts(shape)) for char in text
    )
    fonts = _korean_fonts() if eastern else []
    if eastern and not fonts:
        warnings.warn(
            "no installed font of matplotlib has Hangul, so Korean names are drawn as boxes; "
            "install one, such as Noto Sans CJK KR or NanumGothic",
            stacklevel=4,
        )
    with rc_context(
        {
            "font.family": [*fonts, "DejaVu Sans"],
            "axes.unicode_minus": False,
            "text.parse_math": False,  # a name is no formula
        }
    ):
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        axes = figure.subplots()
        shape.on_axes(axes)
        axes.set_title(title)
    return figure


def at_the_end(axes: Any, ends: Sequence[float | None], texts: Sequence[str]) -> None:
    """The figure of each bar beside it, and room for that: a bar alone says none."""
    for at, (end, text) in enumerate(zip(ends, texts, strict=True)):
        axes.annotate(
            text, (0.0 if end is None else end, at), xytext=(5, 0), textcoords="offset points",
            va="center", fontsize="small",
        )  # fmt: skip
    low, high = axes.get_xlim()
    axes.set_xlim(low, high + 0.15 * (high - low))


def _korean_fonts() -> list[str]:
    from matplotlib import font_manager

    there = {font.name for font in font_manager.fontManager.ttflist}
    return [name for name in KOREAN if name in there]


def _texts(shape: Shape) -> list[str]:
    """Every text of a shape, wherever it stands."""
    found: list[str] = []
    inside: list[Any] = list(vars(shape).values())
    while inside:
        one = inside.pop()
        if isinstance(one, str):
            found.append(one)
        elif isinstance(one, (list, tuple)):
            inside += one
        elif hasattr(one, "__dataclass_fields__"):
            inside += vars(one).values()
    return found
