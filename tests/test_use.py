"""Errors of use: whatever is asked in the wrong way is refused in one clear sentence."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from contextlib import suppress
from typing import Any, Literal, get_args, get_origin, get_type_hints

import pytest
from worlds import crm_of, measured, nothing

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES, KPIS
from salesmetrics.kpi import label_of

WORLD = crm_of(nothing())
QUARTER = "2017-Q4"


def allowed(annotation: Any) -> tuple[Any, ...]:
    """The values of a Literal, or of a switch; nothing where any value of a type will do."""
    if annotation is bool:
        return False, True
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def choices() -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    for function in KPIS:
        hints = get_type_hints(function)
        for name, parameter in inspect.signature(function).parameters.items():
            if parameter.kind is parameter.KEYWORD_ONLY and allowed(hints[name]):
                yield label_of(function).name, name, allowed(hints[name])


def asked(kpi: str, **keywords: Any) -> sm.Result:
    entry = ENTRIES[kpi]
    together = {**entry.keywords, **keywords}
    return measured(type(entry)(kpi, entry.function, entry.label, together), WORLD.tables, QUARTER)


@pytest.mark.parametrize(("kpi", "keyword", "values"), list(choices()))
@pytest.mark.parametrize("wrong", ["nonsense", "", None, 3, ["won"], {}])
def test_a_wrong_choice_is_refused_with_those_there_are(
    kpi: str, keyword: str, values: tuple[Any, ...], wrong: Any
) -> None:
    with pytest.raises(sm.SalesMetricsError) as refused:
        asked(kpi, **{keyword: wrong})
    said = str(refused.value)
    assert keyword in said
    assert all(str(value) in said for value in values), said


@pytest.mark.parametrize(("kpi", "keyword", "values"), list(choices()))
def test_every_choice_there_is_is_taken(kpi: str, keyword: str, values: tuple[Any, ...]) -> None:
    for value in values:
        with suppress(sm.NeedsError):
            asked(kpi, **{keyword: value})
