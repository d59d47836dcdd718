"""The same charts as figures of matplotlib, for those who edit them (extra `plot`)."""

from __future__ import annotations

import warnings
from typing import Any

from ...results.export import library
from .shape import Shape

__all__ = ["figure_with"]

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

    texts = [title, *_texts(shape)]
    korean = lang == "ko" or any("가" <= char <= "힣" for text in texts for char in text)
    fonts = _korean_fonts() if korean else []
    if korean and not fonts:
        warnings.warn(
            "no installed font of matplotlib has Hangul, so Korean names are drawn as boxes; "
            "install one, such as Noto Sans CJK KR or NanumGothic",
            stacklevel=4,
        )
    with rc_context({"font.family": [*fonts, "DejaVu Sans"], "axes.unicode_minus": False}):
        figure = Figure(figsize=(8, 4.5), layout="constrained")
        axes = figure.subplots()
        shape.on_axes(axes)
        axes.set_title(title.replace("$", r"\$"))
    return figure


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
