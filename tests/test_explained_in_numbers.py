"""How the parts of a change, and figures by several definitions, are written in numbers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from salesmetrics.report.definition_texts import _number
from salesmetrics.report.explanation import MOST, _own, _view, effect_of, value_of
from salesmetrics.results.words import words

SAID = words("en")


@pytest.mark.parametrize(
    ("unit", "value", "plain", "signed"),
    [
        ("proportion", 0.1234, "12.3%", "+12.3 pp"), ("proportion", -0.05, "-5.0%", "-5.0 pp"),
        ("count", 3.0, "3", "+3"), ("count", 2.5, "2.5", "+2.5"),
        ("count", 999.5, "999.5", "+999.5"),
        ("count", 1000.0, "1,000", "+1,000"), ("count", 1000.4, "1,000", "+1,000"),
        ("days", -1234.6, "-1,235", "-1,235"), ("days", 0.0, "0", "+0"), ("days", None, "-", ""),
    ],
)  # fmt: skip
def test_figures_by_several_definitions(
    unit: str, value: float | None, plain: str, signed: str
) -> None:
    one: Any = SimpleNamespace(unit=unit)
    assert _number(one, value, {"points": "pp"}) == plain
    assert _number(one, value, {"points": "pp"}, signed=True) == signed


def found_of(unit: str, currency: str | None = None, step: float | None = None) -> Any:
    return SimpleNamespace(unit=unit, currency=currency, step=step, shown=1.0)


@pytest.mark.parametrize(
    ("unit", "currency", "value", "text"),
    [
        ("proportion", None, 0.125, "12.5%"), ("money", "EUR", 5.0, "5.00"),
        ("money", "KRW", 5.0, "5"),
        ("money", "EUR", 999.994, "999.99"), ("money", "EUR", 1000.0, "1,000"),
        ("money", "EUR", -1000.4, "-1,000"), ("count", None, 3.0, "3"),
        ("count", None, 2.25, "2.2"),
        ("days", None, 1234.5, "1,234.5"), ("days", None, -0.04, "0.0"),
    ],
)  # fmt: skip
def test_the_figure_that_is_explained(
    unit: str, currency: str | None, value: float, text: str
) -> None:
    assert value_of(found_of(unit, currency), value, SAID) == text


@pytest.mark.parametrize(
    ("unit", "step", "text"),
    [("proportion", None, "+312.34 pp"), ("count", None, "+3"), ("money", 1.0, "+3"),
     ("money", 100.0, "+3"), ("money", 0.01, "+3.12"),
     ("money", 0.5, "+3.12"), ("money", 0.001, "+3.123")],
)  # fmt: skip
def test_what_a_part_makes(unit: str, step: float | None, text: str) -> None:
    assert effect_of(found_of(unit, step=step), 3.1234, "en") == text


@pytest.mark.parametrize(
    ("kind", "name", "value", "text"),
    [
        ("groups", "ana", 5.0, "5.00"), ("factors", "win_rate", 0.5, "50.0%"),
        ("factors", "won_deals", 5.0, "5"), ("factors", "won_deals", 999.5, "999.5"),
        ("factors", "won_deals", 1000.4, "1,000"), ("factors", "won_deals", 1000.0, "1,000"),
        ("factors", "share_of_priced", 0.25, "25.0%"), ("factors", "some rate", 0.25, "25.0%"),
        ("factors", "other", 0.25, "0.2"), ("factors", "won_deals", None, ""),
    ],
)  # fmt: skip
def test_what_a_part_was(kind: str, name: str, value: float | None, text: str) -> None:
    split: Any = SimpleNamespace(kind=kind)
    one: Any = SimpleNamespace(name=name, before=value, after=7.0)
    assert _own(found_of("money", "EUR"), split, one, "before", SAID) == text
    other: Any = SimpleNamespace(name=name, before=7.0, after=value)
    assert _own(found_of("money", "EUR"), split, other, "after", SAID) == text


def cause(name: str, **more: Any) -> Any:
    given: dict[str, Any] = {
        "name": name, "group": {"owner": name}, "effect": 1.0, "shown": 1.0, "before": None,
        "after": None, "mix": None, "rate": None, "interval": None, "status": None, "clear": None,
    }  # fmt: skip
    return SimpleNamespace(**given | more)


def view(*causes: Any, kind: str = "groups") -> Any:
    split: Any = SimpleNamespace(kind=kind, causes=causes, by=["owner"], method=None)
    return _view(found_of("count"), split, "by owner", SAID)


def test_a_column_is_there_where_any_part_has_it() -> None:
    assert view(cause("ana"), cause("bo")).header == ["part", "effect", "remark"]
    for more, columns in (
        ({"before": 2.0}, ["before", "after"]), ({"after": 2.0}, ["before", "after"]),
        ({"mix": 0.5, "rate": 0.5}, ["mix", "rate"]), ({"interval": (-1.0, 3.0)}, ["95 %"]),
    ):  # fmt: skip
        for pair in ((cause("ana", **more), cause("bo")), (cause("ana"), cause("bo", **more))):
            made = view(*pair)
            assert [
                name for name in made.header if name not in ("part", "effect", "remark")
            ] == columns
            assert all(len(row) == len(made.header) for row in made.rows)
            assert made.rows[-1][made.header.index("effect")] == "+1"
    (row, *_) = view(
        cause("ana", before=1.0, after=3.0, mix=1.0, rate=0.0, interval=(0.0, 2.0))
    ).rows
    assert row == ["ana", "1", "3", "+1", "+1", "+0", "+0 .. +2", ""]


def test_what_is_remarked_of_a_part() -> None:
    told = [
        view(cause("ana", status=status, clear=clear, effect=effect)).rows[0][-1]
        for status, clear, effect in (
            ("new", None, 1.0), ("gone", False, 1.0), (None, False, 1.0), (None, True, 1.0),
        )
    ]  # fmt: skip
    assert told == ["new", "gone, noise?", "noise?", ""]
    assert view(cause("ana", clear=False, effect=0.0, before=1.0)).rows[0][-1] == ""


@pytest.mark.parametrize(
    ("parts", "more"), [(MOST - 1, 0), (MOST, 0), (MOST + 1, 1), (MOST + 5, 5)]
)
def test_the_largest_parts_are_shown_and_the_others_together(parts: int, more: int) -> None:
    nothing = [cause("zero", effect=0.0), cause("still", effect=0.0, before=1.0)]
    made = view(*(cause(f"p{n}") for n in range(parts - 1)), *nothing)
    assert len(made.rows) == parts - more + bool(more) + 1  # and the sum
    if more:
        assert made.rows[MOST][0] == f"others ({more})"
        assert made.rows[MOST][made.header.index("effect")] == f"+{more}"
    alone = view(cause("everything else"), kind="segments")
    assert alone.rows == [] and alone.notes == ["no combination of these columns stands out"]
    assert len(view(cause("ana"), cause("bo"), kind="segments").rows) == 3
